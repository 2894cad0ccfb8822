"""The canton without people; counting what a page asks of the database."""

import shutil
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from cii.access.store import Store
from cii.access.system import Reason
from cii.organisations.setup import set_up_canton


@pytest.fixture(scope="session")
def canton_file(empty_database, tmp_path_factory):
    path = tmp_path_factory.mktemp("canton") / "cii.db"
    shutil.copyfile(empty_database, path)
    store = Store(f"sqlite:///{path}")
    with store.system(Reason.SET_UP) as session:
        set_up_canton(session)
    store.close()
    return path


@pytest.fixture
def canton(canton_file, tmp_path):
    """The communes and the offices, in a database of this test's own."""
    shutil.copyfile(canton_file, tmp_path / "canton.db")
    store = Store(f"sqlite:///{tmp_path / 'canton.db'}")
    yield store
    store.close()


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
