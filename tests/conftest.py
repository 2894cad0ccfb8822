"""What every test can ask for: settings, a database of its own, the product, its cast, PostgreSQL."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from cii import tables  # noqa: F401 - every table must be known before the first session
from cii.access.migrate import migrate
from cii.access.store import Store
from cii.settings import Settings, read_settings
from tests.house import House
from tests.postgres import Cluster, Missing

SECRET = "a secret of the tests, long enough to sign with"


def _stay_on_this_machine(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "socket.connect" or not isinstance(arguments[1], tuple):
        return
    host = str(arguments[1][0])
    if not (host.startswith("127.") or host in {"::1", "localhost"}):
        raise RuntimeError(f"a test may not speak to another machine: {host}")


sys.addaudithook(_stay_on_this_machine)


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table and no row; each test gets a copy."""
    path = tmp_path_factory.mktemp("template") / "cii.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def database(empty_database: Path, tmp_path: Path) -> str:
    """The address of this test's own database: SQLite, unless a folder's conftest says otherwise."""
    shutil.copyfile(empty_database, tmp_path / "cii.db")
    return f"sqlite:///{tmp_path / 'cii.db'}"


@pytest.fixture
def settings(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> Settings:
    """Settings as in production; `@pytest.mark.parametrize("settings", [{"demo": True}], indirect=True)` changes them."""
    given: dict[str, Any] = getattr(request, "param", {})
    secret = {} if given.get("demo") else {"secret": SECRET}
    return read_settings({}, var=tmp_path, database_url=database, **secret, **given)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The product, on this test's own database."""
    from cii.app import create_app

    app = create_app(settings)
    yield app
    app.extensions["store"].close()


@pytest.fixture
def store(request: pytest.FixtureRequest, database: str) -> Iterator[Store]:
    """The store of this test's database: the product's own, where the test asks for the product as well."""
    if "app" in request.fixturenames:
        yield request.getfixturevalue("app").extensions["store"]
        return
    store = Store(database)
    yield store
    store.close()


@pytest.fixture
def house(request: pytest.FixtureRequest, store: Store) -> House:
    """The institutions and the cast, in this test's database."""
    app = request.getfixturevalue("app") if "app" in request.fixturenames else None
    return House(store, app).furnish()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A temporary PostgreSQL with the product's tables and policies; skipped where there are no programs for it."""
    try:
        cluster = Cluster()
    except Missing as missing:
        pytest.skip(str(missing))
    with cluster:
        cluster.prepare()
        yield cluster
