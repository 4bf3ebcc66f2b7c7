package frontiertest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"crawl/crawler/frontier"
)

func digits(n int) string { return strconv.Itoa(n) }

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err)
	}
	return n
}

func admissions() []example {
	return []example{
		{"IDs rise in the order of admission", 0, func(f *fixture) {
			f.same("result", f.admit(listed("http://b/1", "http://a/1", "http://b/2")...), frontier.Result{Admitted: 3})
			for i, u := range []string{"http://b/1", "http://a/1", "http://b/2"} {
				f.same(u, f.lookup(u), frontier.Known{
					ID: frontier.ID(i + 1), Flags: frontier.Listed, Pending: true, URL: u, HostID: f.host(Item(u).Host).ID,
				})
			}
			f.same("stats", f.stats(), frontier.Stats{Known: 3, Listed: 3, Pending: 3, Hosts: 2})
		}},
		{"known keys are ignored", 0, func(f *fixture) {
			f.admit(listed("http://a/1")...)
			again := frontier.Item{Key: Item("http://a/1").Key, URL: "http://other/", Host: "other", Flags: frontier.Listed}
			f.same("result", f.admit(again, again, listed("http://a/2")[0]), frontier.Result{Admitted: 1, Known: 2})
			f.same("item", f.lookup("http://a/1").URL, "http://a/1")
			f.same("stats", f.stats(), frontier.Stats{Known: 2, Listed: 2, Pending: 2, Hosts: 1})
		}},
		{"a key twice in a batch is one URL, the first", 0, func(f *fixture) {
			items := linked(5, 7, "http://a/1", "http://a/2", "http://a/1")
			items[2].Depth, items[2].From = 3, 9
			f.same("result", f.admit(items...), frontier.Result{Admitted: 2, Known: 1})
			k := f.lookup("http://a/1")
			f.same("item", k, frontier.Known{ID: 1, Depth: 3, From: 9, Pending: true, URL: "http://a/1", HostID: 1})
			f.same("improved", len(f.improved()), 0)
		}},
		{"which items were known is told when that is wanted", 0, func(f *fixture) {
			f.admit(append(listed("http://a/1"), linked(1, 1, "http://a/2")...)...)
			items := listed("http://b/3", "http://a/2", "http://a/1", "http://b/3", "http://a/2", "http://a/4")
			f.same("result", f.apply(frontier.Batch{Admit: items, Links: linked(1, 1, "http://a/1"), TellAgain: true}), frontier.Result{
				Admitted: 2, Known: 4,
				Again: []frontier.Again{{Item: 1, ID: 2}, {Item: 2, ID: 1, Listed: true}, {Item: 3, ID: 3, Listed: true}, {Item: 4, ID: 2, Listed: true}},
			})
			f.same("logged links", f.apply(frontier.Batch{AdmitLogged: 1, TellAgain: true}), frontier.Result{Known: 1})
		}},
		{"any URL is given back as it was", 0, func(f *fixture) {
			long := "http://a/" + strings.Repeat("x", 70_000)
			hosty := "http://" + strings.Repeat("h", 400) + "/"
			odd := frontier.Item{Key: frontier.Key{1}, URL: "HTTP://A:80/?q#", Host: "A:80"}
			none := frontier.Item{Key: frontier.Key{2}, URL: "x", Host: ""}
			f.admit(append(listed(long, hosty, "https://a/s", "http://a/\x00é"), odd, none)...)
			f.apply(frontier.Batch{Links: []frontier.Item{
				{Key: frontier.Key{3}, URL: "HTTP://A:80/logged", Host: "A:80", Depth: 2, From: 3},
				{Key: frontier.Key{4}, URL: "http://user.example/", Host: "user.example", Depth: 4, From: 2, Flags: frontier.Hop},
				{Key: frontier.Key{5}, URL: "", Host: "", Depth: 65535, From: 1 << 40},
			}, AdmitLogged: 10})
			hosts, _ := f.claimAll(0)
			var got []string
			for _, h := range hosts {
				leases, _, _, err := f.Frontier.Take(f.ctx, h.ID, f.Clock.Now(), 100)
				f.must(err)
				for _, l := range leases {
					got = append(got, l.Host+" "+l.URL)
				}
			}
			want := []string{
				"a " + long, strings.Repeat("h", 400) + " " + hosty, "a https://a/s", "a http://a/\x00é", "A:80 HTTP://A:80/?q#",
				" x", "A:80 HTTP://A:80/logged", "user.example http://user.example/", " ",
			}
			slices.Sort(got)
			slices.Sort(want)
			f.same("URLs", got, want)
		}},
		{"logged links are admitted when asked, oldest first", 0, loggedLinks},
		{"many keys in many batches", 0, manyKeys},
	}
}

