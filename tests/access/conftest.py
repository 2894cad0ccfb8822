"""Everything about access is proved on both databases."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from cii.access.store import Store
from cii.foundation.database import create_engine
from tests.access.world import Scene, furnish
from tests.postgres import APP, SUPERUSER, Cluster


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, empty_database: Path, tmp_path: Path) -> Iterator[str]:
    """The address of this test's own database, once on SQLite and once on PostgreSQL as the product's role."""
    if request.param == "sqlite":
        shutil.copyfile(empty_database, tmp_path / "cii.db")
        yield f"sqlite:///{tmp_path / 'cii.db'}"
        return
    cluster = request.getfixturevalue("postgres")
    with cluster.database() as name:
        yield cluster.url(APP, name)


@pytest.fixture
def scene(request: pytest.FixtureRequest) -> Scene:
    """The scene on one of the databases, set up once for all shapes."""
    found: Scene = request.getfixturevalue(f"scene_on_{request.param}")
    return found


@pytest.fixture(scope="session")
def scene_on_sqlite(
    empty_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("scene")
    path, copied = folder / "cii.db", folder / "copy.db"
    shutil.copyfile(empty_database, path)

    @contextmanager
    def copy() -> Iterator[str]:
        shutil.copyfile(path, copied)
        yield f"sqlite:///{copied}"

    yield from _set_up(f"sqlite:///{path}", f"sqlite:///{path}", copy)


@pytest.fixture(scope="session")
def scene_on_postgresql(postgres: Cluster) -> Iterator[Scene]:
    with postgres.database() as name:

        @contextmanager
        def copy() -> Iterator[str]:
            with postgres.database(template=name) as other:
                yield postgres.url(SUPERUSER, other)

        yield from _set_up(postgres.url(APP, name), postgres.url(SUPERUSER, name), copy)


def _set_up(
    url: str, without_policies: str, copy: Callable[[], AbstractContextManager[str]]
) -> Iterator[Scene]:
    store = Store(url)
    scene = Scene(store, create_engine(without_policies), furnish(store), copy)
    yield scene
    scene.close()
