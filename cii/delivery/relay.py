"""The way out: a relay that speaks SMTP, or a folder of .eml files. Each answers what became of a message."""

import os
import smtplib
import socket
import ssl
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol
from uuid import UUID

from cii.delivery.outcomes import Outcome
from cii.outbox.lifecycle import State, Trouble
from cii.settings import Settings

SENT = Outcome(State.SENT)


class Stop(Exception):
    """At the moment of sending there was nothing to send: the relay forgets the envelope."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class Relay(Protocol):
    """What takes messages from us."""

    def send(self, key: UUID, recipient: str, compose: Callable[[], bytes]) -> Outcome:
        """Hand over one message; `compose` is called at the last moment, and may raise Stop."""

    def evidence(self, key: UUID) -> Outcome | None:
        """What became of a message whose sender was killed, where that can be known."""

    def close(self) -> None:
        """Say goodbye."""


def relay_of(settings: Settings) -> Relay:
    """The way out that the settings name."""
    return SmtpRelay(settings) if settings.mail_host else FolderRelay(settings.var / "outbox")


class FolderRelay:
    """Writes each message as a file of its own, whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, key: UUID, recipient: str, compose: Callable[[], bytes]) -> Outcome:
        """Write the file; what cannot be written is tried again."""
        try:
            content = compose()
        except Stop as stop:
            return stop.outcome
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.folder, prefix=".", suffix=".part")
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(handle)
            Path(name).replace(self._file(key))
        except OSError:
            return Outcome(State.DELAYED, Trouble.CONNECTION, over=True)
        return SENT

    def evidence(self, key: UUID) -> Outcome | None:
        """The file is there or it is not."""
        return SENT if self._file(key).exists() else Outcome(State.QUEUED)

    def close(self) -> None:
        """Nothing is open."""

    def _file(self, key: UUID) -> Path:
        return self.folder / f"{key.hex}.eml"


class SmtpRelay:
    """One connection, kept from message to message."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._sender = settings.mail_return_address
        self._smtp: smtplib.SMTP | None = None

    def evidence(self, key: UUID) -> Outcome | None:
        """Only the relay's own log knows."""
        return None

    def close(self) -> None:
        """Say goodbye, where somebody still listens."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                smtp.quit()
            smtp.close()

    def send(self, key: UUID, recipient: str, compose: Callable[[], bytes]) -> Outcome:
        """Hand over one message, and say what is known of it.

        Until the line that ends it was handed to the connection, the relay may not deliver it (RFC 5321,
        4.1.1.4): it is tried again. From there to the relay's answer nobody here knows: ambiguous.
        """
        try:
            refused = self._announce(recipient)
            if refused is not None:
                return refused
            try:
                content = compose()
            except Stop as stop:
                self._forget()
                return stop.outcome
            refused = self._begin(content)
            if refused is not None:
                return refused
        except ssl.SSLCertVerificationError:
            self._hang_up()
            return Outcome(State.DELAYED, Trouble.CERTIFICATE, over=True)
        except smtplib.SMTPAuthenticationError as error:
            self._hang_up()
            return Outcome(State.DELAYED, Trouble.SIGN_IN, str(error.smtp_code), over=True)
        except (OSError, smtplib.SMTPException):
            self._hang_up()
            return Outcome(State.DELAYED, Trouble.CONNECTION, over=True)
        return self._end()

    def _open(self) -> smtplib.SMTP:
        if self._smtp is not None:
            return self._smtp
        chosen = self.settings
        host, port, seconds = chosen.mail_host, chosen.mail_port, chosen.mail_timeout
        if chosen.mail_security == "tls":
            context = ssl.create_default_context(cafile=chosen.mail_ca or None)
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                host, port, chosen.mail_domain_name, timeout=seconds, context=context
            )
        else:
            smtp = smtplib.SMTP(host, port, chosen.mail_domain_name, timeout=seconds)
        self._smtp = smtp
        # The end of a mail follows its content at once: it must not wait for the answer to it.
        assert smtp.sock is not None
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if chosen.mail_security == "starttls":
            smtp.starttls(context=ssl.create_default_context(cafile=chosen.mail_ca or None))
        smtp.ehlo_or_helo_if_needed()
        if chosen.mail_user:
            smtp.login(chosen.mail_user, chosen.mail_password)
        return smtp

    def _announce(self, recipient: str) -> Outcome | None:
        kept = self._smtp is not None
        try:
            code, words = self._open().docmd("MAIL", f"FROM:<{self._sender}>")
        except (OSError, smtplib.SMTPServerDisconnected):
            if not kept:
                raise
            code, words = 421, b""
        if code == 421 and kept:
            # A relay may close a connection after so many messages, or so many minutes.
            self._hang_up()
            code, words = self._open().docmd("MAIL", f"FROM:<{self._sender}>")
        smtp = self._open()
        if code != 250:
            # That we may not send at all is no fault of this message: it waits, and so do the others.
            return self._refused(code, words, Trouble.SIGN_IN, can_fail=False)
        code, words = smtp.docmd("RCPT", f"TO:<{recipient}>")
        if code not in {250, 251}:
            return self._refused(code, words, Trouble.REFUSED)
        return None

    def _begin(self, content: bytes) -> Outcome | None:
        smtp = self._open()
        code, words = smtp.docmd("DATA")
        if code != 354:
            return self._refused(code, words, Trouble.REFUSED)
        # A line that begins with a dot would end the message.
        stuffed = content.replace(b"\r\n.", b"\r\n..")
        smtp.send(stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n")
        return None

    def _end(self) -> Outcome:
        smtp = self._open()
        try:
            smtp.send(b".\r\n")
            code, words = smtp.getreply()
        except (OSError, smtplib.SMTPException):
            self._hang_up()
            return Outcome(State.AMBIGUOUS, Trouble.NO_ANSWER, over=True)
        if code == 250:
            return SENT
        if 400 <= code < 600:
            return self._refused(code, words, Trouble.REFUSED)
        self._hang_up()
        return Outcome(State.AMBIGUOUS, Trouble.NO_ANSWER, str(code), over=True)

    def _refused(
        self, code: int, words: bytes, trouble: Trouble, *, can_fail: bool = True
    ) -> Outcome:
        answer = _answer(code, words)
        if code == 421:
            self._hang_up()
            return Outcome(State.DELAYED, Trouble.REFUSED_FOR_NOW, answer, over=True)
        self._forget()
        if 500 <= code < 600 and can_fail:
            return Outcome(State.FAILED, trouble, answer)
        if 500 <= code < 600:
            return Outcome(State.DELAYED, trouble, answer, over=True)
        return Outcome(State.DELAYED, Trouble.REFUSED_FOR_NOW, answer)

    def _forget(self) -> None:
        try:
            self._open().rset()
        except (OSError, smtplib.SMTPException):
            self._hang_up()

    def _hang_up(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()


def _answer(code: int, words: bytes) -> str:
    """The reply's code and its enhanced status code (RFC 3463); its words may hold an address."""
    first = words.split(maxsplit=1)[0].decode("ascii", "replace") if words.split() else ""
    numbers = first.split(".")
    is_status = len(numbers) == 3 and all(each.isdigit() for each in numbers)
    return f"{code} {first}"[:40] if is_status else str(code)
