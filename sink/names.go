package sink

import (
	"net/url"
	"path"
	"strconv"
	"strings"
)

// SafeName makes one component of a file's path out of any text: letters, digits and . _ - of ASCII stay, each run of
// others becomes one _; it neither begins with . or - nor ends with a dot; names that Windows reserves are led by _; it
// has 1 to 120 bytes and keeps a short extension when it is cut. It is the same on every system.
func SafeName(s string) string {
	b := make([]byte, 0, min(len(s), 2*maxFileName))
	for _, c := range []byte(s) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '_', c == '-':
			b = append(b, c)
		case len(b) == 0 || b[len(b)-1] != '_':
			b = append(b, '_')
		}
	}
	return finishName(string(b))
}

// finishName cuts a name of allowed characters and takes care of its ends.
func finishName(name string) string {
	name = strings.TrimRight(name, ".")
	if name == "" {
		return "_"
	}
	if name[0] == '.' || name[0] == '-' || reserved(name) {
		name = "_" + name
	}
	return cutName(name, maxFileName)
}

// cutName shortens a name to n bytes before its extension.
func cutName(name string, n int) string {
	if len(name) <= n {
		return name
	}
	stem, ext := splitName(name)
	return strings.TrimRight(stem[:n-len(ext)], ".") + ext
}

// splitName cuts a short extension off a name.
func splitName(name string) (stem, ext string) {
	if ext = path.Ext(name); len(ext) < 2 || len(ext) > 9 || len(ext) == len(name) {
		ext = ""
	}
	return name[:len(name)-len(ext)], ext
}

// reserved reports the names that Windows keeps for devices, with any extension (Naming Files, Paths, and Namespaces).
func reserved(name string) bool {
	stem, _, _ := strings.Cut(strings.ToUpper(name), ".")
	switch stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN", "CONOUT", "CLOCK":
		return true
	}
	return len(stem) == 4 && (stem[:3] == "COM" || stem[:3] == "LPT") && '0' <= stem[3] && stem[3] <= '9'
}

// FileNameOf proposes the name of a plain file for the body of a URL: the last part of its path, with an extension by
// media type where it has none that a media type could be told by. It is a SafeName.
func FileNameOf(rawURL, mediaType string) string {
	base := rawURL
	if u, err := url.Parse(rawURL); err == nil {
		base = path.Base(u.Path)
		if base == "." || base == "/" {
			base = "index"
		}
		if u.RawQuery != "" {
			stem, ext := splitName(base)
			base = stem + "_" + u.RawQuery + ext
		}
	}
	name := SafeName(base)
	if _, ext := splitName(name); ext == "" {
		name = cutName(name, maxFileName-len(".webmanifest")) + extensionOf(mediaType)
	}
	return finishName(name)
}

// dirNameOf proposes the directory for a URL's file: its host and port.
func dirNameOf(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil || u.Host == "" {
		return "_"
	}
	name := SafeName(u.Host)
	if strings.EqualFold(name, indexFile) {
		name = "_" + name
	}
	return name
}

// extensionOf gives the usual extension of the media types that crawls meet. The tables of the system are not asked:
// names would differ between machines.
func extensionOf(mediaType string) string {
	switch mediaType {
	case "text/html", "application/xhtml+xml":
		return ".html"
	case "text/plain":
		return ".txt"
	case "text/css":
		return ".css"
	case "text/javascript", "application/javascript":
		return ".js"
	case "application/json":
		return ".json"
	case "application/xml", "text/xml":
		return ".xml"
	case "application/pdf":
		return ".pdf"
	case "image/jpeg":
		return ".jpg"
	case "image/png":
		return ".png"
	case "image/gif":
		return ".gif"
	case "image/webp":
		return ".webp"
	case "image/avif":
		return ".avif"
	case "image/svg+xml":
		return ".svg"
	case "image/x-icon", "image/vnd.microsoft.icon":
		return ".ico"
	case "image/bmp":
		return ".bmp"
	case "image/tiff":
		return ".tiff"
	}
	return ""
}

// numbered gives the name for another file of that name: stem-ID.ext, or stem-ID-N.ext when that is taken too, still
// within the bound.
func numbered(name string, id uint64, n int) string {
	stem, ext := splitName(name)
	suffix := "-" + strconv.FormatUint(id, 10)
	if n > 0 {
		suffix += "-" + strconv.Itoa(n+1)
	}
	return strings.TrimRight(stem[:min(len(stem), maxFileName-len(suffix)-len(ext))], ".") + suffix + ext
}
