#!/usr/bin/env bash
# Makes a picture of a report: crawl compare over the built-in site, opened in Chromium. Run it on a machine that has nothing
# else to do, else trials are rejected.
#
#	bash bench/report-picture.sh docs/compare.png
#	HEIGHT=1000 TIME=1m bash bench/report-picture.sh top.png --modes sequential,goroutines=16,processes=4
#
# HEIGHT (2150) and WIDTH (1280) in pixels; TIME (2m) for the trials; what follows the file goes to crawl compare.
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
picture=$(realpath "$1")
shift
cd "$(dirname "$0")/.."
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
	echo "report-picture: no Chromium is installed (apt-get install chromium)" >&2
	exit 2
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -o "$work/crawl" ./cmd/crawl
"$work/crawl" compare --demo --max-time "${TIME:-2m}" --html "$work/report.html" "$@"
"$browser" --headless=new --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$work/profile" \
	--window-size="${WIDTH:-1280},${HEIGHT:-2150}" --screenshot="$picture" "file://$work/report.html" >"$work/log" 2>&1 ||
	{ cat "$work/log" >&2; exit 1; }
