"""Two clerks of one commune at the same moment: one decision, one line of the trail, one message; the other is told."""

import threading
from dataclasses import replace
from decimal import Decimal

import pytest

from cii.access.actor import Seat
from cii.access.system import Reason
from cii.audit.models import Act, AuditEvent
from cii.foundation.ids import new_id
from cii.measures import actions
from cii.measures.inputs import DecisionInput, OpinionInput
from cii.measures.lifecycle import Move, Stage
from cii.measures.models import Decision, Leaning, Measure, MeasureStep, Opinion, Outcome
from cii.organisations.models import Membership
from cii.outbox.models import Notice, Subject

CLICKS = 50
AT_A_TIME = 8


@pytest.fixture
def second_clerk(either):
    """Jérôme, who also works for Sion now."""
    either.seats["jerome", "sion"] = new_id()
    with either.store.system(Reason.SET_UP) as session:
        session.add(
            Membership(
                id=either.seats["jerome", "sion"],
                person_id=either.person["jerome"],
                institution_id=either.institution["sion"],
                seat=Seat.MEMBER,
            )
        )


def at_once(house, act, actors):
    """Everybody acts as soon as all are there; who succeeded, and how the others were answered."""
    # The pool gives out ten connections: the threads take turns, the acts overlap.
    ready, results = threading.Barrier(AT_A_TIME), []
    queue = list(actors)
    lock = threading.Lock()

    def work():
        ready.wait()
        while True:
            with lock:
                if not queue:
                    return
                actor = queue.pop()
            try:
                with house.store.session(actor, writes=True) as session:
                    act(session)
                    session.commit()
                results.append(None)
            except Exception as answer:
                results.append(answer)

    threads = [threading.Thread(target=work) for _ in range(AT_A_TIME)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_fifty_approvals_at_once_are_one_decision(either, second_clerk):
    measure = either.a_measure_at(Stage.AT_COMMUNE)
    clerks = [either.actor("cecile", "sion"), _jerome(either)]
    given = DecisionInput(
        version=measure.version, outcome=Outcome.GRANTED, amount=Decimal("1000.00")
    )
    results = at_once(
        either,
        lambda session: actions.decide_by_commune(session, measure.id, given),
        [clerks[number % 2] for number in range(CLICKS)],
    )
    assert results.count(None) == 1
    others = [each for each in results if each is not None]
    assert {type(each) for each in others} == {actions.AlreadyDecided}
    (decision,) = either.all(Decision)
    assert {(each.by, each.at) for each in others} == {(decision.signed_name, decision.at)}
    assert either.count(AuditEvent, AuditEvent.act == Act.MEASURE_GRANTED) == 1
    assert either.count(MeasureStep, MeasureStep.move == Move.GRANT) == 1
    told = either.all(Notice, Notice.subject == Subject.DECIDED)
    assert sorted(each.reader_id for each in told) == sorted(
        [either.membership("hugo"), either.membership("amelie")]
    )
    (now,) = either.all(Measure)
    assert (now.stage, now.decided, now.version) == (Stage.GRANTED, Decimal("1000.00"), 5)


def _jerome(house):
    cecile = house.actor("cecile", "sion")
    return replace(
        cecile,
        person=house.person["jerome"],
        membership=house.membership("jerome", "sion"),
        name="Jérôme Luyet",
    )


def test_an_approval_and_a_refusal_at_once_are_one_of_the_two(either, second_clerk):
    measure = either.a_measure_at(Stage.AT_COMMUNE)
    answers = iter(
        [
            DecisionInput(version=4, outcome=Outcome.GRANTED, amount=Decimal("1.00")),
            DecisionInput(version=4, outcome=Outcome.REFUSED, reason="Non."),
        ]
        * 4
    )
    results = at_once(
        either,
        lambda session: actions.decide_by_commune(session, measure.id, next(answers)),
        [either.actor("cecile", "sion"), _jerome(either)] * 4,
    )
    assert results.count(None) == 1
    assert either.count(Decision) == 1


def test_two_opinions_at_once_are_one(either):
    measure = either.a_measure_at(Stage.AT_SAS)
    given = OpinionInput(version=measure.version, leaning=Leaning.FAVOURABLE)
    results = at_once(
        either,
        lambda session: actions.give_opinion(session, measure.id, given),
        [either.actor("sophie")] * 8,
    )
    assert results.count(None) == 1
    assert {type(each) for each in results if each} == {actions.NotItsTurn}
    assert either.count(Opinion) == 1
