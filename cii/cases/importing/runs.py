"""The way of a file through the product: taken in, checked in steps, shown, then imported at once or not at all.

A run is one file of one person. Each step is a transaction of its own, so that a run that was
interrupted goes on where it stopped; the import itself is one transaction.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import select

from cii.access.actor import Actor, Kind
from cii.access.guard import GuardedSession, Hidden
from cii.access.store import Store
from cii.access.system import Reason, SystemSession, joined_system_session
from cii.cases.actions import next_references
from cii.cases.importing.landing import Importer, land, states_of
from cii.cases.importing.reading import (
    Announcement,
    Checked,
    Errors,
    Lookups,
    announced_twice,
    check,
    in_order,
    known_among,
    look_up,
    read_rows,
)
from cii.cases.lifecycle import NotAllowed, State
from cii.cases.models import ImportRow, ImportRun
from cii.foundation.cells import Problem, TableError
from cii.foundation.clock import now, today
from cii.foundation.texts import Phrase
from cii.settings import Settings

STEP: Final = 500  # rows in one step
KEPT: Final = timedelta(days=1)  # how long a run may wait before it is swept

Item = TypeVar("Item")


class Changed(Exception):
    """Since the preview was shown a row has become wrong: somebody left, an institution was closed."""


def start_run(session: GuardedSession, file_name: str, content: bytes) -> ImportRun:
    """Take a file in, unread; TableError when it is not a file of announcements."""
    table = read_rows(content)
    run = ImportRun(
        person_id=session.actor.person,
        institution_id=session.actor.institution,
        file_name=file_name,
        rows=len(table.rows),
    )
    session.add(run)
    with joined_system_session(session, Reason.IMPORT) as system:
        lookups = look_up(system, _within(session.actor))
        problems = _by_line([*table.problems, *announced_twice(table.rows, lookups, system)])
        for rows in _chunks(table.rows):
            system.execute(
                sa.insert(ImportRow),
                [
                    {
                        "run_id": run.id,
                        "line": row.line,
                        "person_id": run.person_id,
                        "institution_id": run.institution_id,
                        "cells": row.cells,
                        "errors": _stored(problems.get(row.line, {})),
                        "wrong": row.line in problems,
                    }
                    for row in rows
                ],
            )
    return run


def read_on(session: GuardedSession, settings: Settings, run_id: UUID) -> ImportRun:
    """Check the next rows of a run; nothing happens when all are checked."""
    run = _own_run(session, run_id)
    if run.finished_at or run.rows_read == run.rows:
        return run
    importer = _importer(session, settings, run)
    with joined_system_session(session, Reason.IMPORT) as system:
        rows = _next_rows(system, run.id, run.last_line)
        checked = _check_all(system, [row.cells for row in rows], look_up(system, importer.within))
        for row, result in zip(rows, checked, strict=True):
            errors = _together(_loaded(row.errors), result.errors)
            row.errors, row.wrong, row.known = _stored(errors), bool(errors), result.is_known
            run.wrong += row.wrong
            run.known += row.known and not row.wrong
        good = [
            result.announcement
            for row, result in zip(rows, checked, strict=True)
            if result.announcement and not row.wrong
        ]
    run.rows_read += len(rows)
    run.last_line = rows[-1].line if rows else run.last_line
    _count(run, states_of(good, importer))
    session.add(run)
    return run


def finish_run(
    session: GuardedSession, settings: Settings, run_id: UUID, *, only_right: bool = False
) -> ImportRun:
    """Import a run at once, and forget its rows; `only_right` leaves the wrong ones out.

    A run that is finished stays as it is. If a row has become wrong since it was checked, nothing is
    imported and the run has to be read again (its `rows_read` is 0). NotAllowed for a run that is
    not read to its end, or has wrong rows and should be imported as a whole.
    """
    run = _own_run(session, run_id)
    if run.finished_at:
        return run
    if run.rows_read < run.rows or (run.wrong and not only_right):
        raise NotAllowed("the run cannot be imported as it stands")
    importer = _importer(session, settings, run)
    run.announced = run.to_complete = run.known = 0
    with joined_system_session(session, Reason.IMPORT) as system:
        try:
            with system.begin_nested():
                known, states = _import(system, run, importer)
        except Changed:
            run.rows_read = run.last_line = run.wrong = 0
        else:
            system.execute(sa.delete(ImportRow).where(ImportRow.run_id == run.id))
            run.known, run.finished_at = known, now()
            _count(run, states)
    session.add(run)
    return run


def abandon_run(session: GuardedSession, run_id: UUID) -> None:
    """Forget a run and its rows; a finished one stays."""
    run = _own_run(session, run_id)
    if run.finished_at is None:
        # Its rows go with it (ON DELETE CASCADE).
        session.delete(run)


def sweep_imports(store: Store, moment: datetime) -> int:
    """Delete the runs that were started more than a day before this moment; returns how many."""
    with store.system(Reason.SCHEDULE) as system:
        old = sa.delete(ImportRun).where(ImportRun.started_at < moment - KEPT)
        return system.execute(old).rowcount  # type: ignore[attr-defined, no-any-return]


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a file, or would become of it: rows by their end, and what is wrong with them."""

    rows: int = 0
    announced: int = 0
    to_complete: int = 0
    known: int = 0
    errors: tuple[Problem, ...] = ()


