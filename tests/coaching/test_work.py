"""What of the coaching waits for the tandem on its first page."""

from datetime import timedelta

from cii.cases.lifecycle import State
from cii.coaching.models import Domain, Objective
from cii.foundation.clock import today


def overdue(house, case, by, goal, days):
    actor = house.actor(by)
    house.add(
        Objective(
            case_id=case.id,
            institution_id=actor.institution,
            person_id=actor.person,
            goal=goal,
            domain=Domain.INSERTION,
            due_on=today() - timedelta(days=days),
            state_since=today() - timedelta(days=60),
        )
    )


def test_appointments_of_the_week_objectives_past_their_day_and_drafts_wait(app, house):
    case = house.case(by="yannick", state=State.COACHING)
    house.appointment(case, "hugo", in_days=2, place="Cabinet")
    house.appointment(case, "hugo", in_days=20, place="Plus tard")
    overdue(house, case, "hugo", "Dossier complet", days=1)
    overdue(house, case, "hugo", "Pas encore", days=-1)
    house.note_draft(case, "amelie", "Elle a dit")
    page = house.client("amelie").get("/")
    assert "Lucie Morard, Cabinet" in page.main
    assert "Plus tard" not in page.main
    assert "Lucie Morard : Dossier complet" in page.main
    assert "Pas encore" not in page.main
    assert page.links["Note : Lucie Morard"] == f"/cases/{case.id}"
    assert "Note : Lucie Morard" not in house.client("hugo").get("/").main


def test_nothing_of_it_waits_for_the_bureau_or_the_head(app, house):
    case = house.case(by="yannick", state=State.COACHING)
    house.appointment(case, "hugo", in_days=2, place="Cabinet")
    for who in ("claire", "patrick", "cecile", "bastien"):
        assert "Cabinet" not in house.client(who).get("/").main
