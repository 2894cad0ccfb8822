"""Importing announcements from a file: choose it, watch it being read, see what it holds, import it."""

from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from flask import Response, current_app, request
from sqlmodel import select

from cii.access.actor import Kind
from cii.access.guard import GuardedSession
from cii.access.permissions import May
from cii.access.screens import access
from cii.audit.models import Act, AuditEvent
from cii.cases.importing.reading import AVS_NUMBER, COLUMNS, REFERENCE
from cii.cases.importing.runs import (
    abandon_run,
    errors_of_row,
    finish_run,
    read_on,
    start_run,
)
from cii.cases.lifecycle import NotAllowed, State
from cii.cases.models import Case, ImportRow, ImportRun
from cii.cases.screens import screens
from cii.foundation.cells import LARGEST_FILE, MOST_ROWS, TableError
from cii.foundation.fields import Input, printable
from cii.foundation.texts import Phrase
from cii.settings import Settings
from cii.web import htmx
from cii.web.forms import Form, act, form
from cii.web.pages import page, redirect, say_done

LINES = 50  # wrong rows on one page
LONGEST = 40  # letters of a cell that are shown beside its error
# What identifies a person for life is not repeated on the page.
NOT_REPEATED = frozenset({AVS_NUMBER})


class FileInput(Input):
    """The form around the file has no field of its own."""


@dataclass(frozen=True, slots=True)
class WrongCell:
    """One error of the preview: where it is, what is written there, and what to write instead."""

    line: int
    reference: str
    column: str
    written: str
    phrase: Phrase


@screens.get("/announcements/import")
@access(May.IMPORT_ANNOUNCEMENTS)
def import_page(session: GuardedSession) -> Response:
    """Choose a file; what was begun and not finished can be gone on with."""
    return _choose(session, form(FileInput))


@screens.post("/announcements/import")
@access(May.IMPORT_ANNOUNCEMENTS)
def import_file(session: GuardedSession) -> Response:
    """Take the file in; it is read in steps."""
    sent = form(FileInput)
    file = request.files.get("file")
    if file is None or not file.filename:
        sent.refuse("file", Phrase("Choisissez un fichier CSV ou XLSX."))
        return _choose(session, sent)
    try:
        run = start_run(session, printable(file.filename)[-200:], file.read())
    except TableError as refused:
        sent.refuse("file", refused.phrase)
    if sent.input is None:
        return _choose(session, sent)
    return redirect(_address(run.id))


def _choose(session: GuardedSession, sent: Form[FileInput]) -> Response:
    runs = session.exec(select(ImportRun).order_by(ImportRun.started_at.desc())).all()
    return page(
        "cases/import.html",
        422 if sent.errors else 200,
        form=sent,
        runs=runs,
        columns=COLUMNS,
        all_institutions=session.actor.kind is Kind.BUREAU,
        megabytes=LARGEST_FILE // 1024**2,
        rows=f"{MOST_ROWS:,}".replace(",", "’"),
    )


@screens.get("/announcements/import/<uuid:run_id>")
@access(May.IMPORT_ANNOUNCEMENTS)
def import_run(session: GuardedSession, run_id: UUID) -> Response:
    """How far a file is read, then what it holds, then what became of it."""
    return _show(session, session.find(ImportRun, run_id))


@screens.post("/announcements/import/<uuid:run_id>")
@access(May.IMPORT_ANNOUNCEMENTS)
def import_step(session: GuardedSession, run_id: UUID) -> Response:
    """Read on, import, or give up."""
    settings: Settings = current_app.extensions["settings"]
    wanted = act()
    if wanted == "continue":
        run = read_on(session, settings, run_id)
        if htmx.wanted_fragment():
            return _show(session, run)
    elif wanted == "abandon":
        abandon_run(session, run_id)
        say_done("L’import est abandonné : rien n’a été enregistré.")
        return redirect("/announcements/import")
    elif wanted in {"import", "import-right"}:
        # From an old page nothing is done: the present one shows what can be.
        with suppress(NotAllowed):
            run = finish_run(session, settings, run_id, only_right=wanted == "import-right")
            if run.finished_at is None:
                say_done("Une ligne n’est plus juste : le fichier est vérifié une nouvelle fois.")
    return redirect(_address(run_id))


def _show(session: GuardedSession, run: ImportRun) -> Response:
    cells, after = ([], None) if run.finished_at else _wrong_cells(session, run)
    return page(
        "cases/import_run.html",
        run=run,
        new=run.announced + run.to_complete,
        cells=cells,
        more=f"{_address(run.id)}?after={after}" if after else None,
        to_complete=_to_complete(session, run) if run.finished_at else [],
    )


def _wrong_cells(session: GuardedSession, run: ImportRun) -> tuple[list[WrongCell], int | None]:
    given = request.args.get("after", "")
    after = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0
    rows = session.exec(
        select(ImportRow)
        .where(ImportRow.run_id == run.id, ImportRow.wrong, ImportRow.line > after)
        .order_by(ImportRow.line)
        .limit(LINES + 1)
    ).all()
    cells = [
        WrongCell(
            row.line,
            _clipped(row.cells[REFERENCE]),
            column,
            "" if column in NOT_REPEATED else _clipped(row.cells.get(column, "")),
            phrase,
        )
        for row in rows[:LINES]
        for column, phrase in errors_of_row(row).items()
    ]
    return cells, rows[LINES - 1].line if len(rows) > LINES else None


def _clipped(text: str) -> str:
    shown = printable(" ".join(text.split()))
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}…"


def _to_complete(session: GuardedSession, run: ImportRun) -> list[tuple[UUID, str, str | None]]:
    """The cases of this run that still wait for something, as far as the actor sees them."""
    rows = session.exec(
        select(Case.id, Case.reference, Case.office_reference)
        .join(AuditEvent, AuditEvent.case_id == Case.id)
        .where(
            AuditEvent.person_id == run.person_id,
            AuditEvent.at >= run.started_at,
            AuditEvent.subject_id == run.id,
            AuditEvent.act == Act.IMPORTED,
            Case.state == State.TO_COMPLETE,
        )
        .order_by(Case.reference)
        .limit(LINES)
    )
    return [(key, reference, office) for key, reference, office in rows]


def _address(run_id: UUID) -> str:
    return f"/announcements/import/{run_id}"
