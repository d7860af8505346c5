#!/bin/sh
# Playwright starts this in Chromium's place, and speaks to it over the descriptors 3 and 4, which stay open.
# It steps out of the machine's network, gives root's profile away, and becomes Chromium as an unprivileged user.
# How, `confinement.py` says in these variables:
#   LAUREL_EXECUTABLE  Chromium
#   LAUREL_APART       the command that runs another apart from the network, where the kernel allows it; may be empty
#   LAUREL_OWNER       uid:gid of the user to become; empty to stay who we are
#   LAUREL_BECOME      the command that runs another as that user; may be empty
set -eu

fail() {
    echo "laurel: $*" >&2
    exit 126
}

if [ -n "$LAUREL_APART" ] && $LAUREL_APART true 2>/dev/null; then
    apart=$LAUREL_APART
    export LAUREL_APART= LAUREL_OWN_MOUNTS=yes
    exec $apart "$0" "$@"
fi

# A core would hold what stood on the pages.
ulimit -c 0

[ -n "$LAUREL_OWNER" ] || exec "$LAUREL_EXECUTABLE" "$@"

for argument; do
    case $argument in --user-data-dir=*) profile=${argument#*=} ;; esac
done
chown "$LAUREL_OWNER" "$profile"
$LAUREL_BECOME test -w "$profile" ||
    fail "$LAUREL_USER cannot write to $profile: set TMPDIR to a folder that every user may enter"

# A browser below a private folder of root's is out of that user's sight: show it to this process and its children,
# who have mounts of their own.
show() {
    [ -n "${LAUREL_OWN_MOUNTS-}" ] || return 1
    mkdir "$profile/browser"
    mount --bind "$(dirname "$LAUREL_EXECUTABLE")" "$profile/browser" 2>/dev/null || return 1
    LAUREL_EXECUTABLE=$profile/browser/$(basename "$LAUREL_EXECUTABLE")
    can_run
}

can_run() {
    $LAUREL_BECOME test -x "$LAUREL_EXECUTABLE"
}

can_run || show || fail "$LAUREL_USER cannot run $LAUREL_EXECUTABLE: install Chromium where every user may read it," \
    "such as the system's own package, and set LAUREL_CHROMIUM"

export HOME="$profile" TMPDIR="$profile"
exec $LAUREL_BECOME "$LAUREL_EXECUTABLE" "$@"
