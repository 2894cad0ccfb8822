#!/bin/sh
# Makes .venv with exactly the packages of requirements.txt, and, called as `tools/venv.sh test`,
# those of requirements-test.txt as well. Does nothing when .venv already holds them.
set -eu
cd "$(dirname "$0")/.."
root=$(pwd)
locks="requirements.txt"
[ "${1:-}" = test ] && locks="requirements.txt requirements-test.txt"

fail() {
    echo "$1" >&2
    exit 1
}

# The folder belongs to the stamp: a virtual environment does not work after a move.
stamp_of() {
    { echo "$root"; cat "$1" tools/venv.sh; } | cksum
}

is_current() {
    [ -x .venv/bin/python ] && [ "$(cat ".venv/$1.stamp" 2>/dev/null)" = "$(stamp_of "$1")" ]
}

missing=""
for lock in $locks; do
    is_current "$lock" || missing="$missing $lock"
done
[ -n "$missing" ] || exit 0
[ -w . ] || fail "The folder $root is read-only: CII needs to write its packages and its data there."

usable='import sys; sys.exit(0 if sys.version_info >= (3, 11) else 1)'
complete='import ensurepip, venv'
python=""
without_venv=""
for candidate in ${PYTHON:-python3 python3.11 python3.12 python3.13 python3.14 python}; do
    "$candidate" -c "$usable" >/dev/null 2>&1 || continue
    if "$candidate" -c "$complete" >/dev/null 2>&1; then
        python=$candidate
        break
    fi
    without_venv=$candidate
done
if [ -z "$python" ] && [ -n "$without_venv" ]; then
    fail "$without_venv comes without the module venv: please install it (on Debian: apt-get install python3-venv)."
fi
[ -n "$python" ] || fail "CII needs Python 3.11 or newer, and none was found: please install it, or name one with PYTHON=/path/to/python3."

# After a move, or without its Python, the old environment is of no use.
if ! { [ -x .venv/bin/python ] && [ "$(cat .venv/root 2>/dev/null)" = "$root" ] \
    && .venv/bin/python -c "$usable" 2>/dev/null; }; then
    rm -rf .venv
    "$python" -m venv .venv || fail "$python could not make the virtual environment $root/.venv."
    echo "$root" >.venv/root
fi

for lock in $missing; do
    echo "Installing the packages of $lock ..."
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
        --only-binary :all: --require-hashes --requirement "$lock" ||
        fail "The packages of $lock could not be installed with $(.venv/bin/python --version): the reason stands above."
done

# `import cii` works in this environment from any folder, and `cii` is a command.
packages=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
echo "$root" >"$packages/cii.pth"
cat >.venv/bin/cii <<'LAUNCHER'
#!/bin/sh
'''exec' "$(dirname "$0")/python" "$0" "$@"
' '''
import sys

from cii.cli import main

sys.exit(main())
LAUNCHER
chmod +x .venv/bin/cii

for lock in $missing; do
    stamp_of "$lock" >".venv/$lock.stamp"
done
