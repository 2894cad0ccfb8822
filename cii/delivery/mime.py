"""The bytes of a message. Parts are written one after the other: the library's objects cost three times as much."""

from base64 import encodebytes
from binascii import b2a_qp
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr, parseaddr
from functools import lru_cache
from uuid import UUID

from cii.outbox.kinds import Attachment, Composed


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a message carries outside: from whom, to whom, when, in which language."""

    id: UUID
    domain: str
    sender: str
    reply_to: str
    recipient: str
    date: datetime
    language: str
    leave: str = ""

    @property
    def message_id(self) -> str:
        """The Message-ID: the same at every attempt."""
        return f"<{self.id.hex}@{self.domain}>"


def message_key(message_id: str) -> UUID | None:
    """The key of the message that a Message-ID of ours names; None for another one."""
    left = message_id.strip().strip("<>").partition("@")[0]
    try:
        return UUID(hex=left) if len(left) == 32 else None
    except ValueError:
        return None


def entity(composed: Composed, boundary: str) -> bytes:
    """The content with its own headers: what is encrypted, where it is."""
    body = _text("plain", composed.text)
    if composed.html:
        body = _multipart("alternative", f"{boundary}a", (body, _text("html", composed.html)))
    if composed.attachments:
        files = map(_attached, composed.attachments)
        body = _multipart("mixed", f"{boundary}m", (body, *files))
    return body


def message(envelope: Envelope, subject: str, content: bytes) -> bytes:
    """The whole message: headers and content, lines ended by CR LF."""
    lines = [
        f"Date: {format_datetime(envelope.date)}",
        f"Message-ID: {envelope.message_id}",
        f"From: {_address(envelope.sender)}",
        f"To: {envelope.recipient}",
        f"Subject: {_subject(subject)}",
        "MIME-Version: 1.0",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: OOF, AutoReply",
        f"Content-Language: {envelope.language}",
    ]
    if envelope.reply_to:
        lines.insert(3, f"Reply-To: {_address(envelope.reply_to)}")
    if envelope.leave:
        lines += [
            f"List-Unsubscribe: <{envelope.leave}>",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        ]
    return "\r\n".join(lines).encode("ascii") + b"\r\n" + content


def boundary_of(key: UUID) -> str:
    """A line that quoted-printable text cannot contain."""
    return f"=_cii_{key.hex}"


def encrypted(der: bytes) -> bytes:
    """The entity that carries enveloped data (RFC 8551)."""
    return (
        b'Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"\r\n'
        b"Content-Transfer-Encoding: base64\r\n"
        b'Content-Disposition: attachment; filename="smime.p7m"\r\n\r\n' + _base64(der)
    )


def _text(kind: str, text: str) -> bytes:
    words = b2a_qp(_lines(text).encode(), istext=True)
    return (
        f"Content-Type: text/{kind}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode() + words.replace(b"\n", b"\r\n")


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").rstrip("\n") + "\n"


def _attached(file: Attachment) -> bytes:
    return (
        f'Content-Type: {file.media_type}; name="{file.name}"\r\n'
        "Content-Transfer-Encoding: base64\r\n"
        f'Content-Disposition: attachment; filename="{file.name}"\r\n\r\n'
    ).encode("ascii") + _base64(file.content)


def _base64(content: bytes) -> bytes:
    return encodebytes(content).replace(b"\n", b"\r\n")


def _multipart(kind: str, boundary: str, parts: Iterable[bytes]) -> bytes:
    line = f"--{boundary}".encode()
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode()
    return head + b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--\r\n"


@lru_cache(maxsize=256)
def _subject(subject: str) -> str:
    line = " ".join(subject.splitlines())
    return Header(line, "utf-8", header_name="Subject").encode(linesep="\r\n")


@lru_cache(maxsize=16)
def _address(text: str) -> str:
    return formataddr(parseaddr(text))