func loggedLinks(f *fixture) {
	f.admit(listed("http://a/0")...)
	for i := range 10 {
		var links []frontier.Item
		for j := range 100 {
			links = append(links, linked(1, 1, fmt.Sprintf("http://b/%d-%d", i, j))...)
		}
		f.same("result", f.apply(frontier.Batch{Links: links}), frontier.Result{})
	}
	f.same("stats", f.stats(), frontier.Stats{Known: 1, Listed: 1, Pending: 1, Logged: 1000, Hosts: 1})
	f.reopen()
	res := f.apply(frontier.Batch{AdmitLogged: 150})
	if res.Admitted < 150 || res.Admitted > 900 {
		f.Fatalf("asked to admit about 150 of 1000 logged links, admitted %d", res.Admitted)
	}
	f.same("logged", f.stats().Logged, uint64(1000-res.Admitted))
	f.same("oldest", f.lookup("http://b/0-0"), frontier.Known{
		ID: 2, Depth: 1, Pending: true, URL: "http://b/0-0", From: 1, HostID: 2,
	})
	if _, ok, err := f.Frontier.Lookup(f.ctx, Item("http://b/9-99").Key); ok || err != nil {
		f.Fatal("the last logged link was admitted before its turn", err)
	}
	f.apply(frontier.Batch{AdmitLogged: 1 << 20})
	f.same("stats", f.stats(), frontier.Stats{Known: 1001, Listed: 1, Pending: 1001, Hosts: 2})
	f.same("last", f.lookup("http://b/9-99").ID, frontier.ID(1001))
}

func manyKeys(f *fixture) {
	const batches, size = 40, 250
	url := func(i int) string { return "http://h" + digits(i%7) + "/" + digits(i) }
	for b := range batches {
		var items []frontier.Item
		for i := range size {
			items = append(items, listed(url(b*size+i))...)
			if b > 0 {
				items = append(items, listed(url((b*size+i)*7919%(b*size)))...)
			}
		}
		res := f.admit(items...)
		f.same("admitted", res, frontier.Result{Admitted: size, Known: len(items) - size})
	}
	for i := 0; i < batches*size; i += 97 {
		f.same("ID", f.lookup(url(i)).ID, frontier.ID(i+1))
	}
	f.same("stats", f.stats(), frontier.Stats{
		Known: batches * size, Listed: batches * size, Pending: batches * size, Hosts: 7,
	})
}

