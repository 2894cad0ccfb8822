#!/bin/sh
# Rebuilds static/vendor from the exact packages of tools/vendor/package-lock.json, in a temporary
# folder. Needs npm; nothing else in CII does.
set -eu
cd "$(dirname "$0")/.."
command -v npm >/dev/null || { echo "tools/vendor.sh needs npm, and it is not on this machine." >&2; exit 1; }

recipe=$(pwd)/tools/vendor
target=$(pwd)/static/vendor
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$recipe"/package.json "$recipe"/package-lock.json "$recipe"/*.scss "$work"
cd "$work"
npm ci --no-audit --no-fund --ignore-scripts --loglevel=error

npx --no-install sass --pkg-importer=node --style=compressed --no-source-map govuk.scss "$target/govuk.css"
cp "$recipe/govuk-frontend.LICENSE.txt" "$target"

cp node_modules/htmx.org/dist/htmx.min.js "$target"
cp node_modules/htmx.org/LICENSE "$target/htmx.LICENSE.txt"

font=node_modules/@fontsource-variable/source-sans-3
cp "$font/files/source-sans-3-latin-wght-normal.woff2" "$target/source-sans-3.woff2"
cp "$font/LICENSE" "$target/source-sans-3.LICENSE.txt"

cd "$target"
sha256sum govuk.css htmx.min.js source-sans-3.woff2 >SHA256SUMS
echo "static/vendor is rebuilt."
