"""Since when and until when SAS, commune, LMMT and a social worker in charge have a part in a case."""

from contextlib import contextmanager
from datetime import date, time
from decimal import Decimal

import pytest

from cii.access.models import CaseAccess
from cii.access.system import Reason
from cii.cases.lifecycle import State
from cii.cases.models import CaseSocial
from cii.consent.derive import differences
from cii.consent.models import CasePart, PartKind
from cii.consent.topics import Topic
from cii.foundation.clock import living_at, moment_of, today
from cii.measures import actions
from cii.measures.inputs import AbandonInput, DecisionInput, WithdrawalInput
from cii.measures.lifecycle import Stage
from cii.measures.models import Decision, Measure, Outcome, Payment
from cii.programmes.routing import Decider
from tests.house import Consent

LONG = Consent(starts=-900, ends=900)
_YEAR = today().year


@contextmanager
def on(month, day, year=_YEAR):
    """A morning of this year (or another)."""
    with living_at(moment_of(date(year, month, day), time(9, 0))):
        yield


@pytest.fixture
def case(house):
    return house.case(state=State.COACHING, consent=LONG, days_ago=800)


def parts(house, case):
    """When each part begins and ends, the last one of a kind alone."""
    rows = house.all(CasePart, CasePart.case_id == case.id)
    rows.sort(key=lambda each: each.starts_on)
    return {each.part: (each.starts_on, each.ends_on) for each in rows}


def test_a_part_begins_with_the_act_that_puts_the_measure_before_somebody(house, case):
    with on(2, 2):
        house.a_measure_at(Stage.TO_TRANSMIT, case=case)
        assert PartKind.OPINION not in parts(house, case)
        house.a_measure_at(Stage.AT_SAS, case=case)
        assert parts(house, case)[PartKind.OPINION] == (date(_YEAR, 2, 2), None)
        assert PartKind.APPROVAL not in parts(house, case)
    with on(2, 9):
        house.a_measure_at(Stage.AT_COMMUNE, case=case)
    assert parts(house, case)[PartKind.APPROVAL] == (date(_YEAR, 2, 9), None)
    assert parts(house, case)[PartKind.OPINION] == (date(_YEAR, 2, 2), None)


@pytest.mark.parametrize(
    ("month", "day", "last"),
    [
        (1, 1, date(_YEAR, 6, 30)),
        (3, 31, date(_YEAR, 6, 30)),
        (4, 1, date(_YEAR, 9, 30)),
        (6, 30, date(_YEAR, 9, 30)),
        (9, 30, date(_YEAR, 12, 31)),
        (10, 1, date(_YEAR + 1, 3, 31)),
        (12, 31, date(_YEAR + 1, 3, 31)),
    ],
)
def test_after_a_refusal_a_part_lasts_through_the_quarter_after_it(house, case, month, day, last):
    """ "when nothing of theirs is open or in the current or previous quarter": the last day on which it is "previous"."""
    with on(month, day):
        house.a_measure_at(Stage.REFUSED, case=case)
    assert parts(house, case)[PartKind.APPROVAL] == (date(_YEAR, month, day), last)
    assert parts(house, case)[PartKind.OPINION][1] == last


@pytest.mark.parametrize(
    ("lasts", "last"),
    [(27, date(_YEAR, 9, 30)), (89, date(_YEAR, 9, 30)), (90, date(_YEAR, 12, 31))],
)
def test_a_granted_measure_counts_until_its_own_last_day(house, case, lasts, last):
    """Granted in March for a start on 2 April: 29 April and 30 June lie in the second quarter, 1 July in the third."""
    with on(3, 13):
        measure = house.a_measure_at(Stage.GRANTED, case=case, starts_in=20, lasts=lasts)
    assert measure.starts_on == date(_YEAR, 4, 2)
    assert parts(house, case)[PartKind.APPROVAL] == (date(_YEAR, 3, 13), last)


def test_the_lmmt_as_well(house, case):
    with on(5, 4):
        house.a_measure_at(Stage.AT_LMMT, case=case, decider=Decider.LMMT)
        assert parts(house, case)[PartKind.DECISION] == (date(_YEAR, 5, 4), None)
    with on(5, 6):
        for measure in house.all(Measure):
            with house.acting("amelie") as session:
                actions.abandon(session, measure.id, AbandonInput(version=measure.version))
    assert parts(house, case)[PartKind.DECISION] == (date(_YEAR, 5, 4), date(_YEAR, 9, 30))


def test_another_measure_keeps_a_part_open_and_a_withdrawal_opens_it_again(house, case):
    with on(1, 20):
        first = house.a_measure_at(Stage.GRANTED, case=case, starts_in=60, lasts=5)
        assert parts(house, case)[PartKind.APPROVAL][1] == date(_YEAR, 6, 30)
        house.a_measure_at(Stage.AT_COMMUNE, case=case)
        assert parts(house, case)[PartKind.APPROVAL][1] is None
        for measure in house.all(Measure, Measure.stage == Stage.AT_COMMUNE):
            no = DecisionInput(version=measure.version, outcome=Outcome.REFUSED, reason="Non.")
            with house.acting("cecile", "sion") as session:
                actions.decide_by_commune(session, measure.id, no)
        assert parts(house, case)[PartKind.APPROVAL][1] == date(_YEAR, 6, 30)
    with on(1, 22), house.acting("cecile", "sion") as session:
        given = WithdrawalInput(version=first.version, reason="Erreur.")
        actions.withdraw(session, first.id, given)
    assert parts(house, case)[PartKind.APPROVAL] == (date(_YEAR, 1, 20), None)


