package main

import (
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// habit is a flag that other programs have, and what does here what it does there.
type habit struct {
	names string // without dashes, separated by spaces
	own   string // the flag that a verb must have for the hint to be of use
	hint  string
}

// habits are the flags that users of wget, curl, Scrapy and gallery-dl try first. Of those with one name the first that fits the
// verb counts.
func habits() []habit {
	return []habit{
		{"v V", "version", "--version prints the version"},
		{"r recursive l level m mirror", "depth", "--depth N follows links"},
		{"np no-parent", "scope", "--scope prefix stays below the listed URLs"},
		{"span-hosts domains D", "scope", "--scope domain or --scope any follows links to other hosts"},
		{"d D directory dest o O output output-dir directory-prefix", "dir", "-P DIR writes plain files"},
		{"P directory-prefix", "output", "--store DIR is where everything is kept, and -o DIR writes the files too"},
		{"O output-document", "output", "`crawl show --body URL` prints a stored body, and -o DIR writes all as files"},
		{"format", "output", "the end of a file's name says its form: -o out.jsonl, -o out.csv"},
		{"w wait delay download-delay sleep-request", "rate", "--rate R limits the requests to one host, in a second: 0.5 is one in 2 s"},
		{"limit-rate", "rate", "bytes are not limited, but --rate R limits the requests to one host in a second"},
		{"accept", "types", "--types jpg,png takes these only"},
		{"accept accept-regex allow", "include", "--include RE follows only links that match"},
		{"R reject reject-regex deny", "exclude", "--exclude RE leaves URLs out"},
		{"U agent", "user-agent", "-A TEXT sets the User-Agent"},
		{"e", "no-robots", "--no-robots does not ask for robots.txt"},
		{"p page-requisites", "depth", "`crawl images --from-pages` downloads the pictures of pages"},
		{"b cookie load-cookies", "cookies", "--cookies FILE sends cookies"},
		{"u user http-user", "cookies", "-H 'Authorization: ...' sends credentials"},
		{"m connect-timeout read-timeout dns-timeout", "timeout", "--timeout D limits the time of a request"},
		{"max-filesize filesize-max", "max-size", "--max-size SIZE limits a body"},
		{"retry retries", "tries", "--tries N limits the attempts at one URL"},
		{"Z parallel parallel-max j jobs threads", "concurrency", "-c N fetches so many at once"},
		{"http-proxy https-proxy", "proxy", "-x URL goes through a proxy"},
		{"input-file", "input", "-i FILE reads a list"},
		{"Q quota", "max-pages", "--max-pages N ends after so many pages"},
		{"L location max-redirs max-redirect", "rate", "redirects are followed without a flag"},
		{"C continue continue-at nc no-clobber N timestamping resume", "rate", "the same command goes on where it was, without a flag"},
	}
}

// habitual gives the hint for a flag of another program, "" when there is none.
func habitual(flags *pflag.FlagSet, name string) string {
	for _, h := range habits() {
		if slices.Contains(strings.Fields(h.names), name) && flags.Lookup(h.own) != nil {
			return h.hint
		}
	}
	return ""
}
