"""Keys of rows: random enough not to be guessed, ordered by time so that indexes stay dense."""

import os
import time
from hashlib import sha256
from uuid import UUID


def new_id() -> UUID:
    """A UUID of version 7 (RFC 9562): 48 bits of milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | (7 << 76)
    value = value & ~(0x3 << 62) | (2 << 62)
    return UUID(int=value)


def id_of_form(form_key: UUID, *submitted: object) -> UUID:
    """The key of what a form submits: the same submission again gives the same key, anything else another one.

    `submitted` names who submits, where, and what. Nobody can reach another person's row by its key.
    """
    digest = sha256(repr((form_key, *submitted)).encode()).digest()
    # The form's moment stays in front, so that keys remain ordered by time.
    value = int.from_bytes(form_key.bytes[:6] + digest[:10])
    value = value & ~(0xF << 76) | (8 << 76)
    value = value & ~(0x3 << 62) | (2 << 62)
    return UUID(int=value)
