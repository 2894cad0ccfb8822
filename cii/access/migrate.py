"""Bringing a database up to date: migrations, then on PostgreSQL the policies made from the rules."""

from pathlib import Path

import sqlalchemy as sa

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

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = create_engine(url).execution_options(unguarded=True, writes=True)
    try:
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            if connection.dialect.name == "postgresql":
                # Begins the one transaction in which everything happens: a migration that fails
                # leaves the tables and their policies as they were.
                lift(connection)
            if revision == LATEST:
                command.upgrade(config, revision)
            else:
                command.downgrade(config, revision)
            if connection.dialect.name == "postgresql" and revision == LATEST:
                _guard(connection, role)
            connection.commit()
    finally:
        engine.dispose()


def _guard(connection: sa.Connection, role: str | None) -> None:
    for statement in policies():
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql(f"COMMENT ON TABLE alembic_version IS '{fingerprint()}'")
    for statement in grants(role) if role else ():
        connection.exec_driver_sql(statement)
