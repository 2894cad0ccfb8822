"""What others made is unchanged, licensed, and asks no other host for anything."""

import hashlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VENDOR = ROOT / "static" / "vendor"
README = (VENDOR / "README.md").read_text("utf-8")
SUMS = dict(
    reversed(line.split(maxsplit=1)) for line in (VENDOR / "SHA256SUMS").read_text().splitlines()
)


@pytest.mark.parametrize("name", sorted(SUMS))
def test_a_vendored_file_is_the_one_that_was_released(name: str) -> None:
    content = (VENDOR / name).read_bytes()
    assert hashlib.sha256(content).hexdigest() == SUMS[name], "run `make vendor`"


def test_every_vendored_file_has_a_checksum() -> None:
    about = {"README.md", "SHA256SUMS"}
    files = {file.name for file in VENDOR.iterdir()} - about
    assert {name for name in files if not name.endswith(".LICENSE.txt")} == set(SUMS)


@pytest.mark.parametrize("name", sorted(SUMS))
def test_a_vendored_file_comes_with_its_licence(name: str) -> None:
    row = re.search(
        rf"^\| `{re.escape(name)}` \|.*`([\w.-]+\.LICENSE\.txt)` \|$", README, re.MULTILINE
    )
    assert row, f"static/vendor/README.md says nothing of {name}"
    assert (VENDOR / row[1]).stat().st_size > 0


def test_the_readme_names_the_versions_that_were_built() -> None:
    recipe = json.loads((ROOT / "tools/vendor/package.json").read_text())["devDependencies"]
    for package in ("govuk-frontend", "htmx.org", "@fontsource-variable/source-sans-3"):
        assert f"{package} {recipe[package]}" in README


@pytest.mark.parametrize("sheet", ["vendor/govuk.css", "cii.css"])
def test_a_style_sheet_loads_nothing_but_our_font(sheet: str) -> None:
    style = (ROOT / "static" / sheet).read_text("utf-8")
    loaded = re.findall(r"url\(\s*[\"']?([^\"')]+)", style)
    assert set(loaded) <= {"vendor/source-sans-3.woff2"}
    assert "@import" not in style


@pytest.mark.parametrize("name", ["vendor/govuk.css", "vendor/htmx.min.js"])
def test_no_vendored_file_asks_for_a_source_map(name: str) -> None:
    assert "sourceMappingURL" not in (ROOT / "static" / name).read_text("utf-8")
