package studio

import "fmt"

// Refused is an error of what was asked, and not of the engine or the disk: a setting, a
// picture or a model that the work cannot be done with.
type Refused struct{ error }

// Unwrap returns what was wrong.
func (e Refused) Unwrap() error { return e.error }

// refuse is fmt.Errorf as a Refused.
func refuse(format string, a ...any) error { return Refused{fmt.Errorf(format, a...)} }
