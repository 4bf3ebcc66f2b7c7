#!/usr/bin/env bash
# Installs what bench/peers.py measures beside, as far as it can be had: from Debian the server, the floor and the programs of others;
# the Go programs are built by bench/peers.py itself from bench/peers. Needs root; what cannot be installed is named and skipped.
#
#	bash bench/install-peers.sh
set -uo pipefail
[ "$(id -u)" = 0 ] || { echo "install-peers: run it as root (apt-get installs packages)" >&2; exit 1; }
command -v apt-get >/dev/null || { echo "install-peers: only Debian's apt-get is known; install nginx, h2load, wget2, wget, curl, aria2c, Scrapy and aiohttp yourself" >&2; exit 1; }
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq

missing=()
for package in nginx-light nghttp2-client wget2 wget curl aria2 python3 python3-scrapy python3-aiohttp util-linux; do
	# The package's own nginx is not wanted: the harness starts one with its own configuration.
	RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "$package" >/dev/null || missing+=("$package")
done
[ ${#missing[@]} = 0 ] || echo "install-peers: not to be had: ${missing[*]}; what needs them is skipped" >&2
