"""Where a message is composed: with its reader's eyes, at the moment of sending."""

import hmac
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache
from hashlib import sha256
from typing import Any
from uuid import UUID

import jinja2

from cii.access.actor import Actor
from cii.access.guard import GuardedSession
from cii.access.store import Store
from cii.delivery.readers import Reader
from cii.foundation.days import format_day, format_moment, format_month
from cii.foundation.texts import texts
from cii.settings import Settings
from cii.web.templates import TEMPLATES, environment


class ReaderDesk:
    """The desk of one reader (the protocol cii.outbox.kinds.Desk)."""

    def __init__(self, store: Store, settings: Settings, reader: Reader) -> None:
        self._store = store
        self._settings = settings
        self.reader = reader
        self.actors = reader.actors
        self.actor = reader.actor
        self.language = reader.actor.language

    @property
    def may_carry_content(self) -> bool:
        """Whether more than references and links may go to this reader."""
        return self.reader.certificate is not None or self._route_is_protected

    @property
    def _route_is_protected(self) -> bool:
        domain = self.reader.address.rpartition("@")[2]
        settings = self._settings
        protected = settings.mail_protected_domains.lower().split()
        return bool(settings.mail_host) and settings.mail_security != "none" and domain in protected

    def open(self, actor: Actor | None = None) -> AbstractContextManager[GuardedSession]:
        """A session that reads what the reader sees now."""
        return self._store.session(actor or self.actor, writes=False)

    def page(self, template: str, /, **values: Any) -> str:
        """A template of mails in the reader's language; one that ends in .txt is plain text."""
        context = {"product": self._settings.address, **values}
        rendered = (
            _plain(self.language) if template.endswith(".txt") else environment(self.language)
        )
        return rendered.get_template(template).render(context)

    def link(self, path: str) -> str:
        """The address of a page of the product, for a mail."""
        return f"{self._settings.address}{path}"


@cache
def _plain(language: str) -> jinja2.Environment:
    """Templates of text parts: nothing is escaped, since nothing is HTML."""
    words = texts(language)
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=False,  # noqa: S701 - the text part of a mail
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    month: Callable[[Any], str] = lambda day: format_month(day, language)  # noqa: E731
    made.globals.update(_=words.say, plural=words.plural, month=month, language=language)
    made.filters.update(day=format_day, moment=format_moment)
    return made


def leave_token(secret: bytes, message_id: UUID) -> str:
    """What a mail carries so that its reader can leave its kind without signing in."""
    return f"{message_id.hex}-{_signature(secret, message_id)}"


def read_leave_token(secret: bytes, token: str) -> UUID | None:
    """The message that a token names; None when it was not made by us."""
    key, _, signature = token.partition("-")
    try:
        message_id = UUID(hex=key)
    except ValueError:
        return None
    genuine = hmac.compare_digest(signature.encode(), _signature(secret, message_id).encode())
    return message_id if genuine else None


def _signature(secret: bytes, message_id: UUID) -> str:
    return hmac.new(secret, b"leave:" + message_id.bytes, sha256).hexdigest()[:40]
