#!/usr/bin/env bash
# What a page costs: crawls a plain built-in site of PAGES pages of 10 kB from its root, with every body, record and link stored,
# robots and rates off; the server on one processor, the crawl on the other. Prints the median of RUNS runs: CPU microseconds per page
# (user and system, all of the crawler's processes), pages per second, requests per distinct page, peak memory.
#
#   bash bench/cost.sh              # 20,000 pages, 5 runs
#   PAGES=2000 RUNS=3 bash bench/cost.sh --select title=h1
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
pages=${PAGES:-20000} runs=${RUNS:-5} size=${SIZE:-10kB} c=${C:-64}
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT

(cd "$root" && go build -o "$work/crawl" ./cmd/crawl)
pin() { if command -v taskset >/dev/null && [ "$(nproc)" -ge 2 ]; then taskset -c "$1" "${@:2}"; else "${@:2}"; fi; }

pin 1 "$work/crawl" site --listen 127.0.0.1:0 --plain --pages "$pages" --images 0 --hosts 1 --min-size "$size" --max-size "$size" \
  >"$work/site" 2>/dev/null &
for _ in $(seq 300); do [ -s "$work/site" ] && break; sleep 0.1; done
url=$(head -n 1 "$work/site")

for i in $(seq "$runs"); do
  rm -rf "$work/store"
  pin 0 "$work/crawl" run --store "$work/store" --depth 1000 --rate 0 --per-host "$c" -c "$c" --no-robots --json --no-progress "$@" "$url" \
    >"$work/run$i.json"
done
du -sm "$work/store" | awk -v p="$pages" '{printf "store: %d MB, %.1f kB a page\n", $1, $1 * 1e6 / p / 1000}'
python3 - "$pages" "$work"/run*.json <<'PY'
import json, statistics, sys
pages = int(sys.argv[1])
runs = [json.load(open(f)) for f in sys.argv[2:]]
for r in runs:
    assert r["urls"]["done"] == pages, r["urls"]
def show(name, unit, values):
    values = sorted(values)
    print(f"{name}: {statistics.median(values):.4g} {unit} (median of {len(values)}; {values[0]:.4g} to {values[-1]:.4g})")
cpu = lambda r: r["cpu_s"]["user"] + r["cpu_s"]["system"] + r["cpu_s"]["children"]
show("CPU", "us a page", [cpu(r) / pages * 1e6 for r in runs])
show("  user", "us a page", [r["cpu_s"]["user"] / pages * 1e6 for r in runs])
show("  system", "us a page", [r["cpu_s"]["system"] / pages * 1e6 for r in runs])
show("wall", "pages/s", [r["pages_per_s"] for r in runs])
show("requests", "per distinct page", [r["requests"] / pages for r in runs])
show("peak memory", "MB", [r["max_rss_bytes"] / 1e6 for r in runs])
PY
