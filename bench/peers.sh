#!/usr/bin/env bash
# Measures crawl beside others that do the same work: one command makes the site, serves it with nginx on one processor, runs each
# client on the other, counts pages in the server's own log, and prints figures, ratios and spread. What is not installed is
# skipped with a message; bench/install-peers.sh installs it.
#
#	bash bench/peers.sh [--short] [--runs N] [--only GOAL,...] [--out FILE] [--work DIR]
exec python3 -B "$(dirname "$0")/peers/main.py" "$@"
