"""The coaching: journal, drafts, objectives, appointments."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from cii.access.guard import actor_person, visible
from cii.access.models import sees
from cii.cases.models import key_of_case
from cii.consent.topics import HAS_A_TOPIC, HAS_A_TOPIC_AND_NOTES, Topic
from cii.consent.visibility import own_or_open
from cii.foundation.choice import Choice
from cii.foundation.clock import now
from cii.foundation.columns import Flags, Moment, stored_by_value
from cii.foundation.ids import new_id
from cii.foundation.texts import N_


class NoteKind(Choice):
    """What a journal entry tells of."""

    INTERVIEW = "interview"
    PHONE = "phone"
    EMAIL = "email"
    EMPLOYER = "employer"
    NOTE = "note"


NOTE_KIND_LABELS = {
    NoteKind.INTERVIEW: N_("Entretien"),
    NoteKind.PHONE: N_("Téléphone"),
    NoteKind.EMAIL: N_("Courriel"),
    NoteKind.EMPLOYER: N_("Employeur"),
    NoteKind.NOTE: N_("Note"),
}


class Domain(Choice):
    """The four domains in which the tandem works together (VS-37)."""

    EVALUATION = "evaluation"
    QUALIFICATION = "qualification"
    PLACEMENT = "placement"
    INSERTION = "insertion"


DOMAIN_LABELS = {
    Domain.EVALUATION: N_("évaluation"),
    Domain.QUALIFICATION: N_("qualification"),
    Domain.PLACEMENT: N_("placement"),
    Domain.INSERTION: N_("insertion"),
}


class JournalEntry(SQLModel, table=True):
    """That something happened: day, kind, domain, topic, author. Its text stands in JournalText."""

    __tablename__ = "journal_entry"
    __table_args__ = (
        sa.Index("ix_journal_entry_case_id", "case_id", "day", "id"),
        sa.CheckConstraint(HAS_A_TOPIC, name="has_a_topic"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    case_id: UUID = key_of_case()
    institution_id: UUID = Field(foreign_key="institution.id")
    person_id: UUID = Field(foreign_key="person.id")
    topic: Topic = Field(sa_type=Flags(Topic))
    kind: NoteKind = Field(sa_type=stored_by_value(NoteKind))
    domain: Domain | None = Field(default=None, sa_type=stored_by_value(Domain))
    day: date
    significant: bool = Field(
        default=False, sa_column_kwargs={"comment": "goes to the monthly update"}
    )
    version: int = 1
    published_at: datetime = Field(default_factory=now, sa_type=Moment)


@visible(JournalEntry)
def journal_entry_visible(entry: type[JournalEntry]) -> sa.ColumnElement[bool]:
    """Its author's institution; institutions to which the person opened the entry's topic."""
    return own_or_open(entry, entry.topic)


class JournalText(SQLModel, table=True):
    """The text of an entry, one row for each version: a correction keeps the earlier wording."""

    __tablename__ = "journal_text"
    __table_args__ = (
        sa.Index("ix_journal_text_case_id", "case_id"),
        sa.CheckConstraint(HAS_A_TOPIC_AND_NOTES, name="has_a_topic"),
    )

    entry_id: UUID = Field(primary_key=True, foreign_key="journal_entry.id", ondelete="CASCADE")
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    case_id: UUID = key_of_case()
    institution_id: UUID = Field(foreign_key="institution.id")
    topic: Topic = Field(
        sa_type=Flags(Topic), sa_column_kwargs={"comment": "the entry's topic and the bit NOTES"}
    )
    person_id: UUID = Field(foreign_key="person.id")
    written_at: datetime = Field(default_factory=now, sa_type=Moment)
    text: str = Field(max_length=20000)


@visible(JournalText)
def journal_text_visible(text: type[JournalText]) -> sa.ColumnElement[bool]:
    """As its entry, but never the bureau CII, which sees that there was a contact and not its text."""
    return own_or_open(text, text.topic)


class JournalDraft(SQLModel, table=True):
    """A note being written, kept on the server as it is typed; only its author sees it."""

    __tablename__ = "journal_draft"

    case_id: UUID = key_of_case(primary_key=True)
    person_id: UUID = Field(primary_key=True, foreign_key="person.id")
    typed: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    saved_at: datetime = Field(default_factory=now, sa_type=Moment)


@visible(JournalDraft)
def journal_draft_visible(draft: type[JournalDraft]) -> sa.ColumnElement[bool]:
    """Its author, as long as he or she has a part in the case."""
    return sa.and_(draft.person_id == actor_person, sees(draft.case_id, Topic.CASE))


class ObjectiveState(Choice):
    """How far an objective is."""

    OPEN = "open"
    REACHED = "reached"
    PARTLY = "partly-reached"
    DROPPED = "dropped"


OBJECTIVE_STATE_LABELS = {
    ObjectiveState.OPEN: N_("en cours"),
    ObjectiveState.REACHED: N_("atteint"),
    ObjectiveState.PARTLY: N_("partiellement atteint"),
    ObjectiveState.DROPPED: N_("abandonné"),
}


class Objective(SQLModel, table=True):
    """What the person and the tandem want to reach, and by when (VS-38)."""

    __tablename__ = "objective"
    __table_args__ = (
        sa.Index("ix_objective_case_id", "case_id"),
        sa.CheckConstraint(HAS_A_TOPIC, name="has_a_topic"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    case_id: UUID = key_of_case()
    institution_id: UUID = Field(foreign_key="institution.id")
    person_id: UUID = Field(foreign_key="person.id")
    topic: Topic = Field(default=Topic.COACHING, sa_type=Flags(Topic))
    goal: str = Field(max_length=300)
    domain: Domain = Field(sa_type=stored_by_value(Domain))
    due_on: date | None = None
    state: ObjectiveState = Field(
        default=ObjectiveState.OPEN, sa_type=stored_by_value(ObjectiveState)
    )
    state_since: date
    set_at: datetime = Field(default_factory=now, sa_type=Moment)
    version: int = 1


@visible(Objective)
def objective_visible(objective: type[Objective]) -> sa.ColumnElement[bool]:
    """Its author's institution; institutions to which the person opened its topic."""
    return own_or_open(objective, objective.topic)


