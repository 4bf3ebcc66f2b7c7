package gallery

const (
	// maxCards (pictures) that one page shows: browsers stay quick up to here. The rest is counted and is in the manifest.
	maxCards = 5_000

	// nearCards (pictures) are laid out and decoded at once; those after them when they come into view.
	nearCards = 200

	// maxThumb (bytes) of one thumbnail: ten times what one of 256 pixels takes.
	maxThumb = 256 << 10

	// maxThumbs (bytes) of all thumbnails on a page, before base64 makes them a third longer: browsers hold a page in memory.
	maxThumbs = 48 << 20

	// maxRows (URLs) of each list under the pictures. They are in memory until the pictures are written.
	maxRows = 2_000

	// openRows (URLs) is how long a list may be to be shown open.
	openRows = 60

	// maxText (characters) shown of a name, a URL or a message.
	maxText = 300

	// maxType (bytes) of the name of a type of picture.
	maxType = 10

	// maxHref (bytes) of a link: a longer URL is shown, and cannot be followed.
	maxHref = 4 << 10
)
