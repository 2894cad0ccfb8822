"""The case: its cover, who the person is, what was announced by topic, its tandem, its steps."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from cii.access.actor import Kind
from cii.access.guard import actor_institution, actor_person, nobody, visible
from cii.access.models import sees
from cii.cases.lifecycle import State
from cii.consent.topics import Topic
from cii.consent.visibility import own, own_or_open
from cii.foundation.clock import now
from cii.foundation.columns import Moment, stored_by_value
from cii.foundation.ids import new_id
from cii.foundation.texts import N_
from cii.programmes.eligibility import Ground, InsertionStatus, PastMeasureKind
from cii.programmes.routing import Origin

# Who announces cases, and as which side.
ORIGINS = {Kind.ORP: Origin.ORP, Kind.CMS: Origin.SOCIAL_AID}


def key_of_case(**options: Any) -> Any:
    """The column of a row that belongs to a case and goes with it."""
    return Field(foreign_key="cases.id", ondelete="CASCADE", **options)


class Case(SQLModel, table=True):
    """The cover of a file: a reference and where it stands; nothing about the person."""

    __tablename__ = "cases"
    __table_args__ = (
        # What waits, the longest waiting first: for the bureau CII, and for who announced it.
        sa.Index("ix_cases_state", "state", "since", "id"),
        sa.Index("ix_cases_announced", "announcing_institution_id", "state", "since", "id"),
        # What the lines of the access table refer to, so that they follow from state to state.
        sa.Index("ix_cases_id_state", "id", "state", unique=True),
        sa.UniqueConstraint(
            "announcing_institution_id", "office_reference", name="uq_cases_office_reference"
        ),
        sa.CheckConstraint(
            "state <> 'suspended' OR state_before IS NOT NULL", name="suspended_knows_whereto"
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    reference: str = Field(max_length=20, unique=True, sa_column_kwargs={"comment": "VS-2026-0142"})
    programme: str = Field(default="vs-tandem", max_length=20)
    origin: Origin = Field(sa_type=stored_by_value(Origin))
    announcing_institution_id: UUID = Field(foreign_key="institution.id")
    announcing_membership_id: UUID = Field(foreign_key="membership.id")
    office_reference: str | None = Field(
        default=None,
        max_length=40,
        sa_column_kwargs={"comment": "the announcing office's own, from an import"},
    )
    state: State = Field(sa_type=stored_by_value(State))
    since: datetime = Field(
        default_factory=now, sa_type=Moment, sa_column_kwargs={"comment": "in this state"}
    )
    state_before: State | None = Field(
        default=None,
        sa_type=stored_by_value(State, name="state_before"),
        sa_column_kwargs={"comment": "to return to from suspension"},
    )
    announced_on: date | None = None
    created_at: datetime = Field(default_factory=now, sa_type=Moment)


@visible(Case)
def case_visible(case: type[Case]) -> sa.ColumnElement[bool]:
    """Every institution that has a part in it."""
    return sees(case.id, Topic.CASE)


class CaseNumber(SQLModel, table=True):
    """The last number given in a year; the next reference comes from here."""

    __tablename__ = "case_number"

    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    last: int = 0


visible(CaseNumber)(nobody)


class AnnouncementDraft(SQLModel, table=True):
    """What was typed so far, as it was typed; becomes an announcement or is thrown away."""

    __tablename__ = "announcement_draft"

    case_id: UUID = key_of_case(primary_key=True)
    institution_id: UUID = Field(foreign_key="institution.id")
    typed: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    saved_at: datetime = Field(default_factory=now, sa_type=Moment)


@visible(AnnouncementDraft)
def announcement_draft_visible(draft: type[AnnouncementDraft]) -> sa.ColumnElement[bool]:
    """The institution that is writing it."""
    return own(draft)


class CaseIdentity(SQLModel, table=True):
    """Who the person is and how to reach him or her. Topic: identity."""

    __tablename__ = "case_identity"
    __table_args__ = (
        sa.Index("ix_case_identity_search_name", "search_name"),
        sa.Index("ix_case_identity_avs_number", "avs_number"),
    )

    case_id: UUID = key_of_case(primary_key=True)
    institution_id: UUID = Field(foreign_key="institution.id")
    first_name: str = Field(max_length=80)
    last_name: str = Field(max_length=80)
    search_name: str = Field(
        max_length=170, sa_column_kwargs={"comment": "last and first name, folded"}
    )
    birth_date: date
    avs_number: str = Field(max_length=13, sa_column_kwargs={"comment": "13 digits"})
    street: str = Field(default="", max_length=120)
    postcode: str = Field(default="", max_length=10)
    place: str = Field(default="", max_length=80)
    commune_number: int = Field(foreign_key="commune.number")
    language: str = Field(max_length=2)
    phone: str = Field(default="", max_length=40)
    email: str = Field(default="", max_length=200)


@visible(CaseIdentity)
def case_identity_visible(identity: type[CaseIdentity]) -> sa.ColumnElement[bool]:
    """Its author's institution; institutions to which the person opened the identity."""
    return own_or_open(identity, Topic.IDENTITY)


