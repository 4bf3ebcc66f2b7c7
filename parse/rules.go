package parse

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/andybalholm/cascadia"
)

// ErrRule is what is wrong with a rule: an error of ParseRule and CompileRules, and of Extract where its rules are.
var ErrRule = errors.New("bad extraction rule")

// ParseRule reads a rule as it is written on a command line: `name=css` or `name=css@attr`. The name has letters, digits,
// '_', '-' and '.'. The selector is CSS level 3 with :has, :is-like groups and the extensions of cascadia (:contains,
// :matches). The last '@' outside quotes, brackets and parentheses starts the attribute; a literal one is written \@.
// Errors are ErrRule.
func ParseRule(s string) (Rule, error) {
	name, css, ok := strings.Cut(s, "=")
	if !ok {
		return Rule{}, fmt.Errorf("%w %q: there is no '='; write NAME=CSS or NAME=CSS@ATTR, as in title=h1 or photo=img.large@src", ErrRule, s)
	}
	r := Rule{Name: strings.TrimSpace(name), CSS: strings.TrimSpace(css)}
	if at := attrSeparator(r.CSS); at >= 0 {
		r.Attr = strings.TrimSpace(r.CSS[at+1:])
		if r.Attr == "" {
			return Rule{}, fmt.Errorf("%w %q: there is no attribute behind '@'; write one, as in @href, or leave the '@' out to take the text", ErrRule, s)
		}
		r.CSS = strings.TrimSpace(r.CSS[:at])
	}
	if _, err := compileRule(r); err != nil {
		return Rule{}, err
	}
	return r, nil
}

// attrSeparator is where the '@' stands that starts the attribute, -1 for nowhere.
func attrSeparator(css string) int {
	at, depth := -1, 0
	quote := byte(0)
	for i := 0; i < len(css); i++ {
		switch c := css[i]; {
		case c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '[' || c == '(':
			depth++
		case c == ']' || c == ')':
			depth--
		case c == '@' && depth == 0:
			at = i
		}
	}
	return at
}

// CompiledRules are Rules ready to run. They do not change, and may be used by many goroutines.
type CompiledRules struct {
	rules Rules
	match []cascadia.SelectorGroup // one for each of rules.Select
}

// CompileRules checks rules and makes them ready. Errors are ErrRule and name the rule and, for a selector, the place.
func CompileRules(rules Rules) (*CompiledRules, error) {
	if len(rules.Select) > maxRules {
		return nil, fmt.Errorf("%w: %d rules are more than %d; split them over several runs", ErrRule, len(rules.Select), maxRules)
	}
	c := &CompiledRules{rules: Rules{Select: append([]Rule(nil), rules.Select...), Text: rules.Text}}
	seen := make(map[string]bool, len(rules.Select))
	for _, r := range c.rules.Select {
		if seen[r.Name] {
			return nil, fmt.Errorf("%w: two rules are named %q; give each its own name", ErrRule, r.Name)
		}
		seen[r.Name] = true
		m, err := compileRule(r)
		if err != nil {
			return nil, err
		}
		c.match = append(c.match, m)
	}
	return c, nil
}

// compileRule checks all parts of a rule and gives its selector.
func compileRule(r Rule) (cascadia.SelectorGroup, error) {
	if r.Name == "" {
		return nil, fmt.Errorf("%w: the rule for %q has no name; write NAME=CSS, as in title=h1", ErrRule, r.CSS)
	}
	if i := strings.IndexFunc(r.Name, notInName); i >= 0 || len(r.Name) > maxRuleName {
		return nil, fmt.Errorf("%w: the name %q is not made of letters, digits, '_', '-' and '.' (at most %d bytes); "+
			"write NAME=CSS, as in link=a[rel=next]@href", ErrRule, r.Name, maxRuleName)
	}
	if r.CSS == "" {
		return nil, fmt.Errorf("%w: the rule %q has no selector; write one, as in %s=h1", ErrRule, r.Name, r.Name)
	}
	if len(r.CSS) > maxRuleCSS {
		return nil, fmt.Errorf("%w: the selector of %q has %d bytes, more than %d", ErrRule, r.Name, len(r.CSS), maxRuleCSS)
	}
	if r.Attr != "" && strings.ContainsFunc(r.Attr, notInAttr) || len(r.Attr) > maxRuleName {
		return nil, fmt.Errorf("%w: %q of the rule %q is not the name of an attribute; write one, as in @href", ErrRule, r.Attr, r.Name)
	}
	m, err := parseSelector(r.CSS)
	if err != nil {
		return nil, fmt.Errorf("%w: the selector %q of %q is not valid %s: %s", ErrRule, r.CSS, r.Name, errorPlace(r.CSS, err), err)
	}
	return m, nil
}

func notInName(c rune) bool {
	return !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.IsMark(c) && !strings.ContainsRune("_-.", c)
}

func notInAttr(c rune) bool {
	return c <= ' ' || c == 0x7F || c == utf8.RuneError || strings.ContainsRune(`"'<>/=[]()@,`, c)
}

// parseSelector compiles a selector. A panic of the library is an error like others.
func parseSelector(css string) (m cascadia.SelectorGroup, err error) {
	defer func() {
		if p := recover(); p != nil {
			m, err = nil, errors.New("it cannot be read")
		}
	}()
	return cascadia.ParseGroup(css)
}

// errorPlace says where in css the error lies. The library does not, but it reads from left to right: the shortest start
// of css that fails in the same way ends with the character that is wrong.
func errorPlace(css string, err error) string {
	var left int
	if i := strings.LastIndex(err.Error(), ": "); i >= 0 {
		if _, scanErr := fmt.Sscanf(err.Error()[i:], ": %d bytes left over", &left); scanErr == nil {
			return fmt.Sprintf("at %q (byte %d)", css[len(css)-left:], len(css)-left+1)
		}
	}
	if strings.Contains(err.Error(), "EOF") || strings.Contains(err.Error(), "empty pseudoclass") {
		return "at its end"
	}
	same := func(end int) bool {
		_, e := parseSelector(css[:end])
		return e != nil && e.Error() == err.Error()
	}
	end := sort.Search(len(css), same)
	_, size := utf8.DecodeLastRuneInString(css[:end])
	return fmt.Sprintf("at %q (byte %d)", css[end-size:], end-size+1)
}
