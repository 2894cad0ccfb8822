"""Counting what a request asks the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from cii.access.store import Store


@contextmanager
def statements_of(store: Store) -> Iterator[list[str]]:
    """Every statement that reaches SQLite meanwhile, without those that begin and end transactions."""
    seen: list[str] = []

    def note(sql: str) -> None:
        if sql.lstrip("( \n").upper().startswith(("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")):
            seen.append(sql)

    def listen(connection: Any, record: Any, proxy: Any) -> None:
        connection.set_trace_callback(note)

    event.listen(store.engine, "checkout", listen)
    try:
        yield seen
    finally:
        event.remove(store.engine, "checkout", listen)