class AppointmentState(Choice):
    """Whether an appointment takes place."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"
    MISSED = "missed"


APPOINTMENT_STATE_LABELS = {
    AppointmentState.PLANNED: N_("prévu"),
    AppointmentState.HELD: N_("a eu lieu"),
    AppointmentState.CANCELLED: N_("annulé"),
    AppointmentState.MISSED: N_("manqué"),
}


class Appointment(SQLModel, table=True):
    """A meeting of the tandem with the person, or arranged by the announcing social worker (VS-36)."""

    __tablename__ = "appointment"
    __table_args__ = (
        sa.Index("ix_appointment_case_id", "case_id", "at"),
        sa.CheckConstraint("minutes > 0 AND minutes <= 1440", name="lasts_up_to_a_day"),
        sa.CheckConstraint(HAS_A_TOPIC, name="has_a_topic"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    case_id: UUID = key_of_case()
    institution_id: UUID = Field(foreign_key="institution.id")
    person_id: UUID = Field(foreign_key="person.id")
    topic: Topic = Field(default=Topic.COACHING, sa_type=Flags(Topic))
    at: datetime = Field(sa_type=Moment)
    minutes: int = 60
    place: str = Field(default="", max_length=200)
    about: str = Field(default="", max_length=300)
    state: AppointmentState = Field(
        default=AppointmentState.PLANNED, sa_type=stored_by_value(AppointmentState)
    )
    sequence: int = Field(default=0, sa_column_kwargs={"comment": "of the .ics: counts changes"})


@visible(Appointment)
def appointment_visible(appointment: type[Appointment]) -> sa.ColumnElement[bool]:
    """Its author's institution; institutions to which the person opened its topic."""
    return own_or_open(appointment, appointment.topic)
