#!/bin/sh
# Writes requirements.txt and requirements-test.txt from the lists in pyproject.toml: the latest
# versions, for every platform, with checksums. No index address is written into them.
set -eu
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
.venv/bin/python -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check uv

lock() {
    "$work/venv/bin/uv" pip compile --quiet --no-config --universal --python-version 3.11 \
        --generate-hashes --no-header --no-annotate --upgrade "$@"
}

lock pyproject.toml --output-file "$work/requirements.txt"
lock --group pyproject.toml:test --constraint "$work/requirements.txt" \
    --output-file "$work/requirements-test.txt"
mv "$work/requirements.txt" "$work/requirements-test.txt" .
echo "requirements.txt and requirements-test.txt are up to date."
