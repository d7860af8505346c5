#!/bin/sh
# Writes requirements.lock and deploy/tools.lock: every package, for every platform and Python from 3.11 on, by its hash.
set -eu
cd "$(dirname "$0")/.."

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
echo "lock: resolving pyproject.toml (uv in a folder of its own)"
"${PYTHON:-.venv/bin/python}" -m venv "$tools"
"$tools/bin/pip" install --quiet uv 2>/dev/null

# lock FILE ARGUMENTS…: what is asked for, by its hashes.
lock() {
    file=$1
    shift
    "$tools/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-header --output-file "$file" "$@"
    echo "lock: $(grep -c '==' "$file") packages in $file"
}

# setuptools is what installs Laurel itself; nothing in pyproject.toml's dependencies names it.
echo 'setuptools>=75' | lock requirements.lock --extra local --extra test pyproject.toml -
# What the images hold, in the very same versions.
lock requirements.services.lock --constraint requirements.lock pyproject.toml
lock requirements.operations.lock --constraint requirements.lock --extra operations pyproject.toml
# What audits them.
lock deploy/tools.lock --group tools
