"""Every setting in one typed class: variable, default, reason. docs/reference is made from it."""

import os
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from email.utils import parseaddr
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.engine import make_url

ROOT = Path(__file__).resolve().parent.parent


class SettingsError(Exception):
    """The settings do not go together; the message says which, and what to do."""


class Settings(BaseModel):
    """What can be set from outside; the variable is CII_ and the name in capitals."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    var: Path = Field(
        ROOT / "var", description="Folder of what the product keeps: database, files, secret."
    )
    database_url: str = Field(
        "", description="Database; empty: SQLite in the var folder. DATABASE_URL is read as well."
    )
    owner_url: str = Field(
        "", description="The same PostgreSQL database as its owner, for cii migrate alone."
    )
    secret: str = Field(
        "", description="Key that signs tokens; at least 32 characters in production."
    )
    demo: bool = Field(
        False, description="Demo canton: its cast signs in by one click, its data is invented."
    )
    public_url: str = Field(
        "", description="Address under which people reach the product; https in production."
    )
    host: str = Field("127.0.0.1", description="Address on which the web server listens.")
    port: int = Field(
        8000, ge=0, le=65535, description="Port of the web server. PORT is read as well."
    )
    workers: int = Field(2, ge=1, le=64, description="Processes of the web server.")
    idle_minutes: int = Field(
        60, ge=1, description="Minutes without a click after which a session ends."
    )
    session_hours: int = Field(
        12, ge=1, description="Hours after which a session ends in any case."
    )
    attempt_minutes: int = Field(
        15,
        ge=1,
        description="Minutes for which a failed sign-in counts (product default: no longer than a coffee for somebody who has only mistyped).",
    )
    attempts_by_account: int = Field(
        10,
        ge=1,
        description="Failed sign-ins after which an account waits (product default: forty guesses an hour find no password of twelve letters).",
    )
    attempts_by_address: int = Field(
        60,
        ge=1,
        description="Failed sign-ins after which an address waits (product default: a whole office may sit behind one address).",
    )
    file_megabytes: int = Field(
        10, ge=1, description="Largest file that can be attached, in megabytes."
    )
    procuration_months: int = Field(
        12,
        ge=1,
        description="Months for which a procuration is proposed (product default, not in the text).",
    )
    expiry_notice_days: int = Field(
        30,
        ge=1,
        description="Days before its end at which a procuration appears in the work lists.",
    )
    statement_days: int = Field(
        30,
        ge=1,
        description="Days after the end of a quarter until which a commune's statement is due (product default: the text gives no date, A-04).",
    )
    measure_urgent_days: int = Field(
        10,
        ge=0,
        description="Days before its start at which a measure that still waits is urgent (product default).",
    )
    measure_reminder_days: int = Field(
        10,
        ge=1,
        description="Days after which somebody is reminded of a measure that waits for him or her (product default).",
    )
    measure_head_reminder_days: int = Field(
        20,
        ge=1,
        description="Days after which the institution's head is reminded of such a measure (product default).",
    )
    trusted_proxies: int = Field(
        0,
        ge=0,
        description="Reverse proxies before the product whose forwarding headers are believed.",
    )
    mail_host: str = Field(
        "", description="Relay that takes our mails; empty: they are written to var/outbox as .eml."
    )
    mail_port: int = Field(587, ge=1, le=65535, description="Port of the relay.")
    mail_security: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        description="How the connection to the relay is protected; its certificate is always verified.",
    )
    mail_ca: str = Field(
        "",
        description="File of the authority that signed the relay's certificate, if not a public one.",
    )
    mail_user: str = Field("", description="Account at the relay; empty: it knows us otherwise.")
    mail_password: str = Field("", description="Password at the relay.")
    mail_from: str = Field(
        "CII <cii@localhost>", description="Sender of all mails, as Bureau CII <cii@vs.example>."
    )
    mail_reply_to: str = Field("", description="Where answers go; empty: to the sender.")
    mail_return_path: str = Field(
        "", description="Address to which the relay returns mails; empty: the sender's."
    )
    mail_domain: str = Field(
        "", description="Domain in the Message-ID of our mails; empty: the sender's."
    )
    mail_timeout: int = Field(
        60, ge=1, le=120, description="Seconds that the relay has for each answer."
    )
    mail_per_minute: int = Field(
        0, ge=0, description="Mails a minute that each worker hands over at most; 0: no limit."
    )
    mail_give_up_days: int = Field(
        5,
        ge=1,
        description="Days after which a mail that the relay does not take is given up (product default, as relays do).",
    )
    mail_daily_hour: int = Field(
        7,
        ge=0,
        le=23,
        description="Hour of the one mail a day, on working days (product default: before the day begins).",
    )
    mail_returned: str = Field(
        "", description="Maildir or mbox into which returned mails come; empty: nobody reads it."
    )
    mail_protected_domains: str = Field(
        "",
        description="Domains, separated by spaces, whose mailboxes the relay reaches over a route declared as protected.",
    )

    @property
    def database(self) -> str:
        """The address of the database."""
        return self.database_url or f"sqlite:///{self.var / 'cii.db'}"

    @property
    def address(self) -> str:
        """The address of the product in mails, without a slash at the end."""
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"

    @property
    def mail_return_address(self) -> str:
        """The address to which the relay returns mails."""
        return self.mail_return_path or parseaddr(self.mail_from)[1]

    @property
    def mail_domain_name(self) -> str:
        """The domain in the Message-ID of our mails."""
        return self.mail_domain or parseaddr(self.mail_from)[1].rpartition("@")[2]

    @property
    def is_secure(self) -> bool:
        """Whether people reach the product by https."""
        return self.public_url.startswith("https://")


def read_settings(environment: Mapping[str, str] | None = None, **given: object) -> Settings:
    """The settings from the environment; SettingsError with one clear sentence."""
    source = os.environ if environment is None else environment
    values: dict[str, object] = {}
    for name in Settings.model_fields:
        text = source.get(f"CII_{name.upper()}", "")
        if text:
            values[name] = text
    for name, variable in (("database_url", "DATABASE_URL"), ("port", "PORT")):
        if name not in values and source.get(variable):
            values[name] = source[variable]
    values.update(given)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as failure:
        first = failure.errors(include_url=False)[0]
        raise SettingsError(f"CII_{str(first['loc'][0]).upper()}: {first['msg']}") from None
    _check(settings)
    return settings


def _check(settings: Settings) -> None:
    try:
        url = make_url(settings.database)
    except Exception:
        raise SettingsError("DATABASE_URL is not the address of a database") from None
    if settings.demo:
        away = url.get_backend_name() != "sqlite" and url.host not in {
            None,
            "",
            "127.0.0.1",
            "localhost",
            "::1",
        }
        if settings.public_url or settings.secret or settings.mail_host or away:
            raise SettingsError(
                "demo mode does not start with a setting of production (CII_PUBLIC_URL, CII_SECRET,"
                " CII_MAIL_HOST or a database on another machine): take CII_DEMO away"
            )
        if settings.host not in {"127.0.0.1", "localhost", "::1"}:
            raise SettingsError("demo mode listens on this machine only: take CII_HOST away")
        return
    if len(settings.secret) < 32:
        raise SettingsError("CII_SECRET is missing or shorter than 32 characters")
    if settings.mail_host and "@" not in parseaddr(settings.mail_from)[1]:
        raise SettingsError("CII_MAIL_FROM is not the address of a sender")
    if settings.mail_user and settings.mail_security == "none":
        raise SettingsError("CII_MAIL_SECURITY: a password is not sent over an open connection")


def product_secret(settings: Settings) -> bytes:
    """The key that signs tokens: given in production, kept in the var folder otherwise."""
    if settings.secret:
        return settings.secret.encode()
    path = Path(settings.var) / "secret"
    if not path.exists():
        settings.var.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The web server and the worker begin at the same moment: whole, and the first one's holds.
        handle, written = tempfile.mkstemp(dir=settings.var)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            path.hardlink_to(written)
        Path(written).unlink()
    return path.read_bytes()
