package frontiertest

import (
	"time"

	"crawl/crawler/frontier"
)

func outcomes() []example {
	return []example{
		{"done settles for good", 0, func(f *fixture) {
			f.admit(listed("http://a/1")...)
			l := f.takeOne("a")
			o := end(frontier.Done, l)
			o.Links = linked(1, 1, "http://a/2")
			f.same("twice in one batch", f.apply(frontier.Batch{Outcomes: []frontier.Outcome{o, o}}), frontier.Result{Stale: 1})
			f.same("again", f.apply(frontier.Batch{Outcomes: []frontier.Outcome{o}}), frontier.Result{Stale: 1})
			f.same("stats", f.stats(), frontier.Stats{Known: 1, Listed: 1, Logged: 1, Hosts: 1})
			f.same("item", f.lookup("http://a/1"), frontier.Known{ID: 1, Flags: frontier.Listed})
			f.reopen()
			f.same("claimable", len(f.claim(9)), 0)
		}},
		{"an outcome without its lease is stale", 0, func(f *fixture) {
			f.admit(listed("http://a/1", "http://a/2")...)
			l := f.takeOne("a")
			wrong := []frontier.Outcome{
				{ID: l.ID, Token: l.Token + 1, Links: linked(1, 1, "http://b/")},
				{ID: 2, Token: l.Token},
				{ID: 99, Token: l.Token, Kind: frontier.Retry},
				{},
			}
			f.same("result", f.apply(frontier.Batch{Outcomes: wrong}), frontier.Result{Stale: 4})
			f.same("stats", f.stats(), frontier.Stats{Known: 2, Listed: 2, Pending: 2, Leased: 1, Hosts: 1})
		}},
		{"release puts it back as it was", 0, func(f *fixture) {
			f.admit(listed("http://a/1", "http://a/2", "http://a/3")...)
			f.claimAll(0)
			leases, _, _ := f.take("a", 2)
			b := frontier.Batch{Outcomes: []frontier.Outcome{end(frontier.Release, leases[0]), end(frontier.Done, leases[0])}}
			f.same("and settled in the same batch", f.apply(b), frontier.Result{Stale: 1})
			f.same("stale", f.apply(frontier.Batch{Outcomes: []frontier.Outcome{end(frontier.Done, leases[0])}}), frontier.Result{Stale: 1})
			again, _, _ := f.take("a", 9)
			f.same("items", urls(again), []string{"http://a/1", "http://a/3"})
		}},
		{"retry waits for its time and keeps its note", 0, retry},
		{"retry keeps the item's place in the contract", 0, retryOrder},
		{"a retry is never taken before its time", 0, func(f *fixture) {
			f.admit(listed("http://a/1")...)
			o := end(frontier.Retry, f.takeOne("a"))
			o.RetryAt = f.Clock.Now().Add(time.Second + time.Nanosecond)
			f.apply(frontier.Batch{Outcomes: []frontier.Outcome{o}})
			f.Clock.Advance(time.Second)
			leases, _, _ := f.take("a", 1)
			f.same("a nanosecond before", len(leases), 0)
			f.Clock.Advance(time.Second)
			f.takeOne("a")
		}},
		{"a released retry is due as before", 0, func(f *fixture) {
			f.admit(listed("http://a/1")...)
			o := end(frontier.Retry, f.takeOne("a"))
			o.RetryAt, o.Note = f.Clock.Now().Add(time.Second), []byte("n")
			f.apply(frontier.Batch{Outcomes: []frontier.Outcome{o}})
			f.Clock.Advance(time.Second)
			l := f.takeOne("a")
			f.apply(frontier.Batch{Outcomes: []frontier.Outcome{end(frontier.Release, l)}})
			f.same("due", f.lookup("http://a/1").DueAt, o.RetryAt)
			again := f.takeOne("a")
			f.same("note", again.Note, o.Note)
			f.apply(frontier.Batch{Outcomes: []frontier.Outcome{end(frontier.Done, again)}})
			f.same("stats", f.stats(), frontier.Stats{Known: 1, Listed: 1, Hosts: 1})
		}},
		{"requeue makes a settled item pending again", 0, requeue},
	}
}

