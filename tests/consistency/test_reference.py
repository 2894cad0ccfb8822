"""docs/reference says what the code says."""

import pytest

from cii.reference import FOLDER, pages

PAGES = pages()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_the_reference_is_up_to_date(path):
    there = path.read_text("utf-8") if path.exists() else ""
    assert there == PAGES[path], f"{path.name} is out of date: run .venv/bin/cii reference"


def test_nothing_else_stands_in_the_reference():
    assert sorted(FOLDER.iterdir()) == sorted(PAGES)


def test_every_route_of_the_reference_says_what_it_does():
    routes = PAGES[FOLDER / "routes.md"].splitlines()
    unsaid = [line for line in routes if line.startswith("| ") and line.endswith("|  |")]
    assert not unsaid, "give these screens a docstring"
