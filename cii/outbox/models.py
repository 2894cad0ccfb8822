"""Notices: what somebody should know, shown on the first page until seen; nothing about the person coached."""

from datetime import datetime
from enum import Enum
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from cii.access.guard import actor_reader, visible
from cii.foundation.clock import now
from cii.foundation.columns import Moment, stored_by_value
from cii.foundation.ids import new_id
from cii.foundation.texts import N_


class Subject(Enum):
    """What a notice is about."""

    ACCESS_ENDED = "access-ended"
    TO_COMPLETE = "to-complete"
    REFUSED = "refused"
    ADMITTED = "admitted"
    TANDEM_NAMED = "tandem-named"
    RESUMED = "resumed"


SUBJECT_LABELS = {
    Subject.ACCESS_ENDED: N_("Dossier {reference} : l’accès est fermé"),
    Subject.TO_COMPLETE: N_("Dossier {reference} : l’annonce est à compléter"),
    Subject.REFUSED: N_("Dossier {reference} : l’admission est refusée"),
    Subject.ADMITTED: N_("Dossier {reference} : la personne est admise"),
    Subject.TANDEM_NAMED: N_("Dossier {reference} : le tandem est désigné"),
    Subject.RESUMED: N_("Dossier {reference} : l’accès est rouvert"),
}


class Notice(SQLModel, table=True):
    """One line for one reader (an institution's inbox or a professional)."""

    __tablename__ = "notice"
    __table_args__ = (sa.Index("ix_notice_reader_id_seen_at", "reader_id", "seen_at", "at"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    reader_id: UUID
    subject: Subject = Field(sa_type=stored_by_value(Subject, closed=False))
    case_id: UUID
    case_reference: str = Field(max_length=20)
    at: datetime = Field(default_factory=now, sa_type=Moment)
    seen_at: datetime | None = Field(default=None, sa_type=Moment)


@visible(Notice)
def notice_visible(notice: type[Notice]) -> sa.ColumnElement[bool]:
    """The reader to whom it is addressed."""
    return notice.reader_id == actor_reader
