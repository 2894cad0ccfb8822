"""The folder of mails that were written and not sent, to look at: in demo mode, and on a first installation."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.parser import BytesHeaderParser
from email.policy import default
from hashlib import sha256
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from uuid import UUID

from cii.settings import Settings

SHOWN = 100


@dataclass(frozen=True, slots=True)
class WrittenMail:
    """One mail of the folder; the parts are empty in a list."""

    key: UUID
    date: datetime
    recipient: str
    subject: str
    text: str = ""
    html: str = ""
    attachments: tuple[str, ...] = ()
    encrypted: bool = False


def _folder(settings: Settings) -> Path:
    return settings.var / "outbox"


def written_mails(settings: Settings) -> list[WrittenMail]:
    """The latest mails, the newest first."""
    # The names are ordered by the time at which a mail was put in the queue; readers look for the day of its sending.
    files = sorted(_folder(settings).glob("*.eml"), reverse=True)[:SHOWN]
    found = []
    for file in files:
        with file.open("rb") as opened:
            head = BytesHeaderParser(policy=default).parse(opened)
        found.append(
            WrittenMail(
                key=UUID(hex=file.stem),
                date=head["Date"].datetime,
                recipient=str(head["To"]),
                subject=str(head["Subject"]),
            )
        )
    return sorted(found, key=lambda each: each.date, reverse=True)


def written_mail(settings: Settings, key: UUID) -> WrittenMail | None:
    """One mail with its parts; None when there is no such file."""
    try:
        content = (_folder(settings) / f"{key.hex}.eml").read_bytes()
    except FileNotFoundError:
        return None
    mail = message_from_bytes(content, policy=default)
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    is_encrypted = mail.get_content_type() == "application/pkcs7-mime"
    return WrittenMail(
        key=key,
        date=mail["Date"].datetime,
        recipient=str(mail["To"]),
        subject=str(mail["Subject"]),
        text=text.get_content() if text and not is_encrypted else "",
        html=html.get_content() if html and not is_encrypted else "",
        attachments=tuple(each.get_filename() or "" for each in mail.iter_attachments())
        if not is_encrypted
        else (),
        encrypted=is_encrypted,
    )


def as_document(html: str) -> tuple[str, str]:
    """The HTML part as a page that our strict policy shows: the page, and its Content-Security-Policy.

    Mails carry their styles inside each element, which the policy forbids on pages. Here each becomes
    a class of one style sheet, which is allowed by its hash and nothing else is.
    """
    moved = _Styles()
    # A browser reads every line end as this one, and takes the hash of what it has read.
    moved.feed(html.replace("\r\n", "\n"))
    moved.close()
    sheets = [*moved.sheets, moved.sheet()]
    allowed = " ".join(
        f"'sha256-{b64encode(sha256(each.encode()).digest()).decode()}'" for each in sheets
    )
    page = "".join(moved.written).replace("</head>", f"<style>{sheets[-1]}</style></head>", 1)
    policy = (
        f"default-src 'none'; style-src {allowed}; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'; sandbox allow-popups"
    )
    return page, policy


class _Styles(HTMLParser):
    """Writes a document again with its style attributes as classes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.written: list[str] = []
        self.sheets: list[str] = []
        self._rules: dict[str, str] = {}
        self._in_style = False

    def sheet(self) -> str:
        """The rules of all attributes."""
        return "".join(f".{name}{{{rule}}}" for rule, name in self._rules.items())

    def handle_decl(self, decl: str) -> None:
        """The document type."""
        self.written.append(f"<!{decl}>")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element, its style as one more class."""
        given = {name: value or "" for name, value in attrs}
        rule = given.pop("style", "")
        if rule:
            name = self._rules.setdefault(rule, f"s{len(self._rules)}")
            given["class"] = f"{given.get('class', '')} {name}".strip()
        words = "".join(f' {name}="{escape(value)}"' for name, value in given.items())
        self.written.append(f"<{tag}{words}>")
        self._in_style = tag == "style"
        if self._in_style:
            self.sheets.append("")

    def handle_endtag(self, tag: str) -> None:
        """The end of an element."""
        self._in_style = False
        self.written.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        """Text, and the rules of a style element."""
        if self._in_style:
            self.sheets[-1] += data
        self.written.append(data)

    def handle_entityref(self, name: str) -> None:
        """A named character."""
        self.written.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        """A numbered character."""
        self.written.append(f"&#{name};")
