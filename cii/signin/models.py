"""Passwords, sessions, attempts and identity providers: read by the sign-in alone."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from cii.access.guard import nobody, visible
from cii.foundation.clock import now
from cii.foundation.columns import Moment
from cii.foundation.ids import new_id


class Credential(SQLModel, table=True):
    """The hash of somebody's password (argon2id)."""

    __tablename__ = "credential"

    person_id: UUID = Field(primary_key=True, foreign_key="person.id")
    password_hash: str = Field(max_length=200)
    changed_at: datetime = Field(default_factory=now, sa_type=Moment)


visible(Credential)(nobody)


class SignedInSession(SQLModel, table=True):
    """A browser in which somebody is signed in; the cookie holds a secret of which this is the hash."""

    __tablename__ = "signed_in_session"
    __table_args__ = (sa.Index("ix_signed_in_session_person_id", "person_id"),)

    token_hash: bytes = Field(primary_key=True, sa_type=sa.LargeBinary(32))
    person_id: UUID = Field(foreign_key="person.id")
    membership_id: UUID = Field(
        foreign_key="membership.id", sa_column_kwargs={"comment": "the acting institution"}
    )
    started_at: datetime = Field(default_factory=now, sa_type=Moment)
    seen_at: datetime = Field(default_factory=now, sa_type=Moment)
    ends_at: datetime = Field(sa_type=Moment, sa_column_kwargs={"comment": "absolute limit"})
    browser: str = Field(default="", max_length=200)
    address: str = Field(default="", max_length=60)
    vouched_by: UUID | None = Field(
        default=None,
        foreign_key="institution.id",
        sa_column_kwargs={
            "comment": "institution whose identity provider signed the person in: acts for no other"
        },
    )


visible(SignedInSession)(nobody)


class SignInAttempt(SQLModel, table=True):
    """A failed attempt, counted by account and by address; kept for a day."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (sa.Index("ix_sign_in_attempt_key_at", "key", "at"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    key: str = Field(
        max_length=100, sa_column_kwargs={"comment": "hash of the account or the address"}
    )
    at: datetime = Field(default_factory=now, sa_type=Moment)


visible(SignInAttempt)(nobody)


class IdentityProvider(SQLModel, table=True):
    """An institution's own OpenID Connect provider."""

    __tablename__ = "identity_provider"

    institution_id: UUID = Field(primary_key=True, foreign_key="institution.id")
    issuer: str = Field(max_length=300)
    client_id: str = Field(max_length=200)
    secret_name: str = Field(
        max_length=80,
        sa_column_kwargs={"comment": "environment variable that holds the client's secret"},
    )
    vouches_for_email: bool = Field(
        default=False,
        sa_column_kwargs={
            "comment": "the institution assigns the addresses itself: email_verified may be absent"
        },
    )
    active: bool = True


visible(IdentityProvider)(nobody)
