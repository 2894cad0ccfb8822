"""What a kind of message is: how it is composed at the moment of sending, and whether one may leave it.

Capabilities above declare their kinds in their emails.py; cii.mails lists them.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from cii.access.actor import Actor
from cii.access.guard import GuardedSession
from cii.access.system import SystemSession


@dataclass(frozen=True, slots=True)
class Order:
    """What a composer is given of a message: keys and dates, of now."""

    id: UUID
    kind: str
    facts: Mapping[str, Any]
    cases: tuple[UUID, ...]
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message."""

    name: str
    media_type: str  # as text/calendar; method=PUBLISH
    content: bytes


@dataclass(frozen=True, slots=True)
class Composed:
    """A message ready to go: a plain subject without names, a text part that says everything, HTML beside it.

    `carries_content` says that it shows more than references and links: it then leaves only encrypted
    for the reader's certificate or over a route that the administrator declared as protected.
    `cases` are those of which it really speaks, where they are fewer than those it was queued for.
    """

    subject: str
    text: str
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
    carries_content: bool = False
    cases: tuple[UUID, ...] | None = None


@dataclass(frozen=True, slots=True)
class Nothing:
    """There is nothing (more) to send: the reason, in one trade word, goes to the trail."""

    reason: str


class Desk(Protocol):
    """Where a message is composed: who will read it, in which language, and what this reader sees now."""

    @property
    def actor(self) -> Actor:
        """The reader in the seat to which the message goes, on the day of sending."""

    @property
    def actors(self) -> tuple[Actor, ...]:
        """The reader in every active seat, the message's own first."""

    @property
    def language(self) -> str:
        """The reader's language."""

    @property
    def may_carry_content(self) -> bool:
        """Whether more than references and links may go to this reader: certificate, or protected route."""

    def open(self, actor: Actor | None = None) -> AbstractContextManager[GuardedSession]:
        """A session that reads what the reader (in one of his or her seats) sees now."""

    def page(self, template: str, /, **values: Any) -> str:
        """A template of templates/emails in the reader's language."""

    def link(self, path: str) -> str:
        """The address of a page of the product, for a mail."""


Composer = Callable[[Desk, Order], Composed | Nothing]


@dataclass(frozen=True, slots=True)
class Leaving:
    """How somebody stops receiving a kind of message, by one click without signing in (RFC 8058)."""

    title: str
    explanation: str
    done: str
    leave: Callable[[SystemSession, UUID, UUID], None] = field(repr=False)
    """Given the person and the membership."""


@dataclass(frozen=True, slots=True)
class MessageKind:
    """A kind of message; `name` is what is stored, `label` what lists show."""

    name: str
    label: str
    compose: Composer
    leaving: Leaving | None = None
