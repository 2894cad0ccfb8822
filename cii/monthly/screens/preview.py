"""What the reader of an update gets today: in the product and by mail, in his or her language."""

from dataclasses import replace
from uuid import UUID

import sqlalchemy as sa
from flask import Response, current_app

from cii.access.guard import GuardedSession, Hidden
from cii.access.permissions import May
from cii.access.screens import access
from cii.cases.actions import note_reading
from cii.cases.queries import CaseHeader, Professional, header
from cii.cases.tabs import tabs_of
from cii.consent.queries import who_sees_briefly
from cii.consent.topics import Topic
from cii.delivery.desk import ReaderDesk
from cii.delivery.models import ReaderCertificate
from cii.delivery.readers import Reader
from cii.foundation.clock import now
from cii.foundation.texts import texts
from cii.monthly.emails import entries_of, subject, written
from cii.monthly.inputs import month_key
from cii.monthly.models import DigestMode, Update, UpdateState
from cii.monthly.queries import (
    Announcer,
    FollowUp,
    announcer_of,
    elements_of,
    settings_of,
    update_of,
    version_of,
)
from cii.monthly.screens import screens
from cii.monthly.screens.shared import may_write, month_of_address
from cii.monthly.screens.writing import stored_paragraph
from cii.organisations.models import Institution, Membership
from cii.web.pages import page


@screens.get("/cases/<uuid:case_id>/update/<month>/preview")
@access(May.WRITE_UPDATE, records=True)
def preview(session: GuardedSession, case_id: UUID, month: str) -> Response:
    """The update as its reader gets it today: in his or her language, what the procuration opens, link or full."""
    case, of = header(session, case_id), month_of_address(month)
    found = update_of(session, case_id, of)
    if found is None or not may_write(session, case):
        raise Hidden("Update")
    note_reading(session, case_id, "preview-update")
    reader = announcer_of(session, case_id)
    desk, mode = _desk_of(session, reader), settings_of(session, reader.institution).mode
    full = mode is DigestMode.FULL and desk.may_carry_content
    seen = _as_seen_by_reader(session, case, found, reader)
    entries = entries_of(session, [seen], of, {found.id}, full=full, language=reader.language)
    inside = entries_of(session, [seen], of, {found.id}, full=True, language=reader.language)
    is_open = seen.opens(Topic.COACHING)
    stored = elements_of(session, found.id)
    return page(
        "monthly/preview.html",
        case=case,
        tabs=tabs_of(session.actor, case),
        tab="updates",
        update=found,
        month_key=month_key(of),
        reader=reader,
        mode=mode,
        full=full,
        wishes_full=mode is DigestMode.FULL,
        is_open=is_open,
        nothing_new=found.state is UpdateState.NOTHING_NEW,
        parts=[
            (texts(reader.language).say(label), paragraphs)
            for label, paragraphs in next(
                (news.parts for news in inside[case_id].news if is_open), ()
            )
        ],
        subject=subject(of, reader.language),
        text=written(desk, of, entries).text if is_open else "",
        version=version_of(stored),
        stored=[stored_paragraph(each, session.actor) for each in stored],
        can_publish=found.state is not UpdateState.PUBLISHED and found.sent_at is None,
    )


def _as_seen_by_reader(
    session: GuardedSession, case: CaseHeader, update: Update, reader: Announcer
) -> FollowUp:
    sight = next(
        (
            each
            for each in who_sees_briefly(session, case.id)
            if each.institution == reader.institution
        ),
        None,
    )
    topics = sight.open if sight else Topic(0)
    shown = Update(**{**update.model_dump(), "state": _as_published(update)})
    return FollowUp(
        case_id=case.id,
        reference=case.reference,
        state=case.state,
        topics=topics | Topic.CASE,
        name=case.name if case.last_name else None,
        tandem=_tandem_in(session, case, reader.language),
        updates=[shown],
    )


def _tandem_in(
    session: GuardedSession, case: CaseHeader, language: str
) -> tuple[Professional, ...]:
    """The two of the tandem, their offices by the names that the reader knows."""
    offices: dict[UUID, str] = dict(
        session.execute(
            sa.select(Membership.id, Institution.name_de if language == "de" else Institution.name)
            .join(Institution, Institution.id == Membership.institution_id)
            .where(Membership.id.in_([each.membership for each in case.tandem]))
        ).all()
    )
    return tuple(replace(each, institution=offices[each.membership]) for each in case.tandem)


def _as_published(update: Update) -> UpdateState:
    nothing = update.state is UpdateState.NOTHING_NEW
    return UpdateState.NOTHING_NEW if nothing else UpdateState.PUBLISHED


def _desk_of(session: GuardedSession, reader: Announcer) -> ReaderDesk:
    """The desk of the reader, to say what his or her mail would say; nothing is read with these eyes here."""
    certificate = session.get(ReaderCertificate, reader.person)
    valid = certificate is not None and certificate.valid_from <= now() <= certificate.valid_until
    return ReaderDesk(
        current_app.extensions["store"],
        current_app.extensions["settings"],
        Reader(
            reader.email,
            (reader.actor(session.actor.day),),
            certificate.der if valid and certificate else None,
        ),
    )
