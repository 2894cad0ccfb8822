"""`cii doctor` recounts the access table, and puts it right on request."""

import sqlite3

import pytest
from click.testing import CliRunner, Result
from sqlmodel import select

from cii.access.models import CaseAccess
from cii.access.system import Reason
from cii.cli import main


@pytest.fixture
def doctor(house, store, database, tmp_path):
    def run(*options: str) -> Result:
        environment = {
            "CII_DATABASE_URL": database,
            "CII_VAR": str(tmp_path),
            "CII_SECRET": "-" * 32,
        }
        return CliRunner().invoke(main, ["doctor", *options], env=environment)

    return run


def widen_a_line(house, store):
    case = house.case()
    with store.system(Reason.CHECK) as session:
        line = session.exec(select(CaseAccess).where(CaseAccess.case_id == case.id)).first()
        line.topics = 1023
        session.add(line)
    return case


def test_a_sound_table_is_said_to_be_sound(house, doctor):
    house.case()
    result = doctor()
    assert result.exit_code == 0
    assert "equals" in result.output


def test_a_line_that_nothing_grants_is_found_and_named(house, store, doctor):
    case = widen_a_line(house, store)
    result = doctor()
    assert result.exit_code == 1
    assert f"case {case.id}: the access table differs" in result.output
    assert "cii doctor --repair" in result.output


def test_a_line_of_another_state_is_found_and_put_right(house, database, doctor):
    """Somebody wrote past the product, and past the references that the database keeps."""
    case = house.case()
    connection = sqlite3.connect(database.removeprefix("sqlite:///"))
    connection.execute("UPDATE case_access SET state = 'closed'")
    connection.commit()
    connection.close()
    assert f"case {case.id}: the access table differs" in doctor().output
    assert doctor("--repair").exit_code == 0
    assert doctor().exit_code == 0


def test_a_table_is_put_right_on_request(house, store, doctor):
    widen_a_line(house, store)
    assert doctor("--repair").exit_code == 0
    assert doctor().exit_code == 0
