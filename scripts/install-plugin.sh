#!/usr/bin/env bash
# install-plugin.sh [cpu|cuda] [wheel]: see internal/engine/install-plugin.sh,
# which the programs carry inside them too.
exec "$(dirname "$0")/../internal/engine/install-plugin.sh" "$@"
