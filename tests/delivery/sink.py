"""A mail server of the tests' own, on this machine: it takes mails, or fails as it is told to."""

import asyncio
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


@dataclass
class Sink:
    """What arrived, and how the server behaves."""

    port: int = 0
    received: list[tuple[str, bytes]] = field(default_factory=list)
    at_rcpt: Callable[[str], str | None] = lambda address: None
    at_data: Callable[[bytes], str | None] = lambda content: None
    cut_before: bool = False
    cut_after: bool = False
    slow: float = 0
    connections: int = 0

    @property
    def mails(self) -> list[EmailMessage]:
        """The mails that the server took, parsed."""
        return [
            cast(EmailMessage, message_from_bytes(content, policy=default))
            for _, content in self.received
        ]

    @property
    def ids(self) -> list[str]:
        """The Message-IDs of the mails that the server took, in order."""
        return [str(mail["Message-ID"]) for mail in self.mails]

    async def handle_EHLO(  # noqa: N802 - the library's own name
        self, server: SMTP, session: Session, envelope: Envelope, name: str, answers: list[str]
    ) -> list[str]:
        """Greet."""
        self.connections += 1
        session.host_name = name
        return answers

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        """Take or refuse a reader."""
        if self.slow:
            await asyncio.sleep(self.slow)
        answer = self.at_rcpt(address)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take a mail, or break off before or after it was taken."""
        content = cast(bytes, envelope.content)
        answer = self.at_data(content)
        if answer is not None:
            return answer
        if not self.cut_before:
            self.received.append((envelope.rcpt_tos[0], content))
        if self.cut_before or self.cut_after:
            assert server.transport is not None
            server.transport.abort()  # type: ignore[attr-defined]
        return "250 2.0.0 taken"


class _AnyPort(Controller):
    """Listens where there is room: the library would ask for a sign of life at port 0."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        super()._trigger_server()


@contextmanager
def smtp_sink(**options: Any) -> Iterator[Sink]:
    """A running server."""
    sink = Sink()
    controller = _AnyPort(sink, hostname="127.0.0.1", port=0, ready_timeout=10, **options)
    controller.start()
    sink.port = controller.port
    try:
        yield sink
    finally:
        controller.stop()


def taking(user: str, password: str) -> Callable[..., AuthResult]:
    """An authenticator that knows one account."""

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        known = data.login == user.encode() and data.password == password.encode()
        return AuthResult(success=known)

    return check


def server_context(certificate: str, key: str) -> ssl.SSLContext:
    """The server's side of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
