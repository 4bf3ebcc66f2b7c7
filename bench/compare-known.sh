#!/usr/bin/env bash
# Holds `crawl compare` to answers that are known in advance, and prints every figure. It needs a quiet machine: what disturbs a trial
# takes it out, and what disturbs all of them fails this.
#
#	bash bench/compare-known.sh              # everything, some ten minutes
#	bash bench/compare-known.sh fidelity     # by name: fidelity, latency, bounds, same
#	RUNS=100 bash bench/compare-known.sh same
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
runs=${RUNS:-20}
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
(cd "$root" && go build -o "$work/crawl" ./cmd/crawl)
failed=0

# check NAME LOW VALUE HIGH
check() {
  if awk -v l="$2" -v v="$3" -v h="$4" 'BEGIN { exit !(l <= v && v <= h) }'; then echo "ok    $1: $3 (from $2 to $4)"; else
    echo "WRONG $1: $3 (should be from $2 to $4)"; failed=1
  fi
}

figure() { python3 -c 'import json,sys; r=json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$1" "$2"; }

# site NAME ARGS...: starts a site and writes its pages to NAME.list
site() {
  local name=$1; shift
  "$work/crawl" site --listen 127.0.0.1:0 --plain --images 0 "$@" >"$work/$name.url" 2>/dev/null &
  for _ in $(seq 100); do [ -s "$work/$name.url" ] && break; sleep 0.1; done
  python3 -c 'import json,sys,urllib.request; print("\n".join(json.load(urllib.request.urlopen(sys.argv[1]+"_site.json"))["list"]))' \
    "$(head -n 1 "$work/$name.url")" >"$work/$name.list"
}

compare() { "$work/crawl" compare -q --rate 0 --per-host 64 --json "$@"; }

fidelity() { # first bytes at 64 connections within 2 ms of the recorded ones
  (cd "$root" && go test ./crawler/compare/internal/replay -run '^$' -bench Fidelity -benchtime 100x) | tee "$work/fidelity"
  check "first byte off by, median, µs" 0 "$(awk '/BenchmarkFidelity/ { for (i = 1; i < NF; i++) if ($(i+1) == "µs-off-p50") print $i }' "$work/fidelity")" 2000
}

latency() { # 100 URLs of 100 ms: 10 s one by one, 1 s ten at a time
  site fixed --pages 100 --hosts 1 --latency 100ms --min-size 4kB --max-size 4kB
  compare "$work/fixed.list" --modes sequential,goroutines=10 --max-time 90s >"$work/latency.json"
  check "sequential, s" 9.7 "$(figure "$work/latency.json" 'r["modes"][0]["wall_s"]["median"]')" 10.3
  check "goroutines=10, s" 0.95 "$(figure "$work/latency.json" 'r["modes"][1]["wall_s"]["median"]')" 1.05
  named latency "$work/latency.json"
}

named() { # BOUND FILE: the bottleneck is named
  local got; got=$(figure "$2" 'r["bottleneck"]')
  if [ "$got" = "$1" ]; then echo "ok    bottleneck: $got; $(figure "$2" 'r["advice"]["text"]')"; else echo "WRONG bottleneck: $got, should be $1"; failed=1; fi
}

bounds() { # each bound is named as such
  site bytes --pages 40 --hosts 1 --latency 5ms --min-size 50kB --max-size 50kB
  compare "$work/bytes.list" --bandwidth 2MB --modes sequential,goroutines=8 --max-time 40s >"$work/bytes.json"
  named bandwidth "$work/bytes.json"
  site heavy --pages 60 --hosts 1 --min-size 150kB --max-size 150kB
  compare "$work/heavy.list" --select 'a=p a' --text --parse in-process --modes sequential,goroutines=8 --max-time 40s >"$work/heavy.json"
  named cpu "$work/heavy.json"
  site polite --pages 40 --hosts 2 --latency 5ms --min-size 2kB --max-size 2kB
  "$work/crawl" compare -q --json --rate 20 --polite "$work/polite.list" --modes sequential,goroutines=8 --max-time 40s >"$work/polite.json"
  named politeness "$work/polite.json"
}

same() { # the same mode twice is not told apart
  site same --pages 40 --hosts 4 --latency 5ms-20ms --min-size 4kB --max-size 4kB
  compare "$work/same.list" --recording "$work/same.rec" --modes sequential --max-time 1ms >/dev/null
  local apart=0
  for i in $(seq "$runs"); do
    compare --recording "$work/same.rec" --modes goroutines=8,goroutines=8 --max-time 15s --seed "$i" >"$work/same.json"
    [ "$(figure "$work/same.json" 'r["modes"][1]["distinguishable"]')" = False ] || apart=$((apart + 1))
  done
  check "of $runs comparisons of a mode with itself, called a difference" 0 "$apart" "$((runs / 20))"
}

for what in "${@:-fidelity latency bounds same}"; do for one in $what; do "$one"; done; done
exit "$failed"
