"""Measures of a case: the catalogue, the proposal and its way, opinion, decision, payments, quarterly statement."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from cii.access.guard import actor_institution, open_to_all, visible
from cii.access.models import sees
from cii.cases.models import key_of_case
from cii.consent.topics import Topic
from cii.consent.visibility import own_or_open
from cii.foundation.choice import Choice
from cii.foundation.clock import now
from cii.foundation.columns import Centimes, Moment, stored_by_value
from cii.foundation.ids import new_id
from cii.foundation.texts import N_
from cii.measures.lifecycle import Move, Stage
from cii.programmes.routing import Decider, Payer, Regime


def _key_of_measure(**options: Any) -> Any:
    return Field(foreign_key="measure.id", ondelete="CASCADE", **options)


class MeasureType(SQLModel, table=True):
    """One entry of the catalogue, as it stands from a day on; a later one with the same code replaces it (VS-07)."""

    __tablename__ = "measure_type"
    __table_args__ = (sa.UniqueConstraint("code", "valid_from"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    code: str = Field(max_length=40)
    valid_from: date
    valid_until: date | None = Field(
        default=None, sa_column_kwargs={"comment": "last day, included"}
    )
    name: str = Field(max_length=120)
    name_de: str = Field(max_length=120)
    regimes: list[str] = Field(
        sa_type=sa.JSON, sa_column_kwargs={"comment": "in whose legal offer it stands (VS-18)"}
    )
    delegated: bool = Field(
        default=False, sa_column_kwargs={"comment": "LACI: to the ORP (VS-19, A-06)"}
    )
    article: dict[str, str] = Field(
        default_factory=dict, sa_type=sa.JSON, sa_column_kwargs={"comment": "by regime"}
    )
    source: str = Field(default="", max_length=400)
    source_de: str = Field(default="", max_length=400)
    product_default: bool = Field(
        default=True, sa_column_kwargs={"comment": "the text is silent, the product chose"}
    )
    changed_by: UUID | None = Field(default=None, foreign_key="person.id")


open_to_all(MeasureType, "which measures the institutions offer is public")


class Provider(Choice):
    """Which institution offers the measure: individually or jointly (VS-07)."""

    ORP = "orp"
    CMS = "cms"
    JOINT = "joint"


PROVIDER_LABELS = {
    Provider.ORP: N_("ORP"),
    Provider.CMS: N_("CMS"),
    Provider.JOINT: N_("ORP et CMS ensemble"),
}


class Measure(SQLModel, table=True):
    """A measure that the tandem proposes, the way that the law gives it, and where it stands (VS-17)."""

    __tablename__ = "measure"
    __table_args__ = (
        sa.Index("ix_measure_case_id", "case_id", "proposed_at"),
        # The inboxes: what waits for this side, the earliest start first.
        sa.Index("ix_measure_turn", "turn_id", "stage", "starts_on", "id"),
        sa.Index("ix_measure_authority", "authority_id", "stage", "since", "id"),
        sa.CheckConstraint("starts_on <= ends_on", name="runs_forward"),
        sa.CheckConstraint("asked >= 0", name="asks_no_negative_amount"),
        sa.CheckConstraint(
            "decided IS NULL OR decided BETWEEN 0 AND asked", name="decides_at_most_what_was_asked"
        ),
        sa.CheckConstraint(
            "paid >= 0 AND paid <= coalesce(decided, 0)", name="pays_at_most_what_was_decided"
        ),
        sa.CheckConstraint(
            "(decided IS NOT NULL) = (stage = 'granted')", name="granted_has_an_amount"
        ),
        sa.CheckConstraint(
            "stage NOT IN ('at-sas', 'at-commune') OR sas_id IS NOT NULL", name="sas_is_named"
        ),
        sa.CheckConstraint(
            "stage NOT IN ('at-commune', 'at-lmmt') OR authority_id IS NOT NULL",
            name="authority_is_named",
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    case_id: UUID = key_of_case()
    institution_id: UUID = Field(foreign_key="institution.id")
    proposed_by: UUID = Field(foreign_key="membership.id")
    proposed_at: datetime = Field(default_factory=now, sa_type=Moment)
    # What is proposed.
    code: str = Field(max_length=40)
    type_id: UUID = Field(
        foreign_key="measure_type.id",
        sa_column_kwargs={"comment": "the entry of the catalogue under which the way was found"},
    )
    provider: Provider = Field(sa_type=stored_by_value(Provider))
    title: str = Field(max_length=200, sa_column_kwargs={"comment": "as the organiser names it"})
    organiser: str = Field(max_length=200)
    goal: str = Field(max_length=2000, sa_column_kwargs={"comment": "why this measure (VS-38)"})
    starts_on: date
    ends_on: date
    asked: Decimal = Field(sa_type=Centimes)
    # What the way depends on.
    regimes: list[str] = Field(sa_type=sa.JSON)
    article_59d: bool = False
    outside_canton: bool = False
    choice: Regime | None = Field(default=None, sa_type=stored_by_value(Regime, name="choice"))
    choice_reason: str = Field(default="", max_length=2000)
    commune_number: int = Field(foreign_key="commune.number")
    # The way, kept as it was found; a decision keeps its own copy.
    regime: Regime = Field(sa_type=stored_by_value(Regime))
    decider: Decider = Field(sa_type=stored_by_value(Decider))
    payer: Payer = Field(sa_type=stored_by_value(Payer))
    edition: str = Field(max_length=40, sa_column_kwargs={"comment": "of the rules"})
    # Where it stands.
    stage: Stage = Field(default=Stage.DRAFT, sa_type=stored_by_value(Stage))
    since: datetime = Field(default_factory=now, sa_type=Moment)
    turn_id: UUID | None = Field(
        default=None,
        sa_column_kwargs={"comment": "whose turn: a membership, or the institution of an inbox"},
    )
    social_worker_id: UUID | None = Field(
        default=None,
        foreign_key="membership.id",
        sa_column_kwargs={"comment": "in charge of the person (VS-34, VS-35)"},
    )
    sas_id: UUID | None = Field(default=None, foreign_key="institution.id")
    authority_id: UUID | None = Field(
        default=None,
        foreign_key="institution.id",
        sa_column_kwargs={"comment": "commune or LMMT, once it is put before it"},
    )
    decided: Decimal | None = Field(default=None, sa_type=Centimes)
    paid: Decimal = Field(default=Decimal("0.00"), sa_type=Centimes)
    version: int = 1


def _put_before(row: Any, *partners: Any) -> sa.ColumnElement[bool]:
    """Who coaches, announced or watches sees every measure; SAS, commune and LMMT what was put before them."""
    return sa.or_(
        own_or_open(row, Topic.EVERY_MEASURE),
        sa.and_(
            sa.or_(*(partner == actor_institution for partner in partners)),
            sees(row.case_id, Topic.MEASURES),
        ),
    )


@visible(Measure)
def measure_visible(measure: type[Measure]) -> sa.ColumnElement[bool]:
    """Its author's institution; whoever sees every measure of the case; SAS, commune and LMMT theirs."""
    return _put_before(measure, measure.sas_id, measure.authority_id)


