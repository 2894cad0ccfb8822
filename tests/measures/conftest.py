"""What the tests of measures share: a proposal as the tandem writes it, and both databases where it matters."""

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cii.access.store import Store
from cii.cases.lifecycle import State
from cii.foundation.clock import today
from cii.measures.inputs import ProposalInput
from cii.measures.models import Provider
from cii.programmes.routing import Regime
from tests.house import CaseFile, House
from tests.postgres import APP

Proposal = Callable[..., ProposalInput]


@pytest.fixture
def case(house: House) -> CaseFile:
    """A person of Sion whom Hugo announced, coached by Amélie and Hugo; under social assistance."""
    return house.case(state=State.COACHING)


@pytest.fixture
def proposal() -> Proposal:
    """A language course under social assistance, from in twenty days on; anything of it can be said differently."""

    def write(**given: Any) -> ProposalInput:
        starts = given.pop("starts_on", today() + timedelta(days=20))
        values = {
            "code": "language-course",
            "regimes": [Regime.LIAS],
            "provider": Provider.CMS,
            "title": "Français B1",
            "organiser": "Centre de langues",
            "goal": "Comprendre les consignes au travail.",
            "starts_on": starts,
            "ends_on": starts + timedelta(days=60),
            "asked": Decimal("1200.00"),
        }
        return ProposalInput(**(values | given))

    return write


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def either(request: pytest.FixtureRequest, empty_database: Path, tmp_path: Path) -> Iterator[House]:
    """The cast in a database of its own, once on SQLite and once on PostgreSQL as the product's role."""
    if request.param == "sqlite":
        shutil.copyfile(empty_database, tmp_path / "either.db")
        store = Store(f"sqlite:///{tmp_path / 'either.db'}")
        yield House(store).furnish()
        store.close()
        return
    cluster = request.getfixturevalue("postgres")
    with cluster.database() as name:
        store = Store(cluster.url(APP, name))
        yield House(store).furnish()
        store.close()
