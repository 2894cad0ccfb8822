"""« Mes suivis » : the cases that a professional announced, and the e-mail about them."""

from flask import Response

from cii.access.guard import GuardedSession
from cii.access.permissions import May
from cii.access.screens import access
from cii.audit.actions import record
from cii.audit.models import Act
from cii.cases.lifecycle import STATE_LABELS
from cii.consent.topics import Topic
from cii.foundation.texts import N_
from cii.monthly.actions import pause_digest, resume_digest
from cii.monthly.inputs import month_key
from cii.monthly.models import DigestMode, DigestPause, UpdateState
from cii.monthly.queries import follow_ups, settings_of
from cii.monthly.schedule import digest_moment, month_of
from cii.monthly.screens import screens
from cii.programmes.rules import rule
from cii.web.forms import act
from cii.web.pages import page, redirect, say_done


@screens.get("/follow-ups")
@access(May.FOLLOW_CASES, records=True)
def following(session: GuardedSession) -> Response:
    """The cases that the actor announced: what is new, what is missing and from whom, what comes next."""
    found = follow_ups(session)
    record(session, Act.LIST_READ, ground="VS-27", cases=[each.case_id.hex for each in found])
    settings = settings_of(session, session.actor.institution)
    return page(
        "monthly/follow_ups.html",
        found=found,
        coaching=Topic.COACHING,
        state_labels=STATE_LABELS,
        nothing_new=UpdateState.NOTHING_NEW,
        month_key=month_key,
        pause=session.get(DigestPause, session.actor.person),
        full=settings.mode is DigestMode.FULL,
        next_mail=digest_moment(month_of(session.actor.day), settings),
        rule=rule("VS-27"),
    )


@screens.post("/follow-ups/mail")
@access(May.FOLLOW_CASES)
def mail_choice(session: GuardedSession) -> Response:
    """Pause the e-mail, or get it again; the updates stay on the page in any case."""
    if act() == "pause":
        pause_digest(session)
        say_done(N_("Le courriel mensuel est suspendu. Vous lisez les mises à jour ici."))
    elif act() == "resume":
        resume_digest(session)
        say_done(N_("Vous recevrez de nouveau le courriel mensuel."))
    return redirect("/follow-ups")
