package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// Each hint is given by some verb, and names flags that all verbs have which give it.
func TestHabits(t *testing.T) {
	root := (&app{}).root()
	elsewhere := regexp.MustCompile("`[^`]*`")
	flags := regexp.MustCompile(`(?:^|\s)(--[a-z-]+|-[a-zA-Z])\b`)
	for _, h := range habits() {
		given := false
		for _, verb := range append([]*cobra.Command{root}, root.Commands()...) {
			if verb.Flags().Lookup(h.own) == nil {
				continue
			}
			for _, name := range strings.Fields(h.names) {
				given = given || habitual(verb.Flags(), name) == h.hint
			}
			for _, m := range flags.FindAllStringSubmatch(elsewhere.ReplaceAllString(h.hint, ""), -1) {
				long, short := verb.Flags().Lookup(strings.TrimLeft(m[1], "-")), (m[1] + " ")[1:2]
				if long == nil && (short == "-" || verb.Flags().ShorthandLookup(short) == nil) {
					t.Errorf("%s has no %s: %s", verb.CommandPath(), m[1], h.hint)
				}
			}
		}
		if !given {
			t.Errorf("no verb gives the hint %q", h.hint)
		}
	}
}
