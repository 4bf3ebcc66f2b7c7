package naming

import (
	"slices"
	"strings"
)

// extensions gives the extensions of a type of picture, the usual one first; none when the type is not known. The tables
// of the system are not asked: names would differ between machines.
func extensions(mediaType string) []string {
	mediaType, _, _ = strings.Cut(mediaType, ";")
	switch strings.ToLower(strings.TrimSpace(mediaType)) {
	case "image/jpeg", "image/jpg", "image/pjpeg":
		return []string{"jpg", "jpeg", "jpe", "jfif", "pjpeg"}
	case "image/png", "image/x-png":
		return []string{"png"}
	case "image/apng", "image/vnd.mozilla.apng":
		return []string{"png", "apng"}
	case "image/gif":
		return []string{"gif"}
	case "image/webp":
		return []string{"webp"}
	case "image/avif", "image/avif-sequence":
		return []string{"avif", "avifs"}
	case "image/svg+xml":
		return []string{"svg"}
	case "image/bmp", "image/x-ms-bmp":
		return []string{"bmp", "dib"}
	case "image/tiff":
		return []string{"tiff", "tif"}
	case "image/x-icon", "image/vnd.microsoft.icon":
		return []string{"ico", "cur"}
	case "image/heic", "image/heic-sequence":
		return []string{"heic", "heics", "heif"}
	case "image/heif", "image/heif-sequence":
		return []string{"heif", "heifs", "heic", "hif"}
	case "image/jxl":
		return []string{"jxl"}
	}
	return nil
}

// replaceable reports whether an extension tells how a file was made or what it should have been: then it gives way to
// that of the real type. Any other (v2, 2024, final) belongs to the name.
func replaceable(ext string) bool {
	switch strings.ToLower(ext) {
	case "jpg", "jpeg", "jpe", "jfif", "pjpeg", "png", "apng", "gif", "webp", "avif", "avifs", "svg", "svgz", "bmp", "dib", "tiff", "tif",
		"ico", "cur", "heic", "heics", "heif", "heifs", "hif", "jxl", "jp2", "img", "image",
		"php", "php3", "php4", "php5", "phtml", "asp", "aspx", "ashx", "axd", "jsp", "jspx", "jsf", "do", "action", "cgi", "fcgi", "pl", "py",
		"rb", "cfm", "dll", "exe", "html", "htm", "xhtml", "shtml", "xml", "json", "txt", "bin", "dat", "tmp":
		return true
	}
	return false
}

// split cuts the extension off a name: one that is replaceable, or, where the type of the file is not known, anything
// short that has a letter.
func split(name string, typeKnown bool) (stem, ext string) {
	i := strings.LastIndexByte(name, '.')
	if i < 0 || !plausible(name[i+1:]) || typeKnown && !replaceable(name[i+1:]) {
		return name, ""
	}
	return name[:i], name[i+1:]
}

func plausible(ext string) bool {
	letters := false
	for _, c := range []byte(ext) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
			letters = true
		case c < '0' || c > '9':
			return false
		}
	}
	return letters && len(ext) <= maxExt
}

// choose gives a file's extension, without a dot: the first wish that its real type goes by, else its type's usual one;
// the first wish when the type is not known.
func choose(known []string, wishes ...string) string {
	for _, w := range wishes {
		if w != "" && (len(known) == 0 || slices.Contains(known, strings.ToLower(w))) {
			return w
		}
	}
	if len(known) > 0 {
		return known[0]
	}
	return ""
}
