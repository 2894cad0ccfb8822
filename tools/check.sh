#!/bin/sh
# The quick checks: style, types, who may import whom. All of them run; one that fails fails the whole.
set -u
cd "$(dirname "$0")/.."
failed=0

check() {
    name=$1
    shift
    if output=$("$@" 2>&1); then
        echo "ok      $name"
    else
        echo "FAILED  $name"
        echo "$output"
        failed=1
    fi
}

check "style" .venv/bin/ruff check --quiet .
check "format (make format puts it right)" .venv/bin/ruff format --quiet --diff .
check "types" .venv/bin/mypy --no-incremental --no-error-summary
check "who may import whom" .venv/bin/lint-imports
exit $failed