# Risk factors as offices name them; another one can be written in words (VS-08).
RISK_FACTORS = {
    "separation": N_("séparation récente"),
    "employer-conflict": N_("conflit avec l’employeur"),
    "language": N_("langue"),
    "health": N_("santé"),
    "debts": N_("dettes"),
    "childcare": N_("garde d’enfants"),
    "long-absence": N_("longue absence du marché du travail"),
    "no-diploma": N_("absence de diplôme"),
    "mobility": N_("mobilité réduite"),
    "housing": N_("logement précaire"),
}


class CaseSocial(SQLModel, table=True):
    """Ground, risk factors and the follow-up by a CMS. Topic: social (VS-08, VS-09)."""

    __tablename__ = "case_social"

    case_id: UUID = key_of_case(primary_key=True)
    institution_id: UUID = Field(foreign_key="institution.id")
    ground: Ground | None = Field(default=None, sa_type=stored_by_value(Ground))
    risk_factors: list[str] = Field(
        default_factory=list,
        sa_type=sa.JSON,
        sa_column_kwargs={
            "comment": "keys of RISK_FACTORS, or the announcing professional's own words"
        },
    )
    followed_by_cms: bool | None = None
    cms_membership_id: UUID | None = Field(default=None, foreign_key="membership.id")


@visible(CaseSocial)
def case_social_visible(social: type[CaseSocial]) -> sa.ColumnElement[bool]:
    """Its author's institution; institutions to which the person opened the social situation."""
    return own_or_open(social, Topic.SOCIAL)


class CaseEmployment(SQLModel, table=True):
    """Regimes, difficulties, potential and verifications. Topic: employment (VS-09 to VS-13)."""

    __tablename__ = "case_employment"

    case_id: UUID = key_of_case(primary_key=True)
    institution_id: UUID = Field(foreign_key="institution.id")
    regimes: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    followed_by_orp: bool | None = None
    orp_membership_id: UUID | None = Field(default=None, foreign_key="membership.id")
    limited_adapted_activity: bool = False
    doubtful_placement_aptitude: bool = False
    insertion: InsertionStatus | None = Field(
        default=None, sa_type=stored_by_value(InsertionStatus)
    )
    potential: bool | None = None
    potential_reason: str = Field(default="", max_length=2000)
    employability_verified_on: date | None = None
    integration_indicated: bool | None = None


@visible(CaseEmployment)
def case_employment_visible(employment: type[CaseEmployment]) -> sa.ColumnElement[bool]:
    """Its author's institution; institutions to which the person opened employment."""
    return own_or_open(employment, Topic.EMPLOYMENT)


