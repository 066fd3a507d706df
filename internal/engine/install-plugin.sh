#!/usr/bin/env bash
# install-plugin.sh [cpu|cuda] [wheel]: puts the XLA plugin of an engine where
# the programs look for it. The wheel comes from PyPI by pip, or is the file
# given; wheel and plugin are checked against the SHA-256 written here, the same
# as in internal/engine/pin.go. Nothing of the wheel is run. Does nothing where
# the right plugin is there already. Ends with 1 and a sentence when it cannot.
set -euo pipefail

engine=${1:-cpu} given=${2:-}
home=${GO_XLA_DIR:-$HOME/.local/lib/go-xla}
case "$engine" in
cpu)
	package=lammps-jax-pjrt-cpu version=0.11.2 dir=$home
	wheel_sha=1319390d948b39f69f7dade496b7c385149d9ca6097a6b62114da113216d9ad1
	inside=lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so
	file=pjrt_c_api_cpu_plugin.so
	file_sha=ad1309ac822b1b24d51b7f9947c7c9fa9ef5d67f390584cbc3d1fa2428fed9c2
	;;
cuda)
	package=jax-cuda13-pjrt version=0.12.0.1 dir=$home/nvidia
	wheel_sha=5899bb6177eda86ea532afb9a26794f2bdd04966f6a01f9028266b16c2b6cf90
	inside=jax_plugins/xla_cuda13/xla_cuda_plugin.so
	file=pjrt_c_api_cuda_plugin.so
	file_sha=b6de513893c09af2c77e71afcef46d9706f8c259337cdef4cd5cae2353886f75
	;;
*) echo "install-plugin.sh: unknown engine \"$engine\": want cpu or cuda" >&2 && exit 2 ;;
esac
target=$dir/$file

say() { printf 'ebm studio: %s\n' "$*"; }
fail() { say "the XLA plugin for $engine was not installed: $*" >&2 && exit 1; }
sha() { sha256sum "$1" | cut -d' ' -f1; }
is() { [ -f "$1" ] && [ "$(sha "$1")" = "$2" ]; }

# nvidia_libraries: the plugin for CUDA loads NVIDIA's libraries from beside it.
nvidia_libraries() {
	[ "$engine" = cuda ] && [ ! -d "$dir/cu13" ] || return 0
	say "downloading NVIDIA's libraries (some 3 GB)"
	python3 -m pip install --quiet --disable-pip-version-check --no-input --only-binary=:all: \
		--target "$tmp/libraries" "jax-cuda13-plugin[with-cuda]==$version" || fail "pip could not get NVIDIA's libraries"
	cp -r "$tmp/libraries/nvidia/." "$dir/"
}

need_pip() {
	python3 -m pip --version >/dev/null 2>&1 && return
	local apt=(env DEBIAN_FRONTEND=noninteractive apt-get)
	command -v apt-get >/dev/null || fail "python3 with pip is needed, and this is not Debian or Ubuntu"
	if [ "$(id -u)" -ne 0 ]; then
		sudo -n true 2>/dev/null || fail "python3 with pip is needed. Ask an administrator for: apt-get install python3-pip"
		apt=(sudo -n "${apt[@]}")
	fi
	say "installing python3-pip"
	{ "${apt[@]}" install -y --no-install-recommends python3-pip ||
		{ "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends python3-pip; }; } >"$tmp/apt" 2>&1 </dev/null ||
		fail "apt-get could not install python3-pip: $(tail -n 1 "$tmp/apt")"
}

if is "$target" "$file_sha" && { [ "$engine" = cpu ] || [ -d "$dir/cu13" ]; }; then
	say "XLA plugin for $engine ($package $version) is there already"
	exit 0
fi
[ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] || fail "it is pinned for Linux on x86_64 only, this is $(uname -s) on $(uname -m)"
mkdir -p "$dir" 2>/dev/null && [ -w "$dir" ] || fail "cannot write to $dir"
find "$dir" -maxdepth 1 -name '.installing.*' -mmin +120 -exec rm -rf {} + # of a killed run
tmp=$(mktemp -d "$dir/.installing.XXXXXX") # beside the target, so that the move is atomic
trap 'rm -rf "$tmp"' EXIT
need_pip

if [ -n "$given" ]; then
	[ -f "$given" ] || fail "no wheel at $given"
	cp "$given" "$tmp/given.whl"
else
	say "downloading $package $version from PyPI"
	printf '%s==%s --hash=sha256:%s\n' "$package" "$version" "$wheel_sha" >"$tmp/wanted"
	python3 -m pip download --quiet --disable-pip-version-check --no-input --retries 2 --no-deps --only-binary=:all: \
		--require-hashes --requirement "$tmp/wanted" --dest "$tmp" 2>"$tmp/pip" ||
		fail "pip could not download it ($(grep '^ERROR' "$tmp/pip" | tail -n 1))"
fi
wheel=$(ls "$tmp"/*.whl)
is "$wheel" "$wheel_sha" || fail "the wheel's SHA-256 is $(sha "$wheel"), want $wheel_sha"
python3 - "$wheel" "$inside" "$tmp/$file" <<'PY' || fail "cannot unpack $inside (disk full?)"
import shutil, sys, zipfile
with zipfile.ZipFile(sys.argv[1]).open(sys.argv[2]) as src, open(sys.argv[3], "wb") as dst:
    shutil.copyfileobj(src, dst, 1 << 20)
PY
is "$tmp/$file" "$file_sha" || fail "the plugin's SHA-256 is $(sha "$tmp/$file"), want $file_sha"
chmod 755 "$tmp/$file"
nvidia_libraries
mv -f "$tmp/$file" "$target"
say "installed the XLA plugin for $engine ($package $version) at $target"
