"""What consent opens and closes is proved on both databases, as everything about access is."""

import pytest
from flask import Flask

from cii.access.store import Store
from tests.access.conftest import database  # noqa: F401 - the fixture of that folder
from tests.house import House


@pytest.fixture
def house(app: Flask, store: Store) -> House:
    """The institutions and the cast, and the product in front of them."""
    return House(store, app).furnish()