class PastMeasure(SQLModel, table=True):
    """A measure the person has taken part in before. Topic: employment (VS-10)."""

    __tablename__ = "past_measure"
    __table_args__ = (sa.Index("ix_past_measure_case_id", "case_id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    case_id: UUID = key_of_case()
    institution_id: UUID = Field(foreign_key="institution.id")
    kind: PastMeasureKind = Field(sa_type=stored_by_value(PastMeasureKind))
    name: str = Field(default="", max_length=200)
    ended_on: date | None = None


@visible(PastMeasure)
def past_measure_visible(measure: type[PastMeasure]) -> sa.ColumnElement[bool]:
    """Its author's institution; institutions to which the person opened employment."""
    return own_or_open(measure, Topic.EMPLOYMENT)


class CaseNeed(SQLModel, table=True):
    """Why an intensive coaching is needed. Topic: coaching (VS-14)."""

    __tablename__ = "case_need"

    case_id: UUID = key_of_case(primary_key=True)
    institution_id: UUID = Field(foreign_key="institution.id")
    intensive_coaching: bool | None = None
    reason: str = Field(default="", max_length=2000)


@visible(CaseNeed)
def case_need_visible(need: type[CaseNeed]) -> sa.ColumnElement[bool]:
    """Its author's institution; institutions to which the person opened the coaching."""
    return own_or_open(need, Topic.COACHING)


class Tandem(SQLModel, table=True):
    """One ORP adviser and one CMS social worker (VS-01); named by the bureau CII."""

    __tablename__ = "tandem"
    __table_args__ = (
        sa.CheckConstraint("orp_membership_id <> cms_membership_id", name="two_people"),
        sa.Index("ix_tandem_orp_membership_id", "orp_membership_id"),
        sa.Index("ix_tandem_cms_membership_id", "cms_membership_id"),
    )

    case_id: UUID = key_of_case(primary_key=True)
    orp_membership_id: UUID = Field(foreign_key="membership.id")
    cms_membership_id: UUID = Field(foreign_key="membership.id")
    named_by: UUID = Field(foreign_key="person.id")
    named_on: date
    ended_on: date | None = None


@visible(Tandem)
def tandem_visible(tandem: type[Tandem]) -> sa.ColumnElement[bool]:
    """Every institution that has a part in the case."""
    return sees(tandem.case_id, Topic.CASE)


class CaseStep(SQLModel, table=True):
    """A change of state: who, when, for which institution, on which ground."""

    __tablename__ = "case_step"
    __table_args__ = (sa.Index("ix_case_step_case_id", "case_id", "at"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    case_id: UUID = key_of_case()
    state: State = Field(sa_type=stored_by_value(State))
    at: datetime = Field(default_factory=now, sa_type=Moment)
    person_id: UUID | None = Field(default=None, foreign_key="person.id")
    institution_id: UUID | None = Field(default=None, foreign_key="institution.id")
    ground: str = Field(
        default="", max_length=40, sa_column_kwargs={"comment": "rule or code of the ground"}
    )


@visible(CaseStep)
def case_step_visible(step: type[CaseStep]) -> sa.ColumnElement[bool]:
    """Every institution that has a part in the case; the reasons stand in CaseAnswer."""
    return sees(step.case_id, Topic.CASE)


class CaseAnswer(SQLModel, table=True):
    """What the bureau CII answered: a question to complete, or a refusal with reason and next steps."""

    __tablename__ = "case_answer"
    __table_args__ = (sa.Index("ix_case_answer_case_id", "case_id", "at"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    case_id: UUID = key_of_case()
    state: State = Field(sa_type=stored_by_value(State))
    at: datetime = Field(default_factory=now, sa_type=Moment)
    person_id: UUID = Field(foreign_key="person.id")
    institution_id: UUID = Field(foreign_key="institution.id")
    addressee_id: UUID = Field(foreign_key="institution.id")
    text: str = Field(max_length=2000)
    next_steps: str = Field(default="", max_length=2000)


@visible(CaseAnswer)
def case_answer_visible(answer: type[CaseAnswer]) -> sa.ColumnElement[bool]:
    """The bureau that wrote it and the institution that announced the case."""
    return sa.and_(
        sa.or_(
            answer.institution_id == actor_institution, answer.addressee_id == actor_institution
        ),
        sees(answer.case_id, Topic.CASE),
    )


class ImportRun(SQLModel, table=True):
    """A file of announcements on its way: read in steps, shown as a preview, imported at once."""

    __tablename__ = "import_run"
    __table_args__ = (sa.Index("ix_import_run_person_id", "person_id", "started_at"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id")
    institution_id: UUID = Field(foreign_key="institution.id")
    file_name: str = Field(max_length=200)
    started_at: datetime = Field(default_factory=now, sa_type=Moment)
    rows: int = 0
    rows_read: int = Field(default=0, sa_column_kwargs={"comment": "rows checked so far"})
    last_line: int = Field(default=0, sa_column_kwargs={"comment": "line of the last one"})
    wrong: int = 0
    known: int = 0
    finished_at: datetime | None = Field(default=None, sa_type=Moment)
    announced: int = 0
    to_complete: int = 0


@visible(ImportRun)
def import_run_visible(run: type[ImportRun]) -> sa.ColumnElement[bool]:
    """The person who started it, while he or she acts for the same institution."""
    return _own_import(run)


def _own_import(row: Any) -> sa.ColumnElement[bool]:
    return sa.and_(row.person_id == actor_person, row.institution_id == actor_institution)


class ImportRow(SQLModel, table=True):
    """One row of such a file, with its errors by column; deleted with its run."""

    __tablename__ = "import_row"

    run_id: UUID = Field(primary_key=True, foreign_key="import_run.id", ondelete="CASCADE")
    line: int = Field(
        primary_key=True, sa_column_kwargs={"comment": "line of the file", "autoincrement": False}
    )
    person_id: UUID = Field(foreign_key="person.id")
    institution_id: UUID = Field(foreign_key="institution.id")
    cells: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    errors: list[Any] = Field(default_factory=list, sa_type=sa.JSON)
    wrong: bool = Field(default=False, sa_column_kwargs={"comment": "has errors"})
    known: bool = Field(
        default=False, sa_column_kwargs={"comment": "already imported: changes nothing"}
    )


@visible(ImportRow)
def import_row_visible(row: type[ImportRow]) -> sa.ColumnElement[bool]:
    """As its run."""
    return _own_import(row)
