"""What an update is prepared from: what the tandem already wrote since the last one.

A source gives back what one capability knows; `SOURCES` is the one list of them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import select

from cii.access.guard import GuardedSession
from cii.coaching.models import (
    Appointment,
    AppointmentState,
    JournalEntry,
    JournalText,
    Objective,
    ObjectiveState,
)
from cii.consent.topics import Topic
from cii.foundation.clock import local, now
from cii.foundation.days import format_day, format_moment
from cii.foundation.ids import id_of_form
from cii.foundation.texts import N_, Texts
from cii.measures.lifecycle import MOVE_LABELS, Move
from cii.measures.models import Measure, MeasureStep
from cii.monthly.models import SourceKind, UpdatePart

# What is written down late still belongs to the month: an objective reached on Friday, entered on Monday.
ENTERED_LATE = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Prepared:
    """One paragraph that is proposed: where it comes from, under which topic, in which words."""

    source: SourceKind
    source_id: UUID
    part: UpdatePart
    topic: Topic
    day: date
    text: str

    def key(self, case_id: UUID, month: date) -> UUID:
        """The key of its paragraph: the same for both of the tandem, so that it is never taken twice."""
        return id_of_form(self.source_id, case_id, month, self.source.value)


# Given the case, since when, and the reader's language.
Source = Callable[[GuardedSession, UUID, datetime, Texts], Iterator[Prepared]]


def from_journal(
    session: GuardedSession, case_id: UUID, since: datetime, words: Texts
) -> Iterator[Prepared]:
    """The significant elements of the journal, in their present wording."""
    rows = session.execute(
        sa.select(JournalEntry.id, JournalEntry.day, JournalEntry.topic, JournalText.text)
        .join(
            JournalText,
            sa.and_(
                JournalText.entry_id == JournalEntry.id,
                JournalText.version == JournalEntry.version,
            ),
        )
        .where(
            JournalEntry.case_id == case_id,
            JournalEntry.significant,
            JournalText.written_at > since,
        )
    )
    for key, day, topic, text in rows:
        said = words.say("{day} : {text}", day=format_day(day), text=text)
        yield Prepared(SourceKind.NOTE, key, UpdatePart.EVOLUTION, topic, day, said)


_OF_OBJECTIVES = {
    ObjectiveState.OPEN: N_("Objectif fixé : {goal}"),
    ObjectiveState.REACHED: N_("Objectif atteint : {goal}"),
    ObjectiveState.PARTLY: N_("Objectif partiellement atteint : {goal}"),
    ObjectiveState.DROPPED: N_("Objectif abandonné : {goal}"),
}


def from_objectives(
    session: GuardedSession, case_id: UUID, since: datetime, words: Texts
) -> Iterator[Prepared]:
    """The objectives set, and those whose state changed."""
    changed = sa.and_(
        Objective.state != ObjectiveState.OPEN,
        Objective.state_since >= (local(since) - ENTERED_LATE).date(),
    )
    for each in session.exec(
        select(Objective).where(
            Objective.case_id == case_id, sa.or_(Objective.set_at > since, changed)
        )
    ):
        yield Prepared(
            SourceKind.OBJECTIVE,
            _as_it_stands(each.id, each.state.value),
            UpdatePart.EVOLUTION,
            each.topic,
            each.state_since,
            words.say(_OF_OBJECTIVES[each.state], goal=each.goal),
        )


_OF_APPOINTMENTS = {
    AppointmentState.PLANNED: N_("Rendez-vous prévu : {what}"),
    AppointmentState.HELD: N_("Rendez-vous tenu : {what}"),
    AppointmentState.CANCELLED: N_("Rendez-vous annulé : {what}"),
    AppointmentState.MISSED: N_("Rendez-vous manqué : {what}"),
}


def from_appointments(
    session: GuardedSession, case_id: UUID, since: datetime, words: Texts
) -> Iterator[Prepared]:
    """The appointments that took place or did not, and those to come."""
    for each in session.exec(
        select(Appointment).where(
            Appointment.case_id == case_id,
            sa.or_(
                sa.and_(Appointment.state == AppointmentState.PLANNED, Appointment.at > now()),
                sa.and_(
                    Appointment.state != AppointmentState.PLANNED,
                    Appointment.at > since - ENTERED_LATE,
                ),
            ),
        )
    ):
        what = [format_moment(each.at), *(said for said in (each.place, each.about) if said)]
        yield Prepared(
            SourceKind.APPOINTMENT,
            _as_it_stands(each.id, f"{each.state.value} {each.at.isoformat()}"),
            UpdatePart.IMPLEMENTATION,
            each.topic,
            local(each.at).date(),
            words.say(_OF_APPOINTMENTS[each.state], what=", ".join(what)),
        )


# What the tandem does to its own proposal is its preparation, and no news.
_NO_NEWS = (Move.CHANGE, Move.PREPARE)


def from_measures(
    session: GuardedSession, case_id: UUID, since: datetime, words: Texts
) -> Iterator[Prepared]:
    """The moves of the measures: proposed, transmitted, opinion, decision."""
    rows = session.execute(
        sa.select(MeasureStep.id, MeasureStep.move, MeasureStep.at, Measure.title)
        .join(Measure, Measure.id == MeasureStep.measure_id)
        .where(
            MeasureStep.case_id == case_id,
            MeasureStep.at > since,
            MeasureStep.move.not_in(_NO_NEWS),
        )
    )
    for key, move, at, title in rows:
        yield Prepared(
            SourceKind.MEASURE,
            key,
            UpdatePart.IMPLEMENTATION,
            Topic.MEASURES,
            local(at).date(),
            words.say(
                "{day}, {measure} : {step}",
                day=format_day(local(at).date()),
                measure=title,
                step=words.say(MOVE_LABELS[move]),
            ),
        )


def _as_it_stands(key: UUID, state: str) -> UUID:
    # What was reported when it was set is reported once more when it is reached.
    return id_of_form(key, state)


SOURCES: tuple[Source, ...] = (from_journal, from_objectives, from_appointments, from_measures)


def prepared(
    session: GuardedSession, case_id: UUID, since: datetime, words: Texts
) -> list[Prepared]:
    """Everything since then, part by part, the earliest first."""
    found = [each for source in SOURCES for each in source(session, case_id, since, words)]
    order = list(UpdatePart)
    return sorted(found, key=lambda each: (order.index(each.part), each.day, each.source_id))