class MeasureStep(SQLModel, table=True):
    """A move of a measure: who, when, for which institution, with which words. Only added."""

    __tablename__ = "measure_step"
    __table_args__ = (
        # Two at once: the second finds the number taken.
        sa.UniqueConstraint("measure_id", "number"),
        sa.Index("ix_measure_step_case_id", "case_id", "at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    measure_id: UUID = _key_of_measure()
    number: int = Field(sa_column_kwargs={"comment": "the measure's version after the move"})
    case_id: UUID = key_of_case()
    move: Move = Field(sa_type=stored_by_value(Move))
    stage: Stage = Field(sa_type=stored_by_value(Stage), sa_column_kwargs={"comment": "after it"})
    rule: str = Field(max_length=10)
    institution_id: UUID = Field(foreign_key="institution.id")
    membership_id: UUID = Field(foreign_key="membership.id")
    person_id: UUID = Field(foreign_key="person.id")
    addressee_id: UUID | None = Field(
        default=None,
        foreign_key="institution.id",
        sa_column_kwargs={"comment": "the institution whose turn it is then"},
    )
    at: datetime = Field(default_factory=now, sa_type=Moment)
    text: str = Field(default="", max_length=2000)


@visible(MeasureStep)
def measure_step_visible(step: type[MeasureStep]) -> sa.ColumnElement[bool]:
    """Who made it, to whom it is addressed, and whoever sees every measure of the case."""
    return _put_before(step, step.addressee_id)


class Leaning(Choice):
    """What the SAS thinks of a measure (VS-22)."""

    FAVOURABLE = "favourable"
    WITH_RESERVATIONS = "with-reservations"
    UNFAVOURABLE = "unfavourable"


LEANING_LABELS = {
    Leaning.FAVOURABLE: N_("favorable"),
    Leaning.WITH_RESERVATIONS: N_("avec réserves"),
    Leaning.UNFAVOURABLE: N_("défavorable"),
}


class Opinion(SQLModel, table=True):
    """The opinion (préavis) of the SAS on what was transmitted to it (VS-22, A-07). Never changed."""

    __tablename__ = "opinion"
    __table_args__ = (
        sa.UniqueConstraint("measure_id", "number"),
        sa.UniqueConstraint("id", "measure_id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    measure_id: UUID = _key_of_measure()
    number: int = Field(sa_column_kwargs={"comment": "the step with which it was given"})
    case_id: UUID = key_of_case(index=True)
    institution_id: UUID = Field(foreign_key="institution.id")
    authority_id: UUID = Field(
        foreign_key="institution.id", sa_column_kwargs={"comment": "the commune that reads it"}
    )
    membership_id: UUID = Field(foreign_key="membership.id")
    leaning: Leaning = Field(sa_type=stored_by_value(Leaning))
    text: str = Field(default="", max_length=2000)
    at: datetime = Field(default_factory=now, sa_type=Moment)


@visible(Opinion)
def opinion_visible(opinion: type[Opinion]) -> sa.ColumnElement[bool]:
    """The SAS that gave it, the commune that decides, and whoever sees every measure of the case."""
    return _put_before(opinion, opinion.authority_id)


class Outcome(Choice):
    """How an authority decided."""

    GRANTED = "granted"
    REFUSED = "refused"


OUTCOME_LABELS = {
    Outcome.GRANTED: N_("accordée"),
    Outcome.REFUSED: N_("refusée"),
}


class Decision(SQLModel, table=True):
    """A decision, signed once by a named person for a named institution; only its withdrawal is ever added (VS-19, VS-21, VS-23).

    It keeps the way, the entry of the catalogue and the edition of the rules under which it was taken.
    """

    __tablename__ = "decision"
    __table_args__ = (
        # One decision in force: fifty clicks at once are one.
        sa.Index(
            "uq_decision_in_force",
            "measure_id",
            unique=True,
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        ),
        sa.ForeignKeyConstraint(
            ["opinion_id", "measure_id"],
            ["opinion.id", "opinion.measure_id"],
            name="fk_decision_opinion_of_this_measure",
        ),
        sa.CheckConstraint(
            "regime <> 'LIAS' OR opinion_id IS NOT NULL", name="commune_decides_after_the_sas"
        ),
        sa.CheckConstraint(
            "(outcome = 'granted') = (amount IS NOT NULL)", name="only_a_granted_one_has_an_amount"
        ),
        sa.CheckConstraint("outcome <> 'refused' OR reason <> ''", name="a_refusal_has_a_reason"),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL)"
            " AND (withdrawn_at IS NULL) = (withdrawal_reason = '')",
            name="a_withdrawal_has_a_reason",
        ),
        sa.Index("ix_decision_institution_id", "institution_id", "at", "id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    measure_id: UUID = _key_of_measure()
    case_id: UUID = key_of_case(index=True)
    reference: str = Field(
        max_length=30, unique=True, sa_column_kwargs={"comment": "of the document"}
    )
    institution_id: UUID = Field(foreign_key="institution.id")
    sas_id: UUID | None = Field(default=None, foreign_key="institution.id")
    membership_id: UUID = Field(foreign_key="membership.id")
    signed_name: str = Field(max_length=161, sa_column_kwargs={"comment": "as of that day"})
    signed_title: str = Field(default="", max_length=120)
    at: datetime = Field(default_factory=now, sa_type=Moment)
    outcome: Outcome = Field(sa_type=stored_by_value(Outcome))
    amount: Decimal | None = Field(default=None, sa_type=Centimes)
    reason: str = Field(default="", max_length=2000)
    opinion_id: UUID | None = None
    regime: Regime = Field(sa_type=stored_by_value(Regime))
    payer: Payer = Field(sa_type=stored_by_value(Payer))
    edition: str = Field(max_length=40)
    way: list[dict[str, Any]] = Field(
        sa_type=sa.JSON, sa_column_kwargs={"comment": "the steps with who and rule, as shown then"}
    )
    withdrawn_at: datetime | None = Field(default=None, sa_type=Moment)
    withdrawn_by: UUID | None = Field(default=None, foreign_key="membership.id")
    withdrawal_reason: str = Field(default="", max_length=2000)


@visible(Decision)
def decision_visible(decision: type[Decision]) -> sa.ColumnElement[bool]:
    """Who took it, the SAS that gave its opinion, and whoever sees every measure of the case."""
    return _put_before(decision, decision.sas_id)


class PlannedPayment(SQLModel, table=True):
    """What is to be paid for a measure in a quarter, as the social worker in charge plans it (VS-35)."""

    __tablename__ = "planned_payment"
    __table_args__ = (
        sa.CheckConstraint("quarter BETWEEN 1 AND 4", name="a_year_has_four_quarters"),
        sa.CheckConstraint("amount >= 0", name="plans_no_negative_amount"),
    )

    measure_id: UUID = _key_of_measure(primary_key=True)
    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    quarter: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    case_id: UUID = key_of_case(index=True)
    institution_id: UUID = Field(foreign_key="institution.id")
    sas_id: UUID | None = Field(default=None, foreign_key="institution.id")
    authority_id: UUID | None = Field(default=None, foreign_key="institution.id")
    amount: Decimal = Field(sa_type=Centimes)


@visible(PlannedPayment)
def planned_payment_visible(planned: type[PlannedPayment]) -> sa.ColumnElement[bool]:
    """As the measure."""
    return _put_before(planned, planned.sas_id, planned.authority_id)


class Payment(SQLModel, table=True):
    """What a commune paid, with its voucher (VS-24). Never changed: a correction is another line."""

    __tablename__ = "payment"
    __table_args__ = (
        sa.Index("ix_payment_measure_id", "measure_id", "paid_on"),
        sa.Index("ix_payment_institution_id", "institution_id", "year", "quarter", "id"),
        sa.CheckConstraint("quarter BETWEEN 1 AND 4", name="a_year_has_four_quarters"),
        sa.CheckConstraint("amount <> 0", name="pays_something"),
        sa.CheckConstraint(
            "amount > 0 OR corrects_id IS NOT NULL", name="only_a_correction_is_negative"
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    measure_id: UUID = _key_of_measure()
    decision_id: UUID = Field(foreign_key="decision.id")
    case_id: UUID = key_of_case(index=True)
    institution_id: UUID = Field(foreign_key="institution.id")
    sas_id: UUID | None = Field(default=None, foreign_key="institution.id")
    paid_on: date
    year: int = Field(sa_column_kwargs={"comment": "of the statement that accounts for it"})
    quarter: int
    amount: Decimal = Field(sa_type=Centimes)
    voucher: str = Field(max_length=60)
    corrects_id: UUID | None = Field(default=None, foreign_key="payment.id")
    entered_by: UUID = Field(foreign_key="membership.id")
    entered_at: datetime = Field(default_factory=now, sa_type=Moment)


@visible(Payment)
def payment_visible(payment: type[Payment]) -> sa.ColumnElement[bool]:
    """The commune that paid, the SAS of the measure, and whoever sees every measure of the case."""
    return _put_before(payment, payment.sas_id)


class StatementState(Choice):
    """Where a quarterly statement stands (VS-25)."""

    DRAFT = "draft"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned"


STATEMENT_STATE_LABELS = {
    StatementState.DRAFT: N_("brouillon"),
    StatementState.SENT: N_("transmis"),
    StatementState.ACKNOWLEDGED: N_("accepté"),
    StatementState.RETURNED: N_("retourné"),
}


class Statement(SQLModel, table=True):
    """A commune's account of a calendar quarter for the SAS (VS-25, A-04). What was sent never changes."""

    __tablename__ = "statement"
    __table_args__ = (
        sa.UniqueConstraint("institution_id", "year", "quarter"),
        sa.Index("ix_statement_quarter", "year", "quarter", "state"),
        sa.CheckConstraint("quarter BETWEEN 1 AND 4", name="a_year_has_four_quarters"),
        sa.CheckConstraint("(state = 'draft') = (sent_at IS NULL)", name="sent_has_a_moment"),
        sa.CheckConstraint("state <> 'returned' OR comment <> ''", name="returned_has_a_comment"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    institution_id: UUID = Field(foreign_key="institution.id")
    sas_id: UUID = Field(foreign_key="institution.id")
    year: int
    quarter: int
    state: StatementState = Field(
        default=StatementState.DRAFT, sa_type=stored_by_value(StatementState)
    )
    total: Decimal = Field(default=Decimal("0.00"), sa_type=Centimes)
    sent_at: datetime | None = Field(default=None, sa_type=Moment)
    sent_by: UUID | None = Field(default=None, foreign_key="membership.id")
    answered_at: datetime | None = Field(default=None, sa_type=Moment)
    answered_by: UUID | None = Field(default=None, foreign_key="membership.id")
    comment: str = Field(default="", max_length=2000)


@visible(Statement)
def statement_visible(statement: type[Statement]) -> sa.ColumnElement[bool]:
    """The commune that draws it up; the SAS, once it is sent."""
    return sa.or_(
        statement.institution_id == actor_institution,
        sa.and_(statement.sas_id == actor_institution, statement.state != StatementState.DRAFT),
    )


class StatementLine(SQLModel, table=True):
    """One measure in a sent statement: reference, decision and amounts, and nothing about the person.

    It stays when the person's procuration ends: it is the commune's own account.
    """

    __tablename__ = "statement_line"

    statement_id: UUID = Field(primary_key=True, foreign_key="statement.id", ondelete="CASCADE")
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    institution_id: UUID = Field(foreign_key="institution.id")
    sas_id: UUID = Field(foreign_key="institution.id")
    decision_reference: str = Field(max_length=30)
    code: str = Field(max_length=40)
    starts_on: date
    ends_on: date
    decided: Decimal = Field(sa_type=Centimes)
    paid_before: Decimal = Field(sa_type=Centimes)
    paid: Decimal = Field(sa_type=Centimes, sa_column_kwargs={"comment": "in this quarter"})
    corrections: Decimal = Field(
        sa_type=Centimes, sa_column_kwargs={"comment": "of earlier quarters, part of paid"}
    )


@visible(StatementLine)
def statement_line_visible(line: type[StatementLine]) -> sa.ColumnElement[bool]:
    """The commune and the SAS of the statement; lines are written when it is sent."""
    return sa.or_(line.institution_id == actor_institution, line.sas_id == actor_institution)


class MeasureReminder(SQLModel, table=True):
    """A day on which somebody is reminded of a measure that still waits (10 and 20 days, product defaults)."""

    __tablename__ = "measure_reminder"
    __table_args__ = (sa.Index("ix_measure_reminder_due_on", "sent_at", "due_on"),)

    measure_id: UUID = _key_of_measure(primary_key=True)
    number: int = Field(
        primary_key=True,
        sa_column_kwargs={"comment": "the step since which it waits", "autoincrement": False},
    )
    to_head: bool = Field(primary_key=True)
    case_id: UUID = key_of_case(index=True)
    reader_id: UUID
    due_on: date
    sent_at: datetime | None = Field(default=None, sa_type=Moment)


@visible(MeasureReminder)
def measure_reminder_visible(reminder: type[MeasureReminder]) -> sa.ColumnElement[bool]:
    """Whoever sees every measure of the case."""
    return sees(reminder.case_id, Topic.EVERY_MEASURE)
