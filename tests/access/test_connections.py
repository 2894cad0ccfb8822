"""A connection that is used again carries nobody's identity over, whatever happened to it before."""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
import sqlalchemy as sa

from cii.access.guard import GuardedSession, Refused, arm_tripwire
from cii.access.hot import HotRead
from cii.access.store import Store
from cii.access.system import Reason, joined_system_session
from cii.audit.actions import record
from cii.audit.models import Act, AuditEvent
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


HOT = HotRead(lambda: sa.select(Case.id))


def _hot(session: GuardedSession) -> set[Any]:
    return {row[0] for row in HOT.run(session)}


def _slow(session: GuardedSession) -> set[Any]:
    return set(session.scalars(sa.select(Case.id)))


READINGS: list[list[Callable[[GuardedSession], set[Any]]]] = [
    [_hot],
    [_slow],
    [_hot, _slow],
    [_slow, _hot],
]


def _read(store: Store, house: House, who: str, chance: random.Random) -> set[Any]:
    with store.session(house.actor(who), writes=chance.random() < 0.5) as session:
        first, *others = [read(session) for read in chance.choice(READINGS)]
        assert all(found == first for found in others)
        if chance.random() < 0.3:
            session.commit()
            assert _hot(session) == first
        return first


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


def _leave_hot_rows_and_a_line_of_the_trail(store: Store, house: House) -> None:
    with store.session(house.actor("claire"), writes=False, records=True) as session:
        _hot(session)
        record(session, Act.LIST_READ)


def _end_hot_in_an_error(store: Store, house: House) -> None:
    with (
        suppress(ZeroDivisionError),
        store.session(house.actor("claire"), writes=True) as session,
    ):
        _hot(session)
        raise ZeroDivisionError


def _begin_nothing(store: Store, house: House) -> None:
    with store.session(house.actor("claire"), writes=True) as session:
        session.commit()
        session.rollback()


INTERRUPTIONS: list[Callable[[Store, House], None]] = [
    _end_in_a_refusal,
    _end_in_an_error,
    _end_in_the_middle_of_the_systems_work,
    _end_after_the_systems_work,
    _leave_rows_unread,
    _leave_hot_rows_and_a_line_of_the_trail,
    _end_hot_in_an_error,
    _begin_nothing,
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
        assert _read(store, house, who, chance) == wanted, who


@pytest.mark.postgres
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_a_connection_given_back_says_nothing(
    store: Store, house: House, cases: list[CaseFile]
) -> None:
    """Whoever takes the connection without saying who he is sees nothing."""
    for interrupt in INTERRUPTIONS:
        interrupt(store, house)
        driver = store.engine.raw_connection()
        cursor = driver.cursor()
        assert cursor.execute("SELECT count(*) FROM cases").fetchone() == (0,)
        driver.close()
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


# However a session ends, the next writer's turn comes


def _fail_to_write(session: GuardedSession) -> None:
    session.add(CaseNumber(year=1, last=1))
    with pytest.raises(Refused):
        session.flush()


def _break_off_the_systems_work(session: GuardedSession) -> None:
    with pytest.raises(sa.exc.IntegrityError), joined_system_session(session, Reason.CHECK) as own:
        own.execute(sa.insert(CaseNumber).values([{"year": 1, "last": 1}] * 2))


def _end_the_transaction_by_itself(session: GuardedSession) -> None:
    session.scalars(sa.select(Case.id)).all()
    transaction = session.get_transaction()
    assert transaction is not None
    transaction.commit()


def _end_within_a_savepoint(session: GuardedSession) -> None:
    with suppress(ZeroDivisionError), session.begin_nested():
        _slow(session)
        raise ZeroDivisionError


ENDINGS: list[Callable[[GuardedSession], object]] = [
    _hot,
    _slow,
    GuardedSession.commit,
    GuardedSession.rollback,
    GuardedSession.close,
    GuardedSession.reset,
    GuardedSession.invalidate,
    _fail_to_write,
    _break_off_the_systems_work,
    _end_the_transaction_by_itself,
    _end_within_a_savepoint,
]


@pytest.mark.parametrize("end", ENDINGS)
def test_however_a_session_ends_the_next_writer_has_the_turn_and_no_ones_name(
    database: str,
    store: Store,
    house: House,
    cases: list[CaseFile],
    end: Callable[[GuardedSession], object],
) -> None:
    elsewhere = Store(database)
    for begin in READINGS:
        with store.session(house.actor("hugo"), writes=True) as session:
            for read in begin:
                read(session)
            end(session)
        with elsewhere.session(house.actor("claire"), writes=True) as session:
            assert len(_hot(session)) == 3
        with store.session(house.actor("amelie"), writes=True) as session:
            assert len(_hot(session)) == 2
            assert len(_slow(session)) == 2
    elsewhere.close()


def test_after_a_failure_nothing_is_read_or_recorded_before_it_is_rolled_back(
    store: Store, house: House, cases: list[CaseFile]
) -> None:
    before = house.count(AuditEvent)
    with store.session(house.actor("amelie"), writes=True) as session:
        _fail_to_write(session)
        with pytest.raises(Refused):
            _hot(session)
        with pytest.raises(Refused):
            record(session, Act.LIST_READ)
        session.rollback()
        assert len(_hot(session)) == 2
    assert house.count(AuditEvent) == before


def test_a_session_whose_transaction_ended_by_itself_says_again_who_it_is(
    store: Store, house: House, cases: list[CaseFile]
) -> None:
    with store.session(house.actor("amelie"), writes=True) as session:
        for end in (_end_the_transaction_by_itself, GuardedSession.reset, GuardedSession.close):
            end(session)
            assert len(_hot(session)) == 2
            assert len(_slow(session)) == 2


def test_a_guarded_session_begins_by_itself(store: Store, house: House) -> None:
    with store.session(house.actor("amelie"), writes=True) as session, pytest.raises(Refused):
        session.begin()


def test_a_line_of_the_trail_goes_with_what_it_tells_of(
    store: Store, house: House, cases: list[CaseFile]
) -> None:
    before = house.count(AuditEvent)
    with store.session(house.actor("amelie"), writes=False, records=True) as session:
        record(session, Act.LIST_READ)
        session.rollback()
        record(session, Act.LIST_READ)
        session.commit()
        record(session, Act.LIST_READ)
    assert house.count(AuditEvent) == before + 1