func leasing() []example {
	return []example{
		{"oldest first, no item twice", 0, func(f *fixture) {
			f.admit(listed("http://a/1", "http://b/1", "http://a/2", "http://a/3")...)
			f.claimAll(0)
			leases, next, more := f.take("a", 2)
			f.same("first", urls(leases), []string{"http://a/1", "http://a/2"})
			f.same("more", more, true)
			f.same("next", next, time.Time{})
			f.same("lease", leases[0], frontier.Lease{
				ID: 1, Token: leases[0].Token, Deadline: leases[0].Deadline, URL: "http://a/1", Host: "a", Flags: frontier.Listed,
			})
			f.same("leased", f.stats().Leased, uint64(2))
			leases, _, more = f.take("a", 2)
			f.same("second", urls(leases), []string{"http://a/3"})
			f.same("more", more, false)
			leases, _, more = f.take("a", 2)
			f.same("third", len(leases), 0)
			f.same("more", more, false)
			leases, _, _ = f.take("b", 9)
			f.same("other host", urls(leases), []string{"http://b/1"})
		}},
		{"only a claimed host can be taken from", 0, func(f *fixture) {
			f.admit(listed("http://a/1")...)
			if _, _, _, err := f.Frontier.Take(f.ctx, 1, f.Clock.Now(), 1); err == nil {
				f.Fatal("Take gave items of a host that was not claimed")
			}
			f.claim(1)
			f.Frontier.ReturnHost(1)
			f.Frontier.ReturnHost(1)
			f.Frontier.ReturnHost(99)
			if _, _, _, err := f.Frontier.Take(f.ctx, 1, f.Clock.Now(), 1); err == nil {
				f.Fatal("Take gave items of a host that was returned")
			}
			f.takeOne("a")
		}},
		{"what is admitted later is taken later", 0, func(f *fixture) {
			f.admit(listed("http://a/1")...)
			f.claimAll(0)
			leases, _, _ := f.take("a", 9)
			f.same("first", urls(leases), []string{"http://a/1"})
			f.admit(listed("http://a/2")...)
			leases, _, _ = f.take("a", 9)
			f.same("second", urls(leases), []string{"http://a/2"})
		}},
		{"a lease does not survive a crash", 0, func(f *fixture) {
			f.admit(listed("http://a/1")...)
			old := f.takeOne("a")
			f.reopen()
			f.same("stats", f.stats(), frontier.Stats{Known: 1, Listed: 1, Pending: 1, Hosts: 1})
			f.same("outcome", f.apply(frontier.Batch{Outcomes: []frontier.Outcome{end(frontier.Done, old)}}), frontier.Result{Stale: 1})
			young := f.takeOne("a")
			if young.ID != old.ID || young.Token == old.Token {
				f.Fatalf("lease %+v after %+v", young, old)
			}
			f.same("outcome", f.apply(frontier.Batch{Outcomes: []frontier.Outcome{end(frontier.Done, old)}}), frontier.Result{Stale: 1})
			f.same("outcome", f.apply(frontier.Batch{Outcomes: []frontier.Outcome{end(frontier.Done, young)}}), frontier.Result{})
		}},
		{"a lease expires", time.Minute, func(f *fixture) {
			f.admit(listed("http://a/1", "http://a/2")...)
			old := f.takeOne("a")
			f.same("deadline", old.Deadline, f.Clock.Now().Add(time.Minute))
			f.takeOne("a")
			f.Frontier.ReturnHost(1)
			hosts, wake := f.claimAll(0)
			f.same("hosts", len(hosts), 0)
			if wake.Before(old.Deadline) || wake.After(old.Deadline.Add(time.Second)) {
				f.Fatalf("wake %v, the first lease ends %v", wake, old.Deadline)
			}
			f.Clock.Advance(time.Minute + time.Second)
			f.same("leased", f.stats().Leased, uint64(0))
			links := end(frontier.Done, old)
			links.Links = linked(1, 1, "http://b/")
			f.same("outcome", f.apply(frontier.Batch{Outcomes: []frontier.Outcome{links}}), frontier.Result{Stale: 1})
			f.same("its links are ignored", f.stats().Logged, uint64(0))
			young := f.takeOne("a")
			f.same("item", young.ID, old.ID)
			f.same("outcome", f.apply(frontier.Batch{Outcomes: []frontier.Outcome{end(frontier.Done, old)}}), frontier.Result{Stale: 1})
			f.same("outcome", f.apply(frontier.Batch{Outcomes: []frontier.Outcome{end(frontier.Done, young)}}), frontier.Result{})
			f.same("pending", f.stats().Pending, uint64(1))
		}},
		{"an expired lease is found while the host is claimed", time.Minute, func(f *fixture) {
			f.admit(listed("http://a/1", "http://a/2")...)
			f.takeOne("a")
			f.Clock.Advance(time.Hour)
			leases, _, _ := f.take("a", 9)
			f.same("items", urls(leases), []string{"http://a/1", "http://a/2"})
		}},
	}
}

