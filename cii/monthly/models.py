"""The monthly update: its cover, its paragraphs, addenda, readings; and the settings of an institution."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from cii.access.guard import (
    actor_institution,
    actor_person,
    only_added,
    open_to_all,
    visible,
)
from cii.access.models import sees
from cii.cases.models import key_of_case
from cii.consent.topics import HAS_A_TOPIC_AND_NOTES, Topic
from cii.consent.visibility import own_or_open
from cii.foundation.choice import Choice
from cii.foundation.clock import now
from cii.foundation.columns import Flags, Moment, stored_by_value
from cii.foundation.ids import new_id
from cii.foundation.texts import N_


class UpdateState(Choice):
    """How far the update of a month is; whether it was sent is another question."""

    TO_WRITE = "to-write"
    DRAFT = "draft"
    PUBLISHED = "published"
    NOTHING_NEW = "nothing-new"
    MISSED = "missed"


UPDATE_STATE_LABELS = {
    UpdateState.TO_WRITE: N_("à écrire"),
    UpdateState.DRAFT: N_("brouillon"),
    UpdateState.PUBLISHED: N_("publiée"),
    UpdateState.NOTHING_NEW: N_("rien de nouveau"),
    UpdateState.MISSED: N_("non remise"),
}

# Still owed, or done: what the reader gets.
OPEN = (UpdateState.TO_WRITE, UpdateState.DRAFT)
SETTLED = (UpdateState.PUBLISHED, UpdateState.NOTHING_NEW)


class UpdatePart(Choice):
    """The two parts of an update (VS-27)."""

    IMPLEMENTATION = "implementation"
    EVOLUTION = "evolution"


UPDATE_PART_LABELS = {
    UpdatePart.IMPLEMENTATION: N_("Mise en œuvre"),
    UpdatePart.EVOLUTION: N_("Évolution"),
}


class SourceKind(Choice):
    """What a paragraph was prepared from."""

    TYPED = "typed"
    NOTE = "note"
    OBJECTIVE = "objective"
    APPOINTMENT = "appointment"
    MEASURE = "measure"


SOURCE_LABELS = {
    SourceKind.TYPED: N_("écrit pour cette mise à jour"),
    SourceKind.NOTE: N_("élément significatif du journal"),
    SourceKind.OBJECTIVE: N_("objectif"),
    SourceKind.APPOINTMENT: N_("rendez-vous"),
    SourceKind.MEASURE: N_("mesure"),
}


def _key_of_update() -> Any:
    return Field(foreign_key="monthly_update.id", ondelete="CASCADE")


class Update(SQLModel, table=True):
    """The update of one case for one month: until when it is owed, how far it is; its words stand in UpdateElement."""

    __tablename__ = "monthly_update"
    __table_args__ = (
        sa.UniqueConstraint("case_id", "month"),
        # What is late, the longest first.
        sa.Index("ix_monthly_update_state", "state", "due_on", "id"),
        sa.CheckConstraint("month <= due_on", name="due_after_its_month_began"),
        sa.CheckConstraint(
            "state NOT IN ('published', 'nothing-new') OR published_at IS NOT NULL",
            name="settled_has_its_moment",
        ),
        sa.CheckConstraint("sent_at IS NULL OR published_at IS NOT NULL", name="sent_was_settled"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    case_id: UUID = key_of_case()
    month: date = Field(sa_column_kwargs={"comment": "its first day"})
    due_on: date
    state: UpdateState = Field(default=UpdateState.TO_WRITE, sa_type=stored_by_value(UpdateState))
    institution_id: UUID | None = Field(
        default=None,
        foreign_key="institution.id",
        sa_column_kwargs={"comment": "of whoever wrote last"},
    )
    author_id: UUID | None = Field(default=None, foreign_key="person.id")
    published_at: datetime | None = Field(default=None, sa_type=Moment)
    sent_at: datetime | None = Field(
        default=None,
        sa_type=Moment,
        sa_column_kwargs={"comment": "handed over with a digest; from then on only addenda"},
    )
    reminders: int = Field(default=0, sa_column_kwargs={"comment": "already given to the tandem"})


@visible(Update)
def update_visible(update: type[Update]) -> sa.ColumnElement[bool]:
    """The institution that wrote it; institutions to which the person opened the coaching."""
    return own_or_open(update, Topic.COACHING)


class UpdateElement(SQLModel, table=True):
    """One paragraph with its topic, so that each reader gets what the person opened and nothing else."""

    __tablename__ = "update_element"
    __table_args__ = (
        sa.Index("ix_update_element_update_id", "update_id", "part", "position"),
        sa.Index("ix_update_element_case_id", "case_id"),
        sa.CheckConstraint(HAS_A_TOPIC_AND_NOTES, name="has_a_topic"),
        sa.CheckConstraint(
            "(source = 'typed') = (source_id IS NULL)", name="prepared_knows_its_source"
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    update_id: UUID = _key_of_update()
    case_id: UUID = key_of_case()
    institution_id: UUID = Field(foreign_key="institution.id")
    person_id: UUID = Field(foreign_key="person.id")
    part: UpdatePart = Field(sa_type=stored_by_value(UpdatePart))
    position: int
    topic: Topic = Field(
        sa_type=Flags(Topic),
        sa_column_kwargs={"comment": "coaching, the topic of its source, and the bit NOTES"},
    )
    source: SourceKind = Field(default=SourceKind.TYPED, sa_type=stored_by_value(SourceKind))
    source_id: UUID | None = None
    text: str = Field(max_length=20000)
    changed_at: datetime = Field(default_factory=now, sa_type=Moment)


@visible(UpdateElement)
def update_element_visible(element: type[UpdateElement]) -> sa.ColumnElement[bool]:
    """Its author's institution; institutions to which the person opened all its topics, never the bureau CII."""
    return own_or_open(element, element.topic)


