"""Everything about access is proved on both databases."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import APP


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
