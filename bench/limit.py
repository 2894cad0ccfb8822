"""The raw limit: a bare Flask application that answers with the same bytes, by raw SQL and f-strings.

It does what cannot be left out: it reads the cookie, runs the product's own SELECT statements through the
driver alone, writes the line of the trail in the same transaction, and puts every cell it has read in its
place in the page, escaped, dates and keys as people read them. Where a cell stands is found out once, in
the product's own page; what is no cell (head, navigation, forms, the words for a state) is kept as it
stands there. There is no session object, no guard, no template and no language. It is therefore a little
faster than anything that could be written by hand.
"""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from flask import Flask, Response, request
from markupsafe import escape

from cii.foundation.clock import ZURICH, now
from cii.foundation.ids import new_id

_RECORD = (
    "INSERT INTO audit_event (id, at, act, person_id, institution_id, case_id, subject_id, ground, details)"
    " VALUES (?, ?, 'list-read', ?, ?, NULL, NULL, 'VS-40', ?)"
)
Format = Callable[[str], str]


def _local(stored: str) -> datetime:
    return datetime.fromisoformat(stored).replace(tzinfo=UTC).astimezone(ZURICH)


def _dashed(key: str) -> str:
    return f"{key[:8]}-{key[8:12]}-{key[12:16]}-{key[16:20]}-{key[20:]}"


# How a stored value of this form can stand in a page.
_FORMS: tuple[tuple[re.Pattern[str], tuple[Format, ...]], ...] = (
    (re.compile("[0-9a-f]{32}"), (_dashed, str)),
    (
        re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}"),
        (
            lambda stored: f"{_local(stored):%d.%m.%Y, %H:%M}",
            lambda stored: f"{_local(stored):%d.%m.%Y}",
        ),
    ),
    (
        re.compile(r"\d{4}-\d\d-\d\d"),
        (lambda stored: f"{stored[8:]}.{stored[5:7]}.{stored[:4]}", str),
    ),
    (re.compile(r".*[^\W\d_]{3}.*", re.DOTALL), (escape,)),
)


class Limit:
    """The bare application for one page of one visitor."""

    def __init__(self, database: str, path: str, selects: list[str], page: bytes) -> None:
        self.database = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
        for pragma in ("synchronous=NORMAL", "foreign_keys=ON", "cache_size=-16000"):
            self.database.execute(f"PRAGMA {pragma}")
        self.selects = selects
        self.person, self.institution = new_id().hex, new_id().hex
        self.pieces, self.cells = _learn(page.decode(), self._read())
        self.app = Flask("limit", static_folder=None)
        self.app.add_url_rule(path, "answer", self.answer)

    def _read(self) -> list[list[tuple[Any, ...]]]:
        return [self.database.execute(select).fetchall() for select in self.selects]

    def answer(self) -> Response:
        """The page."""
        sha256(request.cookies["cii-session"].encode()).digest()
        self.database.execute("BEGIN IMMEDIATE")
        found = self._read()
        at = f"{now():%Y-%m-%d %H:%M:%S.%f}"
        details = json.dumps({"cases": [row[1] for row in found[-1]]})
        self.database.execute(_RECORD, (new_id().hex, at, self.person, self.institution, details))
        self.database.execute("COMMIT")
        pieces = self.pieces
        for select, row, column, form, places in self.cells:
            text = form(found[select][row][column])
            for place in places:
                pieces[place] = text
        return Response("".join(pieces), mimetype="text/html")


def _learn(
    page: str, found: list[list[tuple[Any, ...]]]
) -> tuple[list[str], list[tuple[int, int, int, Format, list[int]]]]:
    """The pieces of a page, and for every cell how it is written and which of the pieces it is."""
    written: dict[str, list[tuple[int, int, int, Format]]] = {}
    for cell in _cells(found):
        for form in _forms(found[cell[0]][cell[1]][cell[2]]):
            text = form(found[cell[0]][cell[1]][cell[2]])
            written.setdefault(text, []).append((*cell, form))
    # The longest first: a name before the names within it.
    words = "|".join(map(re.escape, sorted(written, key=len, reverse=True)))
    pieces = re.split(rf"(?<!\w)({words})(?!\w)", page)
    places: dict[tuple[int, int, int, Format], list[int]] = {}
    for place in range(1, len(pieces), 2):
        cells = written[pieces[place]]
        places.setdefault(cells[0], []).append(place)
        if len(cells) > 1:
            # The next place of the same words is that of the next row.
            cells.pop(0)
    return pieces, [(*cell, where) for cell, where in places.items()]


def _cells(found: list[list[tuple[Any, ...]]]) -> Iterator[tuple[int, int, int]]:
    for select, rows in enumerate(found):
        for row, cells in enumerate(rows):
            for column in range(len(cells)):
                yield select, row, column


def _forms(cell: Any) -> tuple[Format, ...]:
    if isinstance(cell, str):
        for pattern, forms in _FORMS:
            if pattern.fullmatch(cell):
                return forms
    return ()
