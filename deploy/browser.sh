#!/bin/sh
# Sees that Chromium and fonts for every script are there; installs them where that is possible.
set -eu
cd "$(dirname "$0")/.."

# The browser that was found last time.
stamp=.venv/browser

has_browser() {
    .venv/bin/python -m deploy.browser >"$stamp" 2>.venv/browser.log || { rm "$stamp"; false; }
}

has_fonts() {
    command -v fc-list >/dev/null && fc-list : family | grep -q 'Noto Sans CJK' && fc-list : family | grep -q 'Noto Color'
}

is_debian_root() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null
}

install_with_apt() {
    echo "setup: installing the browser and fonts with apt-get (about 300 MB; a minute or two)"
    log=.venv/apt.log
    apt-get update >"$log" 2>&1 || true
    has_fonts || apt_install fontconfig fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji ||
        echo "setup: apt-get could not install the fonts; its output: $log" >&2
    # What the demo's layouts are drawn with; without them they take others.
    apt_install fonts-ebgaramond-extra fonts-league-spartan || true
    has_browser || apt_install chromium-headless-shell || apt_install chromium ||
        echo "setup: apt-get could not install Chromium; its output: $log" >&2
}

apt_install() {
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >>"$log" 2>&1
}

install_with_playwright() {
    echo "setup: downloading a browser with Playwright (about 100 MB)"
    .venv/bin/python -m playwright install --only-shell chromium >.venv/playwright.log 2>&1 || true
}

if [ -s "$stamp" ] && [ -x "$(cat "$stamp")" ] && [ -z "${LAUREL_CHROMIUM:-}" ]; then
    exit 0
fi

echo "setup: looking for a browser and fonts"
if ! has_browser || ! has_fonts; then
    if is_debian_root; then install_with_apt; fi
fi
has_browser || install_with_playwright
if ! has_browser; then
    tail -n 1 .venv/browser.log >&2
    exit 1
fi
has_fonts || echo "setup: no Noto fonts found: some scripts will not print; install fonts-noto-core fonts-noto-cjk" \
    "fonts-noto-color-emoji" >&2