func hosts() []example {
	return []example{
		{"a host is claimed once", 0, func(f *fixture) {
			f.admit(listed("http://a/1", "http://b/1", "http://a/2", "http://c/1")...)
			first := f.claim(2)
			f.same("first", len(first), 2)
			rest := f.claim(9)
			f.same("rest", len(rest), 1)
			f.same("none", len(f.claim(9)), 0)
			all := append(first, rest...)
			slices.Sort(all)
			f.same("all", all, []string{"a", "b", "c"})
		}},
		{"every host is offered before any is offered twice", 0, fairness},
		{"a host without an item to take is not offered", 0, func(f *fixture) {
			f.admit(listed("http://a/1")...)
			l := f.takeOne("a")
			f.Frontier.ReturnHost(1)
			f.same("all leased", len(f.claim(9)), 0)
			f.apply(frontier.Batch{Outcomes: []frontier.Outcome{end(frontier.Release, l)}})
			f.same("released", f.claim(9), []string{"a"})
			l = f.takeOne("a")
			f.apply(frontier.Batch{Outcomes: []frontier.Outcome{end(frontier.Done, l)}})
			f.Frontier.ReturnHost(1)
			f.same("settled", len(f.claim(9)), 0)
			f.admit(listed("http://a/2")...)
			f.same("again", f.claim(9), []string{"a"})
		}},
		{"NextAt and horizon", 0, nextAt},
		{"a host knows the schemes that the list names it with", 0, func(f *fixture) {
			f.admit(linked(1, 1, "http://a/1")...)
			f.same("linked only", f.host("a").Named, frontier.Schemes(0))
			f.admit(listed("https://a/2")...)
			f.same("https", f.host("a").Named, frontier.HTTPS)
			f.admit(listed("http://a/1")...) // known already
			f.reopen()
			f.same("both", f.host("a").Named, frontier.HTTP|frontier.HTTPS)
		}},
		{"host state is durable", 0, func(f *fixture) {
			f.admit(listed("http://a/1", "http://b/1")...)
			at := f.Clock.Now().Add(-time.Second)
			state := frontier.HostState{ID: 2, Host: "b", NextAt: at, State: []byte("robots"), Named: frontier.HTTP}
			f.apply(frontier.Batch{Hosts: []frontier.HostState{state, {ID: 77, State: []byte("unknown")}}})
			f.same("by name", f.host("b"), state)
			f.reopen()
			found, _ := f.claimAll(0)
			f.same("claimed", found, []frontier.HostState{{ID: 1, Host: "a", Named: frontier.HTTP}, state})
			f.apply(frontier.Batch{Hosts: []frontier.HostState{{ID: 2}}})
			f.same("replaced", f.host("b"), frontier.HostState{ID: 2, Host: "b", Named: frontier.HTTP})
			if _, ok, err := f.Frontier.HostByName(f.ctx, "nobody"); ok || err != nil {
				f.Fatal("a host that was never named is known", err)
			}
		}},
		{"wake is the earliest of many", 0, func(f *fixture) {
			const n = 50
			var b frontier.Batch
			for i := range n {
				b.Admit = append(b.Admit, listed("http://h"+digits(i)+"/")...)
				b.Hosts = append(b.Hosts, frontier.HostState{
					ID: frontier.HostID(i + 1), NextAt: f.Clock.Now().Add(time.Duration((i*37)%n+1) * time.Minute),
				})
			}
			f.apply(b)
			for i := range n {
				found, wake := f.claimAll(0)
				f.same("claimed", len(found), min(i, 1))
				f.same("wake", wake, f.Clock.Now().Add(time.Minute))
				f.Clock.Advance(time.Minute)
			}
			found, wake := f.claimAll(0)
			f.same("claimed", len(found), 1)
			f.same("wake", wake, time.Time{})
		}},
	}
}

func fairness(f *fixture) {
	var items []frontier.Item
	const n = 7
	for page := range 20 {
		for host := range n {
			items = append(items, listed(fmt.Sprintf("http://h%d/%d", host, page))...)
		}
	}
	f.admit(items...)
	for round := range 5 {
		offered := make(map[string]bool)
		for range n {
			names := f.claim(1)
			if len(names) != 1 || offered[names[0]] {
				f.Fatalf("round %d: %v was offered after %v", round, names, offered)
			}
			offered[names[0]] = true
			l := f.takeOne(names[0])
			f.apply(frontier.Batch{Outcomes: []frontier.Outcome{end(frontier.Done, l)}})
			f.Frontier.ReturnHost(f.host(names[0]).ID)
		}
	}
	// A host that had to wait comes before one that was offered meanwhile.
	later := f.Clock.Now().Add(time.Minute)
	f.apply(frontier.Batch{Hosts: []frontier.HostState{{ID: 3, NextAt: later}}})
	for range 3 * n {
		names := f.claim(1)
		if names[0] == "h2" {
			f.Fatal("a host was offered before its time")
		}
		f.Frontier.ReturnHost(f.host(names[0]).ID)
	}
	f.Clock.Advance(time.Hour)
	names := f.claim(n)
	if !slices.Contains(names, "h2") {
		f.Fatal("a host was not offered after its time")
	}
}

func nextAt(f *fixture) {
	at := f.Clock.Now().Add(10 * time.Second)
	f.admit(listed("http://a/1", "http://b/1")...)
	f.apply(frontier.Batch{Hosts: []frontier.HostState{{ID: 1, NextAt: at}}})
	found, wake := f.claimAll(3 * time.Second)
	f.same("claimed", len(found), 1)
	f.same("wake", wake, at.Add(-3*time.Second))
	f.Clock.Advance(7 * time.Second)
	found, wake = f.claimAll(0)
	f.same("claimed", len(found), 0)
	f.same("wake", wake, at)
	found, wake = f.claimAll(3 * time.Second)
	f.same("claimed", found, []frontier.HostState{{ID: 1, Host: "a", NextAt: at, Named: frontier.HTTP}})
	f.same("wake", wake, time.Time{})
	f.Frontier.ReturnHost(1)
	f.apply(frontier.Batch{Hosts: []frontier.HostState{{ID: 1, NextAt: at.Add(time.Hour)}}})
	found, _ = f.claimAll(3 * time.Second)
	f.same("later", len(found), 0)
	f.apply(frontier.Batch{Hosts: []frontier.HostState{{ID: 1}}})
	found, _ = f.claimAll(0)
	f.same("at once", found, []frontier.HostState{{ID: 1, Host: "a", Named: frontier.HTTP}})
}
