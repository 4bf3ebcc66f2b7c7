"""Measures crawl beside others. Called by bench/peers.sh; the goals are in goals.py, the clients in clients.py."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile

import clients
import goals
import machine
import report
import server

BUSY = 0.5  # processes that ran in the last minute, on average: above it something else runs

HERE = os.path.dirname(os.path.abspath(__file__))


def options():
    p = argparse.ArgumentParser(prog="bench/peers.sh", description=__doc__)
    p.add_argument("--short", action="store_true", help="small sites and one run: shows that all of it works, in under a minute")
    p.add_argument("--runs", type=int, help="rounds (5; short: 1)")
    p.add_argument("--only", type=lambda s: s.split(","), help="goals, as 1,6,10 (1 stands for 1 to 4)")
    p.add_argument("--out", help="write the section into this Markdown file")
    p.add_argument("--work", help="keep the site here for the next time (default: a temporary folder, deleted)")
    p.add_argument("--crawl", help="measure this binary (default: built from the working tree)")
    p.add_argument("--timeout", type=float, default=600, help="seconds that one run of a client may take")
    for name, usual, short, what in (("pages", 20_000, 500, "pages of the site"), ("images", 5_000, 100, "its images"),
                                     ("hosts", 10_000, 50, "virtual hosts"), ("host-pages", 10, 4, "pages of each")):
        p.add_argument("--" + name, type=int, help=f"{what} ({usual}; short: {short})")
        p.set_defaults(**{"usual_" + name.replace("-", "_"): (usual, short)})
    o = p.parse_args()
    o.work = o.work and os.path.abspath(o.work)
    o.runs = o.runs or (1 if o.short else 5)
    for name in ("pages", "images", "hosts", "host_pages"):
        if getattr(o, name) is None:
            setattr(o, name, getattr(o, "usual_" + name)[o.short])
    return o


def build(work, o):
    """Builds crawl, and the peers in Go when their modules can be had. Gives paths, and crawl's revision."""
    crawl = os.path.abspath(o.crawl) if o.crawl else os.path.join(work, "crawl")
    if not o.crawl:
        subprocess.run(["go", "build", "-o", crawl, "./cmd/crawl"], cwd=goals.ROOT, check=True)
    site, colly = os.path.join(work, "site"), os.path.join(work, "colly")
    subprocess.run(["go", "build", "-o", site, "./site"], cwd=HERE, check=True)
    if subprocess.run(["go", "build", "-o", colly, "./colly"], cwd=HERE).returncode:
        colly = None
    revision = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=goals.ROOT, capture_output=True, text=True).stdout.strip()
    return crawl, site, colly, os.path.basename(crawl) if o.crawl else revision or "(no revision)"


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # as with Ctrl-C, nothing shall stay behind
    o = options()
    load = os.getloadavg()[0]
    if not server.program():
        print("peers: nothing is measured, nginx is not installed; run bench/install-peers.sh as root", file=sys.stderr)
        sys.exit(0 if o.short else 1)  # the short form is a check of this harness, for which a machine may lack the means
    if load > BUSY:
        print(f"peers: the machine is busy (load {load:.2f}); figures and even ratios are not to be kept", file=sys.stderr)
    client_cpus, server_cpus = machine.PROCESSORS
    if client_cpus == server_cpus:
        print("peers: there is one processor only: server and client share it, and ratios are those of a busy machine", file=sys.stderr)
    top = tempfile.mkdtemp(prefix="peers-", dir=o.work) if o.work else tempfile.mkdtemp(prefix="peers-")
    os.chmod(top, 0o755)
    nginx = None
    try:
        crawl, make_site, colly, revision = build(top, o)
        os.sched_setaffinity(0, server_cpus)  # what measures shall not disturb what is measured
        site = os.path.join(o.work or top, "www")
        subprocess.run([make_site, "-dir", site, "-pages", str(o.pages), "-images", str(o.images), "-hosts", str(o.hosts),
                        "-host-pages", str(o.host_pages)], check=True)
        nginx = server.Server(site, os.path.join(top, "nginx"), server_cpus)
        bench = goals.Bench(o, nginx, clients.Clients(crawl, revision, colly, site, f"http://127.0.0.1:{nginx.port}"), top)
        bench.all()
        text = report.markdown(bench, nginx.version(), load)
        print(text)
        if o.out:
            report.write(o.out, text)
    finally:
        if nginx:
            nginx.close()
        shutil.rmtree(top, ignore_errors=True)


main()
