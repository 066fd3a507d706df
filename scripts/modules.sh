#!/usr/bin/env bash
# Fetches the Go modules of go.mod, or says plainly that it could not.
set -euo pipefail
cd "$(dirname "$0")/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if GOFLAGS= GOPROXY=off go mod download >"$log" 2>&1; then
	exit 0 # all there, no network asked
fi
scripts/say.sh "fetching the Go modules"
if ! go mod download >"$log" 2>&1; then
	tail -n 3 "$log" >&2
	scripts/say.sh "could not fetch the Go modules (the last lines of go are above); they come from ${GOPROXY:-$(go env GOPROXY)}, which needs the network once" >&2
	exit 1
fi
