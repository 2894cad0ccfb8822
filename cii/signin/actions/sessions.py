"""Starting, keeping and ending sessions."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import select

from cii.access.actor import Actor
from cii.access.store import Store
from cii.access.system import Reason, SystemSession
from cii.audit.actions import record_by_system
from cii.audit.models import Act
from cii.foundation.clock import now, today
from cii.organisations.models import Institution, Membership, Person
from cii.settings import Settings
from cii.signin.actions.attempts import sweep_attempts
from cii.signin.models import SignedInSession
from cii.signin.queries import SIGNED_IN


class Found(NamedTuple):
    """The actor behind a session, and whether the session's last use should be noted."""

    actor: Actor
    note_use: bool


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()


def find_session(store: Store, settings: Settings, token: str) -> Found | None:
    """Who is signed in with this token; None when the session ended, was idle too long or never was."""
    rows = SIGNED_IN.run(store, token_hash=_hash(token))
    if not rows:
        return None
    (
        person,
        first,
        last,
        language,
        membership,
        seat,
        institution,
        kind,
        name,
        name_de,
        seen,
        ends,
        seats,
    ) = rows[0]
    moment = now()
    if moment >= ends or moment - seen >= timedelta(minutes=settings.idle_minutes):
        return None
    actor = Actor(
        person=person,
        membership=membership,
        institution=institution,
        kind=kind,
        seat=seat,
        day=today(),
        language=language,
        name=f"{first} {last}",
        institution_name=name_de if language == "de" else name,
        seats=seats,
    )
    return Found(actor, moment - seen >= timedelta(minutes=1))


def note_use(store: Store, token: str) -> None:
    """Move the idle limit; called at most once a minute for each session."""
    with store.system(Reason.SIGN_IN) as session:
        row = session.get(SignedInSession, _hash(token))
        if row is not None:
            row.seen_at = now()
            session.add(row)


def memberships_of(
    session: SystemSession, person_id: UUID, vouched_by: UUID | None = None
) -> list[tuple[Membership, Institution]]:
    """The active seats of a person (in one institution alone), in the order of the institutions' names."""
    statement = (
        select(Membership, Institution)
        .join(Institution, Institution.id == Membership.institution_id)
        .where(Membership.person_id == person_id, Membership.active, Institution.active)
        .order_by(Institution.name)
    )
    if vouched_by is not None:
        statement = statement.where(Membership.institution_id == vouched_by)
    return list(session.exec(statement).all())


def start_session(
    session: SystemSession,
    settings: Settings,
    person: Person,
    *,
    how: str,
    browser: str,
    address: str,
    vouched_by: UUID | None = None,
    replaces: str | None = None,
) -> str | None:
    """Sign a person in; the new token, or None when he or she has no active seat to act for.

    `vouched_by` is the institution whose identity provider says who it is: the session acts for it
    alone. `replaces` is the token of the session that the browser had before.
    """
    seats = memberships_of(session, person.id, vouched_by)
    if not person.active or not seats:
        return None
    if replaces is not None:
        _end(session, replaces)
    membership, institution = seats[0]
    token = secrets.token_urlsafe(32)
    session.add(
        SignedInSession(
            token_hash=_hash(token),
            person_id=person.id,
            membership_id=membership.id,
            ends_at=now() + timedelta(hours=settings.session_hours),
            browser=browser[:200],
            address=address[:60],
            vouched_by=vouched_by,
        )
    )
    record_by_system(
        session, Act.SIGNED_IN, person_id=person.id, institution_id=institution.id, ground=how
    )
    return token


def end_session(store: Store, actor: Actor, token: str) -> None:
    """Sign out of this browser."""
    with store.system(Reason.SIGN_IN) as session:
        _end(session, token)
        record_by_system(
            session, Act.SIGNED_OUT, person_id=actor.person, institution_id=actor.institution
        )


def _end(session: SystemSession, token: str) -> None:
    session.execute(sa.delete(SignedInSession).where(SignedInSession.token_hash == _hash(token)))


def end_all_sessions(
    session: SystemSession, person_id: UUID, *, except_token: str | None = None
) -> None:
    """Sign a person out everywhere, or everywhere else."""
    statement = sa.delete(SignedInSession).where(SignedInSession.person_id == person_id)
    if except_token is not None:
        statement = statement.where(SignedInSession.token_hash != _hash(except_token))
    session.execute(statement)


def sign_out_everywhere(store: Store, actor: Actor) -> None:
    """End all one's own sessions, this one included."""
    with store.system(Reason.SIGN_IN) as session:
        end_all_sessions(session, actor.person)
        record_by_system(
            session,
            Act.SIGNED_OUT,
            person_id=actor.person,
            institution_id=actor.institution,
            ground="everywhere",
        )


@dataclass(frozen=True)
class Account:
    """What somebody can see of his or her own account."""

    person: Person
    seats: list[tuple[Membership, Institution]]
    sessions: list[SignedInSession]
    this_session: SignedInSession


def account_of(store: Store, settings: Settings, actor: Actor, token: str) -> Account:
    """The person, the seats for which this session can act, and the sessions that have not ended."""
    moment = now()
    with store.system(Reason.SIGN_IN, writes=False) as session:
        this_session = session.get_one(SignedInSession, _hash(token))
        sessions = session.exec(
            select(SignedInSession)
            .where(
                SignedInSession.person_id == actor.person,
                SignedInSession.ends_at > moment,
                SignedInSession.seen_at > moment - timedelta(minutes=settings.idle_minutes),
            )
            .order_by(SignedInSession.seen_at.desc())
        ).all()
        return Account(
            person=session.get_one(Person, actor.person),
            seats=memberships_of(session, actor.person, this_session.vouched_by),
            sessions=list(sessions),
            this_session=this_session,
        )


def act_for(store: Store, actor: Actor, token: str, membership_id: UUID) -> bool:
    """Switch the acting institution to another seat of the same person; False if it is not one."""
    with store.system(Reason.SIGN_IN) as session:
        row = session.get(SignedInSession, _hash(token))
        if row is None:
            return False
        seats = memberships_of(session, actor.person, row.vouched_by)
        if membership_id not in {membership.id for membership, _ in seats}:
            return False
        row.membership_id = membership_id
        session.add(row)
    return True


def speak(store: Store, actor: Actor, language: str) -> None:
    """Choose the language of this person's screens, letters and mails."""
    with store.system(Reason.SIGN_IN) as session:
        person = session.get(Person, actor.person)
        if person is not None:
            person.language = language
            session.add(person)


def sweep(store: Store, settings: Settings, moment: datetime) -> None:
    """Delete what nobody needs any more: ended sessions, attempts that no limit counts."""
    with store.system(Reason.SCHEDULE) as session:
        idle = moment - timedelta(minutes=settings.idle_minutes)
        session.execute(
            sa.delete(SignedInSession).where(
                sa.or_(SignedInSession.ends_at < moment, SignedInSession.seen_at < idle)
            )
        )
        sweep_attempts(session, moment)
