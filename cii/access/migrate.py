"""Bringing a database up to date: migrations, then on PostgreSQL the policies made from the rules."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from cii.access.policies import fingerprint, grants, lift, policies
from cii.foundation.database import create_engine

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
LATEST = "head"


def migrate(url: str, *, role: str | None = None, revision: str = LATEST) -> None:
    """Run the migrations up (or down) to a revision as the database's owner.

    `role` is the application's own role on PostgreSQL; it receives the rights it needs and no more.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.migration import MigrationContext

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        # Changing a table there means copying it and dropping the old one, which with foreign keys
        # in force takes along the rows that refer to it.
        event.listen(engine, "connect", _foreign_keys_later)
    try:
        with engine.execution_options(unguarded=True, writes=True).connect() as connection:
            config.attributes["connection"] = connection
            if connection.dialect.name == "postgresql":
                # Begins the one transaction in which everything happens: a migration that fails
                # leaves the tables and their policies as they were.
                lift(connection)
            before = MigrationContext.configure(connection).get_current_heads()
            if revision == LATEST:
                command.upgrade(config, revision)
            else:
                command.downgrade(config, revision)
            if connection.dialect.name == "postgresql" and revision == LATEST:
                _guard(connection, role)
            after = MigrationContext.configure(connection).get_current_heads()
            if connection.dialect.name == "sqlite" and before != after:
                _check_foreign_keys(connection)
            connection.commit()
    finally:
        engine.dispose()


def _foreign_keys_later(connection: Any, record: Any) -> None:
    connection.execute("PRAGMA foreign_keys=OFF")


def _check_foreign_keys(connection: sa.Connection) -> None:
    astray = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if astray:
        tables = ", ".join(sorted({row[0] for row in astray}))
        raise RuntimeError(f"rows refer to rows that are not there, in {tables}: nothing was done")


def _guard(connection: sa.Connection, role: str | None) -> None:
    for statement in policies():
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql(f"COMMENT ON TABLE alembic_version IS '{fingerprint()}'")
    for statement in grants(role) if role else ():
        connection.exec_driver_sql(statement)
