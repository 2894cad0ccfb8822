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


def create_engine(url: str | URL) -> sa.Engine:
    """The engine for a database address; SQLite gets WAL, foreign keys and one fair queue of writers."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        return _sqlite_engine(address)
    if address.get_backend_name() == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
        return sa.create_engine(
            address, pool_size=5, max_overflow=5, pool_pre_ping=True, hide_parameters=True
        )
    raise ValueError(f"the database is SQLite or PostgreSQL, not {address.get_backend_name()}")


def _sqlite_engine(address: URL) -> sa.Engine:
    engine = sa.create_engine(
        address,
        connect_args={"check_same_thread": False, "timeout": 10},
        # A statement that fails is logged without what it was about.
        hide_parameters=True,
    )
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
        info = connection.connection.info
        if info.get("writes"):
            # A second transaction of the same connection keeps its place in the queue.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            return
        if getattr(waiting, "writes", False):
            raise RuntimeError("this thread already writes: a second writer would wait for itself")
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
