#!/usr/bin/env bash
# Kills crawls with SIGKILL for as long as you like, runs them again, and judges what they stored and what they asked for.
#
#	bench/soak.sh [KILLS] [SEED]
#
# KILLS (200) random moments at least, some crawls are killed several times; and all chosen points, lists, retries, power
# cuts and full disks besides. It takes about 3 s a kill on two cores. SEED (the time) decides the moments; a failure names
# the seed that repeats it. The last lines tell how many kills there were, and how many requests they made a crawl repeat.
set -euo pipefail
cd "$(dirname "$0")/.."
kills=${1:-200}
seed=${2:-$(date +%s)}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go test -race -c -o "$dir/crawler.test" ./crawler
echo "soak: $kills kills from seed $seed" >&2
cd crawler
start=$(date +%s)
"$dir/crawler.test" -test.run '^TestCrash' -test.timeout 0 -test.v -crash.kills "$kills" -crash.seed "$seed" |
	grep -v -e '^=== ' -e '^ *--- PASS'
echo "soak: $(($(date +%s) - start)) s" >&2
