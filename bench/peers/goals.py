"""The goals: what is run for each, side by side, and the figures that come out."""

import dataclasses
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import machine
from clients import AT_ONCE, Client

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SELECTS = ("--select", "title=title", "--select", "h=h2", "--select", "next=a.next@href")


@dataclasses.dataclass
class Figure:
    """A figure of a goal: its values, one a round."""

    goal: str
    what: str
    unit: str
    values: list
    must: float | None = None
    aim: float | None = None
    more: bool = False  # more is better

    @property
    def median(self):
        return statistics.median(self.values)

    def verdict(self):
        if self.must is None:
            return ""
        reached = lambda bound: self.median >= bound if self.more else self.median <= bound
        return "aim" if self.aim is not None and reached(self.aim) else "must" if reached(self.must) else "missed"


@dataclasses.dataclass
class Row:
    """What a client's runs gave."""

    work: str
    client: Client
    samples: list
    expected: int  # pages


def say(*words):
    print(*words, file=sys.stderr, flush=True)


class Bench:
    """The site, its server and the clients, and what was measured so far."""

    def __init__(self, options, server, clients, work):
        self.o, self.server, self.clients, self.work = options, server, clients, work
        self.client_cpus, _ = machine.PROCESSORS
        self.rows, self.figures, self.skipped = [], [], []

    def once(self, client, folder=None, cpus=None, keep=False):
        """One run of a client, counted in the server's log. Its folder is deleted, unless it is the caller's or to be kept until the end."""
        own = folder or tempfile.mkdtemp(dir=self.work)
        os.sync()  # what the last client wrote shall not be written during this one
        self.server.take()
        sample = machine.run(client.command(own), own, cpus or self.client_cpus, self.o.timeout, client.env)
        good, sample.requests, sample.robots = self.server.take()
        sample.pages = good.total() if client.repeats else len(good)
        sample.disk = machine.folder_size(own)
        if not folder and not keep:
            shutil.rmtree(own, ignore_errors=True)
        return sample

    def side_by_side(self, work, clients, expected, cpus=None, runs=None, keep=False):
        """Runs clients in turn, round after round, so that what disturbs the machine disturbs all. Gives the rows by name."""
        rows = {}
        for c in clients:
            if c.version is None:
                reason = f"{c.name}: skipped, {c.missing or 'it is not installed (bench/install-peers.sh)'}"
                if reason not in self.skipped:
                    self.skipped.append(reason)
                    say("  " + reason)
                continue
            rows[c.name] = Row(work, c, [], c.pages or expected)
        for n in range(runs or self.o.runs):
            for row in list(rows.values()):
                s = self.once(row.client, cpus=cpus, keep=keep)
                say(f"  {work}, round {n + 1}: {row.client.name}: {s.a_page(s.cpu):.1f} us a page, {s.wall:.2f} s, {s.pages} of {row.expected} pages")
                if s.pages != row.expected:
                    self.skipped.append(f"{row.client.name} ({work}): {s.pages} of {row.expected} pages, exit code {s.code}; left out")
                    del rows[row.client.name]
                    continue
                row.samples.append(s)
        self.rows += rows.values()
        return rows

    def ratio(self, goal, what, rows, over, under, value=lambda s: s.a_page(s.cpu), **bounds):
        """A figure of the ratios of two clients, round by round; nothing when one was skipped."""
        if over in rows and under in rows:
            values = [value(a) / value(b) for a, b in zip(rows[over].samples, rows[under].samples)]
            self.figures.append(Figure(goal, what, "x", values, **bounds))

    # The goals.

    def crawls(self):
        """Goals 1 to 4: the whole site, from its first page."""
        c, o = self.clients, self.o
        rows = self.side_by_side("follow links", [c.floor(), c.follow(), c.colly_run(), c.wget2_recursive(), c.scrapy()], o.pages)
        self.ratio("1", "crawl over h2load, CPU a page", rows, "crawl", "h2load", must=5.5, aim=3.5)
        self.ratio("2", "Colly over crawl, CPU a page", rows, "Colly", "crawl", must=15, aim=25, more=True)
        self.ratio("3", "Scrapy over crawl, CPU a page", rows, "Scrapy", "crawl", must=65, aim=100, more=True)
        self.ratio("4", "wget2 -r over crawl, CPU a page", rows, "wget2 -r", "crawl", must=4, aim=6, more=True)
        both = set().union(*machine.PROCESSORS)
        rows = self.side_by_side("follow links, client on both processors", [c.follow(), c.wget2_recursive()], o.pages, cpus=both)
        self.ratio("4", "wget2 -r over crawl, wall on both processors", rows, "wget2 -r", "crawl", value=lambda s: s.wall, must=1, more=True)

    def hosts(self):
        """Goal 5: many hosts, with robots.txt and the limits of each, beside goal 1's crawl and one of the very same pages on one host."""
        c, o = self.clients, self.o
        names = [f"127.1.{n // 250}.{1 + n % 250}" for n in range(o.hosts)]
        many, one = (os.path.join(self.work, name) for name in ("hosts.urls", "folders.urls"))
        for path, base in ((many, f"http://{{}}:{self.server.hosts_port}"), (one, f"http://127.0.0.1:{self.server.port}/v/{{}}")):
            with open(path, "w") as f:
                f.writelines(base.format(name) + "/p/00000.html\n" for name in names)
        first = c.follow("crawl, goal 1")
        first.pages = o.pages
        folders, free, polite = "crawl, the same pages on one host", "crawl, robots and limits off", "crawl, polite"
        rows = self.side_by_side(f"{o.hosts:,} hosts", [
            first,
            c.crawl_run(folders, "--depth", "1000", one),
            c.crawl_run(free, "--depth", "1000", many),
            c.crawl_run(polite, "--depth", "1000", many, polite=True)], o.hosts * o.host_pages)
        cost = lambda s: s.a_page(s.cpu)
        for over, under, what, bounds in (
                (polite, first.name, "many hosts with robots and limits over goal 1", {"must": 15, "aim": 5}),
                (polite, folders, "many hosts with robots and limits over the same pages on one host without", {}),
                (free, folders, "many hosts over the same pages on one host, robots and limits off in both", {})):
            if over in rows and under in rows:
                values = [100 * cost(a) / cost(b) - 100 for a, b in zip(rows[over].samples, rows[under].samples)]
                self.figures.append(Figure("5", what, "% more", values, **bounds))

    def fields(self):
        """Goal 6: three selectors a page."""
        c = self.clients
        rows = self.side_by_side("three fields a page", [c.follow("crawl, in workers", *SELECTS), c.colly_run("Colly, three OnHTML", "-select")], self.o.pages)
        self.ratio("6", "Colly over crawl, three fields a page, CPU a page", rows, "Colly, three OnHTML", "crawl, in workers", must=4, aim=6, more=True)

    def once_each(self):
        """Goal 7: requests for each distinct page, at several concurrencies."""
        at_once = [64, 256] if self.o.short else [1, 4, 16, 64, 256]
        values = []
        for many in at_once * (1 if self.o.short else 4):
            s = self.once(self.clients.follow(at_once=many))
            values.append(s.requests / max(1, s.pages))
            if s.pages != self.o.pages:
                self.skipped.append(f"crawl -c {many}: {s.pages} of {self.o.pages} pages")
        self.figures.append(Figure("7", f"requests for each distinct page, {len(values)} runs, -c {', '.join(map(str, at_once))}", "", values, must=1, aim=1))

    def memory(self):
        """Goal 8: peak memory, and how it grows. The built-in site serves any number of pages."""
        few, many = self.o.pages, self.o.pages * 5
        peaks = {}
        for pages in (few, many):
            site = subprocess.Popen([self.clients.crawl, "site", "--listen", "127.0.0.1:0", "--plain", "--pages", str(pages), "--images", "0",
                                     "--hosts", "1", "--min-size", "9kB", "--max-size", "9kB"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            try:
                url = site.stdout.readline().strip()
                client = self.clients.crawl_run("crawl", "--depth", "1000", url)
                peaks[pages] = [self.once(client) for _ in range(self.o.runs)]
            finally:
                site.terminate()
                site.wait()
        mb = lambda samples, field: [getattr(s, field) / 1e6 for s in samples]
        self.figures.append(Figure("8", f"peak anonymous memory, {few:,} pages", "MB", mb(peaks[few], "anon"), must=80, aim=48))
        self.figures.append(Figure("8", f"mapped pages of files at the peak, {few:,} pages", "MB", mb(peaks[few], "mapped")))
        self.figures.append(Figure("8", f"peak anonymous memory, {many:,} pages", "MB", mb(peaks[many], "anon")))
        growth = [(b.anon - a.anon) / 1000 / (many - few) for a, b in zip(peaks[few], peaks[many])]
        self.figures.append(Figure("8", "growth for each further page", "kB", growth, must=0.5, aim=0.1))

    def queue(self):
        """Goal 9: a million known URLs."""
        found = self.go_bench("./crawler/frontier/local", "Admit/batch=50000/hosts=1000$", 1 if self.o.short else self.o.runs)
        for unit, what, scale, bounds in (
                ("URLs/s", "inserts a second", 1, {"must": 100_000, "aim": 300_000, "more": True}),
                ("B/URL", "on disk for each URL", 1, {"must": 150, "aim": 110}),
                ("anon-MB", "anonymous memory", 1, {"must": 300, "aim": 200}),
                ("resume-ms", "time to resume", 0.001, {"must": 10, "aim": 2})):
            if values := [v * scale for f in found for u, v in f[1].items() if u == unit]:
                unit = {"anon-MB": "MB", "resume-ms": "s", "B/URL": "B", "URLs/s": "/s"}[unit]
                self.figures.append(Figure("9", f"1,000,000 URLs known: {what}", unit, values, **bounds))

    def images(self):
        """Goal 10: a list of images. ext4 makes whoever creates files soon after a large deletion search long for free inodes, so none is deleted."""
        rows = self.side_by_side("images", self.clients.images(), self.o.images, keep=True)
        for crawl in ("crawl images", "crawl images -P"):
            goal = {} if crawl != "crawl images" else {"aiohttp": {"must": 5, "aim": 9}, "wget2 -i": {"must": 2.5, "aim": 4.5}}
            for peer in ("aiohttp", "wget2 -i", "curl -Z", "aria2c", "wget -i"):
                self.ratio("10", f"{peer} over {crawl}, CPU an image", rows, peer, crawl, more=True, **goal.get(peer, {}))

    def workers(self):
        """Goal 11: what worker processes add to the same extraction in process."""
        cost = {"process": [], "workers": []}
        for _ in range(self.o.runs):  # in turns, so that what disturbs the machine disturbs both
            found = self.go_bench("./parse", "Workers/(process|workers)/10kB", 1, "2s" if not self.o.short else "300x")
            for kind, values in cost.items():
                values += [v["cpu-us/page"] for n, v in found if f"/{kind}/" in n]
        if cost["process"] and cost["workers"]:
            extra = [b - a for a, b in zip(cost["process"], cost["workers"])]
            self.figures.append(Figure("11", "workers over the same in process, CPU a page of 10 kB", "us", extra, must=15, aim=5))

    def go_bench(self, package, pattern, runs, benchtime="1x"):
        """Runs a Go benchmark of the project; gives its lines as (name, {unit: value})."""
        command = ["go", "test", "-run", "^$", "-bench", pattern, "-benchtime", benchtime, "-count", str(runs), package]
        everywhere = set().union(*machine.PROCESSORS)
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, preexec_fn=lambda: os.sched_setaffinity(0, everywhere))
        if done.returncode:
            self.skipped.append(f"`{' '.join(command)}` failed: {' '.join((done.stdout + done.stderr).split())[-300:]}")
            return []
        lines = []
        for line in done.stdout.splitlines():
            if m := re.match(r"(Benchmark\S+)\s+\d+\s+(.*)", line):
                parts = m[2].split()
                lines.append((m[1], {unit: float(value) for value, unit in zip(parts[::2], parts[1::2])}))
        return lines

    def all(self):
        goals = {"1": self.crawls, "5": self.hosts, "6": self.fields, "7": self.once_each, "8": self.memory, "9": self.queue,
                 "10": self.images, "11": self.workers}
        for name, goal in goals.items():
            if self.o.only and name not in self.o.only:
                continue
            began = time.monotonic()
            say(f"goal {name}: {goal.__doc__.split(': ', 1)[1]}")
            goal()
            say(f"  {time.monotonic() - began:.1f} s")
