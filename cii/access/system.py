"""The one escape from the guard, for work that is nobody's reading: sign-in, derivation, due dates.

import-linter lists who may import this module, and each use states its reason.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

from cii.access.guard import GuardedSession
from cii.foundation.choice import Choice


class Reason(Choice):
    """Why a piece of work reads or writes without an actor's rules."""

    SIGN_IN = "sign-in"
    DERIVE_ACCESS = "derive-access"
    RECORD = "record"
    IMPORT = "import"
    SCHEDULE = "schedule"
    ACCOUNT = "account"
    DELIVER = "deliver"
    SET_UP = "set-up"
    CHECK = "check"


class SystemSession(Session):
    """A session without the actor's rules; it carries the reason why."""

    reason: Reason

    def add_once(self, row: SQLModel) -> bool:
        """Write a row unless there is one with the same key: also when two write at the same moment."""
        connection = self.connection()
        written = postgresql if connection.dialect.name == "postgresql" else sqlite
        table = sa.inspect(type(row)).local_table
        statement = written.insert(table).values(row.model_dump()).on_conflict_do_nothing()
        # Not the number of rows: what a driver says of it when nothing was written differs.
        key = next(iter(table.primary_key.columns))
        return connection.execute(statement.returning(key)).first() is not None


@contextmanager
def system_session(
    engine: sa.Engine, reason: Reason, *, writes: bool = True
) -> Iterator[SystemSession]:
    """A transaction of the system's own; committed at the end, rolled back on any error."""
    bound = engine.execution_options(unguarded=True, writes=writes)
    with SystemSession(bound, expire_on_commit=False) as session:
        session.reason = reason
        _announce(session.connection(), reason)
        yield session
        session.commit()


@contextmanager
def joined_system_session(session: GuardedSession, reason: Reason) -> Iterator[SystemSession]:
    """The system's work inside an actor's transaction: committed or rolled back together with it."""
    session.flush()
    connection = session.raw()
    connection.execution_options(unguarded=True)
    _announce(connection, reason)
    try:
        joined = SystemSession(
            connection, expire_on_commit=False, join_transaction_mode="control_fully"
        )
        joined.reason = reason
        yield joined
        joined.flush()
    except BaseException:
        connection.execution_options(unguarded=False)
        # A transaction that failed takes nothing more, and its end takes the setting away.
        with suppress(sa.exc.DBAPIError):
            _announce(connection, None)
        raise
    connection.execution_options(unguarded=False)
    _announce(connection, None)


def _announce(connection: Any, reason: Reason | None) -> None:
    # PostgreSQL's row level security asks for this setting; it ends with the transaction.
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            "SELECT set_config('cii.system', %s, true)", (reason.value if reason else "",)
        )
