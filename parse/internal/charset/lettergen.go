//go:build ignore

// Lettergen counts letter pairs and writes letterpairs_latin.go and letterpairs_other.go: go run lettergen.go DIR
//
// DIR holds the texts to count, UTF-8, a file LANG.txt for each language named below. The tables here come from the
// translated messages of free programs: 0.1 to 2 million characters a language.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"
)

// model is a script, with all its languages in one table.
type model struct {
	name, doc, languages, letters string
}

const head = "package charset\n\n// Made by lettergen.go. A row is the first letter of the pair, a column the second, the gap between words before all\n// letters. From 'a', never, each letter on is twice as usual: 'p' is one pair in two.\n"

const ascii = "abcdefghijklmnopqrstuvwxyz"

var models = []model{
	{"cyrillic", "Russian, Ukrainian, Belarusian, Bulgarian, Macedonian and Serbian", "ru uk be bg mk sr", "абвгдежзийклмнопрстуфхцчшщъыьэюяёєіїґўђјљњћџѓќѕ"},
	{"greek", "Greek", "el", "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ’"},
	{"hebrew", "Hebrew", "he", "אבגדהוזחטיךכלםמןנסעףפץצקרשת"},
	{"arabic", "Arabic and Persian", "ar fa", "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىيپچژگکیـًٌٍَُِّْ"},
	{"thai", "Thai", "th", "กขฃคฅฆงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรฤลฦวศษสหฬอฮฯะัาำิีึืฺุูเแโใไๅๆ็่้๊๋์ํ"},
	{"western", "the languages of windows-1252, and what Czech, Slovak and Hungarian have in common with them", "fr de es pt pt_BR it sv da nb fi is nl ca gl ga fo af sq cs sk hu", ascii + "àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿßœšž¿¡ªº«»’“”„–…°·\u00A0"},
	{"turkish", "Turkish", "tr", ascii + "çğıİöşüâîû"},
	{"central", "Polish, Czech, Slovak, Hungarian, Romanian, Croatian and Slovene", "pl cs sk hu ro hr sl", ascii + "áâăäąćčçďđéęëěíîĺľłńňóôőöŕřśşšßťţúůűüýźžż"},
	{"baltic", "Lithuanian, Latvian and Estonian", "lt lv et", ascii + "āąäčēęėģīįķļņõöŗšųūüž"},
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run lettergen.go DIR")
		os.Exit(2)
	}
	latin, other := bytes.NewBufferString(head), bytes.NewBufferString(head)
	for _, m := range models {
		out := other
		if strings.HasPrefix(m.letters, ascii) {
			out = latin
		}
		if err := m.write(out, os.Args[1]); err != nil {
			fail(err)
		}
	}
	if err := errors.Join(os.WriteFile("letterpairs_latin.go", latin.Bytes(), 0o644), os.WriteFile("letterpairs_other.go", other.Bytes(), 0o644)); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// write prints the model as Go: the likeliest of its languages in each place.
func (m model) write(out *bytes.Buffer, dir string) error {
	n := 1 + utf8.RuneCountInString(m.letters)
	levels := make([]byte, n*n)
	for _, language := range strings.Fields(m.languages) {
		text, err := os.ReadFile(filepath.Join(dir, language+".txt"))
		if err != nil {
			return err
		}
		for i, level := range m.count(text) {
			levels[i] = max(levels[i], level)
		}
	}
	fmt.Fprintf(out, "\n// %sPairs: %s.\nconst (\n\t%sLetters = %q\n\t%sPairs   = \"\" +\n", m.name, m.doc, m.name, m.letters, m.name)
	for row := range n {
		line := levels[row*n : row*n+n]
		for i := range line {
			line[i] += 'a'
		}
		sep := " +"
		if row == n-1 {
			sep = ""
		}
		fmt.Fprintf(out, "\t\t\"%s\"%s\n", line, sep)
	}
	fmt.Fprintln(out, ")")
	return nil
}

// count gives the levels of all pairs of one language: sixteen less the halvings from certainty, 0 for what is rarer.
func (m model) count(text []byte) []byte {
	class := map[rune]int{}
	n := 1
	for _, r := range m.letters {
		class[r] = n
		n++
	}
	counts, total := make([]int, n*n), 0
	previous, high := 0, false
	for _, r := range string(bytes.ToValidUTF8(text, nil)) {
		if class[r] == 0 {
			r = unicode.ToLower(r)
		}
		c := class[r]
		if (c != 0 || previous != 0) && (r >= utf8.RuneSelf && c != 0 || high) {
			counts[previous*n+c]++
			total++
		}
		previous, high = c, r >= utf8.RuneSelf && c != 0
	}
	levels := make([]byte, n*n)
	for i, c := range counts {
		if c >= 3 {
			levels[i] = byte(max(0, 16+math.Round(math.Log2(float64(c)/float64(total)))))
		}
	}
	return levels
}
