"""Every setting in one typed class: variable, default, reason. docs/reference is made from it."""

import os
from collections.abc import Mapping
from pathlib import Path

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
    trusted_proxies: int = Field(
        0,
        ge=0,
        description="Reverse proxies before the product whose forwarding headers are believed.",
    )

    @property
    def database(self) -> str:
        """The address of the database."""
        return self.database_url or f"sqlite:///{self.var / 'cii.db'}"

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
        if settings.public_url or settings.secret or away:
            raise SettingsError(
                "demo mode does not start with a setting of production"
                " (CII_PUBLIC_URL, CII_SECRET or a database on another machine): take CII_DEMO away"
            )
        if settings.host not in {"127.0.0.1", "localhost", "::1"}:
            raise SettingsError("demo mode listens on this machine only: take CII_HOST away")
        return
    if len(settings.secret) < 32:
        raise SettingsError("CII_SECRET is missing or shorter than 32 characters")
