"""Signing in by password, and choosing a new one."""

from datetime import datetime
from uuid import UUID

from sqlmodel import select

from cii.access.guard import GuardedSession
from cii.access.store import Store
from cii.access.system import Reason, SystemSession, joined_system_session
from cii.audit.actions import record, record_by_system
from cii.audit.models import Act
from cii.foundation.clock import now
from cii.foundation.texts import Phrase, WrongInput
from cii.organisations.models import Person
from cii.settings import Settings
from cii.signin.actions.attempts import account_key, begin_attempt, forgive
from cii.signin.actions.sessions import end_all_sessions, start_session
from cii.signin.hashing import hash_password, is_dated, matches
from cii.signin.models import Credential
from cii.signin.password_rules import objection


def sign_in_with_password(
    store: Store,
    settings: Settings,
    email: str,
    password: str,
    *,
    browser: str,
    address: str,
    replaces: str | None = None,
) -> str | None:
    """The new session's token, or None; raises TooManyAttempts.

    An account that does not exist, has no password or no active seat takes the same steps and the same
    work as a wrong password. `replaces` is the token of the session that this browser had before.
    """
    attempts = begin_attempt(store, settings, email, address)
    with store.system(Reason.SIGN_IN, writes=False) as session:
        known = session.exec(
            select(Credential.person_id, Credential.password_hash)
            .join(Person, Person.id == Credential.person_id)
            .where(Person.email == email)
        ).first()
    person_id, stored = known or (None, None)
    good = matches(stored, password)
    renewed = hash_password(password) if good and stored and is_dated(stored) else None
    with store.system(Reason.SIGN_IN) as session:
        token = None
        if good:
            token = _start(session, settings, person_id, stored, browser, address, replaces)
        if token is None:
            # The account's key, never its person: the trail does not tell whether it exists either.
            record_by_system(
                session, Act.SIGN_IN_REFUSED, ground="password", account=account_key(email)[:16]
            )
            return None
        forgive(session, attempts)
        if renewed:
            credential = session.get_one(Credential, person_id)
            credential.password_hash = renewed
            session.add(credential)
    return token


def _start(
    session: SystemSession,
    settings: Settings,
    person_id: UUID | None,
    stored: str | None,
    browser: str,
    address: str,
    replaces: str | None,
) -> str | None:
    credential = session.get(Credential, person_id)
    if credential is None or credential.password_hash != stored:
        return None  # It was changed while this one was being compared.
    return start_session(
        session,
        settings,
        session.get_one(Person, person_id),
        how="password",
        browser=browser,
        address=address,
        replaces=replaces,
    )


def password_changed_at(store: Store, person_id: UUID) -> datetime | None:
    """When this person's password was last chosen; None when there is none."""
    with store.system(Reason.SIGN_IN, writes=False) as session:
        credential = session.get(Credential, person_id)
        return credential.changed_at if credential else None


def change_password(
    store: Store,
    settings: Settings,
    session: GuardedSession,
    current: str,
    new: str,
    *,
    address: str,
    keep: str,
) -> dict[str, Phrase]:
    """Change one's own password and end all other sessions; `keep` is the token of this one.

    Returns what is wrong, by field; raises TooManyAttempts. `session` must not have been used before.
    """
    with store.system(Reason.SIGN_IN, writes=False) as reading:
        person = reading.get_one(Person, session.actor.person)
        credential = reading.get(Credential, person.id)
        stored = credential.password_hash if credential else None
    if wrong := objection_to(person, new):
        return {"new_password": wrong}
    attempts = begin_attempt(store, settings, person.email, address)
    if not matches(stored, current):
        with store.system(Reason.SIGN_IN) as refusing:
            record_by_system(
                refusing,
                Act.SIGN_IN_REFUSED,
                person_id=person.id,
                institution_id=session.actor.institution,
                ground="current password",
            )
        return {"current_password": Phrase("Ce n’est pas votre mot de passe actuel.")}
    hashed = hash_password(new)
    with joined_system_session(session, Reason.SIGN_IN) as system:
        forgive(system, attempts)
        store_hash(system, person.id, hashed)
        end_all_sessions(system, person.id, except_token=keep)
    record(session, Act.PASSWORD_CHANGED, subject_id=person.id, ground="own")
    return {}


def set_password(store: Store, email: str, password: str) -> None:
    """Give somebody a password by command and sign him or her out everywhere.

    Raises LookupError when nobody has this address, WrongInput when the password is refused.
    """
    with store.system(Reason.SIGN_IN, writes=False) as session:
        person = session.exec(select(Person).where(Person.email == email.strip().lower())).first()
    if person is None:
        raise LookupError(email)
    if wrong := objection_to(person, password):
        raise WrongInput(wrong)
    hashed = hash_password(password)
    with store.system(Reason.SIGN_IN) as session:
        store_hash(session, person.id, hashed)
        end_all_sessions(session, person.id)
        record_by_system(session, Act.PASSWORD_CHANGED, subject_id=person.id, ground="command")


def objection_to(person: Person, password: str) -> Phrase | None:
    """What is wrong with a new password of this person, or None."""
    return objection(password, (person.first_name, person.last_name, person.email))


def store_hash(session: SystemSession, person_id: UUID, hashed: str) -> None:
    """Write the hash of a new password."""
    credential = session.get(Credential, person_id) or Credential(
        person_id=person_id, password_hash=hashed
    )
    credential.password_hash = hashed
    credential.changed_at = now()
    session.add(credential)
    session.flush()
