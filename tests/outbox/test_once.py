"""What is due is queued once: whoever claims, however many at the same moment, on both databases."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cii.access.store import Store
from cii.access.system import Reason
from cii.foundation.calendar import first_working_day
from cii.foundation.clock import local, moment_of
from cii.outbox.actions import claim_period, queue
from cii.outbox.lifecycle import STEPS, WAITING, NoSuchStep, State, step
from cii.outbox.models import DuePeriod, Message, MessageCase
from tests.house import House
from tests.postgres import APP, Cluster

DUE = datetime(2026, 12, 1, 6, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, empty_database: Path, tmp_path: Path) -> Iterator[str]:
    """A database on either kind."""
    if request.param == "sqlite":
        path = tmp_path / "cii.db"
        path.write_bytes(empty_database.read_bytes())
        yield f"sqlite:///{path}"
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    with cluster.database() as name:
        yield cluster.url(APP, name)


def test_of_eight_workers_one_claims_a_period_and_each_reader_gets_one_message(
    house: House, store: Store
) -> None:
    case = house.case()

    def work(_: int) -> bool:
        with store.system(Reason.SCHEDULE) as session:
            if not claim_period(session, "digest", DUE):
                return False
            for who in ("hugo", "amelie"):
                queue(
                    session,
                    "digest",
                    house.membership(who),
                    key=f"digest:2026-11:{house.membership(who)}",
                    cases=[(case.id, case.reference)],
                )
            return True

    with ThreadPoolExecutor(8) as workers:
        claimed = list(workers.map(work, range(8)))
    assert sorted(claimed) == [False] * 7 + [True]
    assert house.count(DuePeriod) == 1
    assert house.count(Message) == house.count(MessageCase) == 2


def test_a_worker_that_dies_before_the_commit_leaves_the_period_to_the_next(
    house: House, store: Store
) -> None:
    def dies() -> None:
        with store.system(Reason.SCHEDULE) as session:
            assert claim_period(session, "digest", DUE)
            queue(session, "digest", house.membership("hugo"), key="digest:2026-11:hugo")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        dies()
    assert house.count(DuePeriod) == house.count(Message) == 0
    with store.system(Reason.SCHEDULE) as session:
        assert claim_period(session, "digest", DUE)


def test_the_same_key_is_queued_once_also_without_a_period(house: House, store: Store) -> None:
    with store.system(Reason.SCHEDULE) as session:
        assert queue(session, "digest", house.membership("hugo"), key="once") is not None
        assert queue(session, "digest", house.membership("hugo"), key="once") is None
    with store.session(house.actor("hugo"), writes=True) as session:
        assert queue(session, "digest", house.membership("hugo"), key="once") is None
        session.commit()
    assert house.count(Message) == 1


def test_what_is_undone_is_not_sent(house: House, store: Store) -> None:
    with store.session(house.actor("hugo"), writes=True) as session:
        assert queue(session, "digest", house.membership("hugo"), key="once") is not None
        session.rollback()
    assert house.count(Message) == 0


def test_a_message_waits_until_it_is_due(house: House, store: Store) -> None:
    with store.system(Reason.SCHEDULE) as session:
        queue(session, "digest", house.membership("hugo"), key="later", due_at=DUE)
    (message,) = house.all(Message)
    assert message.due_at == message.next_attempt_at == DUE


@given(st.sampled_from(State), st.sampled_from(State))
def test_a_message_takes_only_steps_that_the_table_has(start: State, end: State) -> None:
    if end in STEPS[start]:
        assert step(start, end) is end
        return
    with pytest.raises(NoSuchStep):
        step(start, end)


def test_nothing_that_may_have_left_waits_again_without_evidence_or_a_person() -> None:
    """From the moment it was sent, came back, failed or is uncertain, only a settlement queues it."""
    assert WAITING.isdisjoint(STEPS[State.SENT])
    assert STEPS[State.STOPPED] == frozenset()
    assert STEPS[State.AMBIGUOUS] & WAITING == {State.QUEUED}


@pytest.mark.parametrize(
    ("month", "due"),
    [
        # By hand: 1 January, 1 November and 1 August are holidays, 2 January is none in Valais.
        (datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 1, 4, 6, tzinfo=UTC)),
        (datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, 6, tzinfo=UTC)),
        (datetime(2026, 8, 1, tzinfo=UTC), datetime(2026, 8, 3, 5, tzinfo=UTC)),
        (datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 4, 1, 5, tzinfo=UTC)),
    ],
)
def test_seven_in_the_morning_is_seven_in_summer_and_in_winter(
    month: datetime, due: datetime
) -> None:
    assert moment_of(first_working_day(local(month).date()), time(7)) == due
