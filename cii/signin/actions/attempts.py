"""Guessing is slow: attempts are counted by account and by address before the password is looked at."""

from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address, ip_network
from math import ceil
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import select

from cii.access.store import Store
from cii.access.system import Reason, SystemSession
from cii.foundation.clock import now
from cii.settings import Settings
from cii.signin.models import SignInAttempt

KEPT = timedelta(days=1)


class TooManyAttempts(Exception):
    """The account or the address has to wait; `minutes`, rounded up."""

    def __init__(self, minutes: int) -> None:
        super().__init__(minutes)
        self.minutes = minutes


def account_key(email: str) -> str:
    """Under what the attempts on an account are counted, whether it exists or not."""
    return sha256(f"account:{email}".encode()).hexdigest()


def address_key(address: str) -> str:
    """Under what the attempts from an address are counted; of IPv6, a household's /64 counts as one."""
    try:
        known = ip_address(address)
    except ValueError:
        place = address
    else:
        # A server on both kinds of address writes an IPv4 one as ::ffff:192.0.2.7, all in one /64.
        known = getattr(known, "ipv4_mapped", None) or known
        place = str(ip_network(f"{known}/64", strict=False)) if known.version == 6 else str(known)
    return sha256(f"address:{place}".encode()).hexdigest()


def begin_attempt(store: Store, settings: Settings, email: str, address: str) -> list[UUID]:
    """Count an attempt; raises TooManyAttempts. `forgive` takes it back when it succeeded.

    Counted and committed first and checked afterwards, so that of many attempts at the same moment no
    more than the limit get through.
    """
    limits = {
        account_key(email): settings.attempts_by_account,
        address_key(address): settings.attempts_by_address,
    }
    _check(store, settings, limits, counted=0)
    with store.system(Reason.SIGN_IN) as session:
        attempts = [SignInAttempt(key=key) for key in limits]
        session.add_all(attempts)
    _check(store, settings, limits, counted=1)
    return [attempt.id for attempt in attempts]


def forgive(session: SystemSession, attempts: list[UUID]) -> None:
    """Take back a counted attempt: it was good."""
    session.execute(sa.delete(SignInAttempt).where(SignInAttempt.id.in_(attempts)))


def sweep_attempts(session: SystemSession, moment: datetime) -> None:
    """Delete what no limit counts any more."""
    session.execute(sa.delete(SignInAttempt).where(SignInAttempt.at < moment - KEPT))


def _check(store: Store, settings: Settings, limits: dict[str, int], *, counted: int) -> None:
    window = timedelta(minutes=settings.attempt_minutes)
    moment = now()
    with store.system(Reason.SIGN_IN, writes=False) as session:
        for key, most in limits.items():
            full_since = session.exec(
                select(SignInAttempt.at)
                .where(SignInAttempt.key == key, SignInAttempt.at > moment - window)
                .order_by(SignInAttempt.at.desc())
                .offset(most - 1 + counted)
                .limit(1)
            ).first()
            if full_since is not None:
                raise TooManyAttempts(ceil((full_since + window - moment) / timedelta(minutes=1)))
