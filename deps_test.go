package crawl_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// allowed are the project's packages that each package may import, tests and its own internal ones left out. A package that
// is not named here may import no others.
var allowed = map[string][]string{
	"cmd/crawl": {"crawler", "crawler/compare", "crawler/compare/report", "crawler/frontier", "crawler/site", "crawler/urlnorm", "fetch", "parse", "parse/picture", "sink", "sink/gallery", "sink/manifest", "sink/naming", "sink/words"},
	"crawler": {
		"crawler/frontier", "crawler/frontier/local", "crawler/urlnorm", "fetch", "parse", "parse/picture", "sink", "sink/naming",
	},
	"crawler/compare/report": {"crawler/compare", "sink/words"},
	"crawler/compare": {
		"crawler", "crawler/internal/polite", "crawler/internal/robots", "crawler/urlnorm", "fetch", "parse", "sink", "sink/words",
	},
	"crawler/compare/internal/recording": {"crawler/urlnorm"},
	"crawler/compare/internal/replay":    {"crawler/compare/internal/recording", "crawler/urlnorm", "fetch"},
	"crawler/frontier/local":             {"crawler/frontier"},
	"crawler/frontier/frontiertest":      {"crawler/frontier"},
	"parse":                              {"crawler/urlnorm", "parse/picture"},
	"parse/picture":                      {"parse/internal/mime"},
	"parse/internal/charset":             {"parse/internal/mime"},
	"sink/gallery":                       {"sink/words"},
	"sink/manifest":                      {"sink/internal/cell"},
	"examples/go-worker":                 {"parse"},
}

// Imports go one way: cmd/crawl to crawler, crawler to fetch, parse, sink and frontier; those four do not know of each
// other, and urlnorm, robots, polite and the site know of nothing. urlnorm is
// a leaf that any of them may import.
func TestImportDirection(t *testing.T) {
	seen := map[string]bool{}
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && file != ".") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		pkg := path.Dir(filepath.ToSlash(file))
		seen[pkg] = true
		return checkImports(t, file, pkg)
	})
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range allowed {
		if !seen[pkg] {
			t.Errorf("there is no package %s any more: take it out of this test", pkg)
		}
	}
}

func checkImports(t *testing.T, file, pkg string) error {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		return err
	}
	for _, spec := range f.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		inner, ours := strings.CutPrefix(imported, "crawl/")
		own := strings.HasPrefix(inner, pkg+"/internal/")
		if ours && !own && !slices.Contains(allowed[pkg], inner) {
			t.Errorf("%s: package %s may not import %s", file, pkg, imported)
		}
	}
	return nil
}
