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
from cii.foundation.database import create_engine
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


def test_migrating_twice_changes_nothing(nothing_yet: tuple[str, str | None]) -> None:
    url, role = nothing_yet
    migrate(url, role=role)
    migrate(url, role=role)
    assert _differences(url) == []


def test_there_is_one_line_of_migrations() -> None:
    assert len(ScriptDirectory(str(MIGRATIONS)).get_heads()) == 1
