package parse

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"crawl/crawler/urlnorm"
	"crawl/parse/internal/charset"
	"crawl/parse/internal/mime"
)

// Errors of Extract that are about the page.
var (
	// ErrTooDeep says that a page has more than 512 elements open at once; the tree builder refuses it.
	ErrTooDeep = errors.New("the page is more than 512 elements deep, which is not parsed")

	// ErrCrash says that the tree builder or a selector panicked on a page.
	ErrCrash = errors.New("parser crashed on the page")
)

// InProcess is the Extractor that works in the caller's goroutine: it decodes the page, builds its tree and runs the rules
// with goquery.
//
// The context is looked at before the work, between its steps, now and then while a selector runs, and at the end. The
// tree builder itself cannot be interrupted, nor can one selector on one element: a hostile page may hold the goroutine
// beyond the deadline, and takes memory of some twenty times its size. Run what comes from the open web in worker
// processes.
//
// The zero value is ready; use it from any number of goroutines. Errors are those of the context, ErrRule, ErrTooDeep and
// ErrCrash.
type InProcess struct {
	mu       sync.Mutex
	compiled []*CompiledRules // the latest last, at most maxCompiled
}

var _ Extractor = (*InProcess)(nil)

// NewInProcess gives an Extractor that works in the caller's goroutine.
func NewInProcess() *InProcess { return &InProcess{} }

// Close does nothing: nothing was started. It returns nil.
func (*InProcess) Close() error { return nil }

// Extract runs the rules over one page. A document that is not text gives fields without values and says so in Defects.
func (p *InProcess) Extract(ctx context.Context, doc *Document, rules Rules) (x Extraction, err error) {
	if err := ctx.Err(); err != nil {
		return Extraction{}, err
	}
	c, err := p.compile(rules)
	if err != nil {
		return Extraction{}, err
	}
	defer func() {
		if crash := recover(); crash != nil {
			x, err = Extraction{}, crashError(crash)
		}
	}()
	return extract(ctx, doc, c)
}

// compile is CompileRules with a short memory.
func (p *InProcess) compile(rules Rules) (*CompiledRules, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.compiled {
		if c.rules.Text == rules.Text && slices.Equal(c.rules.Select, rules.Select) {
			return c, nil
		}
	}
	c, err := CompileRules(rules)
	if err != nil {
		return nil, err
	}
	if len(p.compiled) == maxCompiled {
		p.compiled = slices.Delete(p.compiled, 0, 1)
	}
	p.compiled = append(p.compiled, c)
	return c, nil
}

// crashError turns a panic's value into an error of one short line.
func crashError(crash any) error {
	message := foldText(nil, []byte(fmt.Sprint(crash)), maxCrashBytes)
	if bytes.Contains(message, []byte("open stack of elements exceeds")) {
		return ErrTooDeep
	}
	return fmt.Errorf("%w: %s", ErrCrash, message)
}

// extraction is the work on one page.
type extraction struct {
	ctx     context.Context
	url     string
	charset string
	tree    *html.Node
	based   bool          // base was looked for
	base    *urlnorm.Base // nil when the document's URL is unusable
	room    int           // bytes that values may still take
	work    int           // bytes that may still be read for them
	buf     []byte        // the value in hand
	out     Extraction
	lost    [extractCauses]int
}

// extract runs compiled rules over a document.
func extract(ctx context.Context, doc *Document, c *CompiledRules) (Extraction, error) {
	e := &extraction{ctx: ctx, room: maxFieldsBytes, work: maxFieldsWork}
	e.out.Fields = make([]Field, len(c.rules.Select))
	for i, r := range c.rules.Select {
		e.out.Fields[i].Name = r.Name
	}
	essence := mime.Sniff(doc.ContentType, doc.Body)
	if !isText(essence) {
		e.out.Defects = append(e.out.Defects, "nothing was extracted, because the document is not text: "+essence)
		return e.out, nil
	}
	name, _ := charset.Detect(doc.Body, doc.ContentType)
	body := charset.Decode(name, doc.Body)
	if !hasMarkup(essence) {
		e.plain(body, c.rules)
		return e.end()
	}
	tree, err := html.ParseWithOptions(bytes.NewReader(body), html.ParseOptionEnableScripting(false))
	if err != nil {
		return Extraction{}, crashError(err)
	}
	if err := ctx.Err(); err != nil {
		return Extraction{}, err
	}
	e.url, e.charset, e.tree = doc.URL, name, tree
	root := goquery.NewDocumentFromNode(tree)
	for i, r := range c.rules.Select {
		e.field(&e.out.Fields[i], root, c.match[i], r.Attr)
	}
	if c.rules.Text {
		e.pageText(tree)
	}
	return e.end()
}

