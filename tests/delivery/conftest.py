"""A product whose mails go to a server of the tests' own."""

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
