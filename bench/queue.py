#!/usr/bin/env python3
"""What a waiting URL costs: crawls a site of 10,000 pages at full speed, with N more URLs in the list on 64 hosts whose robots.txt asks
for one request in a minute, so that all but a few of those wait. Prints for each N the peak memory (anonymous, and bbolt's
mapped pages apart), the processor time, the size of the store, and the time to go on with it.

    python3 bench/queue.py 10000 1000000
"""
import json, os, subprocess, sys, tempfile, time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def memory(pid):
    with open(f"/proc/{pid}/status") as f:
        fields = dict(line.split(":", 1) for line in f if ":" in line)
    return {key: int(fields[key].split()[0]) / 1000 for key in ("RssAnon", "RssFile") if key in fields}


def site(binary, *flags):
    p = subprocess.Popen([binary, "site", "--listen", "127.0.0.1:0", "--plain", "--images", "0", *flags],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return p, p.stdout.readline().strip()


def crawl(binary, store, path, seconds):
    """Runs the crawl for some seconds; gives peaks in MB and its summary."""
    cmd = [binary, "run", "--store", store, "--rate", "0", "--per-host", "64", "--json", "--no-progress", "--max-time", f"{seconds}s", path]
    p = subprocess.Popen(cmd, stdout=subprocess.PIPE)
    peak = {"RssAnon": 0, "RssFile": 0}
    while p.poll() is None:
        try:
            for key, value in memory(p.pid).items():
                peak[key] = max(peak[key], value)
        except (FileNotFoundError, ProcessLookupError):
            break
        time.sleep(0.02)
    return peak, json.loads(p.communicate()[0])


def measure(binary, work, n, pages, slow):
    path, store = os.path.join(work, "list.txt"), os.path.join(work, "store")
    port = slow.rstrip("/").rsplit(":", 1)[1]
    with open(path, "w") as f:
        f.writelines(url + "\n" for url in pages)
        for i in range(n):
            f.write(f"http://127.0.0.{1 + i % 64}:{port}/section/{i % 977}/article-{i:08d}.html\n")
    peak, s = crawl(binary, store, path, 8 + n // 50_000)
    assert s["urls"]["listed"] >= n + len(pages), s
    size = os.path.getsize(os.path.join(store, "state.db"))
    start = time.time()
    subprocess.run([binary, "run", "--store", store, "-q", "--max-time", "1ms", pages[0]], check=False)
    again = time.time() - start
    print(f"{n:>9,} waiting: peak {peak['RssAnon']:.1f} MB anonymous, {peak['RssFile']:.1f} MB mapped; state.db {size / 1e6:.0f} MB; "
          f"CPU {sum(s['cpu_s'].values()):.1f} s; going on takes {again:.2f} s")
    return peak["RssAnon"], size, sum(s["cpu_s"].values())


def main():
    sizes = [int(a) for a in sys.argv[1:]] or [10_000, 1_000_000]
    with tempfile.TemporaryDirectory() as top:
        binary = os.path.join(top, "crawl")
        subprocess.run(["go", "build", "-o", binary, "./cmd/crawl"], cwd=ROOT, check=True)
        fast, root = site(binary, "--pages", "10000", "--hosts", "1", "--min-size", "10kB", "--max-size", "10kB")
        slow, slow_root = site(binary, "--pages", "64", "--hosts", "64", "--crawl-delay", "60s")
        try:
            manifest = subprocess.run(["curl", "-s", root + "_site.json"], capture_output=True, check=True).stdout
            pages = [u for u in json.loads(manifest)["list"]]
            results = []
            for n in sizes:
                work = os.path.join(top, str(n))
                os.mkdir(work)
                results.append(measure(binary, work, n, pages, slow_root))
        finally:
            fast.terminate()
            slow.terminate()
        (m0, d0, c0), (m1, d1, c1) = results[0], results[-1]
        more = sizes[-1] - sizes[0]
        print(f"{m1 / m0:.2f} x the memory; {(d1 - d0) / more:.0f} B on disk and {(c1 - c0) / more * 1e6:.1f} us of CPU for each further URL")


main()