func retry(f *fixture) {
	f.admit(listed("http://a/1")...)
	start := f.Clock.Now()
	o := end(frontier.Retry, f.takeOne("a"))
	o.RetryAt, o.Note = start.Add(time.Minute), []byte("attempt 1")
	o.Links = linked(1, 1, "http://b/")
	f.apply(frontier.Batch{Outcomes: []frontier.Outcome{o}})
	f.same("stats", f.stats(), frontier.Stats{Known: 1, Listed: 1, Pending: 1, Delayed: 1, Logged: 1, Hosts: 1})
	leases, next, more := f.take("a", 9)
	f.same("not due", len(leases), 0)
	f.same("next", next, o.RetryAt)
	f.same("more", more, false)
	f.Frontier.ReturnHost(1)
	_, wake := f.claimAll(20 * time.Second)
	f.same("wake", wake, o.RetryAt.Add(-20*time.Second))
	f.reopen()
	f.same("item", f.lookup("http://a/1"), frontier.Known{
		ID: 1, Flags: frontier.Listed, Pending: true, URL: "http://a/1", DueAt: o.RetryAt, Note: o.Note, HostID: 1,
	})
	f.Clock.Advance(50 * time.Second)
	found, _ := f.claimAll(10 * time.Second)
	f.same("within the horizon", len(found), 1)
	leases, next, _ = f.take("a", 9)
	f.same("not due", len(leases), 0)
	f.same("next", next, o.RetryAt)
	f.Clock.Advance(10 * time.Second)
	leases, next, _ = f.take("a", 9)
	f.same("due", len(leases), 1)
	f.same("next", next, time.Time{})
	f.same("note", leases[0].Note, o.Note)
	again := end(frontier.Retry, leases[0])
	again.Note = []byte("attempt 2")
	f.apply(frontier.Batch{Outcomes: []frontier.Outcome{again}})
	f.same("at once", f.takeOne("a").Note, again.Note)
}

func retryOrder(f *fixture) {
	f.admit(listed("http://a/1", "http://a/2", "http://a/3", "http://a/4")...)
	f.claimAll(0)
	leases, _, _ := f.take("a", 3)
	now := f.Clock.Now()
	var b frontier.Batch
	for i, wait := range []time.Duration{2 * time.Second, time.Second, time.Hour} {
		o := end(frontier.Retry, leases[i])
		o.RetryAt = now.Add(wait)
		b.Outcomes = append(b.Outcomes, o)
	}
	f.apply(b)
	f.Clock.Advance(time.Minute)
	first, next, more := f.take("a", 1)
	f.same("earliest first", urls(first), []string{"http://a/2"})
	f.same("next", next, now.Add(time.Hour))
	f.same("more", more, true)
	rest, next, more := f.take("a", 9)
	f.same("retries before the rest", urls(rest), []string{"http://a/1", "http://a/4"})
	f.same("next", next, now.Add(time.Hour))
	f.same("more", more, false)
	f.same("delayed", f.stats().Delayed, uint64(3))
}

func requeue(f *fixture) {
	f.admit(linked(2, 9, "http://a/1", "http://a/2")...)
	l := f.takeOne("a")
	item := linked(2, 9, "http://a/1")[0]
	q := frontier.Requeue{ID: 1, Item: item, Note: []byte("again")}
	f.same("pending", f.apply(frontier.Batch{Requeue: []frontier.Requeue{q}}), frontier.Result{Stale: 1})
	f.apply(frontier.Batch{Outcomes: []frontier.Outcome{end(frontier.Done, l)}})
	unknown := frontier.Requeue{ID: 1, Item: Item("http://a/unknown")}
	f.same("unknown", f.apply(frontier.Batch{Requeue: []frontier.Requeue{unknown, {ID: 2, Item: item}}}), frontier.Result{Stale: 2})
	f.takeOne("a")
	f.same("result", f.apply(frontier.Batch{Requeue: []frontier.Requeue{q, q}}), frontier.Result{Stale: 1})
	f.same("stats", f.stats(), frontier.Stats{Known: 2, Pending: 2, Leased: 1, Hosts: 1})
	again := f.takeOne("a")
	f.same("lease", again, frontier.Lease{
		ID: 1, Token: again.Token, Deadline: again.Deadline, URL: "http://a/1", Host: "a", Depth: 2, From: 9, Note: q.Note,
	})
	f.same("stale", f.apply(frontier.Batch{Outcomes: []frontier.Outcome{end(frontier.Done, l)}}), frontier.Result{Stale: 1})
	f.same("done", f.apply(frontier.Batch{Outcomes: []frontier.Outcome{end(frontier.Done, again)}}), frontier.Result{})
	f.Frontier.ReturnHost(1)
	f.apply(frontier.Batch{Requeue: []frontier.Requeue{q}})
	f.same("an idle host is offered again", f.claim(9), []string{"a"})
}

