package frontiertest

import (
	"time"

	"crawl/crawler/frontier"
)

func asides() []example {
	return []example{
		{"waiting items are listed as they were found", 0, func(f *fixture) {
			f.same("of nothing", len(f.waiting(1)), 0)
			f.admit(append(linked(3, 7, "http://a/1", "http://b/2"), listed("http://a/3", "https://a/4")...)...)
			o := end(frontier.Retry, f.takeOne("b"))
			o.RetryAt, o.Note = f.Clock.Now().Add(time.Hour), []byte("n")
			f.apply(frontier.Batch{Outcomes: []frontier.Outcome{o}})
			f.apply(frontier.Batch{Outcomes: []frontier.Outcome{end(frontier.Done, f.takeOne("a"))}})
			f.takeOne("a")
			want := []frontier.Waiting{
				{ID: 2, Item: frontier.Item{URL: "http://b/2", Host: "b", Depth: 3, From: 7, Note: o.Note}},
				{ID: 3, Item: frontier.Item{URL: "http://a/3", Host: "a", Flags: frontier.Listed}},
				{ID: 4, Item: frontier.Item{URL: "https://a/4", Host: "a", Flags: frontier.Listed}},
			}
			for max := 1; max < 5; max++ {
				f.same("waiting", f.waiting(max), want)
			}
		}},
		{"what is set aside is settled", 0, func(f *fixture) {
			f.admit(linked(2, 9, "http://a/1", "http://a/2", "http://b/3")...)
			o := end(frontier.Retry, f.takeOne("b"))
			o.RetryAt = f.Clock.Now().Add(time.Hour)
			f.apply(frontier.Batch{Outcomes: []frontier.Outcome{o}})
			f.same("result", f.apply(frontier.Batch{Aside: aside(f, "http://b/3", "http://a/1")}), frontier.Result{})
			f.same("stats", f.stats(), frontier.Stats{Known: 3, Pending: 1, Hosts: 2})
			f.same("item", f.lookup("http://a/1"), frontier.Known{ID: 1, Depth: frontier.NoDepth})
			f.reopen()
			f.same("claimable", f.claim(9), []string{"a"})
			f.same("what is left", f.takeOne("a").URL, "http://a/2")
		}},
		{"what is set aside comes back with its next find", 0, func(f *fixture) {
			hop := linked(1, 5, "http://a/3")
			hop[0].Flags = frontier.Hop
			f.admit(append(linked(2, 9, "http://a/1", "http://a/2"), hop...)...)
			f.apply(frontier.Batch{Aside: aside(f, "http://a/1", "http://a/2", "http://a/3")})
			f.admit(linked(7, 4, "http://a/1")...)
			f.apply(frontier.Batch{Links: append(listed("http://a/2"), hop...), AdmitLogged: 9})
			f.same("improved", f.improved(), []frontier.Improved{
				{ID: 1, Depth: 7, From: 4}, {ID: 2, Flags: frontier.Listed}, {ID: 3, Depth: 1, From: 5, Flags: frontier.Hop},
			})
			f.apply(frontier.Batch{Requeue: []frontier.Requeue{{ID: 1, Item: linked(2, 9, "http://a/1")[0]}}})
			f.same("item", f.lookup("http://a/1"), frontier.Known{ID: 1, Depth: 7, From: 4, Pending: true, URL: "http://a/1", HostID: 1})
		}},
		{"what is listed in the batch that sets it aside comes back", 0, func(f *fixture) {
			f.admit(listed("http://a/1")...)
			f.apply(frontier.Batch{Aside: aside(f, "http://a/1"), Admit: listed("http://a/1")})
			f.same("improved", f.improved(), []frontier.Improved{{ID: 1, Flags: frontier.Listed}})
		}},
		{"what was found better meanwhile comes back at once", 0, func(f *fixture) {
			f.admit(append(linked(2, 9, "http://a/1", "http://a/2"), linked(0, 9, "http://a/3")...)...)
			b := frontier.Batch{Aside: aside(f, "http://a/1", "http://a/2", "http://a/3")}
			f.admit(append(listed("http://a/1", "http://a/3"), linked(1, 3, "http://a/2")...)...)
			f.apply(b)
			f.same("improved", f.improved(), []frontier.Improved{
				{ID: 1, Flags: frontier.Listed}, {ID: 2, Depth: 1, From: 3}, {ID: 3, Flags: frontier.Listed},
			})
			f.same("stats", f.stats(), frontier.Stats{Known: 3, Listed: 2, Improved: 3, Hosts: 1})
		}},
		{"what is leased, settled or another item is not set aside", 0, func(f *fixture) {
			f.admit(linked(2, 9, "http://a/1", "http://a/2", "http://a/3")...)
			b := frontier.Batch{Aside: aside(f, "http://a/1", "http://a/2", "http://a/3", "http://a/3")}
			f.apply(frontier.Batch{Outcomes: []frontier.Outcome{end(frontier.Done, f.takeOne("a"))}})
			f.takeOne("a")
			b.Aside = append(b.Aside, frontier.Aside{ID: 3, Key: Item("http://a/1").Key}, frontier.Aside{ID: 9, Key: Item("http://a/9").Key})
			f.same("result", f.apply(b), frontier.Result{Stale: 5})
			f.same("stats", f.stats(), frontier.Stats{Known: 3, Pending: 1, Leased: 1, Hosts: 1})
		}},
		{"an expired lease does not hold what is set aside", time.Second, func(f *fixture) {
			f.admit(linked(2, 9, "http://a/1")...)
			l := f.takeOne("a")
			f.Clock.Advance(2 * time.Second)
			f.same("result", f.apply(frontier.Batch{Aside: aside(f, "http://a/1")}), frontier.Result{})
			f.same("outcome", f.apply(frontier.Batch{Outcomes: []frontier.Outcome{end(frontier.Done, l)}}), frontier.Result{Stale: 1})
		}},
	}
}

// aside names known items as they are.
func aside(f *fixture, urls ...string) (list []frontier.Aside) {
	for _, u := range urls {
		k := f.lookup(u)
		list = append(list, frontier.Aside{ID: k.ID, Key: Item(u).Key, Depth: k.Depth, Flags: k.Flags})
	}
	return list
}
