"""A connection that is used again carries nobody's identity over, whatever happened to it before."""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
import sqlalchemy as sa

from cii.access.guard import Refused, arm_tripwire
from cii.access.store import Store
from cii.access.system import Reason, joined_system_session
from cii.cases.lifecycle import State
from cii.cases.models import Case, CaseNumber
from tests.house import CaseFile, House

# Who sees which of the three cases below.
SEES = {
    "amelie": {0, 2},
    "hugo": {0},
    "patrick": {0, 2},
    "claire": {0, 1, 2},
    "bastien": {1},
    "cecile": set(),
    "pia": set(),
}


class OneConnection(Store):
    """A store with a single connection, which everybody gets in turn."""

    def __init__(self, url: str) -> None:
        self.engine = sa.create_engine(url, pool_size=1, max_overflow=0)
        arm_tripwire(self.engine)


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    store = OneConnection(database) if database.startswith("postgresql") else Store(database)
    yield store
    store.close()


@pytest.fixture
def cases(house: House) -> list[CaseFile]:
    return [
        house.case(state=State.COACHING),
        house.case(state=State.COACHING, by="yannick", tandem=("bastien", "yannick")),
        house.case(by="amelie"),
    ]


def _read(store: Store, house: House, who: str, writes: bool) -> set[Any]:
    with store.session(house.actor(who), writes=writes) as session:
        return set(session.scalars(sa.select(Case.id)))


def _end_in_a_refusal(store: Store, house: House) -> None:
    with store.session(house.actor("claire"), writes=True) as session:
        session.add(CaseNumber(year=1, last=1))
        with pytest.raises(Refused):
            session.flush()


def _end_in_an_error(store: Store, house: House) -> None:
    with (
        suppress(ZeroDivisionError),
        store.session(house.actor("claire"), writes=True) as session,
    ):
        session.scalars(sa.select(Case.id)).all()
        raise ZeroDivisionError


def _end_in_the_middle_of_the_systems_work(store: Store, house: House) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        store.session(house.actor("amelie"), writes=True) as session,
        joined_system_session(session, Reason.CHECK),
    ):
        raise ZeroDivisionError


def _end_after_the_systems_work(store: Store, house: House) -> None:
    with store.system(Reason.CHECK) as session:
        assert len(session.scalars(sa.select(Case.id)).all()) == 3


def _leave_rows_unread(store: Store, house: House) -> None:
    with store.session(house.actor("claire"), writes=False) as session:
        rows = session.scalars(sa.select(Case.id).execution_options(yield_per=1))
        next(iter(rows))
        rows.close()


INTERRUPTIONS: list[Callable[[Store, House], None]] = [
    _end_in_a_refusal,
    _end_in_an_error,
    _end_in_the_middle_of_the_systems_work,
    _end_after_the_systems_work,
    _leave_rows_unread,
]


def test_hundreds_of_mixed_reads_over_one_connection_show_each_reader_his_own(
    store: Store, house: House, cases: list[CaseFile]
) -> None:
    chance = random.Random(20260322)
    for _ in range(300):
        if chance.random() < 0.3:
            chance.choice(INTERRUPTIONS)(store, house)
        who = chance.choice(list(SEES))
        wanted = {cases[number].id for number in SEES[who]}
        assert _read(store, house, who, chance.random() < 0.5) == wanted, who


@pytest.mark.postgres
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_a_connection_given_back_says_nothing(
    store: Store, house: House, cases: list[CaseFile]
) -> None:
    """Whoever takes the connection without saying who he is sees nothing."""
    for interrupt in INTERRUPTIONS:
        interrupt(store, house)
        bare = store.engine.execution_options(unguarded=True)
        with bare.connect() as connection:
            assert connection.scalar(sa.select(sa.func.count()).select_from(Case)) == 0


def test_after_the_systems_work_the_actor_sees_as_before(
    store: Store, house: House, cases: list[CaseFile]
) -> None:
    with store.session(house.actor("amelie"), writes=True) as session:
        with joined_system_session(session, Reason.CHECK) as system:
            assert len(system.scalars(sa.select(Case.id)).all()) == 3
        assert len(session.scalars(sa.select(Case.id)).all()) == 2


def test_after_the_systems_work_broke_off_the_actor_sees_as_before(
    store: Store, house: House, cases: list[CaseFile]
) -> None:
    with store.session(house.actor("amelie"), writes=True) as session:
        with (
            pytest.raises(ZeroDivisionError),
            joined_system_session(session, Reason.CHECK),
        ):
            raise ZeroDivisionError
        assert len(session.scalars(sa.select(Case.id)).all()) == 2
        with session.begin_nested():
            assert len(session.scalars(sa.select(Case.id)).all()) == 2


def test_an_error_of_the_database_within_the_systems_work_is_told_as_it_is(
    store: Store, house: House, cases: list[CaseFile]
) -> None:
    """The reset of the connection does not hide why it failed."""
    house.add(CaseNumber(year=1, last=1))
    again = sa.insert(CaseNumber).values(year=1, last=2)
    with store.session(house.actor("amelie"), writes=True) as session:
        with (
            pytest.raises(sa.exc.IntegrityError),
            joined_system_session(session, Reason.CHECK) as system,
        ):
            system.execute(again)
        session.rollback()
        assert len(session.scalars(sa.select(Case.id)).all()) == 2
