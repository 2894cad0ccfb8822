"""Who has a part in a case, and what the person's procuration opens to whom."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from cii.access.actor import Kind
from cii.access.guard import actor_institution, visible
from cii.access.models import sees
from cii.consent.topics import Topic
from cii.foundation.choice import Choice
from cii.foundation.clock import now
from cii.foundation.columns import Flags, Moment, stored_by_value
from cii.foundation.ids import new_id
from cii.foundation.texts import N_


class PartKind(Choice):
    """Why an institution acts on a case."""

    ANNOUNCING = "announcing"
    BUREAU = "bureau"
    TANDEM_ORP = "tandem-orp"
    TANDEM_CMS = "tandem-cms"
    OPINION = "opinion"
    APPROVAL = "approval"
    DECISION = "decision"
    IN_CHARGE = "in-charge"


PART_LABELS = {
    PartKind.ANNOUNCING: N_("institution qui annonce"),
    PartKind.BUREAU: N_("admission et suivi des échéances"),
    PartKind.TANDEM_ORP: N_("tandem, côté ORP"),
    PartKind.TANDEM_CMS: N_("tandem, côté CMS"),
    PartKind.OPINION: N_("préavis"),
    PartKind.APPROVAL: N_("approbation"),
    PartKind.DECISION: N_("décision"),
    PartKind.IN_CHARGE: N_("suivi social : budget, lien avec la commune et le SAS"),
}

# What a part asks for at most, where that is less than what its kind of institution may need:
# the CMS that transmits measures without coaching itself (VS-34, VS-35).
NEEDS_BY_PART = {PartKind.IN_CHARGE: Topic.IDENTITY | Topic.FINANCES | Topic.MEASURES}


def _case_key() -> sa.ForeignKey:
    # A part is written before the case it belongs to: without it nobody could write the case.
    return sa.ForeignKey("cases.id", deferrable=True, initially="DEFERRED", ondelete="CASCADE")


class CasePart(SQLModel, table=True):
    """An institution's part in a case, by a named professional or by its shared inbox."""

    __tablename__ = "case_part"
    __table_args__ = (
        sa.Index("ix_case_part_case_id", "case_id"),
        sa.Index("ix_case_part_membership_id", "membership_id"),
        sa.CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name="runs_forward"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    case_id: UUID = Field(sa_column_args=(_case_key(),))
    institution_id: UUID = Field(foreign_key="institution.id")
    membership_id: UUID | None = Field(
        default=None,
        foreign_key="membership.id",
        sa_column_kwargs={"comment": "the professional; None for a shared inbox"},
    )
    part: PartKind = Field(sa_type=stored_by_value(PartKind))
    starts_on: date
    ends_on: date | None = Field(default=None, sa_column_kwargs={"comment": "last day, included"})


@visible(CasePart)
def case_part_visible(part: type[CasePart]) -> sa.ColumnElement[bool]:
    """Whoever has a part in the case sees who else has one."""
    return sees(part.case_id, Topic.CASE)


class Procuration(SQLModel, table=True):
    """That the person signed, and for which days. Never changed: another one replaces it (VS-40, A-09)."""

    __tablename__ = "procuration"
    __table_args__ = (
        sa.Index("ix_procuration_case_id", "case_id"),
        sa.Index("ix_procuration_valid_until", "valid_until"),
        sa.CheckConstraint("valid_from <= valid_until", name="runs_forward"),
        sa.CheckConstraint("signed_on <= valid_from", name="signed_before_valid"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    case_id: UUID = Field(sa_column_args=(_case_key(),))
    signed_on: date
    valid_from: date
    valid_until: date = Field(sa_column_kwargs={"comment": "last day, included"})
    replaces_id: UUID | None = Field(default=None, foreign_key="procuration.id", unique=True)
    recorded_by: UUID | None = Field(default=None, foreign_key="person.id")
    recorded_for: UUID = Field(foreign_key="institution.id")
    recorded_at: datetime = Field(default_factory=now, sa_type=Moment)


@visible(Procuration)
def procuration_visible(procuration: type[Procuration]) -> sa.ColumnElement[bool]:
    """Whoever has a part in the case sees on which ground, and until when."""
    return sees(procuration.case_id, Topic.CASE)


class SignedForm(SQLModel, table=True):
    """The form as the person signed it: in which words, how explained, the scan. Topic: identity."""

    __tablename__ = "signed_form"

    procuration_id: UUID = Field(primary_key=True, foreign_key="procuration.id", ondelete="CASCADE")
    case_id: UUID = Field(sa_column_args=(_case_key(),), index=True)
    institution_id: UUID = Field(foreign_key="institution.id")
    purpose: str = Field(max_length=1000)
    explained: str = Field(
        max_length=500, sa_column_kwargs={"comment": "how it was explained to the person"}
    )
    language: str = Field(max_length=2)
    file_id: UUID | None = Field(default=None, sa_column_kwargs={"comment": "the scan"})


@visible(SignedForm)
def signed_form_visible(form: type[SignedForm]) -> sa.ColumnElement[bool]:
    """The institution that recorded it; institutions to which the person opened the identity."""
    return sa.or_(
        sa.and_(form.institution_id == actor_institution, sees(form.case_id, Topic.CASE)),
        sees(form.case_id, Topic.IDENTITY),
    )


class ProcurationLine(SQLModel, table=True):
    """The topics that a procuration opens to one kind of institution."""

    __tablename__ = "procuration_line"

    procuration_id: UUID = Field(primary_key=True, foreign_key="procuration.id", ondelete="CASCADE")
    kind: Kind = Field(primary_key=True, sa_type=stored_by_value(Kind))
    case_id: UUID = Field(sa_column_args=(_case_key(),), index=True)
    topics: Topic = Field(sa_type=Flags(Topic))


@visible(ProcurationLine)
def procuration_line_visible(line: type[ProcurationLine]) -> sa.ColumnElement[bool]:
    """As the procuration it belongs to."""
    return sees(line.case_id, Topic.CASE)


class Channel(Choice):
    """How a revocation reached the institution."""

    ORAL = "oral"
    PHONE = "phone"
    LETTER = "letter"
    EMAIL = "email"


CHANNEL_LABELS = {
    Channel.ORAL: N_("de vive voix"),
    Channel.PHONE: N_("par téléphone"),
    Channel.LETTER: N_("par lettre"),
    Channel.EMAIL: N_("par courriel"),
}


class Revocation(SQLModel, table=True):
    """The person took a procuration back; it ends at once."""

    __tablename__ = "revocation"

    procuration_id: UUID = Field(primary_key=True, foreign_key="procuration.id", ondelete="CASCADE")
    case_id: UUID = Field(sa_column_args=(_case_key(),), index=True)
    institution_id: UUID = Field(foreign_key="institution.id")
    at: datetime = Field(default_factory=now, sa_type=Moment)
    recorded_by: UUID = Field(foreign_key="person.id")


@visible(Revocation)
def revocation_visible(revocation: type[Revocation]) -> sa.ColumnElement[bool]:
    """Whoever has a part in the case: all are told that access ended, nobody here why."""
    return sees(revocation.case_id, Topic.CASE)


class RevocationGround(SQLModel, table=True):
    """How a revocation reached the institution, and why, if the person said so."""

    __tablename__ = "revocation_ground"

    procuration_id: UUID = Field(primary_key=True, foreign_key="procuration.id", ondelete="CASCADE")
    case_id: UUID = Field(sa_column_args=(_case_key(),), index=True)
    institution_id: UUID = Field(foreign_key="institution.id")
    channel: Channel = Field(sa_type=stored_by_value(Channel))
    reason: str = Field(
        default="", max_length=500, sa_column_kwargs={"comment": "if the person gave one"}
    )


@visible(RevocationGround)
def revocation_ground_visible(ground: type[RevocationGround]) -> sa.ColumnElement[bool]:
    """The institution that recorded the revocation, and nobody else."""
    return sa.and_(
        ground.institution_id == actor_institution,
        sees(ground.case_id, Topic.CASE),
    )