// hasMarkup reports whether a type is read as HTML; XML is too, for want of better.
func hasMarkup(essence string) bool {
	return mime.IsHTML(essence) || strings.HasSuffix(essence, "+xml") || strings.HasSuffix(essence, "/xml")
}

// end tells what was cut, unless the deadline has passed.
func (e *extraction) end() (Extraction, error) {
	if err := e.ctx.Err(); err != nil {
		return Extraction{}, err
	}
	for c, n := range e.lost {
		if n > 0 {
			e.out.Defects = append(e.out.Defects, extractCause(c).describe(n))
		}
	}
	return e.out, nil
}

// plain is for text without markup: it is the visible text itself, and has no elements.
func (e *extraction) plain(body []byte, rules Rules) {
	if len(rules.Select) > 0 {
		e.out.Defects = append(e.out.Defects, "no rules were run, because the document has no markup")
	}
	if rules.Text {
		all := &html.Node{Type: html.ElementNode, DataAtom: keepsSpace}
		all.AppendChild(&html.Node{Type: html.TextNode, Data: strings.ReplaceAll(string(body), "\r\n", "\n")})
		e.pageText(all)
	}
}

// pageText takes the visible text of the page.
func (e *extraction) pageText(tree *html.Node) {
	text, cut, _ := visibleText(nil, tree, maxTextBytes, maxFieldsWork)
	if cut {
		e.lost[pageTextCut]++
	}
	e.out.Text = string(bytes.TrimRight(text, " \t\n"))
}

// field fills the values of one rule. Once the room for values or the work on them is used up, no more values are taken.
func (e *extraction) field(f *Field, root *goquery.Document, match cascadia.SelectorGroup, attr string) {
	m := &matcher{ctx: e.ctx, group: match}
	nodes := root.FindMatcher(m).Nodes
	for i, n := range nodes {
		value, ok := e.valueOf(n, attr)
		if e.room -= len(value); e.room < 0 || e.work < 0 {
			e.lost[valuesDropped] += len(nodes) - i
			return
		}
		if ok {
			f.Values = append(f.Values, string(value))
		}
	}
	if m.cut {
		e.lost[valuesCut]++
	}
}

// matcher finds the elements of a page that a selector matches, in page order: at most maxValues, and none after the
// deadline. It is a goquery.Matcher; goquery hands it the document's children one after another.
type matcher struct {
	ctx   context.Context
	group cascadia.SelectorGroup
	found int
	seen  int
	cut   bool
}

var _ goquery.Matcher = (*matcher)(nil)

// Match reports whether the selector matches one node.
func (m *matcher) Match(n *html.Node) bool { return m.group.Match(n) }

// MatchAll gives the matches among n and what is below it.
func (m *matcher) MatchAll(n *html.Node) (all []*html.Node) {
	if m.take(n) {
		all = append(all, n)
	}
	for d := following(n, n); d != nil && !m.cut; d = following(d, n) {
		if m.take(d) {
			all = append(all, d)
		}
	}
	return all
}

// Filter gives the nodes that match.
func (m *matcher) Filter(nodes []*html.Node) (all []*html.Node) {
	for _, n := range nodes {
		if m.take(n) {
			all = append(all, n)
		}
	}
	return all
}

// take reports whether n matches and is within the bounds.
func (m *matcher) take(n *html.Node) bool {
	if m.seen++; m.seen%matchCheckNodes == 0 && m.ctx.Err() != nil {
		m.cut = true
	}
	if m.cut || n.Type != html.ElementNode || !m.group.Match(n) {
		return false
	}
	if m.found++; m.found > maxValues {
		m.cut = true
	}
	return !m.cut
}
