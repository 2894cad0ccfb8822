"""Notices, messages and due periods: what somebody should know, and what is sent; nothing about the person coached."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from cii.access.guard import actor_person, actor_reader, nobody, visible
from cii.access.models import sees
from cii.foundation.choice import Choice
from cii.foundation.clock import now
from cii.foundation.columns import Moment, stored_by_value
from cii.foundation.ids import new_id
from cii.foundation.texts import N_
from cii.outbox.lifecycle import State, Trouble

READ_THE_COVER = 1  # the bit of consent.topics.Topic.CASE: everybody with a part in the case


class Subject(Choice):
    """What a notice is about."""

    ANNOUNCED = "announced"
    ACCESS_ENDED = "access-ended"
    TO_COMPLETE = "to-complete"
    REFUSED = "refused"
    ADMITTED = "admitted"
    TANDEM_NAMED = "tandem-named"
    TANDEM_CHANGED = "tandem-changed"
    YOUR_TURN = "your-turn"
    DECIDED = "decided"
    RETURNED = "returned"
    OPINION_GIVEN = "opinion-given"
    OPINION_NOT_FOLLOWED = "opinion-not-followed"
    DECISION_WITHDRAWN = "decision-withdrawn"
    MEASURE_ABANDONED = "measure-abandoned"
    MEASURE_WAITS = "measure-waits"
    RESUMED = "resumed"
    UPDATE_DUE = "update-due"


SUBJECT_LABELS = {
    Subject.ANNOUNCED: N_("Dossier {reference} : une annonce est arrivée"),
    Subject.ACCESS_ENDED: N_("Dossier {reference} : l’accès est fermé"),
    Subject.TO_COMPLETE: N_("Dossier {reference} : l’annonce est à compléter"),
    Subject.REFUSED: N_("Dossier {reference} : l’admission est refusée"),
    Subject.ADMITTED: N_("Dossier {reference} : la personne est admise"),
    Subject.TANDEM_NAMED: N_("Dossier {reference} : le tandem est désigné"),
    Subject.TANDEM_CHANGED: N_("Dossier {reference} : le tandem a changé"),
    Subject.YOUR_TURN: N_("Dossier {reference} : c’est à vous d’agir"),
    Subject.DECIDED: N_("Dossier {reference} : une décision est prise"),
    Subject.RETURNED: N_("Dossier {reference} : le dossier vous revient"),
    Subject.OPINION_GIVEN: N_("Dossier {reference} : le préavis du SAS est donné"),
    Subject.OPINION_NOT_FOLLOWED: N_(
        "Dossier {reference} : la commune approuve une mesure malgré le préavis défavorable"
    ),
    Subject.DECISION_WITHDRAWN: N_("Dossier {reference} : une décision est retirée"),
    Subject.MEASURE_ABANDONED: N_("Dossier {reference} : une mesure est abandonnée"),
    Subject.MEASURE_WAITS: N_("Dossier {reference} : une mesure attend toujours"),
    Subject.RESUMED: N_("Dossier {reference} : l’accès est rouvert"),
    Subject.UPDATE_DUE: N_("Dossier {reference} : la mise à jour mensuelle est bientôt attendue"),
}

# The bureau's work list shows each announcement already: a notice of it is only sent.
ONLY_BY_MAIL = frozenset({Subject.ANNOUNCED})

# That the access ended is told to those who lost it; of everything else only readers are told.
TOLD_WITHOUT_ACCESS = frozenset({Subject.ACCESS_ENDED})


class Notice(SQLModel, table=True):
    """One line for one reader (an institution's inbox or a professional)."""

    __tablename__ = "notice"
    __table_args__ = (
        sa.Index("ix_notice_reader_id_seen_at", "reader_id", "seen_at", "at"),
        sa.Index("ix_notice_case_id", "case_id"),
        sa.Index(
            "ix_notice_to_forward",
            "at",
            sqlite_where=sa.text("forwarded_at IS NULL"),
            postgresql_where=sa.text("forwarded_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    reader_id: UUID
    subject: Subject = Field(sa_type=stored_by_value(Subject, closed=False))
    case_id: UUID
    case_reference: str = Field(max_length=20)
    at: datetime = Field(default_factory=now, sa_type=Moment)
    seen_at: datetime | None = Field(default=None, sa_type=Moment)
    forwarded_at: datetime | None = Field(
        default=None,
        sa_type=Moment,
        sa_column_kwargs={"comment": "when the mails that its readers wish were arranged"},
    )
    withheld_at: datetime | None = Field(
        default=None,
        sa_type=Moment,
        sa_column_kwargs={"comment": "when the consent ended: from then on no mail tells it"},
    )


@visible(Notice)
def notice_visible(notice: type[Notice]) -> sa.ColumnElement[bool]:
    """The reader to whom it is addressed."""
    return notice.reader_id == actor_reader


class Message(SQLModel, table=True):
    """One mail to one reader, before, while and after it is sent. It holds keys; the words are composed at sending."""

    __tablename__ = "message"
    __table_args__ = (
        sa.CheckConstraint(
            "(state IN ('queued', 'delayed')) = (next_attempt_at IS NOT NULL)",
            name="what_waits_has_a_moment",
        ),
        sa.CheckConstraint(
            "state <> 'sent' OR sent_at IS NOT NULL",
            name="what_was_sent_has_a_moment",
        ),
        # A sender takes the next one that is due from the front of this index.
        sa.Index(
            "ix_message_waiting",
            "next_attempt_at",
            "id",
            sqlite_where=sa.text("next_attempt_at IS NOT NULL"),
            postgresql_where=sa.text("next_attempt_at IS NOT NULL"),
        ),
        sa.Index("ix_message_state", "state", "id"),
        sa.Index("ix_message_membership_id", "membership_id"),
    )

    id: UUID = Field(
        default_factory=new_id,
        primary_key=True,
        sa_column_kwargs={"comment": "also the left part of the Message-ID"},
    )
    key: str = Field(
        max_length=200,
        unique=True,
        sa_column_kwargs={"comment": "what is sent once: kind, reader and the scheduled period"},
    )
    kind: str = Field(max_length=40)
    membership_id: UUID = Field(
        foreign_key="membership.id", sa_column_kwargs={"comment": "the reader's seat"}
    )
    facts: dict[str, Any] = Field(
        default_factory=dict,
        sa_type=sa.JSON,
        sa_column_kwargs={"comment": "keys and dates from which it is composed; no content"},
    )
    state: State = Field(default=State.QUEUED, sa_type=stored_by_value(State, name="message_state"))
    queued_at: datetime = Field(default_factory=now, sa_type=Moment)
    due_at: datetime = Field(default_factory=now, sa_type=Moment)
    next_attempt_at: datetime | None = Field(default=None, sa_type=Moment)
    attempts: int = 0
    claimed_by: UUID | None = Field(
        default=None, sa_column_kwargs={"comment": "one attempt of one sender"}
    )
    claimed_at: datetime | None = Field(default=None, sa_type=Moment)
    sent_at: datetime | None = Field(default=None, sa_type=Moment)
    trouble: Trouble | None = Field(default=None, sa_type=stored_by_value(Trouble, closed=False))
    answer: str = Field(
        default="",
        max_length=40,
        sa_column_kwargs={"comment": "the relay's code, as 550 5.1.1: no words, no address"},
    )
    put_away_at: datetime | None = Field(
        default=None,
        sa_type=Moment,
        sa_column_kwargs={"comment": "when somebody looked at its trouble and left it there"},
    )


# Its senders are the system's; screens show the few columns that say nothing about anybody.
visible(Message)(nobody)


class MessageCase(SQLModel, table=True):
    """A case of which a message speaks, and whether that message is in trouble."""

    __tablename__ = "message_case"
    __table_args__ = (sa.Index("ix_message_case_case_id", "case_id", "trouble"),)

    message_id: UUID = Field(foreign_key="message.id", primary_key=True, ondelete="CASCADE")
    case_id: UUID = Field(
        primary_key=True,
        sa_column_args=(
            sa.ForeignKey("cases.id", deferrable=True, initially="DEFERRED", ondelete="CASCADE"),
        ),
    )
    case_reference: str = Field(max_length=20)
    kind: str = Field(max_length=40)
    membership_id: UUID = Field(foreign_key="membership.id")
    trouble: State | None = Field(
        default=None, sa_type=stored_by_value(State, closed=False, name="message_trouble")
    )
    trouble_at: datetime | None = Field(default=None, sa_type=Moment)


@visible(MessageCase)
def message_case_visible(message: type[MessageCase]) -> sa.ColumnElement[bool]:
    """Whoever has a part in the case sees who is told about it, and that a mail came back."""
    return sees(message.case_id, READ_THE_COVER)


class ForwardedNotice(SQLModel, table=True):
    """A notice that a reader wishes by mail: collected for the daily one, or in the message named."""

    __tablename__ = "forwarded_notice"
    __table_args__ = (
        sa.Index("ix_forwarded_notice_message_id", "message_id"),
        sa.Index(
            "ix_forwarded_notice_collected",
            "membership_id",
            sqlite_where=sa.text("message_id IS NULL"),
            postgresql_where=sa.text("message_id IS NULL"),
        ),
    )

    notice_id: UUID = Field(foreign_key="notice.id", primary_key=True, ondelete="CASCADE")
    membership_id: UUID = Field(foreign_key="membership.id", primary_key=True)
    message_id: UUID | None = Field(default=None, foreign_key="message.id")


visible(ForwardedNotice)(nobody)


class Pace(Choice):
    """How somebody is told by mail what the first page shows."""

    AT_ONCE = "at-once"
    DAILY = "daily"
    NONE = "none"


PACE_LABELS = {
    Pace.AT_ONCE: N_("tout de suite, un message par événement"),
    Pace.DAILY: N_("un seul message par jour ouvrable, le matin, s’il y a du nouveau"),
    Pace.NONE: N_("pas de message : je lis la page « À faire »"),
}


class MailChoice(SQLModel, table=True):
    """How a person wishes to be told; without a row: one mail a day."""

    __tablename__ = "mail_choice"

    person_id: UUID = Field(foreign_key="person.id", primary_key=True)
    pace: Pace = Field(sa_type=stored_by_value(Pace))
    chosen_at: datetime = Field(default_factory=now, sa_type=Moment)


@visible(MailChoice)
def mail_choice_visible(choice: type[MailChoice]) -> sa.ColumnElement[bool]:
    """One's own."""
    return choice.person_id == actor_person


class DuePeriod(SQLModel, table=True):
    """A period of a job that was done: the row is written in the transaction of the work, once."""

    __tablename__ = "due_period"

    job: str = Field(max_length=60, primary_key=True)
    scheduled_for: datetime = Field(sa_type=Moment, primary_key=True)
    claimed_at: datetime = Field(default_factory=now, sa_type=Moment)


visible(DuePeriod)(nobody)
