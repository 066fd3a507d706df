package studio

import (
	"bytes"
	"context"
	"encoding/base64"
	"html/template"
)

// page is the gallery as one file: pictures as data, recipes folded away. It asks the
// network for nothing.
var page = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Title}}</title>
<style>
:root { color-scheme: light dark; }
body { font: 15px/1.4 system-ui, sans-serif; margin: 2rem; }
main { display: grid; gap: 1.5rem; grid-template-columns: repeat(auto-fill, minmax(12rem, 1fr)); align-items: start; }
figure { margin: 0; min-width: 0; }
img { width: 100%; image-rendering: pixelated; border-radius: 4px; display: block; }
figcaption { margin-top: .4rem; overflow-wrap: anywhere; }
.quiet { opacity: .75; font-size: .9em; }
pre { font-size: .8em; overflow: auto; max-height: 24rem; padding: .6rem; border: 1px solid #8886; border-radius: 4px; }
</style>
</head>
<body>
<h1>{{.Title}}</h1>
<p class="quiet">{{len .Pictures}} pictures. Each was made by EBM Studio from the recipe below it.</p>
<main>
{{range .Pictures}}<figure>
<img src="{{.Data}}" alt="{{.First}}, {{.Second}}">
<figcaption>{{.First}}<br><span class="quiet">{{.Second}}; {{.Model}}</span>
<details><summary>Recipe</summary><pre>{{.Recipe}}</pre></details></figcaption>
</figure>
{{end}}</main>
</body>
</html>
`))

// htmlPage is a selection as a page.
func htmlPage(ctx context.Context, all []chosen, title string) ([]byte, error) {
	if title == "" {
		title = "Gallery"
	}
	type picture struct {
		Data                         template.URL
		First, Second, Model, Recipe string
	}
	content := struct {
		Title    string
		Pictures []picture
	}{Title: title}
	for _, c := range all {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		caption := c.caption()
		content.Pictures = append(content.Pictures, picture{
			Data:  template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(c.file)),
			First: caption[0], Second: caption[1], Model: c.recipe.Checkpoint.Name, Recipe: string(c.recipe.JSON()),
		})
	}
	var b bytes.Buffer
	err := page.Execute(&b, content)
	return b.Bytes(), err
}
