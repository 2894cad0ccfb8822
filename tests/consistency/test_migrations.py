"""The migrations make what the models say, on both databases, and can be taken back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel

from cii.access.migrate import MIGRATIONS, migrate
from cii.access.store import Store
from cii.access.system import Reason
from cii.cases.lifecycle import State
from cii.cases.models import ImportRow, ImportRun
from cii.foundation.database import create_engine
from tests.house import House
from tests.postgres import APP, OWNER

STEPS = [each.revision for each in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def nothing_yet(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str | None]]:
    """A database without a table, as its owner; and the name of the product's role there."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'cii.db'}", None
        return
    cluster = request.getfixturevalue("postgres")
    with cluster.database(template="template0") as name:
        yield cluster.url(OWNER, name), APP


def _tables(url: str) -> set[str]:
    engine = create_engine(url)
    try:
        return set(sa.inspect(engine).get_table_names()) - {"alembic_version"}
    finally:
        engine.dispose()


def _differences(url: str) -> list[object]:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            return compare_metadata(context, SQLModel.metadata)
    finally:
        engine.dispose()


def test_the_migrations_make_exactly_the_tables_of_the_models(
    nothing_yet: tuple[str, str | None],
) -> None:
    url, role = nothing_yet
    migrate(url, role=role)
    assert _tables(url) == set(SQLModel.metadata.tables)
    assert _differences(url) == []


def test_every_migration_can_be_taken_back_and_made_again(
    nothing_yet: tuple[str, str | None],
) -> None:
    url, role = nothing_yet
    migrate(url, role=role)
    for before in ["base", *STEPS[:-1]][::-1]:
        migrate(url, revision=before)
    assert _tables(url) == set()
    migrate(url, role=role)
    assert _differences(url) == []


def test_rows_outlive_a_change_of_their_tables(nothing_yet: tuple[str, str | None]) -> None:
    """Back to the first tables and forth again, with cases and an import that is under way."""
    url, role = nothing_yet
    migrate(url, role=role)
    system = Store(url)
    house = House(system).furnish()
    case = house.case(state=State.COACHING)
    house.case(state=State.SUSPENDED)
    house.note(case, "hugo", "Elle cherche dans la vente.")
    house.file(case, "hugo", "certificat.pdf")
    house.objective(case, "hugo", "Un stage")
    house.appointment(case, "hugo")
    hugo = house.actor("hugo")
    owner = {"person_id": hugo.person, "institution_id": hugo.institution}
    run = ImportRun(**owner, file_name="annonces.csv", rows=1)
    house.add(run, ImportRow(run_id=run.id, line=2, **owner, cells={"nom": "Roduit"}))
    rows = {table.name: _rows(house, table) for table in SQLModel.metadata.sorted_tables}
    system.close()
    migrate(url, revision="0002")
    # What came later goes with its tables.
    stayed = _tables(url)
    migrate(url, role=role)
    system = Store(url)
    house = House(system)
    kept = [table for table in SQLModel.metadata.sorted_tables if table.name in stayed]
    assert {table.name: _rows(house, table) for table in kept} == {
        table.name: rows[table.name] for table in kept
    }
    system.close()


def _rows(house: House, table: sa.Table) -> list[str]:
    with house.store.system(Reason.CHECK, writes=False) as session:
        return sorted(str(row._mapping) for row in session.execute(sa.select(table)))


def test_migrating_twice_changes_nothing(nothing_yet: tuple[str, str | None]) -> None:
    url, role = nothing_yet
    migrate(url, role=role)
    migrate(url, role=role)
    assert _differences(url) == []


def test_there_is_one_line_of_migrations() -> None:
    assert len(ScriptDirectory(str(MIGRATIONS)).get_heads()) == 1
