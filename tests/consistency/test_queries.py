"""Pages of one's daily work take few queries, and each finds its rows by an index, however many cases there are."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event

from cii.access.guard import GuardedSession
from cii.access.store import Store
from cii.cases.lifecycle import State
from cii.cases.queries import (
    cases,
    expiring,
    header,
    search,
    to_start,
    waiting,
    without_successor,
)
from cii.coaching.queries import beside, journal
from cii.consent.models import PartKind
from tests.house import House

AFTER = datetime(2026, 9, 1, tzinfo=UTC), UUID(int=7)


@contextmanager
def heard(store: Store) -> Iterator[list[str]]:
    """The SELECT statements that reach the database, values included."""
    found: list[str] = []

    def listen(sql: str) -> None:
        if sql.lstrip("( ").upper().startswith("SELECT"):
            found.append(sql)

    def begin(connection: Any, record: Any, proxy: Any) -> None:
        connection.set_trace_callback(listen)

    event.listen(store.engine, "checkout", begin)
    yield found
    event.remove(store.engine, "checkout", begin)
    connection = store.engine.raw_connection()
    connection.driver_connection.set_trace_callback(None)
    connection.close()


# How many


@pytest.mark.parametrize(
    ("who", "selects"), [("amelie", 2), ("patrick", 2), ("claire", 2), ("cecile", 2), ("sophie", 2)]
)
@pytest.mark.parametrize("others", [0, 3])
def test_the_list_takes_two_queries(
    house: House, app: Any, who: str, selects: int, others: int
) -> None:
    for _ in range(1 + others):
        house.case(state=State.COACHING)
    client = house.client(who)
    client.get("/cases")
    with heard(house.store) as found:
        client.get("/cases")
    assert len(found) == selects


def test_a_list_of_one_state_takes_two_queries_as_well(house: House, app: Any) -> None:
    house.case(state=State.COACHING)
    client = house.client("claire")
    client.get("/cases?state=coaching")
    with heard(house.store) as found:
        client.get("/cases?state=coaching")
    assert len(found) == 2


@pytest.mark.parametrize(
    ("who", "selects"), [("amelie", 4), ("hugo", 4), ("patrick", 4), ("claire", 4), ("cecile", 3)]
)
@pytest.mark.parametrize("notes", [1, 5])
def test_the_page_of_a_case_takes_four_queries_and_three_without_a_journal(
    house: House, app: Any, who: str, selects: int, notes: int
) -> None:
    case = house.case(state=State.COACHING)
    house.part(case, PartKind.APPROVAL, institution="sion")
    for number in range(notes):
        house.note(case, "hugo", f"Note {number}")
        house.objective(case, "hugo", f"Objectif {number}")
        house.appointment(case, "amelie")
    client = house.client(who)
    client.get(f"/cases/{case.id}")
    with heard(house.store) as found:
        client.get(f"/cases/{case.id}")
    assert len(found) == selects


@pytest.mark.parametrize("who", ["amelie", "hugo", "patrick", "claire", "cecile", "sophie", "pia"])
def test_the_first_page_takes_as_many_queries_for_one_case_as_for_four(
    house: House, app: Any, who: str
) -> None:
    client = house.client(who)
    counts = set()
    for _ in range(2):
        for state in (State.ANNOUNCED, State.TO_COMPLETE, State.TANDEM_ASSIGNED, State.COACHING):
            house.case(state=state)
        client.get("/")
        with heard(house.store) as found:
            client.get("/")
        counts.add(len(found))
    assert len(counts) == 1
    assert counts.pop() <= 20


# By which way


# What SQLite notes of its indexes in a canton with 100 000 cases (`python -m bench`): rows, and how many
# of them have the same first column, the same first two, and so on.
_OLD_INDEXES = {
    "ix_case_access_work_list": "1545737 7729 3 3 2 1 1",
    "ix_case_access_case_id": "1545737 16",
    "sqlite_autoindex_case_access_1": "1545737 7729 3 1",
    "sqlite_autoindex_cases_1": "100000 1",
    "sqlite_autoindex_cases_2": "100000 10000 10000",
    "sqlite_autoindex_cases_3": "100000 1",
    "ix_case_identity_search_name": "100000 198",
    "ix_case_identity_avs_number": "100000 1",
    "sqlite_autoindex_case_identity_1": "100000 1",
    "ix_procuration_case_id": "98474 1",
    "sqlite_autoindex_procuration_1": "98474 1",
    "sqlite_autoindex_procuration_2": "98474 98474",
    "ix_procuration_line_case_id": "590844 6",
    "sqlite_autoindex_procuration_line_1": "590844 6 1",
    "ix_case_part_case_id": "564655 6",
    "ix_case_part_membership_id": "564655 8428",
    "sqlite_autoindex_case_part_1": "564655 1",
    "ix_tandem_orp_membership_id": "91421 2950",
    "ix_tandem_cms_membership_id": "91421 2613",
    "sqlite_autoindex_tandem_1": "91421 1",
    "sqlite_autoindex_institution_1": "136 1",
    "sqlite_autoindex_institution_2": "136 2",
    "sqlite_autoindex_institution_3": "136 1",
    "sqlite_autoindex_membership_1": "82 1",
    "sqlite_autoindex_person_1": "82 1",
}
_LATER_INDEXES = {
    "ix_cases_state": "100000 10000 1 1",
    "ix_cases_announced": "100000 6000 600 1 1",
    "ix_procuration_valid_until": "98474 90",
}
_NEW_INDEXES = {
    "ix_cases_id_state": "100000 1 1",
    "ix_case_access_state": "1545737 154574 1128 3 3 2 1 1",
}
_ALL_INDEXES = _OLD_INDEXES | _LATER_INDEXES | _NEW_INDEXES
# Right after a migration, SQLite knows the old indexes and nothing of the new ones, nor of a table made anew.
KNOWN: dict[str, dict[str, str]] = {
    "nothing": {},
    "the old indexes": _OLD_INDEXES,
    "all but the new indexes": _OLD_INDEXES | _LATER_INDEXES,
    "all but the access table": {
        index: known for index, known in _ALL_INDEXES.items() if "case_access" not in index
    },
    "all indexes": _ALL_INDEXES,
}


def _plan(database: str, known: dict[str, str], sql: str) -> list[str]:
    connection = sqlite3.connect(database.removeprefix("sqlite:///"))
    connection.execute("ANALYZE")
    connection.execute("DELETE FROM sqlite_stat1")
    for index, stat in known.items():
        connection.execute(
            "INSERT INTO sqlite_stat1 SELECT tbl_name, name, ? FROM sqlite_master WHERE name = ?",
            (stat, index),
        )
    connection.commit()
    connection.close()
    connection = sqlite3.connect(database.removeprefix("sqlite:///"))
    steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
    connection.close()
    return steps


FEW = "a handful of rows is put in order"
Reading = Callable[[GuardedSession, UUID], object]
# What is read, by whom, by which way it begins, and whether sorting a few rows is all right.
WAYS: dict[str, tuple[str, Reading, str, str]] = {
    "list": ("claire", lambda s, _: cases(s), "ix_case_access_work_list", ""),
    "next lines": ("claire", lambda s, _: cases(s, after=AFTER), "ix_case_access_work_list", ""),
    "list of one state": (
        "claire",
        lambda s, _: cases(s, state=State.COACHING),
        "ix_case_access_state",
        "",
    ),
    "next lines of one state": (
        "claire",
        lambda s, _: cases(s, after=AFTER, state=State.COACHING),
        "ix_case_access_state",
        "",
    ),
    "partner's list of one state": (
        "sophie",
        lambda s, _: cases(s, state=State.CLOSED),
        "ix_case_access_state",
        "",
    ),
    "adviser's list of one state": (
        "amelie",
        lambda s, _: cases(s, state=State.SUSPENDED),
        "ix_case_access_state",
        "",
    ),
    "adviser's list": ("amelie", lambda s, _: cases(s), "ix_case_access_work_list", ""),
    "header": ("claire", header, "SEARCH cases USING INDEX", ""),
    "journal": ("amelie", journal, "ix_journal_entry_case_id", ""),
    "name": ("claire", lambda s, _: search(s, "Favre"), "ix_case_identity_search_name", FEW),
    "AVS number": (
        "claire",
        lambda s, _: search(s, "7561234567897"),
        "ix_case_identity_avs_number",
        FEW,
    ),
    "reference": (
        "claire",
        lambda s, _: search(s, "VS-2026-000001"),
        "sqlite_autoindex_cases",
        FEW,
    ),
    "waiting for the bureau": (
        "claire",
        lambda s, _: waiting(s, [State.ANNOUNCED]),
        "ix_cases_state",
        "",
    ),
    "waiting for who announced": (
        "amelie",
        lambda s, _: waiting(s, [State.DRAFT], own=True),
        "ix_cases_announced",
        "",
    ),
    "to start": ("amelie", lambda s, _: to_start(s), "ix_case_access_state", FEW),
    "expiring, for the bureau": (
        "claire",
        lambda s, _: expiring(s, 30),
        "ix_procuration_valid_until",
        FEW,
    ),
    "expiring, for an adviser": (
        "amelie",
        lambda s, _: expiring(s, 30),
        "ix_case_access_work_list",
        FEW,
    ),
}


@pytest.mark.parametrize("reading", WAYS)
def test_what_is_read_every_day_is_found_by_an_index_and_comes_in_order(
    house: House, database: str, reading: str
) -> None:
    who, read, way, sorts = WAYS[reading]
    case = house.case(state=State.COACHING)
    with (
        heard(house.store) as found,
        house.store.session(house.actor(who), writes=False) as session,
    ):
        read(session, case.id)
    (sql,) = found
    for known in KNOWN.values():
        plan = _plan(database, known, sql)
        assert not [step for step in plan if step.startswith("SCAN")], plan
        begins = next(
            step for step in plan if step.startswith("SEARCH") and "SEARCH institution" not in step
        )
        assert way in begins, plan
        assert sorts or not [step for step in plan if "TEMP B-TREE" in step], plan


def test_what_stands_beside_the_journal_is_found_by_indexes(house: House, database: str) -> None:
    case = house.case(state=State.COACHING)
    with (
        heard(house.store) as found,
        house.store.session(house.actor("amelie"), writes=False) as session,
    ):
        beside(session, case.id)
    (sql,) = found
    for known in KNOWN.values():
        plan = _plan(database, known, sql)
        assert not [step for step in plan if step.startswith("SCAN") or "TEMP B-TREE" in step], plan


def test_who_left_a_tandem_is_looked_for_among_the_staff_and_not_among_the_cases(
    house: House, database: str
) -> None:
    """The people of all institutions are few; their tandems are found by an index for each side."""
    with (
        heard(house.store) as found,
        house.store.session(house.actor("claire"), writes=False) as session,
    ):
        without_successor(session)
    (sql,) = found
    for known in KNOWN.values():
        plan = _plan(database, known, sql)
        scanned = {step for step in plan if step.startswith("SCAN")}
        assert scanned == {"SCAN membership", "SCAN left_tandem"}, plan
        for index in ("ix_tandem_orp_membership_id", "ix_tandem_cms_membership_id"):
            assert [step for step in plan if index in step], plan
