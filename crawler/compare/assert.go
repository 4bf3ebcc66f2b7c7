package compare

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"crawl/sink/words"
)

// Assertion is a claim about the figures of a comparison, such as
//
//	goroutines.wall < 0.1 * sequential.wall
//
// Both sides are sums and products (+ - * / and parentheses) of numbers and figures; between them stands one of < <= > >= == !=.
// A figure is a mode and a name of Figures, joined by a dot. A mode is written as it was given to --modes, or by its kind where
// only one mode is of that kind; a name with other characters goes between double quotes: "a mode".wall.
type Assertion struct {
	text        string
	left, right node
	compare     string
}

// String is the text it was made of.
func (a *Assertion) String() string { return a.text }

// Known tells whether every figure it names will exist when these modes have run: nil, or an error that lists those that will.
// It lets a mistake be told before anything is measured.
func (a *Assertion) Known(modes []ModeSpec) error {
	results := make([]ModeResult, len(modes))
	for i, spec := range modes {
		results[i] = ModeResult{Name: spec.Name, Kind: spec.Kind}
	}
	for _, ref := range a.references() {
		if _, err := ref.of(results); err != nil {
			return fmt.Errorf("%q: %w", a.text, err)
		}
	}
	return nil
}

// Check tells whether the assertion holds of the result, and the figures it rests on in words. The errors are those of Known, a
// mode without a trial, and a side that is no number (a division by zero).
func (a *Assertion) Check(r *Result) (holds bool, figures string, err error) {
	fail := func(err error) (bool, string, error) { return false, "", fmt.Errorf("%q: %w", a.text, err) }
	left, err := a.left.value(r.Modes)
	if err != nil {
		return fail(err)
	}
	right, err := a.right.value(r.Modes)
	if err != nil {
		return fail(err)
	}
	if math.IsNaN(left-right) || math.IsInf(left-right, 0) {
		return fail(errors.New("one side divides by zero or is beyond all numbers"))
	}
	holds = holdsBetween(left, a.compare, right)
	return holds, a.told(r.Modes, left, right, holds), nil
}

func holdsBetween(left float64, compare string, right float64) bool {
	switch compare {
	case "<":
		return left < right
	case "<=":
		return left <= right
	case ">":
		return left > right
	case ">=":
		return left >= right
	case "==":
		return left == right
	}
	return left != right
}

// told is the figures and both sides: "goroutines.wall = 1.02, sequential.wall = 10: 1.02 < 1 is false".
func (a *Assertion) told(modes []ModeResult, left, right float64, holds bool) string {
	var b strings.Builder
	for i, ref := range a.references() {
		v, err := ref.value(modes)
		if err != nil {
			continue
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s.%s = %s", ref.mode, ref.figure, words.Number(v))
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	fmt.Fprintf(&b, "%s %s %s is %t", words.Number(left), a.compare, words.Number(right), holds)
	return b.String()
}

func (a *Assertion) references() []reference {
	var refs []reference
	collect(a.left, &refs)
	collect(a.right, &refs)
	return refs
}

func collect(n node, refs *[]reference) {
	switch n := n.(type) {
	case reference:
		if !slices.Contains(*refs, n) {
			*refs = append(*refs, n)
		}
	case operation:
		collect(n.left, refs)
		collect(n.right, refs)
	}
}

// node is a part of an expression.
type node interface {
	value(modes []ModeResult) (float64, error)
}

type constant float64

func (c constant) value([]ModeResult) (float64, error) { return float64(c), nil }

type operation struct {
	operator    byte
	left, right node
}

func (o operation) value(modes []ModeResult) (float64, error) {
	left, err := o.left.value(modes)
	if err != nil {
		return 0, err
	}
	right, err := o.right.value(modes)
	if err != nil {
		return 0, err
	}
	switch o.operator {
	case '+':
		return left + right, nil
	case '-':
		return left - right, nil
	case '*':
		return left * right, nil
	}
	return left / right, nil
}

// reference is a figure of a mode.
type reference struct{ mode, figure string }

func (ref reference) value(modes []ModeResult) (float64, error) {
	m, err := ref.of(modes)
	if err != nil {
		return 0, err
	}
	if m.Trials == 0 {
		return 0, fmt.Errorf("mode %s has no counted trial", m.Name)
	}
	f, _ := figureNamed(ref.figure)
	return f.Of(m), nil
}

// of finds the mode, and that it has the figure.
func (ref reference) of(modes []ModeResult) (ModeResult, error) {
	if _, ok := figureNamed(ref.figure); !ok {
		return ModeResult{}, fmt.Errorf("there is no figure %q; there are %s", ref.figure, strings.Join(figureNames(), ", "))
	}
	var names, ofKind []string
	at := -1
	for i, m := range modes {
		if m.Name == ref.mode {
			return m, nil
		}
		if m.Kind == ref.mode {
			ofKind, at = append(ofKind, m.Name), i
		}
		names = append(names, m.Name)
	}
	switch len(ofKind) {
	case 0:
		return ModeResult{}, fmt.Errorf("there is no mode %q; there are %s", ref.mode, strings.Join(names, ", "))
	case 1:
		return modes[at], nil
	}
	return ModeResult{}, fmt.Errorf("%s may be %s: write which", ref.mode, strings.Join(ofKind, " or "))
}
