"""The report: Markdown tables of goals and clients."""

import os
import platform
import re
import statistics
import time

TITLE = "## Against others"


def number(v):
    if abs(v) >= 1000:
        return f"{v:,.0f}"
    if abs(v) >= 100:
        return f"{v:.0f}"
    if abs(v) >= 10:
        return f"{v:.1f}"
    return f"{v:.2f}" if abs(v) >= 0.01 or v == 0 else f"{v:.4f}"


def spread(values):
    values = sorted(values)
    if len(values) == 1:
        return ""
    return f" ({number(values[0])} to {number(values[-1])})"


def processor():
    try:
        with open("/proc/cpuinfo") as f:
            return re.search(r"model name\s*: (.*)", f.read())[1].strip()
    except (OSError, TypeError):
        return platform.processor() or "unknown processor"


def goals_table(figures, short):
    lines = ["| # | figure | got (range) | must | aim | |", "|---|---|---|---|---|---|"]
    for f in figures:
        bound = lambda v: "" if v is None else number(v)
        exact = f"{f.median:.3f} ({min(f.values):.3f} to {max(f.values):.3f})" if not f.unit else number(f.median) + " " + f.unit + spread(f.values)
        lines.append(f"| {f.goal} | {f.what} | {exact} | {bound(f.must)} | {bound(f.aim)} | {'' if short else f.verdict()} |")
    return lines


def clients_table(rows):
    lines = ["| work | client | CPU a page, us (range) | user, system | wall, s | pages/s | requests a page | robots.txt a page | anonymous, MB | mapped, MB | disk, MB |",
             "|---|---|---|---|---|---|---|---|---|---|---|"]
    for row in rows:
        s = row.samples
        if not s:
            continue
        m = lambda value: statistics.median(value(x) for x in s)
        cpu = [x.a_page(x.cpu) for x in s]
        wall = m(lambda x: x.wall)
        lines.append(
            f"| {row.work} | {row.client.name} | {number(statistics.median(cpu))}{spread(cpu)} | {number(m(lambda x: x.a_page(x.user)))}, "
            f"{number(m(lambda x: x.a_page(x.system)))} | {number(wall)} | {number(row.expected / wall)} | {'' if row.client.repeats else format(m(lambda x: x.requests / x.pages), '.3f')} | "
            f"{m(lambda x: x.robots / x.pages):.3f} | {number(m(lambda x: x.anon / 1e6))} | {number(m(lambda x: x.mapped / 1e6))} | {number(m(lambda x: x.disk / 1e6))} |")
    return lines


def markdown(bench, nginx, load):
    """The section as text. load is the machine's load when it began: a busy one gives worse figures."""
    o = bench.o
    seen = {f"{re.split('[ ,]', r.client.name)[0]} {r.client.version}" for r in bench.rows}
    command = "bash bench/peers.sh" + (" --short" if o.short else "") + (f" --runs {o.runs}" if o.runs != (1 if o.short else 5) else "")
    lines = [
        TITLE, "",
        f"`{command}`, {time.strftime('%Y-%m-%d', time.gmtime())}, {processor()}, {os.cpu_count()} processors, {platform.system()} {platform.release()}, "
        f"load at the start {load:.2f}. The site: {o.pages:,} pages of 9 kB with 45 links, {o.images:,} images, {o.hosts:,} hosts of {o.host_pages} pages; "
        f"nginx {nginx} on one processor, the client on the other; pages and requests counted in nginx's log. CPU is that of all of a client's "
        f"processes, memory the peak of all together. Medians of {o.runs} {'run' if o.runs == 1 else 'runs'} side by side; ratios are taken round by round.", "",
        f"Versions: {', '.join(sorted(seen))}.", "",
        *goals_table(bench.figures, o.short), "", *clients_table(bench.rows), "",
    ]
    if o.short:
        lines += ["The short form shows that everything runs: starts weigh so much in it that its figures say nothing about the goals.", ""]
    if bench.skipped:
        lines += ["Not measured:", "", *[f"- {s}" for s in bench.skipped], ""]
    return "\n".join(lines)


def write(path, text):
    """Puts the section into a Markdown file: in the place of the one that is there, or at the end."""
    old = ""
    if os.path.exists(path):
        with open(path) as f:
            old = f.read()
    start = old.find(TITLE + "\n")
    if start < 0:
        new = (old.rstrip("\n") + "\n\n" if old else "") + text
    else:
        end = old.find("\n## ", start + 1)
        new = old[:start] + text + (old[end:] if end >= 0 else "")
    with open(path, "w") as f:
        f.write(new)
