#!/usr/bin/env bash
# What a file of an image batch costs: FILES JPEG, PNG and GIF files of 4 to 200 kB, 46 kB on average, from the built-in site on loopback, the site on
# one processor, the downloader on the other. Each is hashed, recorded and stored; robots and rates are off. Prints the median of RUNS
# runs: CPU microseconds per file (user and system), files per second, peak memory; without and with plain files (-P), and the same
# for other programs that are installed (wget, wget2, curl, aria2c, and python3 with aiohttp), which neither hash, sync nor record.
#
#   bash bench/images.sh                       # 5,000 files, 5 runs
#   apt-get install wget wget2 curl aria2 python3-aiohttp
#   FILES=1000 RUNS=3 PEERS=0 bash bench/images.sh
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
files=${FILES:-5000} runs=${RUNS:-5} c=${C:-64} peers=${PEERS:-1}
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT

(cd "$root" && go build -o "$work/crawl" ./cmd/crawl)
pin() { if command -v taskset >/dev/null && [ "$(nproc)" -ge 2 ]; then taskset -c "$1" "${@:2}"; else "${@:2}"; fi; }

pin 1 "$work/crawl" site --listen 127.0.0.1:0 --plain --pages 1 --images $((2 * files)) --hosts 1 >"$work/site" 2>/dev/null &
for _ in $(seq 300); do [ -s "$work/site" ] && break; sleep 0.1; done
url=$(head -n 1 "$work/site")
python3 - "$url" "$files" >"$work/list.txt" <<'PY'
import json, sys, urllib.request
site = json.load(urllib.request.urlopen(sys.argv[1] + "_site.json"))
urls, total, files = [], 0, int(sys.argv[2])
for e in (e for e in site["entries"] if e["kind"] == "image"): # 46 kB each on average
    if len(urls) < files and (e["bytes"] <= 46_000 or total + e["bytes"] <= 46_000 * (len(urls) + 1)):
        urls.append(e["url"])
        total += e["bytes"]
print("\n".join(urls))
print(f"{len(urls)} files, {total / 1e6:.0f} MB", file=sys.stderr)
PY
[ "$(wc -l <"$work/list.txt")" = "$files" ] || { echo "the site has too few images of that size" >&2; exit 1; }

# cost NAME COMMAND...: runs it RUNS times in an empty directory; children count too. Nothing is deleted before the end: ext4 does
# not use an inode again that was deleted minutes ago, and looks for others, which costs whoever comes next 300 us a file.
cost() {
  local name=$1; shift
  for i in $(seq "$runs"); do
    mkdir "$work/in-$name-$i"
    (cd "$work/in-$name-$i" && pin 0 python3 - "$files" "$work/$name.$i" "$@" <<'PY'
import os, resource, subprocess, sys, time
files, out, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
start = time.monotonic()
code = subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
wall = time.monotonic() - start
u = resource.getrusage(resource.RUSAGE_CHILDREN)
print(u.ru_utime / files * 1e6, u.ru_stime / files * 1e6, files / wall, u.ru_maxrss / 1e3, code, file=open(out, "w"))
PY
    )
  done
  python3 - "$name" "$work/$name".[0-9]* <<'PY'
import statistics, sys
rows = [[float(x) for x in open(f).read().split()] for f in sys.argv[2:]]
assert all(r[4] == 0 for r in rows), f"{sys.argv[1]} failed: {rows}"
m = [statistics.median(r[i] for r in rows) for i in range(4)]
cpu = sorted(r[0] + r[1] for r in rows)
print(f"{sys.argv[1]:<12} {statistics.median(cpu):7.0f} us of CPU a file ({cpu[0]:.0f} to {cpu[-1]:.0f}; user {m[0]:.0f}, system {m[1]:.0f}), {m[2]:6.0f} files/s, peak {m[3]:.0f} MB")
PY
}

crawl=("$work/crawl" images --no-robots --rate 0 -c "$c" --per-host "$c" --no-progress -q "$work/list.txt")
cost crawl "${crawl[@]}"
cost crawl-P "${crawl[@]}" -P files
[ "$peers" = 1 ] || exit 0
have() { command -v "$1" >/dev/null; }
have wget && cost wget wget -q -i "$work/list.txt"
have wget2 && cost wget2 wget2 -q --max-threads="$c" --no-robots -i "$work/list.txt"
if have curl; then
  sed 's|.*|url = "&"\nremote-name|' "$work/list.txt" >"$work/curl.list"
  cost curl curl -s -Z --parallel-max "$c" -K "$work/curl.list"
fi
have aria2c && cost aria2c aria2c -q -j "$c" -x 16 -i "$work/list.txt" --file-allocation=none --summary-interval=0
if python3 -c 'import aiohttp' 2>/dev/null; then
  cat >"$work/loop.py" <<'PY'
import asyncio, sys, aiohttp
async def main():
    todo = asyncio.Queue()
    for line in open(sys.argv[1]):
        todo.put_nowait(line.strip())
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        async def worker():
            while not todo.empty():
                url = todo.get_nowait()
                async with session.get(url) as answer:
                    body = await answer.read()
                open(url.rsplit("/", 1)[1], "wb").write(body)
        await asyncio.gather(*[worker() for _ in range(int(sys.argv[2]))])
asyncio.run(main())
PY
  cost aiohttp python3 "$work/loop.py" "$work/list.txt" "$c"
fi
