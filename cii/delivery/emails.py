"""The mails that follow from notices: reference and link, never a name."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import select

from cii.access.guard import GuardedSession
from cii.access.models import CaseAccess
from cii.access.system import SystemSession
from cii.foundation.clock import now
from cii.foundation.texts import N_, Phrase, texts
from cii.outbox.kinds import Composed, Desk, Leaving, MessageKind, Nothing, Order
from cii.outbox.models import (
    READ_THE_COVER,
    SUBJECT_LABELS,
    TOLD_WITHOUT_ACCESS,
    MailChoice,
    Notice,
    Pace,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One notice in a mail."""

    text: Phrase
    institution: str
    link: str


def compose_notices(desk: Desk, order: Order) -> Composed | Nothing:
    """The notices that the reader has not seen yet and may still be told."""
    keys = [UUID(each) for each in order.facts["notices"]]
    several = len(desk.actors) > 1
    lines: list[Line] = []
    cases: list[UUID] = []
    for actor in desk.actors:
        with desk.open(actor) as session:
            for notice in _unseen(session, keys):
                lines.append(_line(desk, notice, actor.institution_name if several else ""))
                cases.append(notice.case_id)
    if not lines:
        return Nothing("seen-or-closed")
    words = texts(desk.language)
    return Composed(
        subject=words.plural(
            "CII : {n} nouvelle de vos dossiers", "CII : {n} nouvelles de vos dossiers", len(lines)
        ),
        text=desk.page("emails/delivery/notices.txt", lines=lines),
        html=desk.page("emails/delivery/notices.html", lines=lines),
        cases=tuple(dict.fromkeys(cases)),
    )


def _unseen(session: GuardedSession, keys: list[UUID]) -> list[Notice]:
    found = session.exec(
        select(Notice)
        .where(Notice.id.in_(keys), Notice.seen_at.is_(None), Notice.withheld_at.is_(None))
        .order_by(Notice.at, Notice.id)
    ).all()
    open_cases = readable_cases(session, {each.case_id for each in found})
    return [
        each for each in found if each.subject in TOLD_WITHOUT_ACCESS or each.case_id in open_cases
    ]


def readable_cases(session: GuardedSession, case_ids: Iterable[UUID]) -> set[UUID]:
    """Which of these cases the session's actor can open on his or her day."""
    day = session.actor.day
    lines = session.exec(
        select(CaseAccess).where(
            CaseAccess.case_id.in_(set(case_ids)),
            CaseAccess.valid_from <= day,
            CaseAccess.valid_until >= day,
        )
    )
    return {each.case_id for each in lines if each.topics & READ_THE_COVER}


def _line(desk: Desk, notice: Notice, institution: str) -> Line:
    text = Phrase(SUBJECT_LABELS[notice.subject], reference=notice.case_reference)
    path = "/" if notice.subject in TOLD_WITHOUT_ACCESS else f"/cases/{notice.case_id}"
    return Line(text, institution, desk.link(path))


def read_in_the_product(session: SystemSession, person_id: UUID, membership_id: UUID) -> None:
    """No more mails about notices: this person reads them in the product."""
    session.merge(MailChoice(person_id=person_id, pace=Pace.NONE, chosen_at=now()))


LEAVING = Leaving(
    title=N_("Ne plus recevoir ces messages"),
    explanation=N_(
        "Vous verrez les nouvelles sur la page « À faire » de CII, sans message. Le courriel mensuel continue d’arriver."
    ),
    done=N_("C’est noté : vous ne recevrez plus ces messages."),
    leave=read_in_the_product,
)

AT_ONCE = MessageKind("notice", N_("nouvelle"), compose_notices, LEAVING)
DAILY = MessageKind("daily-notices", N_("nouvelles du jour"), compose_notices, LEAVING)
KINDS = (AT_ONCE, DAILY)
