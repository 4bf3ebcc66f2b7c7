package sink

import "regexp"

// StatusFile is the name, in a store's directory, of what a running crawl tells about itself. The store does not read it.
const StatusFile = "status.json"

var ownFiles = regexp.MustCompile(`^(state\.db|bodies-\d{6,}\.db|status\.json(\.tmp)?|parts(/\d+\.part)?)$`)

// OwnsFile reports whether a store's directory has a file of this name. In the folder "parts" it has "parts/ID.part".
func OwnsFile(name string) bool { return ownFiles.MatchString(name) }
