"""Passwords as argon2id hashes. The parameters stand here and nowhere else."""

import secrets
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's first choice for argon2id: 46 MiB, one pass, one lane. That is some 60 ms on a small server,
# and little enough memory for several people signing in at once.
HASHER = PasswordHasher(memory_cost=47104, time_cost=1, parallelism=1)


def hash_password(password: str) -> str:
    """The hash to store."""
    return HASHER.hash(_normal(password))


def matches(stored: str | None, password: str) -> bool:
    """Whether this is the password of a stored hash; for None, nobody's hash, the same work and False."""
    nobodys = _nobodys_hash()
    try:
        HASHER.verify(nobodys if stored is None else stored, _normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def is_dated(stored: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return HASHER.check_needs_rehash(stored)


@cache
def _nobodys_hash() -> str:
    return HASHER.hash(secrets.token_urlsafe())


def _normal(password: str) -> str:
    # The same letters typed on another keyboard may arrive as other code points (NIST SP 800-63B).
    return unicodedata.normalize("NFKC", password)
