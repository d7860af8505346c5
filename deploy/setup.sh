#!/bin/sh
# Makes .venv with everything in requirements.lock, then sees that there is a browser to print with.
# Skips what is done already: a stamp in .venv names the lock that was installed.
set -eu
cd "$(dirname "$0")/.."

fail() {
    echo "setup: $*" >&2
    exit 1
}

# The first Python that is new enough and can run the given statement.
find_python() {
    for name in python3.13 python3.12 python3.11 python3 /usr/bin/python3; do
        if "$name" -c "import sys; assert sys.version_info >= (3, 11); $1" >/dev/null 2>&1; then
            command -v "$name"
            return
        fi
    done
    return 1
}

install_venv_module() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || fail "Python's venv module is missing: install python3-venv"
    echo "setup: installing python3-venv"
    apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv >/dev/null ||
        fail "apt-get could not install python3-venv"
}

make_venv() {
    find_python "pass" >/dev/null || fail "Python 3.11 or newer is needed, and none was found on PATH"
    find_python "import ensurepip, venv" >/dev/null || install_venv_module
    python=$(find_python "import ensurepip, venv") || fail "no Python here can make a virtual environment"
    echo "setup: making .venv with $("$python" --version)"
    "$python" -m venv --clear .venv
}

# One line for every tenth package, from pip's own output on stdin.
show_progress() {
    awk -v total="$1" '
        /^(Collecting|Processing) / { n++; if (n % 10 == 0) { printf "setup:   %d of %d packages\n", n, total; fflush() } }
        /^Installing collected/ { print "setup:   unpacking them (about half a minute)"; fflush() }'
}

install_packages() {
    log=.venv/setup.log
    total=$(grep -c '==' requirements.lock)
    echo "setup: fetching $total packages (a minute or two the first time)"
    # A pipe's exit code is its last command's: pip's own is kept in a file.
    {
        .venv/bin/python -m pip install --progress-bar off --require-hashes -r requirements.lock &&
            .venv/bin/python -m pip install --quiet --no-deps --no-build-isolation -e . && : >.venv/installed
    } 2>&1 | tee "$log" | show_progress "$total"
    [ -e .venv/installed ] || { tail -n 15 "$log" >&2; fail "pip could not install the packages; all of it: $log"; }
    rm .venv/installed
}

stamp=.venv/done-$(cat requirements.lock pyproject.toml | cksum | cut -d ' ' -f 1)
if [ ! -e "$stamp" ]; then
    echo "setup: preparing Laurel in $(pwd)"
    .venv/bin/python -m pip --version >/dev/null 2>&1 || make_venv
    install_packages
    rm -f .venv/done-*
    : >"$stamp"
    echo "setup: .venv is complete"
fi
exec sh deploy/browser.sh
