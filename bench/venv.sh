#!/usr/bin/env bash
# Makes a throw-away Python environment with the peers in it: venv.sh FOLDER.
# Says what to install when that is not possible, and fails.
set -euo pipefail

folder="$1"
requirements="$(dirname "${BASH_SOURCE[0]}")/requirements.txt"

if ! command -v python3 >/dev/null; then
    echo "python3 is missing; this installs it:  sudo apt-get install -y python3-venv" >&2
    exit 1
fi
# A system without python3-venv has the module, but not the part that brings pip.
if ! python3 -c 'import venv, ensurepip' 2>/dev/null || ! python3 -m venv "$folder" >/dev/null 2>&1; then
    echo "python3-venv is missing; this installs it:  sudo apt-get install -y python3-venv" >&2
    exit 1
fi
if ! "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: \
    --requirement "$requirements" >&2; then
    echo "the packages of bench/requirements.txt could not be installed: see the lines above" >&2
    exit 1
fi
