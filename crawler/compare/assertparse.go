package compare

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ParseAssertion reads an assertion. Its errors say where and what was expected. Modes and figures are looked up later.
func ParseAssertion(text string) (*Assertion, error) {
	if len(text) > maxAssertion {
		return nil, fmt.Errorf("it has %d characters; %d are allowed", len(text), maxAssertion)
	}
	p := &assertParser{text: text}
	a := &Assertion{text: text}
	var err error
	if a.left, err = p.sum(); err == nil {
		if a.compare, err = p.comparison(); err == nil {
			if a.right, err = p.sum(); err == nil {
				err = p.end()
			}
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%q, character %d: %w", text, p.at+1, err)
	}
	return a, nil
}

type assertParser struct {
	text  string
	at    int
	depth int
}

// peek is the next character that is no blank, 0 at the end.
func (p *assertParser) peek() byte {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
	if p.at == len(p.text) {
		return 0
	}
	return p.text[p.at]
}

func (p *assertParser) rest() string { return p.text[p.at:] }

func (p *assertParser) end() error {
	if p.peek() != 0 {
		return errors.New("expected + - * / or the end; there is one comparison in an assertion")
	}
	return nil
}

func (p *assertParser) comparison() (string, error) {
	p.peek()
	for _, c := range []string{"<=", ">=", "==", "!=", "<", ">"} {
		if strings.HasPrefix(p.rest(), c) {
			p.at += len(c)
			return c, nil
		}
	}
	return "", errors.New("expected one of < <= > >= == !=")
}

func (p *assertParser) sum() (node, error) { return p.chain("+-", p.product) }

func (p *assertParser) product() (node, error) { return p.chain("*/", p.operand) }

// chain reads operands joined by operators of one rank, which bind to the left.
func (p *assertParser) chain(operators string, operand func() (node, error)) (node, error) {
	left, err := operand()
	for err == nil {
		c := p.peek()
		if c == 0 || strings.IndexByte(operators, c) < 0 {
			return left, nil
		}
		p.at++
		var right node
		if right, err = operand(); err == nil {
			left = operation{c, left, right}
		}
	}
	return nil, err
}

func (p *assertParser) operand() (node, error) {
	switch c := p.peek(); {
	case c == '(' || c == '-':
		return p.nested(c)
	case c == '"':
		return p.quoted()
	case c >= '0' && c <= '9' || c == '.':
		return p.number()
	case isLetter(c):
		return p.figure(p.mode())
	}
	return nil, errors.New(`expected a number, a figure such as goroutines.wall, "-" or "("`)
}

// nested reads what stands in parentheses or behind a sign.
func (p *assertParser) nested(c byte) (node, error) {
	if p.depth++; p.depth > maxAssertionDepth {
		return nil, fmt.Errorf("parentheses are nested more than %d deep", maxAssertionDepth)
	}
	defer func() { p.depth-- }()
	p.at++
	if c == '-' {
		n, err := p.operand()
		return operation{'-', constant(0), n}, err
	}
	n, err := p.sum()
	if err != nil {
		return nil, err
	}
	if p.peek() != ')' {
		return nil, errors.New("expected )")
	}
	p.at++
	return n, nil
}

func (p *assertParser) number() (node, error) {
	end := p.at
	for end < len(p.text) {
		c := p.text[end]
		exponent := (c == '+' || c == '-') && (p.text[end-1]|0x20) == 'e' && end > p.at
		if !isDigit(c) && c != '.' && c|0x20 != 'e' && !exponent {
			break
		}
		end++
	}
	v, err := strconv.ParseFloat(p.text[p.at:end], 64)
	if err != nil {
		return nil, fmt.Errorf("%q is no number", p.text[p.at:end])
	}
	p.at = end
	return constant(v), nil
}

func (p *assertParser) quoted() (node, error) {
	p.at++
	mode, _, closed := strings.Cut(p.rest(), `"`)
	if !closed {
		return nil, errors.New(`expected a closing "`)
	}
	p.at += len(mode) + 1
	return p.figure(mode)
}

// mode reads a bare mode name: letters and hyphens between letters, then "=" with a number, or two with an x, and "#" with a
// number where a mode was named twice. The "=" of a
// comparison is never followed by a digit right behind a name, since a figure stands between.
func (p *assertParser) mode() string {
	start := p.at
	for p.at < len(p.text) && (isLetter(p.text[p.at]) || p.text[p.at] == '-' && p.at+1 < len(p.text) && isLetter(p.text[p.at+1])) {
		p.at++
	}
	if p.at+1 < len(p.text) && p.text[p.at] == '=' && isDigit(p.text[p.at+1]) {
		p.at++
		for p.at < len(p.text) && (isDigit(p.text[p.at]) || p.text[p.at] == 'x') {
			p.at++
		}
	}
	if p.at+1 < len(p.text) && p.text[p.at] == '#' && isDigit(p.text[p.at+1]) {
		p.at++
		for p.at < len(p.text) && isDigit(p.text[p.at]) {
			p.at++
		}
	}
	return p.text[start:p.at]
}

func (p *assertParser) figure(mode string) (node, error) {
	if !strings.HasPrefix(p.rest(), ".") {
		return nil, fmt.Errorf("expected a dot and a figure behind mode %q, such as .wall", mode)
	}
	p.at++
	start := p.at
	for p.at < len(p.text) && (isLetter(p.text[p.at]) || isDigit(p.text[p.at]) || p.text[p.at] == '_' || p.text[p.at] == '.') {
		p.at++
	}
	if start == p.at {
		return nil, fmt.Errorf("expected a figure behind %q", mode+".")
	}
	return reference{mode, p.text[start:p.at]}, nil
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
