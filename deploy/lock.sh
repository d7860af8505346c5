#!/bin/sh
# Writes requirements.lock: every package, for every platform and Python from 3.11 on, by its hash.
set -eu
cd "$(dirname "$0")/.."

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
echo "lock: resolving pyproject.toml (uv in a folder of its own)"
"${PYTHON:-.venv/bin/python}" -m venv "$tools"
"$tools/bin/pip" install --quiet uv 2>/dev/null

# lock FILE ARGUMENTS…: what pyproject.toml (and stdin) asks for, by its hashes.
lock() {
    file=$1
    shift
    "$tools/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-header --output-file "$file" "$@" pyproject.toml
    echo "lock: $(grep -c '==' "$file") packages in $file"
}

# setuptools is what installs Laurel itself; nothing in pyproject.toml's dependencies names it.
echo 'setuptools>=75' | lock requirements.lock --extra local --extra test -
# What the images hold, in the very same versions.
lock requirements.services.lock --constraint requirements.lock
lock requirements.operations.lock --constraint requirements.lock --extra operations
