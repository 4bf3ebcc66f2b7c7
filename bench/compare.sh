#!/usr/bin/env bash
# Compares the benchmarks of two revisions with benchstat: both are built first and run in turn, so that what disturbs the machine
# disturbs both.
#
#	bash bench/compare.sh OLD NEW                                   # two commits, branches or tags; NEW may be "." (working tree)
#	COUNT=10 BENCH=Parse PACKAGE=./parse bash bench/compare.sh v1 .
#
# COUNT (6) runs of each; BENCH (.) the benchmarks; PACKAGE (.) the folder they are in; BENCHTIME (1s) as of go test.
set -euo pipefail
[ $# = 2 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
root=$(cd "$(dirname "$0")/.." && pwd)
count=${COUNT:-6} bench=${BENCH:-.} package=${PACKAGE:-.} benchtime=${BENCHTIME:-1s}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# tree REVISION NAME builds a revision's benchmarks, in a folder of its own.
tree() {
	local at=$work/$2.tree
	if [ "$1" = . ]; then at=$root; else mkdir "$at" && git -C "$root" archive "$1" | tar -x -C "$at"; fi
	(cd "$at" && go test -c -o "$work/$2.test" "$package")
	ln -s "$at/$package" "$work/$2.dir" # tests read their testdata from there
}
tree "$1" old
tree "$2" new

for i in $(seq "$count"); do
	for side in old new; do
		echo "compare: $side, run $i of $count" >&2
		(cd "$work/$side.dir/" && "$work/$side.test" -test.run '^$' -test.bench "$bench" -test.benchtime "$benchtime") >>"$work/$side.txt"
	done
done
cd "$root" && go tool benchstat "old=$work/old.txt" "new=$work/new.txt"
