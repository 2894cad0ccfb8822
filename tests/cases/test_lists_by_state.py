"""A list of one state shows what stands there now: the access table follows each step of a case's life."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from cii.access.models import CaseAccess
from cii.access.system import Reason
from cii.cases.actions import move, open_draft
from cii.cases.lifecycle import STEPS, State, Step
from cii.cases.models import Case
from cii.cases.queries import cases, find_case
from cii.consent.derive import differences
from cii.consent.models import PartKind
from cii.foundation.clock import today
from cii.foundation.ids import new_id
from cii.jobs import suspend_cases
from tests.access.conftest import database  # noqa: F401 - on both databases
from tests.house import CaseFile, Consent, House


def lines(house: House, case: CaseFile) -> set[str]:
    """The states that stand in the lines of a case."""
    return {line.state for line in house.all(CaseAccess, CaseAccess.case_id == case.id)}


def listed(house: House, who: str, state: State) -> list[str]:
    """The references in somebody's list of one state."""
    with house.store.session(house.actor(who), writes=False) as session:
        return [line.reference for line in cases(session, state=state)]


def test_a_case_is_listed_as_a_draft_as_soon_as_it_is_opened(house: House) -> None:
    with house.store.session(house.actor("hugo"), writes=True) as session:
        case = open_draft(session, new_id())
        session.commit()
    assert listed(house, "hugo", State.DRAFT) == [case.reference]
    assert listed(house, "claire", State.DRAFT) == []


@pytest.mark.parametrize(
    "step",
    [each for each in STEPS if each.start is not each.end],
    ids=lambda each: f"{each.start.value} to {each.end.value}",
)
def test_a_step_takes_the_case_from_one_list_to_the_other(house: House, step: Step) -> None:
    case = house.case(state=step.start)
    with house.store.session(house.actor("hugo"), writes=True) as session:
        move(session, find_case(session, case.id), step.end, "VS-08")
        session.commit()
    assert listed(house, "hugo", step.start) == []
    assert listed(house, "hugo", step.end) == [case.reference]
    assert lines(house, case) == {step.end.value}


def test_a_suspended_case_is_listed_as_such_and_back_where_it_was_when_it_goes_on(
    house: House, app: Any, time_machine: Any
) -> None:
    """VS-40: at the end of the procuration, and on the first day of the next one."""
    case = house.case(state=State.COACHING, consent=Consent(starts=-10, ends=-1))
    house.consent(case, Consent(starts=2, ends=300), replaces=case.procurations[0])
    suspend_cases(house.store, app.extensions["settings"])
    assert listed(house, "claire", State.SUSPENDED) == [case.reference]
    assert listed(house, "claire", State.COACHING) == []
    noon = datetime.combine(today() + timedelta(days=2), time(12), tzinfo=UTC)
    time_machine.move_to(noon, tick=False)
    suspend_cases(house.store, app.extensions["settings"])
    assert listed(house, "claire", State.SUSPENDED) == []
    assert listed(house, "claire", State.COACHING) == [case.reference]


def test_who_receives_a_part_later_finds_the_case_in_the_state_where_it_stands(
    house: House,
) -> None:
    case = house.case(state=State.COACHING)
    house.part(case, PartKind.APPROVAL, institution="sion")
    assert listed(house, "cecile", State.COACHING) == [case.reference]


def test_nothing_that_moves_a_case_can_forget_its_lines(house: House) -> None:
    """Also where somebody goes round the product: the database itself takes them along."""
    case, other = house.case(state=State.ANNOUNCED), house.case(state=State.ANNOUNCED)
    with house.store.system(Reason.CHECK) as system:
        system.execute(
            sa.update(Case.__table__).where(Case.id == case.id).values(state=State.ADMITTED)
        )
    assert lines(house, case) == {"admitted"}
    assert lines(house, other) == {"announced"}


def test_no_line_says_another_state_than_its_case(house: House) -> None:
    case = house.case(state=State.ANNOUNCED)
    with (
        pytest.raises(IntegrityError),
        house.store.system(Reason.CHECK) as system,
    ):
        system.execute(
            sa.update(CaseAccess).where(CaseAccess.case_id == case.id).values(state="admitted")
        )
    assert lines(house, case) == {"announced"}


def test_the_recount_finds_nothing_wrong_when_a_case_has_moved(house: House) -> None:
    case = house.case(state=State.ANNOUNCED)
    with house.store.session(house.actor("claire"), writes=True) as session:
        move(session, find_case(session, case.id), State.ADMITTED, "VS-14")
        session.commit()
    with house.store.system(Reason.CHECK) as system:
        assert differences(system) == []


def test_a_list_of_one_state_goes_on_behind_its_last_line(house: House) -> None:
    announced = {house.case(state=State.ANNOUNCED).reference for _ in range(3)}
    house.case(state=State.COACHING)
    with house.store.session(house.actor("claire"), writes=False) as session:
        first = cases(session, state=State.ANNOUNCED, limit=2)
        keys = {each.reference: each.id for each in house.all(Case)}
        behind = first[-1].changed_at, keys[first[-1].reference]
        rest = cases(session, state=State.ANNOUNCED, limit=2, after=behind)
    assert len(first) == 2
    assert {line.reference for line in (*first, *rest)} == announced


def test_the_sas_does_not_find_a_closed_case_of_which_nothing_is_open_to_it_any_more(
    house: House,
) -> None:
    over, open_still = (
        house.case(
            state=State.CLOSED, consent=consent, parts=[("sas", PartKind.OPINION)], days_ago=90
        )
        for consent in (Consent(starts=-60, ends=-1), Consent(starts=-60, ends=60))
    )
    assert listed(house, "sophie", State.CLOSED) == [open_still.reference]
    assert set(listed(house, "claire", State.CLOSED)) == {over.reference, open_still.reference}
