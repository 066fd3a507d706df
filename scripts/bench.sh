#!/usr/bin/env bash
# Go benchmarks of every package that has some, then bench/, which prints the
# ratios that the README repeats.
set -euo pipefail
cd "$(dirname "$0")/.."
mapfile -t dirs < <(git ls-files '*_test.go' | grep -v '^bench/' | xargs -r grep -l '^func Benchmark' | xargs -r -n1 dirname | sort -u)
for dir in "${dirs[@]}"; do
	scripts/say.sh "benchmarks of $dir"
	go test -run '^$' -bench . -benchmem "./$dir"
done
if [ -f bench/main.go ]; then
	scripts/say.sh "bench"
	go run ./bench
fi
