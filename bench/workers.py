#!/usr/bin/python3
"""Compares crawl's parser processes with Python's process pools doing the same work with lxml.

    apt-get install python3-lxml     # Debian; or: python3 -m pip install lxml
    bench/workers.py [PAGES]         # 4000 by default; needs go and a quiet machine

The work is the same for all: the text of <title>, of each <h2>, and the resolved href of each <a class=next> of a page of
10 kB. What is printed is the CPU time of parent and children together for each page, starts of the processes included,
and the time by the clock. The last lines are crawl's own benchmark, in process and in workers.
"""

import sys

del sys.path[0]  # a script beside this one has the name of a module that multiprocessing imports

import concurrent.futures
import multiprocessing
import re
import resource
import subprocess
import time
from pathlib import Path
from urllib.parse import urljoin

import lxml.html

URL = "http://example.com/"


def page(kb):
    """The page that parse/heavy_bench_test.go makes."""
    parts = ['<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>A page to measure</title></head><body><h1>Heading</h1>\n']
    size, i = len(parts[0]), 0
    while size < kb * 1000 - 100:
        parts.append('<div class="row"><h2>Part %d</h2><p>Some <b>words</b> of text, with <a class="next" href="/page/%d?x=1&amp;y=2">a link</a> '
                     "and &ldquo;quotes&rdquo; in it, and so on to the end of the line.</p><ul><li>one</li><li>two</li></ul></div>\n" % (i, i))
        size += len(parts[-1])
        i += 1
    return "".join(parts + ["</body></html>"]).encode()


def extract(body):
    tree = lxml.html.fromstring(body)
    return {
        "title": [e.text_content() for e in tree.iter("title")],
        "h": [e.text_content() for e in tree.iter("h2")],
        "link": [urljoin(URL, e.get("href")) for e in tree.iter("a") if "next" in (e.get("class") or "").split()],
    }


def nothing(_):
    return None


def pool_map(work, pages, processes):
    with multiprocessing.Pool(processes) as pool:
        results = pool.map(work, pages, chunksize=16)
        pool.close()
        pool.join()
    return results


def executor_map(work, pages, processes):
    with concurrent.futures.ProcessPoolExecutor(processes) as pool:
        return list(pool.map(work, pages, chunksize=16))


def executor_submit(work, pages, processes):
    with concurrent.futures.ProcessPoolExecutor(processes) as pool:
        return [f.result() for f in [pool.submit(work, p) for p in pages]]


def cpu():
    return sum(u.ru_utime + u.ru_stime for u in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)))


def measure(name, run, n):
    cpu_before, began = cpu(), time.monotonic()
    results = run()
    if len(results) != n:
        sys.exit("%s: %d results for %d pages" % (name, len(results), n))
    print("%-44s %7.1f us CPU a page, %7.1f by the clock" % (name, (cpu() - cpu_before) / n * 1e6, (time.monotonic() - began) / n * 1e6), flush=True)


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
    processes = multiprocessing.cpu_count()
    pages = [page(10)] * n
    print("%d pages of %d bytes, %d processes, Python %s, lxml %s" % (n, len(pages[0]), processes, sys.version.split()[0], lxml.html.etree.__version__))
    measure("lxml in process", lambda: [extract(p) for p in pages], n)
    for name, how in (("multiprocessing.Pool.map, chunks of 16", pool_map), ("ProcessPoolExecutor.map, chunks of 16", executor_map),
                      ("ProcessPoolExecutor.submit", executor_submit)):
        measure(name, lambda: how(extract, pages, processes), n)
    measure("ProcessPoolExecutor.submit of nothing", lambda: executor_submit(nothing, range(n), processes), n)
    bench = subprocess.run(["go", "test", "-run", "xxx", "-bench", "BenchmarkWorkers/(process|workers)/10kB", "-benchtime", "%dx" % n, "./parse"],
                           cwd=Path(__file__).resolve().parent.parent, capture_output=True, text=True)
    for line in bench.stdout.splitlines():
        found = re.match(r"BenchmarkWorkers/(\w+)/10kB\S*\s+\d+\s+([\d.]+) ns/op\s+([\d.]+) cpu-us/page", line)
        if found:
            print("%-44s %7s us CPU a page, %7.1f by the clock" % ("crawl, " + {"process": "in process", "workers": "worker processes"}[found[1]], found[3], float(found[2]) / 1000))
    if bench.returncode:
        sys.exit(bench.stdout + bench.stderr)


if __name__ == "__main__":
    main()
