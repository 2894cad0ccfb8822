"""What the tests of consent share: the institutions and the cast, and the product in front of them."""

import pytest
from flask import Flask

from cii.access.store import Store
from tests.house import House


@pytest.fixture
def house(app: Flask, store: Store) -> House:
    """The institutions and the cast, and the product in front of them."""
    return House(store, app).furnish()
