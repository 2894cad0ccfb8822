"""The link with which somebody chooses a password for the first time, or again after forgetting it.

The link is a signed token over the person and the last change of the password: no table holds it, it
ends after seven days, and with the first password that is chosen with it. One that an institution made
ends as well when the person also works for another.
"""

from uuid import UUID

from itsdangerous import BadData, URLSafeTimedSerializer
from sqlmodel import select

from cii.access.guard import GuardedSession, Hidden
from cii.access.store import Store
from cii.access.system import Reason, SystemSession, joined_system_session
from cii.audit.actions import record, record_by_system
from cii.audit.models import Act
from cii.organisations.models import Membership, Person
from cii.organisations.queries import person_file, scope_of
from cii.settings import Settings
from cii.signin.actions.passwords import store_hash
from cii.signin.actions.sessions import end_all_sessions, memberships_of, start_session
from cii.signin.hashing import hash_password
from cii.signin.models import Credential

DAYS = 7


class WorksElsewhere(Exception):
    """The person also works for an institution that this administrator does not administer."""


def invite(session: GuardedSession, secret: bytes, person_id: UUID) -> str:
    """The token of a link for one person; Hidden or WorksElsewhere when it is not for this administrator.

    Whoever holds the link can act for every institution of the person. The administrator of an
    institution therefore makes it only for people who work for this one alone.
    """
    found = person_file(session, person_id)
    if not (found.person.active and any(seat.active and at.active for seat, at in found.seats)):
        raise Hidden("invitation")
    if not found.is_whole:
        raise WorksElsewhere
    with joined_system_session(session, Reason.SIGN_IN) as system:
        stamp = _stamp(system, person_id)
    record(session, Act.PERSON_CHANGED, subject_id=person_id, ground="invitation")
    scope = scope_of(session.actor)
    return _signer(secret).dumps([str(person_id), stamp, str(scope) if scope else ""])


def invited(store: Store, secret: bytes, token: str) -> Person | None:
    """For whom a link is; None when it has ended or was never one."""
    with store.system(Reason.SIGN_IN, writes=False) as session:
        return _invited(session, secret, token)


def accept_invitation(
    store: Store,
    settings: Settings,
    secret: bytes,
    token: str,
    password: str,
    *,
    browser: str,
    address: str,
    replaces: str | None = None,
) -> str | None:
    """Take the password chosen with a link and sign the person in; None when the link has ended."""
    hashed = hash_password(password)
    with store.system(Reason.SIGN_IN) as session:
        person = _invited(session, secret, token)
        if person is None:
            return None
        store_hash(session, person.id, hashed)
        end_all_sessions(session, person.id)
        record_by_system(
            session,
            Act.PASSWORD_CHANGED,
            person_id=person.id,
            subject_id=person.id,
            ground="invitation",
        )
        return start_session(
            session,
            settings,
            person,
            how="invitation",
            browser=browser,
            address=address,
            replaces=replaces,
        )


def _signer(secret: bytes) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt="invitation")


def _stamp(session: SystemSession, person_id: UUID) -> str:
    credential = session.get(Credential, person_id)
    return credential.changed_at.isoformat() if credential else ""


def _works_elsewhere(session: SystemSession, person_id: UUID, institution_id: UUID) -> bool:
    # Since the link was made: it was made for somebody who worked for this institution alone.
    seats = session.exec(select(Membership.institution_id).where(Membership.person_id == person_id))
    return any(each != institution_id for each in seats)


def _invited(session: SystemSession, secret: bytes, token: str) -> Person | None:
    try:
        key, stamp, made_by = _signer(secret).loads(token, max_age=DAYS * 86400)
        person = session.get(Person, UUID(key))
    except (BadData, ValueError):
        return None
    if person is None or not person.active or not memberships_of(session, person.id):
        return None
    if made_by and _works_elsewhere(session, person.id, UUID(made_by)):
        return None
    return person if stamp == _stamp(session, person.id) else None
