"""Who sees what of a case, who has read it; recording a signed procuration and its revocation."""

import calendar
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Response, current_app, request

from cii.access.guard import GuardedSession, Hidden
from cii.access.permissions import May
from cii.access.screens import access
from cii.audit.models import ACT_LABELS
from cii.cases import actions
from cii.cases.queries import CaseHeader, header
from cii.cases.screens import screens
from cii.cases.tabs import tabs_of
from cii.cases.trail import PAGE, Event, events
from cii.consent.inputs import PURPOSE, ProcurationInput, RevocationInput, opening, openings
from cii.consent.models import CHANNEL_LABELS, PART_LABELS
from cii.consent.queries import has_recording_part, topics_in, who_sees
from cii.consent.topics import NEEDS, OPENABLE, TOPIC_LABELS, Topic
from cii.files.screens import shelf, uploaded
from cii.foundation.days import format_day
from cii.foundation.ids import new_id
from cii.foundation.texts import LANGUAGES, N_, Phrase, WrongInput, texts
from cii.programmes.rules import rule
from cii.settings import Settings
from cii.web.forms import Form, form
from cii.web.pages import page, redirect, say_done
from cii.web.places import behind_moment


@screens.get("/cases/<uuid:case_id>/consent")
@access(May.READ_CASE, records=True)
def consent(session: GuardedSession, case_id: UUID) -> Response:
    """Which institution sees what today, on which ground, and what was signed before."""
    case = header(session, case_id)
    actions.note_reading(session, case_id, "consent")
    return _page(session, "consent/case.html", case, sharing=who_sees(session, case_id))


@screens.get("/cases/<uuid:case_id>/readers")
@access(May.READ_READERS, records=True)
def readers(session: GuardedSession, case_id: UUID) -> Response:
    """Who opened the case, the last first; on request all acts."""
    case = header(session, case_id)
    acts = request.args.get("acts") == "all"
    found = events(
        session,
        case_id,
        readings=not acts,
        after=behind_moment(request.args.get("after", "")),
        limit=PAGE + 1,
    )
    actions.note_reading(session, case_id, "readers")
    return _page(
        session,
        "consent/readers.html",
        case,
        events=found[:PAGE],
        acts=acts,
        act_labels=ACT_LABELS,
        sees_all=case.opens(Topic.NOTES),
        more=_address(case_id, found[PAGE - 1], acts) if len(found) > PAGE else None,
    )


def _address(case_id: UUID, last: Event, acts: bool) -> str:
    moment = last.at.isoformat().replace("+", "%2B")
    return f"/cases/{case_id}/readers?after={moment}_{last.id}{'&acts=all' if acts else ''}"


@screens.get("/cases/<uuid:case_id>/procuration/new")
@access(May.RECORD_PROCURATION, records=True)
def new_procuration(session: GuardedSession, case_id: UUID) -> Response:
    """The form for a signed procuration: everything is ticked, what the person struck out is taken away."""
    case = _own_case(session, case_id)
    actions.note_reading(session, case_id, "new-procuration")
    return _procuration_page(session, case, Form(ProcurationInput, _proposed(session, case)))


@screens.post("/cases/<uuid:case_id>/procuration/new")
@access(May.RECORD_PROCURATION)
def record_procuration(session: GuardedSession, case_id: UUID) -> Response:
    """Record what the person signed, with its scan."""
    case = _own_case(session, case_id)
    sent = form(ProcurationInput)
    if sent.input and sent.input.valid_until < session.actor.day:
        sent.refuse("valid_until", Phrase("Cette procuration est déjà échue."))
    upload = uploaded(sent)
    if sent.input and upload:
        try:
            after = actions.take_procuration(session, shelf(), case_id, sent.input, *upload)
        except WrongInput as wrong:
            sent.refuse("file", wrong.phrase)
        else:
            resumed = after.state is not case.state
            say_done(
                N_("La procuration est enregistrée. Le dossier continue.")
                if resumed
                else N_("La procuration est enregistrée.")
            )
            return redirect(f"/cases/{case_id}/consent")
    return _procuration_page(session, case, sent)


def _own_case(session: GuardedSession, case_id: UUID) -> CaseHeader:
    case = header(session, case_id)
    if not has_recording_part(session, case_id):
        raise Hidden("Case")
    return case


def _proposed(session: GuardedSession, case: CaseHeader) -> dict[str, Any]:
    settings: Settings = current_app.extensions["settings"]
    language = case.person_language or session.actor.language
    until = _months_later(session.actor.day, settings.procuration_months) - timedelta(days=1)
    return {
        "key": str(new_id()),
        "valid_until": format_day(until),
        "purpose": texts(language).say(PURPOSE),
        "language": language,
        "opened": openings(),
    }


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _procuration_page(
    session: GuardedSession, case: CaseHeader, sent: Form[ProcurationInput]
) -> Response:
    settings: Settings = current_app.extensions["settings"]
    return _page(
        session,
        "consent/procuration.html",
        case,
        422 if sent.errors else 200,
        form=sent,
        offers={
            kind: [(opening(kind, topic), TOPIC_LABELS[topic]) for topic in topics_in(needed)]
            for kind, needed in NEEDS.items()
        },
        languages=LANGUAGES,
        months=settings.procuration_months,
        megabytes=settings.file_megabytes,
    )


@screens.get("/cases/<uuid:case_id>/procuration/revoke")
@access(May.REVOKE_PROCURATION, records=True)
def revocation(session: GuardedSession, case_id: UUID) -> Response:
    """What a revocation will do, and the form for it."""
    case = header(session, case_id)
    actions.note_reading(session, case_id, "revocation")
    return _revocation_page(session, case, Form(RevocationInput))


@screens.post("/cases/<uuid:case_id>/procuration/revoke")
@access(May.REVOKE_PROCURATION)
def revoke_procuration(session: GuardedSession, case_id: UUID) -> Response:
    """The person took the procuration back: everything closes at once."""
    case = header(session, case_id)
    sent = form(RevocationInput)
    if sent.input:
        actions.revoke_procuration(session, case_id, sent.input)
        say_done(N_("La révocation est enregistrée : l’accès des autres institutions est fermé."))
        return redirect(f"/cases/{case_id}/consent")
    return _revocation_page(session, case, sent)


def _revocation_page(
    session: GuardedSession, case: CaseHeader, sent: Form[RevocationInput]
) -> Response:
    sharing = who_sees(session, case.id)
    own = session.actor.institution
    return _page(
        session,
        "consent/revoke.html",
        case,
        422 if sent.errors else 200,
        form=sent,
        sharing=sharing,
        losing=[each for each in sharing.sights if each.open and each.institution != own],
        channels=CHANNEL_LABELS,
    )


def _page(
    session: GuardedSession,
    template: str,
    case: CaseHeader,
    status: int = 200,
    /,
    **values: Any,
) -> Response:
    return page(
        template,
        status,
        case=case,
        tab="consent",
        tabs=tabs_of(session.actor, case),
        topics=[(topic, TOPIC_LABELS[topic]) for topic in OPENABLE],
        topics_in=topics_in,
        topic_labels=TOPIC_LABELS,
        part_labels=PART_LABELS,
        channel_labels=CHANNEL_LABELS,
        procuration_rule=rule("VS-40"),
        **values,
    )
