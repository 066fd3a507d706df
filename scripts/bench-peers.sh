#!/usr/bin/env bash
# Races our Langevin steps against PyTorch, JAX and TorchEBM in one run (bench, figures 2
# and 14 to 23), and prints the table. PyTorch is the system's (python3-torch), where there
# is one. JAX (about 600 MB with what it needs) and TorchEBM come from PyPI into a folder of
# their own that is deleted afterwards; EBMSTUDIO_PEERS=folder keeps it for the next time.
# What cannot be had is said, and its rows say that they were skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
jax=jax==0.10.2
torchebm=torchebm==0.8.9
folder=${EBMSTUDIO_PEERS:-}
if [ -z "$folder" ]; then
	folder=$(mktemp -d)
	trap 'rm -rf "$folder"' EXIT
fi
python=
for candidate in /usr/bin/python3 python3; do
	if "$candidate" -c 'import sys, venv; assert sys.version_info >= (3, 10)' 2>/dev/null; then
		python=$candidate
		break
	fi
done

# peer NAME PACKAGE IMPORT [OPTION ...]: a virtual environment with that package, on top of
# the system's; says why where there is none.
peer() {
	local name=$1 package=$2 import=$3
	shift 3
	if [ -z "$python" ]; then
		scripts/say.sh "no $name: no Python from 3.10 on with venv"
		return
	fi
	if ! "$folder/$name/bin/python" -c "import $import" 2>/dev/null; then
		scripts/say.sh "installing $package from PyPI into $folder/$name"
		if ! { "$python" -m venv --system-site-packages "$folder/$name" && "$folder/$name/bin/pip" install --quiet --disable-pip-version-check "$@" "$package"; }; then
			scripts/say.sh "no $name: $package could not be installed (see above)"
			return
		fi
	fi
	if ! "$folder/$name/bin/python" -c "import $import"; then
		scripts/say.sh "no $name: $package was installed and does not run (see above)"
	fi
}

peer jax "$jax" jax
# Without its dependency: the system's PyTorch is the peer, not one of some gigabytes.
peer torchebm "$torchebm" 'torch, torchebm.samplers' --no-deps
scripts/say.sh "bench"
go run ./bench -only "${ONLY:-2,14,15,16,17,18,19,20,21,22,23}" -jax "$folder/jax/bin/python" -torchebm "$folder/torchebm/bin/python" "$@"
