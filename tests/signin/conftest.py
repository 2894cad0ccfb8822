"""What the sign-in tests share: people with a password."""

import pytest
from flask import Flask

from cii.access.store import Store
from cii.signin.hashing import hash_password
from cii.signin.models import Credential
from tests.house import House

PASSWORD = "quatre chaises bleues au bord du Rhône"


@pytest.fixture
def house(app: Flask, store: Store) -> House:
    """The institutions and the cast, and the product in front of them."""
    return House(store, app).furnish()


@pytest.fixture(scope="session")
def stored() -> str:
    """The hash of that password, made once since it takes its time."""
    return hash_password(PASSWORD)


@pytest.fixture
def password(house: House, stored: str) -> str:
    """The password of Amélie, of Hugo, and of Cécile, who works for two communes."""
    people = (house.person[key] for key in ("amelie", "hugo", "cecile"))
    house.add(*(Credential(person_id=person, password_hash=stored) for person in people))
    return PASSWORD
