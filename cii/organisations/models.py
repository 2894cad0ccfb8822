"""Institutions, people, their memberships, deputies, and the register of communes."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import event
from sqlmodel import Field, SQLModel

from cii.access.actor import Kind, Seat
from cii.access.guard import actor_institution, open_to_all, visible
from cii.foundation.clock import now
from cii.foundation.columns import Moment, stored_by_value
from cii.foundation.ids import new_id
from cii.foundation.names import search_key


class Commune(SQLModel, table=True):
    """One of the 122 communes of Valais. Sources: OFS/BFS, swisstopo; state 1 January 2026."""

    __tablename__ = "commune"

    number: int = Field(
        primary_key=True, sa_column_kwargs={"comment": "BFS number", "autoincrement": False}
    )
    name: str = Field(max_length=80)
    other_name: str = Field(
        default="", max_length=80, sa_column_kwargs={"comment": "in the other language"}
    )
    district_fr: str = Field(max_length=80)
    district_de: str = Field(max_length=80)
    language: str = Field(max_length=2)
    cms_region: str = Field(default="", max_length=60)
    postcodes: str = Field(default="", max_length=200)

    def name_in(self, language: str) -> str:
        """Its name in a language, if it has one there; else its only one."""
        return self.name if self.language == language else self.other_name or self.name


open_to_all(Commune, "the register of communes is public")


class Institution(SQLModel, table=True):
    """An office, a centre, a commune, a service, the bureau CII, or the platform itself."""

    __tablename__ = "institution"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: Kind = Field(sa_type=stored_by_value(Kind))
    name: str = Field(max_length=120, unique=True)
    name_de: str = Field(max_length=120)
    language: str = Field(default="fr", max_length=2)
    commune_number: int | None = Field(default=None, foreign_key="commune.number", unique=True)
    active: bool = True


open_to_all(Institution, "which institutions take part is public")


class Person(SQLModel, table=True):
    """Somebody who works with the product. Persons who are coached are never in this table."""

    __tablename__ = "person"
    __table_args__ = (sa.Index("ix_person_search_name", "search_name", "id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    first_name: str = Field(max_length=80)
    last_name: str = Field(max_length=80)
    email: str = Field(max_length=200, unique=True, sa_column_kwargs={"comment": "in lower case"})
    language: str = Field(default="fr", max_length=2)
    phone: str = Field(default="", max_length=40)
    active: bool = True
    search_name: str = Field(
        default="", max_length=340, sa_column_kwargs={"comment": "last and first name, folded"}
    )

    @property
    def name(self) -> str:
        """First name and last name."""
        return f"{self.first_name} {self.last_name}"


@event.listens_for(Person, "before_insert")
@event.listens_for(Person, "before_update")
def _fold_name(mapper: Any, connection: Any, person: Person) -> None:
    # Lists are sorted and searched by it: databases compare accents each in their own way.
    person.search_name = search_key(f"{person.last_name} {person.first_name}")


class Membership(SQLModel, table=True):
    """A person's seat in an institution; one person may hold several."""

    __tablename__ = "membership"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "institution_id"),
        sa.Index("ix_membership_institution_id", "institution_id"),
        sa.CheckConstraint(
            "activity_rate IS NULL OR (activity_rate >= 0 AND activity_rate <= 100)",
            name="rate_is_a_percentage",
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id")
    institution_id: UUID = Field(foreign_key="institution.id")
    seat: Seat = Field(sa_type=stored_by_value(Seat))
    title: str = Field(
        default="", max_length=120, sa_column_kwargs={"comment": "function, as signed"}
    )
    activity_rate: Decimal | None = Field(
        default=None,
        max_digits=5,
        decimal_places=2,
        sa_column_kwargs={"comment": "percent of a post spent in tandems (VS-15, VS-16)"},
    )
    active: bool = True


def membership_of_own_institution(seat: type[Membership]) -> sa.ColumnElement[bool]:
    """The seats of the own institution."""
    return seat.institution_id == actor_institution


def only_in_own_institution(row: Any) -> sa.ColumnElement[bool]:
    """Rows of people without a seat elsewhere: whoever changes them changes nobody else's colleague."""
    person = row.id if row is Person else row.person_id
    seats = Membership.__table__.alias("seat_elsewhere")  # type: ignore[attr-defined]
    return ~(
        sa.exists()
        .where(seats.c.person_id == person, seats.c.institution_id != actor_institution)
        .correlate_except(seats)
    )


open_to_all(
    Membership,
    "who works where is known to those who work together",
    own=membership_of_own_institution,
)
open_to_all(
    Person,
    "professionals are known by name to those who work with them",
    own=only_in_own_institution,
)


class Deputyship(SQLModel, table=True):
    """Somebody stands in for a colleague of the same institution and seat, from one day to another (A-11)."""

    __tablename__ = "deputyship"
    __table_args__ = (
        sa.CheckConstraint("starts_on <= ends_on", name="runs_forward"),
        sa.CheckConstraint("absent_id <> deputy_id", name="deputy_is_somebody_else"),
        sa.Index("ix_deputyship_absent_id", "absent_id"),
        sa.Index("ix_deputyship_institution_id", "institution_id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    institution_id: UUID = Field(foreign_key="institution.id")
    absent_id: UUID = Field(foreign_key="membership.id")
    deputy_id: UUID = Field(foreign_key="membership.id")
    starts_on: date
    ends_on: date = Field(sa_column_kwargs={"comment": "last day, included"})
    named_by: UUID = Field(foreign_key="person.id")
    named_at: datetime = Field(default_factory=now, sa_type=Moment)


@visible(Deputyship)
def deputyship_visible(deputyship: type[Deputyship]) -> sa.ColumnElement[bool]:
    """The institution in which it is agreed."""
    return deputyship.institution_id == actor_institution