func improvements() []example {
	return []example{
		{"a pending item is improved in place", 0, func(f *fixture) {
			f.admit(linked(5, 3, "http://a/1")...)
			f.admit(linked(6, 4, "http://a/1")...)
			f.same("not by a larger depth", f.lookup("http://a/1").Depth, uint16(5))
			f.admit(linked(2, 8, "http://a/1")...)
			want := frontier.Known{ID: 1, Depth: 2, From: 8, Pending: true, URL: "http://a/1", HostID: 1}
			f.same("item", f.lookup("http://a/1"), want)
			f.same("improved", len(f.improved()), 0)
			f.admit(listed("http://a/1")...)
			f.same("stats", f.stats(), frontier.Stats{Known: 1, Listed: 1, Pending: 1, Hosts: 1})
			l := f.takeOne("a")
			f.same("lease", []any{l.Depth, l.From, l.Flags}, []any{uint16(0), frontier.ID(0), frontier.Listed})
		}},
		{"a delayed item is improved in place", 0, func(f *fixture) {
			f.admit(linked(5, 3, "http://a/1")...)
			o := end(frontier.Retry, f.takeOne("a"))
			o.RetryAt, o.Note = f.Clock.Now().Add(time.Minute), []byte("n")
			f.apply(frontier.Batch{Outcomes: []frontier.Outcome{o}})
			f.admit(linked(2, 8, "http://a/1")...)
			f.same("item", f.lookup("http://a/1"), frontier.Known{
				ID: 1, Depth: 2, From: 8, Pending: true, URL: "http://a/1", HostID: 1, DueAt: o.RetryAt, Note: o.Note,
			})
		}},
		{"a settled item is listed as improved until it is expanded", 0, settledImproved},
		{"an item improved while leased is improved when it settles", 0, func(f *fixture) {
			f.admit(linked(5, 3, "http://a/1")...)
			l := f.takeOne("a")
			f.admit(linked(2, 8, "http://a/1")...)
			f.same("improved", len(f.improved()), 0)
			f.apply(frontier.Batch{Outcomes: []frontier.Outcome{end(frontier.Done, l)}})
			f.same("improved", f.improved(), []frontier.Improved{{ID: 1, Depth: 2, From: 8}})
		}},
		{"a hop that is linked while leased is improved when it settles", 0, func(f *fixture) {
			it := linked(1, 1, "http://a/1")[0]
			it.Flags = frontier.Hop
			f.admit(it)
			l := f.takeOne("a")
			f.admit(linked(1, 2, "http://a/1")...)
			f.apply(frontier.Batch{Outcomes: []frontier.Outcome{end(frontier.Done, l)}})
			f.same("improved", f.improved(), []frontier.Improved{{ID: 1, Depth: 1, From: 2}})
		}},
		{"an item improved before its second lease is not", 0, func(f *fixture) {
			f.admit(linked(5, 3, "http://a/1")...)
			l := f.takeOne("a")
			f.admit(linked(2, 8, "http://a/1")...)
			f.apply(frontier.Batch{Outcomes: []frontier.Outcome{end(frontier.Release, l)}})
			f.apply(frontier.Batch{Outcomes: []frontier.Outcome{end(frontier.Done, f.takeOne("a"))}})
			f.same("improved", len(f.improved()), 0)
		}},
		{"the hop mark falls when the URL is linked or listed", 0, hopMark},
		{"a requeued item takes its improvement along", 0, func(f *fixture) {
			f.admit(linked(5, 3, "http://a/1")...)
			f.apply(frontier.Batch{Outcomes: []frontier.Outcome{end(frontier.Done, f.takeOne("a"))}})
			f.admit(linked(2, 8, "http://a/1")...)
			f.apply(frontier.Batch{Requeue: []frontier.Requeue{{ID: 1, Item: linked(5, 3, "http://a/1")[0]}}})
			f.same("improved", len(f.improved()), 0)
			f.same("item", f.lookup("http://a/1"), frontier.Known{
				ID: 1, Depth: 2, From: 8, Pending: true, URL: "http://a/1", HostID: 1,
			})
		}},
	}
}

