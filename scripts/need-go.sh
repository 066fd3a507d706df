#!/usr/bin/env bash
# Ends with how to get Go where it is missing or older than go.mod asks for.
set -euo pipefail
cd "$(dirname "$0")/.."
want=$(sed -n 's/^go \([0-9.]*\)$/\1/p' go.mod)

how() {
	local arch
	case "$(uname -m)" in
	x86_64 | amd64) arch=amd64 ;;
	aarch64 | arm64) arch=arm64 ;;
	*) arch=$(uname -m) ;;
	esac
	cat >&2 <<MSG
ebm studio: $1
To get Go $want without touching the system's own packages:
    curl -fLO https://go.dev/dl/go$want.$(uname -s | tr '[:upper:]' '[:lower:]')-$arch.tar.gz
    sudo tar -C /usr/local -xzf go$want.*-$arch.tar.gz
and run make again (it looks in /usr/local/go/bin by itself).
MSG
	exit 1
}

command -v go >/dev/null || how "Go is not installed; this program needs Go $want or later"
# Inside the module Go 1.21 and later fetch the toolchain that go.mod asks for
# where the network allows it; older ones, and those told not to, answer as they are.
have=$(go env GOVERSION 2>/dev/null | sed 's/^go//; s/[^0-9.].*$//') || have=
if [ -z "$have" ]; then
	found=$( (cd / && GOTOOLCHAIN=local go version 2>/dev/null) | awk '{print $3}')
	how "found ${found:-a Go that does not answer}, and it could not fetch Go $want by itself; this program needs Go $want or later"
fi
[ "$(printf '%s\n%s\n' "$want" "$have" | sort -V | head -n 1)" = "$want" ] || how "found Go $have; this program needs Go $want or later"