def test_a_part_that_is_over_stays_over_until_it_is_needed_again(house, case):
    with on(1, 20):
        house.a_measure_at(Stage.REFUSED, case=case)
    with on(8, 3):
        with house.acting("hugo") as session:
            actions.follow_parts(session, case.id)
        assert house.count(CasePart, CasePart.part == PartKind.APPROVAL) == 1
        house.a_measure_at(Stage.AT_COMMUNE, case=case)
    spans = sorted(
        (each.starts_on, each.ends_on)
        for each in house.all(CasePart, CasePart.part == PartKind.APPROVAL)
    )
    assert spans == [
        (date(_YEAR, 1, 20), date(_YEAR, 6, 30)),
        (date(_YEAR, 8, 3), None),
    ]


def test_a_late_payment_prolongs_it(house, case):
    with on(1, 20):
        measure = house.a_measure_at(Stage.GRANTED, case=case, starts_in=5, lasts=5)
    with on(5, 4):
        (decision,) = house.all(Decision)
        house.add(
            Payment(
                measure_id=measure.id,
                decision_id=decision.id,
                case_id=case.id,
                institution_id=house.institution["sion"],
                sas_id=house.institution["sas"],
                paid_on=date(_YEAR, 5, 4),
                year=_YEAR,
                quarter=2,
                amount=Decimal("10.00"),
                voucher="1",
                entered_by=house.membership("cecile", "sion"),
            )
        )
        with house.acting("cecile", "sion") as session:
            actions.follow_parts(session, case.id)
    assert parts(house, case)[PartKind.APPROVAL][1] == date(_YEAR, 9, 30)
    assert parts(house, case)[PartKind.OPINION][1] == date(_YEAR, 9, 30)


def test_repeating_it_changes_nothing(house, case):
    with on(1, 20):
        house.a_measure_at(Stage.GRANTED, case=case)
        before = [each.model_dump() for each in house.all(CasePart)]
        with house.acting("hugo") as session:
            actions.follow_parts(session, case.id)
            actions.follow_parts(session, case.id)
        assert [each.model_dump() for each in house.all(CasePart)] == before
    with house.store.system(Reason.CHECK, writes=False) as session:
        assert differences(session) == []


def followed_by_sierre(house):
    """Announced by the ORP Sierre, coached by Amélie and Hugo, followed by Yannick of the CMS Sierre."""
    case = house.case(
        by="bastien", state=State.COACHING, tandem=("amelie", "hugo"), consent=LONG, days_ago=800
    )
    with house.store.system(Reason.SET_UP) as session:
        session.get_one(CaseSocial, case.id).cms_membership_id = house.membership("yannick")
    return case


def test_a_social_worker_in_charge_without_a_part_gets_one_when_it_is_prepared(house):
    case = followed_by_sierre(house)
    with on(2, 2):
        house.a_measure_at(Stage.DRAFT, case=case)
        assert PartKind.IN_CHARGE not in parts(house, case)
        house.a_measure_at(Stage.TO_TRANSMIT, case=case)
    (part,) = house.all(CasePart, CasePart.part == PartKind.IN_CHARGE)
    assert (part.institution_id, part.membership_id, part.starts_on, part.ends_on) == (
        house.institution["cms_sierre"],
        house.membership("yannick"),
        date(_YEAR, 2, 2),
        None,
    )
    seen = house.all(CaseAccess, CaseAccess.reader_id == house.membership("yannick"))
    topics = Topic(max(each.topics for each in seen))
    assert topics & (Topic.IDENTITY | Topic.FINANCES | Topic.MEASURES) == (
        Topic.IDENTITY | Topic.FINANCES | Topic.MEASURES
    )
    assert not topics & (Topic.HEALTH | Topic.SOCIAL | Topic.COACHING | Topic.EMPLOYMENT)
    with on(5, 4):
        for measure in house.all(Measure):
            with house.acting("hugo") as session:
                actions.abandon(session, measure.id, AbandonInput(version=measure.version))
    (part,) = house.all(CasePart, CasePart.part == PartKind.IN_CHARGE)
    assert part.ends_on == date(_YEAR, 9, 30)


def test_whoever_announced_or_coaches_it_needs_no_other_part(house, case):
    with on(2, 2):
        house.a_measure_at(Stage.GRANTED, case=case)
        yannicks = house.case(
            by="yannick", state=State.COACHING, tandem=("amelie", "hugo"), consent=LONG, days_ago=99
        )
        house.a_measure_at(Stage.GRANTED, case=yannicks)
    assert house.count(CasePart, CasePart.part == PartKind.IN_CHARGE) == 0


def test_the_partner_sees_the_case_until_the_last_day_and_not_a_day_longer(house, case):
    from datetime import timedelta

    from cii.measures.queries import measures_of

    with on(1, 20):
        house.a_measure_at(Stage.REFUSED, case=case)
    last = date(_YEAR, 6, 30)
    for day, count in ((last, 1), (last + timedelta(days=1), 0)):
        with (
            living_at(moment_of(day, time(9))),
            house.store.session(house.actor("cecile", "sion"), writes=False) as session,
        ):
            assert len(measures_of(session, case.id)) == count
