"""What people read about the project leads somewhere, and names what is there."""

import re
from pathlib import Path

import pytest

from cii.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "migrations/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
TEXTS = {path: path.read_text("utf-8") for path in PAGES}
page = pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))


@page
def test_links_lead_to_what_is_there(path):
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", TEXTS[path])
    missing = [link for link in links if "://" not in link and not (path.parent / link).exists()]
    assert not missing


@page
def test_files_and_folders_that_are_named_exist(path):
    named = re.findall(
        r"`((?:cii|tests|docs|templates|static|tools|migrations)/[\w./-]*)`", TEXTS[path]
    )
    assert not [name for name in named if not (ROOT / name).exists()]


@page
def test_commands_of_make_and_settings_that_are_named_exist(path):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"`(?:PORT=8123 )?make ([a-z-]+)", TEXTS[path])) <= targets
    settings = {f"CII_{name.upper()}" for name in Settings.model_fields}
    # The name of a secret of an identity provider is chosen by whoever enters it.
    named = {name for name in re.findall(r"\bCII_[A-Z_]+[A-Z]", TEXTS[path]) if name != "CII_OIDC"}
    assert named <= settings


def test_every_decision_stands_in_the_index():
    folder = ROOT / "docs/decisions"
    index = (folder / "000-index.md").read_text("utf-8")
    pages = {path.name for path in folder.glob("*.md")} - {"000-index.md"}
    assert set(re.findall(r"\]\(([^)]+\.md)\)", index)) == pages
