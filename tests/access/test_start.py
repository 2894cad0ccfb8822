"""The product does not open while a route, a table or a rule is not declared; nobody else speaks SQL."""

import ast
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Blueprint, Flask
from sqlmodel import SQLModel

import cii.app
from cii.access.actor import Role
from cii.access.guard import OPEN, RULES, Hidden, Refused
from cii.access.permissions import ROLES, May
from cii.access.screens import Undeclared
from cii.access.store import Store
from cii.audit.models import Act, AuditEvent
from cii.cases.lifecycle import State
from cii.cases.models import Case, CaseNeed
from cii.foundation.ids import new_id
from cii.settings import Settings
from tests.house import House

ROOT = Path(__file__).resolve().parents[2]


def _with(screens: Blueprint, monkeypatch: pytest.MonkeyPatch) -> None:
    added = SimpleNamespace(screens=screens)
    monkeypatch.setattr(cii.app, "CAPABILITIES", (*cii.app.CAPABILITIES, added))


def test_a_route_that_declares_nothing_stops_the_start(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    screens = Blueprint("forgetful", __name__)
    screens.get("/forgotten")(lambda: "open to the world")
    _with(screens, monkeypatch)
    with pytest.raises(Undeclared, match="forgetful"):
        cii.app.create_app(settings)


@pytest.fixture
def forgotten_table() -> Iterator[None]:
    table = sa.Table("forgotten", SQLModel.metadata, sa.Column("id", sa.Integer, primary_key=True))
    yield
    SQLModel.metadata.remove(table)


@pytest.mark.usefixtures("forgotten_table")
def test_a_table_that_declares_nothing_stops_the_start(settings: Settings) -> None:
    with pytest.raises(Refused, match="forgotten"):
        cii.app.create_app(settings)


def test_an_open_table_says_why(app: Flask) -> None:
    assert all(len(declared.reason) > 10 for declared in OPEN.values())


def test_every_rule_says_in_words_who_sees_the_rows(app: Flask) -> None:
    assert [model.__name__ for model, rule in RULES.items() if not rule.__doc__] == []


def test_no_rule_carries_a_value_of_its_own(app: Flask) -> None:
    """SQLAlchemy keeps a rule by its code: a value from around it would stay for the next actor."""
    assert [rule.__name__ for rule in RULES.values() if rule.__closure__] == []


def test_every_role_has_its_line_and_every_permission_is_used() -> None:
    assert set(ROLES) == set(Role)
    assert set().union(*ROLES.values()) == set(May)


def test_a_permission_that_no_route_asks_for_does_not_exist(app: Flask) -> None:
    asked = {
        permission
        for view in app.view_functions.values()
        for permission in (view.access.read, view.access.write)  # type: ignore[attr-defined]
        if permission
    }
    asked_in_the_code = {
        node.attr
        for path in (ROOT / "cii").rglob("*.py")
        if path.name != "permissions.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "May"
    }
    assert {
        each for each in May if each not in asked and each.name not in asked_in_the_code
    } == set()


# By these one gets at the connection behind a session, or past the rules.
_PAST_THE_GUARD = {
    "_connection",
    "_driver",
    "bind",
    "connection",
    "cursor",
    "dbapi_connection",
    "driver",
    "driver_connection",
    "engine",
    "exec_driver_sql",
    "execution_options",
    "from_statement",
    "get_bind",
    "get_transaction",
    "literal_column",
    "raw",
    "raw_connection",
    "with_loader_criteria",
}
_DRIVERS = {"psycopg", "sqlite3"}
# What a statement may be told: how its rows meet those that are loaded already.
_HARMLESS_OPTIONS = {"populate_existing", "synchronize_session"}


def _reaches_past(tree: ast.AST) -> Iterator[tuple[int, str]]:
    said = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    # The rows of an index are declared in words, like those of a constraint.
    declared = {
        id(each.value)
        for node in said
        for each in node.keywords
        if each.arg in {"sqlite_where", "postgresql_where"}
    }
    harmless = {
        id(node.func)
        for node in said
        if node.keywords and not node.args and {x.arg for x in node.keywords} <= _HARMLESS_OPTIONS
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            if node.attr in _PAST_THE_GUARD and id(node) not in harmless:
                yield node.lineno, node.attr
        elif isinstance(node, ast.Import | ast.ImportFrom):
            module = getattr(node, "module", None) or ""
            names = {each.name for each in node.names}
            wanted = {name.partition(".")[0] for name in ({module} if module else names)} & _DRIVERS
            if module.startswith("sqlalchemy"):
                wanted |= names & (_PAST_THE_GUARD | {"text"})
            for name in wanted:
                yield node.lineno, name
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in {"getattr", "attrgetter"}:
                words = {each.value for each in node.args if isinstance(each, ast.Constant)}
                if words & _PAST_THE_GUARD:
                    yield node.lineno, node.func.id
            elif (
                isinstance(node.func, ast.Attribute)
                and node.func.attr == "text"
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id in {"sa", "sqlalchemy"}
                and id(node) not in declared
            ):
                yield node.lineno, "text"


def test_only_access_and_the_foundation_speak_to_the_database_themselves() -> None:
    found = {
        f"{path.relative_to(ROOT)} {name}"
        for path in (ROOT / "cii").rglob("*.py")
        if path.relative_to(ROOT / "cii").parts[0] not in {"access", "foundation"}
        for _, name in _reaches_past(ast.parse(path.read_text()))
    }
    assert found == {
        # Hands the engine to access, to look at the role; takes a port, to see whether it is free.
        "cii/app.py engine",
        "cii/serving.py bind",
    }


@pytest.mark.parametrize(
    "line",
    [
        "session.raw().execute(statement)",
        "read = session.raw",
        "session.connection().connection.driver_connection.execute(words)",
        "session.get_transaction().connection(None)",
        "session.bind.connect()",
        "store.engine.connect()",
        "getattr(session, 'raw')()",
        "import sqlite3",
        "from psycopg import connect",
        "from sqlalchemy import text",
        "sa.text('SELECT 1')",
        "select(Case).execution_options(unguarded=True)",
        "select(Case).execution_options(**options)",
        "select(Case).execution_options(populate_existing=True, checked=1)",
        "sa.literal_column('1 OR 1')",
    ],
)
def test_who_reaches_past_the_guard_is_found(line: str) -> None:
    assert list(_reaches_past(ast.parse(line)))


@pytest.mark.parametrize(
    "line",
    [
        "select(Case).execution_options(populate_existing=True)",
        "sa.Index('x', 'y', sqlite_where=sa.text('y IS NULL'))",
        "given.text",
    ],
)
def test_who_does_not_is_left_alone(line: str) -> None:
    assert not list(_reaches_past(ast.parse(line)))


# A page that reads


def test_a_page_that_reads_changes_nothing(store: Store, house: House) -> None:
    case = house.case(state=State.COACHING)
    actor = house.actor("amelie")

    def change(session: Any) -> None:
        session.get(CaseNeed, case.id).reason = "X"

    def delete(session: Any) -> None:
        session.delete(session.get(CaseNeed, case.id))

    def add(session: Any) -> None:
        session.add(AuditEvent(act=Act.CASE_READ, person_id=actor.person, case_id=case.id))

    for write in (change, delete, add):
        with store.session(actor, writes=False) as session:
            write(session)
            with pytest.raises(Refused):
                session.flush()


def test_a_page_whose_reading_is_recorded_adds_to_the_trail_and_nothing_else(
    store: Store, house: House
) -> None:
    case = house.case(state=State.COACHING)
    actor = house.actor("amelie")
    with store.session(actor, writes=False, records=True) as session:
        session.add(AuditEvent(act=Act.CASE_READ, person_id=actor.person, case_id=case.id))
        session.commit()
    assert house.count(AuditEvent, AuditEvent.case_id == case.id) == 1
    with store.session(actor, writes=False, records=True) as session:
        session.get(CaseNeed, case.id).reason = "X"  # type: ignore[union-attr]
        with pytest.raises(Refused):
            session.flush()


def test_what_is_hidden_and_what_does_not_exist_are_one_answer(store: Store, house: House) -> None:
    case = house.case(by="yannick")
    answers = []
    with store.session(house.actor("amelie"), writes=False) as session:
        for key in (case.id, new_id()):
            with pytest.raises(Hidden) as hidden:
                session.find(Case, key)
            answers.append(str(hidden.value))
    assert answers[0] == answers[1]


def test_a_row_read_before_is_not_read_again_after_access_ended(store: Store, house: House) -> None:
    """A session lives as long as one request; even within it the end of access counts."""
    case = house.case(state=State.COACHING)
    with store.session(house.actor("amelie"), writes=False) as session:
        row = session.find(CaseNeed, case.id)
        session.rollback()
        house.revoke(case)
        session.expire(row)
        with pytest.raises(Hidden):
            _ = row.reason
