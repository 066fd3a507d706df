package studio

import (
	"strings"
	"testing"
)

func TestStarsGoByWhatIsInThePicture(t *testing.T) {
	s, o := (&fake{}).open(t, 0)
	res, err := run(t, s, o, recipe(o, 3, nil)).Result()
	if err != nil {
		t.Fatal(err)
	}
	libraries := make([]*Library, 2)
	for i := range libraries {
		l, err := OpenLibrary(t.Context(), t.TempDir(), nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		libraries[i] = l
		chains := []int{2, 1, 0} // other names for the same pictures
		if i == 1 {
			chains = []int{0, 1}
		}
		if _, err := AddToLibrary(t.Context(), l, res, chains...); err != nil {
			t.Fatal(err)
		}
	}
	all, err := libraries[0].Page(t.Context(), LibraryQuery{Order: "name"})
	if err != nil || len(all.Items) != 3 {
		t.Fatal(err, len(all.Items))
	}
	for _, it := range all.Items {
		if _, err := libraries[0].SetFavourite(t.Context(), []string{it.Name}, it.Chain != 1); err != nil {
			t.Fatal(err)
		}
	}
	var p Project
	if err := p.StarsOf(t.Context(), libraries[0]); err != nil || len(p.Pictures) != 2 || len(p.Pictures[0]) != 64 {
		t.Fatalf("found the stars %+v, %v", p.Stars, err)
	}
	done, err := p.PutStars(t.Context(), libraries[1])
	if err != nil || done.Set != 1 || done.Had != 0 || len(done.Missing) != 1 || !strings.HasPrefix(done.Said(), "1 stars set, 1 not found: ") {
		t.Errorf("found %+v, %v", done, err)
	}
	starred, err := libraries[1].Page(t.Context(), LibraryQuery{Favourite: true})
	if err != nil || len(starred.Items) != 1 || starred.Items[0].Chain != 0 {
		t.Errorf("found %+v, %v, want a star for chain 0", starred.Items, err)
	}
	if done, err := (&Project{}).PutStars(t.Context(), libraries[1]); err != nil || done.Set != 0 || done.Had != 0 {
		t.Errorf("a project without stars: found %+v, %v, want nothing done", done, err)
	}
	// A project of version 1 knows names alone.
	old := Project{Stars: Stars{Favourites: []string{starred.Items[0].Name, "gone.png"}}}
	if done, err := old.PutStars(t.Context(), libraries[1]); err != nil || done.Had != 1 || len(done.Missing) != 1 || done.Missing[0] != "gone.png" {
		t.Errorf("found %+v, %v", done, err)
	}
}
