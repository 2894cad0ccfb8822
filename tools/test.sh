#!/bin/sh
# Installs what the tests need beside Python, then runs them all. Root on Debian installs what is
# missing; anybody else is told, and the tests concerned are skipped. Under CI nothing may be missing.
set -eu
cd "$(dirname "$0")/.."
missing=""

has_chromium() { command -v chromium >/dev/null; }
has_postgresql() { command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }
has_npm() { command -v npm >/dev/null; }

install_on_debian() {
    packages=""
    has_chromium || packages="$packages chromium"
    has_postgresql || packages="$packages postgresql"
    has_npm || packages="$packages nodejs npm"
    [ -n "$packages" ] || return 0
    echo "Installing$packages ..."
    log=$(mktemp)
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086
    if apt-get update -qq >"$log" 2>&1 &&
        apt-get install -y -qq --no-install-recommends $packages >>"$log" 2>&1; then
        rm -f "$log"
    else
        tail -n 20 "$log" >&2
    fi
}

# The identity provider that the sign-in tests talk to is a Node program of its own.
install_provider() {
    provider=tests/signin/provider
    [ -f "$provider/package-lock.json" ] || return 0
    stamp="$provider/node_modules/.stamp"
    wanted=$(cksum <"$provider/package-lock.json")
    [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || return 0
    npm ci --prefix "$provider" --no-audit --no-fund --ignore-scripts --loglevel=error >/dev/null &&
        echo "$wanted" >"$stamp"
}

lacks() {
    echo "Not on this machine: $1. Skipped: $2."
    missing=yes
}

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    install_on_debian
fi
has_chromium || lacks "chromium" "the browser tests"
has_postgresql || lacks "PostgreSQL's programs" "the access tests on PostgreSQL"
if ! has_npm || ! install_provider; then
    lacks "npm, or the packages it fetches" "signing in through a real identity provider"
fi
if [ -n "$missing" ] && [ "${CI:-}" = true ]; then
    echo "Continuous integration skips nothing: please install what is missing." >&2
    exit 1
fi

# One process for each core, four at most; long browser tests are taken over by whoever is free.
exec .venv/bin/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal "$@"