func settledImproved(f *fixture) {
	f.admit(linked(5, 3, "http://a/1", "http://a/2")...)
	f.apply(frontier.Batch{Outcomes: []frontier.Outcome{end(frontier.Done, f.takeOne("a")), end(frontier.Done, f.takeOne("a"))}})
	f.admit(linked(5, 4, "http://a/1")...)
	f.same("not at the same depth", len(f.improved()), 0)
	f.apply(frontier.Batch{Links: linked(4, 8, "http://a/2"), AdmitLogged: 1})
	f.admit(linked(3, 7, "http://a/1")...)
	f.admit(linked(2, 6, "http://a/1")...)
	want := []frontier.Improved{{ID: 1, Depth: 2, From: 6}, {ID: 2, Depth: 4, From: 8}}
	f.same("improved", f.improved(), want)
	some, err := f.Frontier.Improved(f.ctx, 1)
	f.must(err)
	f.same("one of them", len(some), 1)
	f.same("stats", f.stats(), frontier.Stats{Known: 2, Improved: 2, Hosts: 1})
	f.reopen()
	f.same("after a crash", f.improved(), want)
	f.apply(frontier.Batch{Expanded: []frontier.Improved{want[0], want[0], {ID: 99}}})
	f.same("expanded", f.improved(), want[1:])
	f.same("settled", f.lookup("http://a/1"), frontier.Known{ID: 1, Depth: 2})
	f.same("claimable", len(f.claim(9)), 0)
	f.admit(linked(2, 5, "http://a/1")...)
	f.same("known at that depth", f.improved(), want[1:])
	f.apply(frontier.Batch{Expanded: want[1:], Admit: linked(1, 5, "http://a/2")})
	again := []frontier.Improved{{ID: 2, Depth: 1, From: 5}}
	f.same("expanded and found again in one batch", f.improved(), again)
	f.apply(frontier.Batch{Expanded: want[1:]})
	f.same("improved since it was listed", f.improved(), again)
}

func hopMark(f *fixture) {
	hop := func(urls ...string) []frontier.Item {
		items := linked(1, 1, urls...)
		for i := range items {
			items[i].Flags = frontier.Hop
		}
		return items
	}
	f.admit(hop("http://a/1", "http://a/2", "http://a/3")...)
	l := f.takeOne("a")
	f.same("mark", l.Flags, frontier.Hop)
	f.apply(frontier.Batch{Outcomes: []frontier.Outcome{end(frontier.Done, l)}})
	f.admit(hop("http://a/1", "http://a/2")...)
	f.same("still", f.lookup("http://a/2").Flags, frontier.Hop)
	f.same("improved", len(f.improved()), 0)
	f.admit(append(linked(9, 2, "http://a/1", "http://a/2"), listed("http://a/3")...)...)
	f.same("settled", f.improved(), []frontier.Improved{{ID: 1, Depth: 1, From: 2}})
	f.same("pending", f.lookup("http://a/2").Flags, frontier.Flags(0))
	f.same("listed", f.lookup("http://a/3").Flags, frontier.Listed)
	f.admit(hop("http://a/2")...)
	f.same("the mark does not come back", f.lookup("http://a/2").Flags, frontier.Flags(0))
}
