"""Who stands in for whom in one's institution; what a procuration decides, for everybody to read."""

from uuid import UUID

from flask import Blueprint, Response, current_app

from cii.access.guard import GuardedSession
from cii.access.permissions import May
from cii.access.screens import access, public
from cii.consent import deputies
from cii.consent.inputs import DeputyInput
from cii.consent.topics import NEEDS, OPENABLE, TOPIC_LABELS
from cii.foundation.days import format_day
from cii.foundation.texts import N_
from cii.organisations.actions import NotPossible
from cii.programmes.rules import rule
from cii.settings import Settings
from cii.web.forms import Form, form
from cii.web.pages import page, redirect, say_done

screens = Blueprint("consent", __name__)


@screens.get("/deputies")
@access(May.NAME_DEPUTY)
def stand_ins(session: GuardedSession) -> Response:
    """The absences that last or are to come, and a form for another one."""
    return _page(session, Form(DeputyInput, {"starts_on": format_day(session.actor.day)}))


@screens.post("/deputies")
@access(May.NAME_DEPUTY)
def name_deputy(session: GuardedSession) -> Response:
    """Name a deputy."""
    made = form(DeputyInput)
    if made.input:
        try:
            deputies.name_deputy(session, made.input)
        except NotPossible as objection:
            made.refuse(objection.field, objection.phrase)
        else:
            say_done(N_("La suppléance est enregistrée."))
            return redirect("/deputies")
    return _page(session, made)


@screens.post("/deputies/<uuid:deputyship_id>/end")
@access(May.NAME_DEPUTY)
def end_deputy(session: GuardedSession, deputyship_id: UUID) -> Response:
    """End a deputyship now, or take back one that is to come."""
    deputies.end_deputy(session, deputyship_id)
    say_done(N_("La suppléance est terminée."))
    return redirect("/deputies")


def _page(session: GuardedSession, made: Form[DeputyInput]) -> Response:
    return page(
        "consent/deputies.html",
        422 if made.errors else 200,
        form=made,
        found=deputies.stand_ins(session),
        colleagues=deputies.colleagues(session),
        names_for_others=deputies.names_for_others(session.actor),
        needs_deputies=deputies.needs_deputies(session.actor),
        today=session.actor.day,
        own=session.actor.membership,
    )


@screens.get("/help/data-protection")
@public
def data_protection() -> Response:
    """What the person decides, and what each kind of institution can see at most (VS-40, VS-41)."""
    settings: Settings = current_app.extensions["settings"]
    return page(
        "help/data_protection.html",
        needs=list(NEEDS.items()),
        topics=[(topic, TOPIC_LABELS[topic]) for topic in OPENABLE],
        rule=rule,
        notice_days=settings.expiry_notice_days,
        procuration_months=settings.procuration_months,
    )
