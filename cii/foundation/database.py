"""The database: one engine, SQLite or PostgreSQL.

Only cii.access and the migrations may import this module; everybody else receives a session.
"""

import fcntl
import os
import threading
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import PoolProxiedConnection


def create_engine(url: str | URL) -> sa.Engine:
    """The engine for a database address; SQLite gets WAL, foreign keys and one fair queue of writers."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        return _sqlite_engine(address)
    if address.get_backend_name() == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
        return sa.create_engine(
            address,
            pool_size=5,
            max_overflow=5,
            # The connection used last comes first: it has its statements and pages at hand.
            pool_use_lifo=True,
            pool_pre_ping=True,
            hide_parameters=True,
        )
    raise ValueError(f"the database is SQLite or PostgreSQL, not {address.get_backend_name()}")


def _sqlite_engine(address: URL) -> sa.Engine:
    engine = sa.create_engine(
        address,
        connect_args={"check_same_thread": False, "timeout": 10},
        poolclass=sa.QueuePool,
        pool_use_lifo=True,
        # A statement that fails is logged without what it was about.
        hide_parameters=True,
    )
    queue = _Queue(f"{address.database}.queue")

    @event.listens_for(engine, "connect")
    def configure(connection: Any, record: Any) -> None:
        # Transactions are begun by begin(), so that a writer can ask for the lock at once.
        connection.isolation_level = None
        record.info["queue"] = queue
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
    def begin_driver(connection: sa.Connection) -> None:
        options = connection.get_execution_options()
        if not options.get("begun"):
            begin(connection.connection, writes=options.get("writes", False))

    @event.listens_for(engine, "checkin")
    def leave_queue(connection: Any, record: Any) -> None:
        # A commit that SQLite refuses leaves open a transaction that SQLAlchemy takes for ended.
        if connection is not None and connection.in_transaction:
            connection.rollback()
        queue.leave(record.info)

    @event.listens_for(engine, "close")
    def close_queue(connection: Any, record: Any) -> None:
        queue.leave(record.info)
        if "seat" in record.info:
            os.close(record.info.pop("seat"))

    return engine


class _Queue:
    """The queue in which writers of one SQLite file stand: without it one of eight can starve for seconds."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.here = threading.local()

    def enter(self, info: Any) -> None:
        if info.get("writes"):
            # A second transaction of the same connection keeps its place.
            return
        if getattr(self.here, "writes", False):
            raise RuntimeError("this thread already writes: a second writer would wait for itself")
        if "seat" not in info:
            info["seat"] = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(info["seat"], fcntl.LOCK_EX)
        info["writes"] = self.here.writes = True

    def leave(self, info: Any) -> None:
        if info.pop("writes", False):
            self.here.writes = False
            fcntl.flock(info["seat"], fcntl.LOCK_UN)


def begin(connection: PoolProxiedConnection, *, writes: bool) -> None:
    """Begin a transaction of a driver's connection; PostgreSQL's begins by itself with the first statement."""
    queue: _Queue | None = connection.info.get("queue")
    if queue is None:
        return
    if writes:
        queue.enter(connection.info)
    connection.cursor().execute("BEGIN IMMEDIATE" if writes else "BEGIN")


def in_transaction(connection: PoolProxiedConnection) -> bool:
    """Whether the transaction that was begun goes on; the driver knows."""
    plain: Any = connection.dbapi_connection
    if plain is None:
        return False
    if "queue" in connection.info:
        return bool(plain.in_transaction)
    return bool(plain.info.transaction_status)
