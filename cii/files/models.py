"""A file attached to a case: its cover is a row with a topic, its bytes lie outside the database."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from cii.access.guard import visible
from cii.consent.topics import HAS_A_TOPIC, Topic
from cii.consent.visibility import own_or_open
from cii.foundation.clock import now
from cii.foundation.columns import Flags, Moment
from cii.foundation.ids import new_id


class StoredFile(SQLModel, table=True):
    """A scan or a proof: PDF, PNG or JPEG, recognised by content."""

    __tablename__ = "stored_file"
    __table_args__ = (
        sa.Index("ix_stored_file_case_id", "case_id", "added_at"),
        sa.CheckConstraint(HAS_A_TOPIC, name="has_a_topic"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    case_id: UUID = Field(
        sa_column_args=(
            sa.ForeignKey("cases.id", deferrable=True, initially="DEFERRED", ondelete="CASCADE"),
        )
    )
    topic: Topic = Field(sa_type=Flags(Topic))
    institution_id: UUID = Field(foreign_key="institution.id")
    added_by: UUID = Field(foreign_key="person.id")
    added_at: datetime = Field(default_factory=now, sa_type=Moment)
    name: str = Field(max_length=120)
    media_type: str = Field(max_length=40)
    size: int = Field(sa_column_kwargs={"comment": "bytes"})
    sha256: str = Field(max_length=64)


@visible(StoredFile)
def stored_file_visible(file: type[StoredFile]) -> sa.ColumnElement[bool]:
    """Its author's institution, as long as it has a part; institutions to which its topic is open."""
    return own_or_open(file, file.topic)
