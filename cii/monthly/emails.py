"""The one e-mail a month: all cases of a professional, composed at the moment of sending with his or her eyes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import select

from cii.access.guard import GuardedSession
from cii.access.permissions import May, may
from cii.access.system import SystemSession
from cii.coaching.ics import Entered, calendar_of
from cii.coaching.models import Appointment
from cii.consent.topics import Topic
from cii.foundation.clock import now
from cii.foundation.days import format_moment, format_month
from cii.foundation.money import format_francs
from cii.foundation.texts import N_, Texts, texts
from cii.measures.models import OUTCOME_LABELS
from cii.monthly.inputs import month_key
from cii.monthly.models import UPDATE_PART_LABELS, DigestMode, DigestPause, UpdateState
from cii.monthly.queries import (
    DIGEST,
    Content,
    Decided,
    FollowUp,
    contents,
    decisions,
    follow_ups,
    settings_of,
)
from cii.outbox.kinds import Attachment, Composed, Desk, Leaving, MessageKind, Nothing, Order


@dataclass(frozen=True, slots=True)
class News:
    """An update that is new to the reader, with its words where the mail may carry them."""

    month: date
    path: str
    nothing_new: bool
    added: bool
    parts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    addenda: tuple[str, ...] = ()


@dataclass(slots=True)
class Entry:
    """One case in the mail. Without `full` there is nothing in it about the person."""

    reference: str
    path: str
    full: bool
    name: str | None
    tandem: tuple[str, ...]
    news: list[News] = field(default_factory=list)
    missing: bool = False
    missing_months: str = ""
    appointments: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()
    calendar: list[Entered] = field(default_factory=list)

    @property
    def order(self) -> tuple[bool, bool, str]:
        """Due first: what is missing, then what is new, then the rest."""
        return not self.missing, not self.news, self.reference


_FOOT_LINK = N_(
    "Ce message est envoyé par CII sans intervention humaine. Il ne contient ni nom ni donnée de la personne accompagnée."
)
_FOOT_FULL = N_(
    "Ce message est envoyé par CII sans intervention humaine, sur une voie protégée. Il contient ce que la procuration vous ouvre : ne le transmettez pas."
)


def compose(desk: Desk, order: Order) -> Composed | Nothing:
    """The mail of a month, of what is open to its reader in this moment (VS-27, A-03).

    Seat by seat, since each sees with the eyes of one institution; a case of which the coaching is no
    longer open is left out, and where nothing remains nothing is sent.
    """
    month = date.fromisoformat(order.facts["month"])
    entries: dict[UUID, Entry] = {}
    for actor in desk.actors:
        if not may(actor, May.FOLLOW_CASES):
            continue
        with desk.open(actor) as session:
            found = [
                each
                for each in follow_ups(session, only=order.cases)
                if each.opens(Topic.COACHING) and each.case_id not in entries
            ]
            chosen = settings_of(session, actor.institution).mode
            full = chosen is DigestMode.FULL and desk.may_carry_content
            entries |= entries_of(
                session, found, month, _news_of(order), full=full, language=desk.language
            )
    if not entries:
        return Nothing("nothing-left")
    return written(desk, month, entries)


def _news_of(order: Order) -> frozenset[UUID]:
    return frozenset(UUID(each) for name in ("updates", "addenda") for each in order.facts[name])


def entries_of(
    session: GuardedSession,
    found: Collection[FollowUp],
    month: date,
    news: Collection[UUID],
    *,
    full: bool,
    language: str,
) -> dict[UUID, Entry]:
    """What the mail says of these cases; `news` are the updates and addenda that it hands over."""
    said, words = contents(session, found), texts(language)
    decided = decisions(session, found, month)
    return {
        each.case_id: _entry(
            each,
            said,
            news,
            tuple(_decision(one, words, full=full) for one in decided[each.case_id]),
            full=full,
            language=language,
        )
        for each in found
    }


def _decision(decided: Decided, words: Texts, *, full: bool) -> str:
    if not full:
        return words.say("une décision sur une mesure")
    outcome = words.say(OUTCOME_LABELS[decided.outcome])
    amount = f", {format_francs(decided.amount)}" if decided.amount is not None else ""
    return words.say("{measure} : {outcome}", measure=decided.title, outcome=f"{outcome}{amount}")


def _entry(
    case: FollowUp,
    said: Mapping[UUID, Content],
    news: Collection[UUID],
    decided: tuple[str, ...],
    *,
    full: bool,
    language: str,
) -> Entry:
    appointments = [each for each in case.appointments if case.opens(each.topic)]
    known = full and case.name is not None and case.opens(Topic.IDENTITY)
    names = tuple((case.name or "").split()) if known else ()
    return Entry(
        reference=case.reference,
        path=f"/cases/{case.case_id}",
        full=full,
        name=case.name if known else None,
        tandem=tuple(f"{each.name} ({each.institution})" for each in case.tandem),
        news=list(_news(case, said, news, full=full)),
        missing=bool(case.missing),
        missing_months=", ".join(
            format_month(each.month, language)
            for each in sorted(case.missing, key=lambda each: each.month)
        ),
        appointments=tuple(_meeting(each, full=full) for each in appointments),
        decisions=decided,
        calendar=[Entered(each, case.reference, names) for each in appointments],
    )


def _meeting(appointment: Appointment, *, full: bool) -> str:
    words = [format_moment(appointment.at)]
    if full:
        words += [each for each in (appointment.place, appointment.about) if each]
    return ", ".join(words)


def _news(
    case: FollowUp, said: Mapping[UUID, Content], news: Collection[UUID], *, full: bool
) -> Iterable[News]:
    for update in sorted(case.updates, key=lambda each: each.month):
        content = said.get(update.id, Content())
        addenda = [each.text for each in content.addenda if each.id in news]
        if update.id not in news and not addenda:
            continue
        is_new = update.id in news
        yield News(
            month=update.month,
            path=f"/cases/{case.case_id}/update/{month_key(update.month)}",
            nothing_new=update.state is UpdateState.NOTHING_NEW,
            added=not is_new,
            parts=tuple(
                (UPDATE_PART_LABELS[part], tuple(paragraphs))
                for part, paragraphs in content.parts.items()
                if paragraphs
            )
            if full and is_new and update.state is UpdateState.PUBLISHED
            else (),
            addenda=tuple(addenda) if full else (),
        )


def written(desk: Desk, month: date, entries: Mapping[UUID, Entry]) -> Composed:
    """The mail in the reader's language: a text part that says everything, HTML beside it, one calendar file."""
    ordered = sorted(entries.values(), key=lambda each: each.order)
    carries_content = any(each.full for each in ordered)
    values: dict[str, Any] = {
        "of": month,
        "entries": ordered,
        "carries_content": carries_content,
        "foot": texts(desk.language).say(_FOOT_FULL if carries_content else _FOOT_LINK),
        "link": desk.link,
    }
    meetings = [entered for each in ordered for entered in each.calendar]
    return Composed(
        subject=subject(month, desk.language),
        text=desk.page("emails/monthly/digest.txt", **values),
        html=desk.page("emails/monthly/digest.html", **values),
        attachments=_calendar(meetings, desk.language) if meetings else (),
        carries_content=carries_content,
        cases=tuple(entries),
    )


def subject(month: date, language: str) -> str:
    """The subject: which month, and no name."""
    return texts(language).say("CII : mises à jour, {month}", month=format_month(month, language))


def _calendar(meetings: Sequence[Entered], language: str) -> tuple[Attachment, ...]:
    body = calendar_of(meetings, texts(language), now())
    name = texts(language).say("rendez-vous")
    return (Attachment(f"{name}.ics", "text/calendar; method=PUBLISH", body),)


def _pause(system: SystemSession, person_id: UUID, membership_id: UUID) -> None:
    if system.exec(select(DigestPause).where(DigestPause.person_id == person_id)).first() is None:
        system.add(DigestPause(person_id=person_id))


KINDS = (
    MessageKind(
        name=DIGEST,
        label=N_("mises à jour mensuelles"),
        compose=compose,
        leaving=Leaving(
            title=N_("Suspendre le courriel mensuel"),
            explanation=N_(
                "Vous ne recevrez plus le courriel mensuel. Les mises à jour restent dans CII, sous « Mes suivis », où vous pouvez reprendre le courriel à tout moment."
            ),
            done=N_(
                "Le courriel mensuel est suspendu. Les mises à jour vous attendent sous « Mes suivis »."
            ),
            leave=_pause,
        ),
    ),
)
