"""A real browser on the demo canton, served on loopback; skipped where there is no Chromium."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlmodel import select
from werkzeug.serving import make_server

from cii.access.migrate import migrate
from cii.access.system import Reason
from cii.app import create_app
from cii.demo.canton import build
from cii.organisations.models import Person
from cii.settings import read_settings
from cii.signin.actions import start_session
from tests.quiet import QuietHandler

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class Canton:
    """The demo canton on a port of this machine."""

    app: Flask
    address: str

    def token(self, name: str, language: str | None = None) -> str:
        """A session of one of the cast, with screens in a language."""
        with self.app.extensions["store"].system(Reason.SIGN_IN) as session:
            person = next(each for each in session.exec(select(Person)).all() if each.name == name)
            # The canton outlives each test, and so would a language that another test chose.
            person.language = language or "fr"
            session.add(person)
            token = start_session(
                session,
                self.app.extensions["settings"],
                person,
                how="test",
                browser="test",
                address="127.0.0.1",
            )
        assert token
        return token


@pytest.fixture(scope="session")
def canton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Canton]:
    """The demo canton, built once and served by threads."""
    var: Path = tmp_path_factory.mktemp("canton")
    settings = read_settings({}, var=var, demo=True)
    migrate(settings.database)
    app = create_app(settings)
    build(app.extensions["store"], settings)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Canton(app, f"http://127.0.0.1:{server.port}")
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions["store"].close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for all browser tests."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(SWITCHES))
        yield browser
        browser.close()


class Watched:
    """A page whose messages are kept: a CSP report or a script's error fails the test."""

    def __init__(self, context: BrowserContext, canton: Canton) -> None:
        self.context = context
        self.canton = canton
        self.page: Page = context.new_page()
        self.messages: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self._hear(message.text, message.type))
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def _hear(self, text: str, kind: str) -> None:
        # The browser itself reports every status of 400 and more; those are asked for by the tests.
        if (
            kind in {"error", "warning"}
            and "Failed to load resource" not in text
            and "Response Status Error" not in text
        ):
            self.messages.append(text)

    def open(self, path: str) -> Page:
        """Open a page of the canton."""
        self.page.goto(self.canton.address + path)
        return self.page

    def check(self) -> None:
        """No message, no other host."""
        assert not self.messages, self.messages
        strangers = [url for url in self.requests if not url.startswith(self.canton.address)]
        assert not strangers, strangers


@pytest.fixture
def browse(chromium: Browser, canton: Canton) -> Iterator[Any]:
    """`browse("Hugo Délèze", width=390, scripts=False)`: somebody's browser."""
    opened: list[Watched] = []

    def open_browser(
        name: str | None = None,
        *,
        width: int = 1280,
        scripts: bool = True,
        language: str | None = None,
    ) -> Watched:
        context = chromium.new_context(
            viewport={"width": width, "height": 844 if width < 600 else 900},
            java_script_enabled=scripts,
        )
        if name:
            context.add_cookies(
                [
                    {
                        "name": "cii-session",
                        "value": canton.token(name, language),
                        "url": canton.address,
                    }
                ]
            )
        elif language:
            context.add_cookies(
                [{"name": "cii-language", "value": language, "url": canton.address}]
            )
        watched = Watched(context, canton)
        opened.append(watched)
        return watched

    yield open_browser
    for each in opened:
        each.context.close()
    for each in opened:
        each.check()
