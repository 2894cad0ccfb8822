"""Counting what a page asks of the database."""

from contextlib import contextmanager

import pytest
from sqlalchemy import event


@pytest.fixture
def queries(store):
    """`with queries() as asked:` collects every statement that reaches the database."""

    @contextmanager
    def counted():
        asked = []

        def note(connection, cursor, sql, *_):
            asked.append(sql)

        event.listen(store.engine, "before_cursor_execute", note)
        try:
            yield asked
        finally:
            event.remove(store.engine, "before_cursor_execute", note)

    return counted
