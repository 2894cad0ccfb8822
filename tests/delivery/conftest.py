"""A product whose mails go to a server of the tests' own."""

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from cii.settings import Settings
from tests.delivery.sink import Sink, smtp_sink


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A mail server."""
    with smtp_sink() as running:
        yield running


@pytest.fixture
def mailing(settings: Settings, sink: Sink) -> Settings:
    """The settings with this server as the relay."""
    return with_relay(settings, sink)


def with_relay(settings: Settings, sink: Sink, **more: Any) -> Settings:
    """Settings with a server as the relay, without TLS unless asked for."""
    given = {
        "mail_host": "127.0.0.1",
        "mail_port": sink.port,
        "mail_security": "none",
        "mail_from": "Bureau CII <cii@vs.example>",
        "mail_timeout": 5,
        "public_url": "https://cii.vs.example",
        **more,
    }
    return settings.model_copy(update=given)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An S/MIME certificate of Hugo's."""
    folder = tmp_path_factory.mktemp("certificate")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-nodes", "-days", "365", "-newkey", "rsa:2048"),
            *("-subj", "/CN=Hugo", "-addext", "subjectAltName=email:hugo@example.ch"),
            *("-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")),
        ],
        check=True,
        capture_output=True,
    )
    return (folder / "cert.pem").read_bytes()
