"""A procuration that ends by itself suspends the case; a new one that begins resumes it."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from cii.access.system import Reason
from cii.audit.models import Act, AuditEvent
from cii.cases.lifecycle import SUSPENDABLE, State
from cii.cases.models import Case, CaseStep
from cii.cases.queries import (
    cases_with_ended_procuration,
    expiring,
    suspended_cases_with_procuration,
)
from cii.foundation.clock import today
from cii.jobs import suspend_cases
from tests.access.conftest import database  # noqa: F401 - on both databases
from tests.house import Consent, House

ZURICH = ZoneInfo("Europe/Zurich")


def ended(house: House, day=None):
    with house.store.system(Reason.CHECK, writes=False) as system:
        return set(cases_with_ended_procuration(system, day or today()))


def begun(house: House):
    with house.store.system(Reason.CHECK, writes=False) as system:
        return set(suspended_cases_with_procuration(system, today()))


def state_of(house: House, case) -> State:
    return house.all(Case, Case.id == case.id)[0].state


def test_it_ends_after_its_last_day_and_not_on_it(house):
    case = house.case(state=State.COACHING, consent=Consent(starts=-10, ends=0))
    assert ended(house) == set()
    assert ended(house, today() + timedelta(days=1)) == {case.id}


@pytest.mark.parametrize("state", sorted(SUSPENDABLE, key=lambda each: each.value))
def test_every_state_that_can_be_suspended_is_found(house, state):
    case = house.case(state=state, consent=Consent(starts=-10, ends=-1))
    assert ended(house) == {case.id}


@pytest.mark.parametrize("state", [State.DRAFT, State.TO_COMPLETE, State.REFUSED, State.CLOSED])
def test_no_other_is(house, state):
    house.case(state=state, consent=Consent(starts=-10, ends=-1))
    assert ended(house) == set()


def test_what_counts_is_the_last_one_signed(house):
    """The old one would still run, but the new one, which took its place, has ended."""
    case = house.case(state=State.COACHING, consent=Consent(starts=-30, ends=300))
    house.consent(case, Consent(starts=-20, ends=-1), replaces=case.procurations[0])
    renewed = house.case(state=State.COACHING, consent=Consent(starts=-30, ends=-1))
    house.consent(renewed, Consent(starts=0, ends=300), replaces=renewed.procurations[0])
    assert ended(house) == {case.id}


def test_at_night_the_case_is_suspended_by_the_system_and_the_step_is_recorded(house, app):
    case = house.case(state=State.COACHING, consent=Consent(starts=-10, ends=-1))
    going_on = house.case(state=State.COACHING)
    suspend_cases(house.store, app.extensions["settings"])
    suspend_cases(house.store, app.extensions["settings"])
    assert state_of(house, case) is State.SUSPENDED
    assert state_of(house, going_on) is State.COACHING
    steps = house.all(CaseStep, CaseStep.case_id == case.id, CaseStep.state == State.SUSPENDED)
    assert [(step.ground, step.person_id) for step in steps] == [("VS-40", None)]
    assert house.count(AuditEvent, AuditEvent.act == Act.SUSPENDED) == 1


def test_a_new_one_that_was_recorded_ahead_resumes_it_on_its_first_day(house, app, time_machine):
    case = house.case(state=State.COACHING, consent=Consent(starts=-10, ends=-1))
    house.consent(case, Consent(starts=2, ends=300), replaces=case.procurations[0])
    suspend_cases(house.store, app.extensions["settings"])
    assert begun(house) == set()
    first_day = today() + timedelta(days=2)
    time_machine.move_to(datetime.combine(first_day, time(0, 5), tzinfo=ZURICH), tick=False)
    assert begun(house) == {case.id}
    suspend_cases(house.store, app.extensions["settings"])
    assert state_of(house, case) is State.COACHING
    assert house.count(AuditEvent, AuditEvent.act == Act.RESUMED) == 1


def test_who_works_on_it_is_told_thirty_days_before(house):
    soon = house.case(state=State.COACHING, consent=Consent(ends=30))
    house.case(state=State.COACHING, consent=Consent(ends=31))
    renewed = house.case(state=State.COACHING, consent=Consent(ends=10))
    house.consent(renewed, Consent(starts=11, ends=300), replaces=renewed.procurations[0])
    shortened = house.case(state=State.COACHING, consent=Consent(ends=300))
    house.consent(shortened, Consent(starts=0, ends=5), replaces=shortened.procurations[0])
    for who in ("amelie", "hugo", "claire"):
        with house.store.session(house.actor(who), writes=False) as session:
            assert [row[0] for row in expiring(session, 30)] == [shortened.id, soon.id]
    with house.store.session(house.actor("bastien"), writes=False) as session:
        assert expiring(session, 30) == []
