#!/usr/bin/env bash
# Succeeds where a window can be opened: a display is named and answers.
set -euo pipefail
if [ -n "${WAYLAND_DISPLAY:-}" ]; then
	case "$WAYLAND_DISPLAY" in
	/*) [ -S "$WAYLAND_DISPLAY" ] && exit 0 ;;
	*) [ -S "${XDG_RUNTIME_DIR:-/nonexistent}/$WAYLAND_DISPLAY" ] && exit 0 ;;
	esac
fi
[ "$(uname -s)" = Darwin ] && exit 0
[ -n "${DISPLAY:-}" ] || exit 1
# A local display is a socket; a forwarded one (host:10) is taken at its word.
case "$DISPLAY" in
:*)
	number=${DISPLAY#:}
	number=${number%%.*}
	[ -S "/tmp/.X11-unix/X$number" ] || grep -q "@/tmp/.X11-unix/X$number\$" /proc/net/unix 2>/dev/null
	;;
esac