class Addendum(SQLModel, table=True):
    """What was added to an update after it had been sent."""

    __tablename__ = "addendum"
    __table_args__ = (
        sa.Index("ix_addendum_update_id", "update_id", "at"),
        sa.Index("ix_addendum_case_id", "case_id"),
        sa.CheckConstraint(HAS_A_TOPIC_AND_NOTES, name="has_a_topic"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    update_id: UUID = _key_of_update()
    case_id: UUID = key_of_case()
    institution_id: UUID = Field(foreign_key="institution.id")
    person_id: UUID = Field(foreign_key="person.id")
    topic: Topic = Field(sa_type=Flags(Topic))
    text: str = Field(max_length=20000)
    at: datetime = Field(default_factory=now, sa_type=Moment)
    sent_at: datetime | None = Field(default=None, sa_type=Moment)


@visible(Addendum)
def addendum_visible(addendum: type[Addendum]) -> sa.ColumnElement[bool]:
    """As a paragraph of the update."""
    return own_or_open(addendum, addendum.topic)


class UpdateReading(SQLModel, table=True):
    """That somebody for whom the update was written opened it, and when; the tandem is shown it."""

    __tablename__ = "update_reading"
    __table_args__ = (
        sa.Index("ix_update_reading_update_id", "update_id", "person_id", "at"),
        sa.Index("ix_update_reading_case_id", "case_id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    update_id: UUID = _key_of_update()
    case_id: UUID = key_of_case()
    institution_id: UUID = Field(foreign_key="institution.id")
    person_id: UUID = Field(foreign_key="person.id")
    at: datetime = Field(default_factory=now, sa_type=Moment)


_TEXTS_OF_THE_COACHING = Topic.COACHING | Topic.NOTES


@visible(UpdateReading)
def update_reading_visible(reading: type[UpdateReading]) -> sa.ColumnElement[bool]:
    """One's own; those of others for whoever reads the texts of the coaching: the tandem, not the bureau CII."""
    return sa.or_(reading.person_id == actor_person, sees(reading.case_id, _TEXTS_OF_THE_COACHING))


only_added(UpdateReading)


class DigestMode(Choice):
    """What an e-mail may say."""

    LINK = "link"
    FULL = "full"


DIGEST_MODE_LABELS = {
    DigestMode.LINK: N_("Références et liens, rien sur les personnes"),
    DigestMode.FULL: N_("Le contenu que la procuration ouvre à la lectrice ou au lecteur"),
}


class MonthlySettings(SQLModel, table=True):
    """When the professionals of an institution get their updates, and how much the e-mail says."""

    __tablename__ = "monthly_settings"
    __table_args__ = (
        sa.CheckConstraint("due_before BETWEEN 0 AND 10", name="due_in_the_second_half"),
        sa.CheckConstraint("first_reminder BETWEEN 0 AND 10", name="first_reminder_is_near"),
        sa.CheckConstraint("second_reminder BETWEEN 0 AND 10", name="second_reminder_is_near"),
        sa.CheckConstraint("digest_day BETWEEN 1 AND 10", name="digest_in_the_first_half"),
        sa.CheckConstraint("digest_hour BETWEEN 0 AND 23", name="hour_of_a_day"),
    )

    institution_id: UUID = Field(primary_key=True, foreign_key="institution.id", ondelete="CASCADE")
    due_before: int = Field(
        default=0, sa_column_kwargs={"comment": "working days before the last one of the month"}
    )
    first_reminder: int = Field(
        default=5, sa_column_kwargs={"comment": "working days before the due day; 0: none"}
    )
    second_reminder: int = Field(
        default=1, sa_column_kwargs={"comment": "working days before the due day; 0: none"}
    )
    digest_day: int = Field(
        default=1, sa_column_kwargs={"comment": "working day of the next month"}
    )
    digest_hour: int = Field(
        default=7, sa_column_kwargs={"comment": "on a Valais clock, from this hour on"}
    )
    mode: DigestMode = Field(default=DigestMode.LINK, sa_type=stored_by_value(DigestMode))
    deputy_receives: bool = Field(
        default=True, sa_column_kwargs={"comment": "in the place of whoever is absent"}
    )


def own_settings(settings: type[MonthlySettings]) -> sa.ColumnElement[bool]:
    """The own institution's."""
    return settings.institution_id == actor_institution


open_to_all(
    MonthlySettings,
    "when and how an institution gets its mails says nothing about a person",
    own=own_settings,
)


class DigestPause(SQLModel, table=True):
    """Somebody reads the updates in the product alone, until he or she wants the e-mail again."""

    __tablename__ = "digest_pause"

    person_id: UUID = Field(primary_key=True, foreign_key="person.id", ondelete="CASCADE")
    since: datetime = Field(default_factory=now, sa_type=Moment)


@visible(DigestPause)
def digest_pause_visible(pause: type[DigestPause]) -> sa.ColumnElement[bool]:
    """One's own."""
    return pause.person_id == actor_person
