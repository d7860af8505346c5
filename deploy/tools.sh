#!/bin/sh
# Makes .venv/tools with everything in deploy/tools.lock: what looks at the supply chain and at the manifests.
# Skips what is done already: a stamp names the lock that was installed.
set -eu
cd "$(dirname "$0")/.."

stamp=.venv/tools/done-$(cksum <deploy/tools.lock | cut -d ' ' -f 1)
[ ! -e "$stamp" ] || exit 0

log=.venv/tools.log
echo "tools: fetching $(grep -c '==' deploy/tools.lock) packages (half a minute the first time)"
if .venv/bin/python -m venv --clear .venv/tools >"$log" 2>&1 &&
    .venv/tools/bin/python -m pip install --progress-bar off --require-hashes -r deploy/tools.lock >>"$log" 2>&1; then
    : >"$stamp"
else
    tail -n 15 "$log" >&2
    echo "tools: pip could not install the packages; all of it: $log" >&2
    exit 1
fi