def import_announcements(
    store: Store,
    settings: Settings,
    content: bytes,
    *,
    dry_run: bool = False,
    only_right: bool = False,
) -> Report:
    """Import a file in the name of the system: all rows or none, or with `only_right` those without error.

    `dry_run` writes nothing and reports the same.
    """
    try:
        table = read_rows(content)
    except TableError as refused:
        return Report(errors=(Problem(1, None, refused.phrase),))
    importer = Importer(today(), settings.procuration_months)
    good: list[Announcement] = []
    known, states = 0, Counter[State]()
    with store.system(Reason.IMPORT, writes=not dry_run) as system:
        if not dry_run:
            _wait_turn(system, importer)
        lookups = look_up(system, None)
        problems = _by_line([*table.problems, *announced_twice(table.rows, lookups, system)])
        for rows in _chunks(table.rows):
            checked = _check_all(system, [row.cells for row in rows], lookups)
            for row, result in zip(rows, checked, strict=True):
                if result.errors or row.line in problems:
                    problems[row.line] = _together(problems.get(row.line, {}), result.errors)
                elif result.announcement:
                    good.append(result.announcement)
                else:
                    known += 1
        if only_right or not problems:
            for chunk in _chunks(good):
                states += states_of(chunk, importer) if dry_run else land(system, chunk, importer)
    return Report(
        len(table.rows),
        states[State.ANNOUNCED],
        states[State.TO_COMPLETE],
        known,
        tuple(
            Problem(line, column or None, phrase)
            for line, errors in sorted(problems.items())
            for column, phrase in errors.items()
        ),
    )


def errors_of_row(row: ImportRow) -> Mapping[str, Phrase]:
    """What is wrong with a row, by column; "" is the whole row."""
    return _loaded(row.errors)


def _import(
    system: SystemSession, run: ImportRun, importer: Importer
) -> tuple[int, Counter[State]]:
    """Import the rows that were right, checked once more; how many are known, and how the others stand."""
    _wait_turn(system, importer)
    lookups = look_up(system, importer.within)
    known, states, line = 0, Counter[State](), 0
    while rows := _next_rows(system, run.id, line):
        line = rows[-1].line
        checked = _check_all(system, [row.cells for row in rows if not row.wrong], lookups)
        if any(result.errors for result in checked):
            raise Changed
        states += land(
            system, [each.announcement for each in checked if each.announcement], importer
        )
        known += sum(each.is_known for each in checked)
        system.expunge_all()
    return known, states


def _wait_turn(system: SystemSession, importer: Importer) -> None:
    # Who imports the same file at the same time waits here, and then finds every row known.
    next_references(system, importer.day.year, 0)


def _check_all(
    system: SystemSession, rows: Sequence[Mapping[str, str]], lookups: Lookups
) -> list[Checked]:
    known = known_among(system, rows)
    return [check(cells, lookups, known) for cells in rows]


def _own_run(session: GuardedSession, run_id: UUID) -> ImportRun:
    run = session.get(ImportRun, run_id, with_for_update=True)
    if run is None:
        raise Hidden("ImportRun")
    return run


def _within(actor: Actor) -> UUID | None:
    """The only institution whose announcements the actor imports; None for all."""
    return None if actor.kind is Kind.BUREAU else actor.institution


def _importer(session: GuardedSession, settings: Settings, run: ImportRun) -> Importer:
    actor = session.actor
    return Importer(
        actor.day,
        settings.procuration_months,
        actor.person,
        actor.institution,
        _within(actor),
        run.id,
    )


def _next_rows(system: SystemSession, run_id: UUID, line: int) -> Sequence[ImportRow]:
    return system.exec(
        select(ImportRow)
        .where(ImportRow.run_id == run_id, ImportRow.line > line)
        .order_by(ImportRow.line)
        .limit(STEP)
    ).all()


def _count(run: ImportRun, states: Counter[State]) -> None:
    run.announced += states[State.ANNOUNCED]
    run.to_complete += states[State.TO_COMPLETE]


def _by_line(problems: Iterable[Problem]) -> dict[int, dict[str, Phrase]]:
    by_line: dict[int, dict[str, Phrase]] = {}
    for problem in problems:
        by_line.setdefault(problem.line, {}).setdefault(problem.column or "", problem.phrase)
    return by_line


def _together(of_file: Errors, of_row: Errors) -> dict[str, Phrase]:
    # In a line with too few or too many cells each cell stands in another's place.
    return dict(of_file) if "" in of_file else in_order({**of_row, **of_file})


def _stored(errors: Mapping[str, Phrase]) -> list[list[Any]]:
    return [[column, phrase.text, dict(phrase.values)] for column, phrase in errors.items()]


def _loaded(errors: Iterable[Sequence[Any]]) -> dict[str, Phrase]:
    return {column: Phrase(text, **values) for column, text, values in errors}


def _chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    rest = iter(items)
    while chunk := list(islice(rest, STEP)):
        yield chunk
