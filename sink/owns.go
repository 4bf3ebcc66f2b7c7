package sink

import "regexp"

var ownFiles = regexp.MustCompile(`^(state\.db|bodies-\d{6,}\.db)$`)

// OwnsFile reports whether a store's directory has a file of this name.
func OwnsFile(name string) bool { return ownFiles.MatchString(name) }
