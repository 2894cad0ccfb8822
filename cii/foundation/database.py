"""The database: one engine, SQLite or PostgreSQL, and the column types every table uses.

Only cii.access and the migrations may import this module; everybody else receives a session.
"""

import fcntl
import os
import threading
from datetime import UTC, datetime
from enum import Enum, IntFlag
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

metadata = SQLModel.metadata
metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(TypeDecorator[datetime]):
    """A point in time, stored as UTC; a datetime without time zone is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Aware datetimes only, converted to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs a time zone: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """SQLite forgets the time zone: what it stores is UTC."""
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


class Flags(TypeDecorator[Any]):
    """A set of flags (an IntFlag), stored as an integer."""

    impl = sa.Integer
    cache_ok = True

    def __init__(self, flags: type[IntFlag]) -> None:
        super().__init__()
        self.flags = flags

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> int | None:
        """The integer of the set."""
        return None if value is None else int(value)

    def process_result_value(self, value: int | None, dialect: sa.Dialect) -> Any:
        """The set of the integer."""
        return None if value is None else self.flags(value)


def stored_by_value(kind: type[Enum], *, closed: bool = True) -> sa.Enum:
    """An enumeration stored as its value; a closed one has a CHECK constraint, an open one grows freely."""
    return sa.Enum(
        kind,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=closed,
        validate_strings=True,
        length=40,
        name=kind.__name__.lower(),
    )


def create_engine(url: str | URL) -> sa.Engine:
    """The engine for a database address; SQLite gets WAL, foreign keys and one fair queue of writers."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        return _sqlite_engine(address)
    if address.get_backend_name() == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
        return sa.create_engine(address, pool_size=5, max_overflow=5, pool_pre_ping=True)
    raise ValueError(f"the database is SQLite or PostgreSQL, not {address.get_backend_name()}")


def _sqlite_engine(address: URL) -> sa.Engine:
    engine = sa.create_engine(address, connect_args={"check_same_thread": False, "timeout": 10})
    queue = f"{address.database}.queue"
    waiting = threading.local()

    @event.listens_for(engine, "connect")
    def configure(connection: Any, record: Any) -> None:
        # SQLAlchemy emits BEGIN itself, so that a writer can ask for the lock at once.
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            "busy_timeout=10000",
            "cache_size=-16000",
            "temp_store=MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        if not connection.get_execution_options().get("writes"):
            connection.exec_driver_sql("BEGIN")
            return
        # Writers stand in a queue: without it one of eight writers can starve for seconds.
        if getattr(waiting, "writes", False):
            raise RuntimeError("this thread already writes: a second writer would wait for itself")
        info = connection.connection.info
        if "queue" not in info:
            info["queue"] = os.open(queue, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(info["queue"], fcntl.LOCK_EX)
        info["writes"] = waiting.writes = True
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    @event.listens_for(engine, "checkin")
    def leave_queue(connection: Any, record: Any) -> None:
        if record.info.pop("writes", False):
            waiting.writes = False
            fcntl.flock(record.info["queue"], fcntl.LOCK_UN)

    @event.listens_for(engine, "close")
    def close_queue(connection: Any, record: Any) -> None:
        if "queue" in record.info:
            os.close(record.info.pop("queue"))

    return engine
