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


_SQL = {
    "connection",
    "driver",
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


def _speaks_sql(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        in_words = (
            name == "text"
            and isinstance(called, ast.Attribute)
            and isinstance(called.value, ast.Name)
            and called.value.id in {"sa", "sqlalchemy"}
        )
        if name in _SQL or in_words:
            yield f"{path.relative_to(ROOT)}:{node.lineno} {name}"


def test_only_access_and_the_foundation_speak_to_the_database_themselves() -> None:
    found = [
        place
        for path in (ROOT / "cii").rglob("*.py")
        if path.relative_to(ROOT / "cii").parts[0] not in {"access", "foundation"}
        for place in _speaks_sql(path)
    ]
    assert found == []


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
