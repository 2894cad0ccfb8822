"""Certificates of readers, for mails that nobody on the way can read."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from cii.access.guard import open_to_all
from cii.foundation.clock import now
from cii.foundation.columns import Moment
from cii.organisations.models import only_in_own_institution


class ReaderCertificate(SQLModel, table=True):
    """The S/MIME certificate of a professional, as the administrator entered it; another one replaces it."""

    __tablename__ = "reader_certificate"
    __table_args__ = (sa.CheckConstraint("valid_from < valid_until", name="runs_forward"),)

    person_id: UUID = Field(foreign_key="person.id", primary_key=True)
    der: bytes = Field(sa_column_kwargs={"comment": "X.509, DER"})
    fingerprint: str = Field(max_length=64, sa_column_kwargs={"comment": "SHA-256, hexadecimal"})
    valid_from: datetime = Field(sa_type=Moment)
    valid_until: datetime = Field(sa_type=Moment)
    entered_by: UUID = Field(foreign_key="person.id")
    entered_at: datetime = Field(default_factory=now, sa_type=Moment)


open_to_all(
    ReaderCertificate, "a certificate is made to be given to everybody", own=only_in_own_institution
)
