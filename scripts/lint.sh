#!/usr/bin/env bash
# Formatting, vet and staticcheck with pinned tools. They are run from the module
# cache, so go.mod stays free of them.
set -euo pipefail
cd "$(dirname "$0")/.."
gofumpt=mvdan.cc/gofumpt@v0.12.0
staticcheck=honnef.co/go/tools/cmd/staticcheck@v0.8.2
status=0

scripts/say.sh "gofumpt"
mapfile -t files < <(git ls-files '*.go')
unformatted=$(go run "$gofumpt" -l "${files[@]}")
if [ -n "$unformatted" ]; then
	printf 'not formatted (go run %s -w FILE):\n%s\n' "$gofumpt" "$unformatted"
	status=1
fi
scripts/say.sh "file length"
long=$(wc -l "${files[@]}" | awk '$2 != "total" && $1 > 400 {print $2 ": " $1 " lines, want at most 400"}')
if [ -n "$long" ]; then
	echo "$long"
	status=1
fi
scripts/say.sh "go vet"
go vet ./... || status=1
scripts/say.sh "staticcheck"
go run "$staticcheck" ./... || status=1
exit $status
