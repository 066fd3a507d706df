#!/usr/bin/env bash
# fuzz.sh [TIME]: runs every fuzz target of the module for TIME (60s). Inputs that
# fail are kept by go in the package's testdata/fuzz, to be committed with the fix.
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:-60s}
mapfile -t files < <(git ls-files '*_test.go' | xargs -r grep -l '^func Fuzz' | sort)
[ ${#files[@]} -gt 0 ] || { scripts/say.sh "no fuzz targets" && exit 0; }
for file in "${files[@]}"; do
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
		scripts/say.sh "$target of $(dirname "$file"), $time"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "./$(dirname "$file")"
	done
done
