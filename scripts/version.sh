#!/usr/bin/env bash
# Prints the version, which is written in one place: FyneApp.toml.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$(sed -n 's/^ *Version *= *"\([^"]*\)".*/\1/p' FyneApp.toml 2>/dev/null | head -n 1 || true)
echo "${version:-unknown}"
