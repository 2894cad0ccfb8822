"""The access table: which reader sees which topics of which case, and from when until when.

It is derived from the parts and the procurations (cii.consent.derive) in the transaction that
changes them, and never written otherwise. The visibility rules of all tables read it. The state of
the case stands beside, for lists of one state: the database itself keeps it equal to the case's.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from cii.access.guard import Refused, actor_day, actor_reader, derived, visible
from cii.access.statements import RULE_ALIAS
from cii.foundation.clock import now
from cii.foundation.columns import Moment

ALWAYS = date(9999, 12, 31)


class CaseAccess(SQLModel, table=True):
    """One reader's sight of one case in one period; the topics are a set of bits (consent.topics)."""

    __tablename__ = "case_access"
    __table_args__ = (
        sa.CheckConstraint("valid_from <= valid_until", name="period_runs_forward"),
        # The work list of a reader, in its order, without touching the table.
        sa.Index(
            "ix_case_access_work_list",
            "reader_id",
            "changed_at",
            "case_id",
            "topics",
            "valid_from",
            "valid_until",
        ),
        # The same for one state, which stands first: no list of all states is looked for here.
        sa.Index(
            "ix_case_access_state",
            "state",
            "reader_id",
            "changed_at",
            "case_id",
            "topics",
            "valid_from",
            "valid_until",
        ),
        sa.Index("ix_case_access_case_id", "case_id"),
        # A line follows its case to the next state: nothing that moves a case can forget it.
        sa.ForeignKeyConstraint(
            ["case_id", "state"],
            ["cases.id", "cases.state"],
            onupdate="CASCADE",
            ondelete="CASCADE",
            deferrable=True,
            initially="DEFERRED",
        ),
    )

    reader_id: UUID = Field(primary_key=True)
    case_id: UUID = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    valid_until: date = Field(default=ALWAYS, sa_column_kwargs={"comment": "last day, included"})
    topics: int = Field(sa_column_kwargs={"comment": "bits of consent.topics.Topic"})
    changed_at: datetime = Field(
        default_factory=now,
        sa_type=Moment,
        sa_column_kwargs={"comment": "last change that this reader can see"},
    )
    state: str = Field(max_length=40, sa_column_kwargs={"comment": "the state of the case"})


_rule_access = CaseAccess.__table__.alias(RULE_ALIAS)  # type: ignore[attr-defined]


@visible(CaseAccess)
def case_access_visible(access: type[CaseAccess]) -> sa.ColumnElement[bool]:
    """The reader's own lines."""
    return access.reader_id == actor_reader


derived(CaseAccess)


def sees(case_id: Any, topics: Any) -> sa.ColumnElement[bool]:
    """The actor sees every one of these topics (a column, or constant bits) of the case today.

    Several topics are put together outside of the rule, as a constant of the module; Refused otherwise.
    """
    if isinstance(topics, sa.BooleanClauseList):
        # SQLAlchemy reads what stands inside a rule as SQL: there, | is OR, which is true for anybody.
        raise Refused("several topics are put together outside of the rule")
    # A literal, not a parameter: policies and statements built once carry the bits themselves.
    wanted = sa.literal_column(str(int(topics))) if isinstance(topics, int) else topics
    bits = sa.type_coerce(_rule_access.c.topics, sa.Integer).op("&")(
        sa.type_coerce(wanted, sa.Integer)
    )
    # Correlated, so that it looks at the lines of the rows in question and not at all of a reader's.
    return (
        sa.exists()
        .where(
            _rule_access.c.case_id == case_id,
            _rule_access.c.reader_id == actor_reader,
            _rule_access.c.valid_from <= actor_day,
            _rule_access.c.valid_until >= actor_day,
            bits == sa.type_coerce(wanted, sa.Integer),
        )
        .correlate_except(_rule_access)
    )
