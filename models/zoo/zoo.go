// Package zoo lists the families of models that this program knows.
package zoo

import (
	"ebmstudio/models"
	"ebmstudio/models/cdrl"
	"ebmstudio/models/clel"
	"ebmstudio/models/icd"
	"ebmstudio/models/inception"
	"ebmstudio/models/judge"
	"ebmstudio/models/vaeebm"
)

// Families lists every family; a new one is a folder beside this and a line here.
func Families() []models.Family {
	return []models.Family{
		clel.Family(),
		cdrl.Family(),
		icd.Family(),
		vaeebm.Family(),
		judge.Family(),
		inception.Family(),
	}
}
