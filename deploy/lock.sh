#!/bin/sh
# Writes requirements.lock and deploy/tools.lock: every package, for every platform and Python from 3.11 on, by its hash.
set -eu
cd "$(dirname "$0")/.."

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
echo "lock: resolving pyproject.toml (uv in a folder of its own)"
"${PYTHON:-.venv/bin/python}" -m venv "$tools"
"$tools/bin/pip" install --quiet uv 2>/dev/null

lock() {
    "$tools/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-header "$@"
}

# setuptools is what installs Laurel itself; nothing in pyproject.toml's dependencies names it.
echo 'setuptools>=75' | lock --extra local --extra test --output-file requirements.lock pyproject.toml -
lock --group tools --output-file deploy/tools.lock
echo "lock: $(grep -c '==' requirements.lock) packages in requirements.lock, $(grep -c '==' deploy/tools.lock) in tools.lock"
