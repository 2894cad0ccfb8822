"""Pages: one template a screen; the same template answers a whole page or the block htmx asked for."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jinja2
from flask import Flask, Response, current_app, g, request
from flask import redirect as _redirect
from markupsafe import Markup, escape

from cii.access.actor import KIND_LABELS, ROLE_LABELS, Actor
from cii.access.permissions import May, may
from cii.foundation.avs import mask_avs
from cii.foundation.clock import local
from cii.foundation.days import format_day, format_moment, format_month
from cii.foundation.money import format_francs
from cii.foundation.texts import LANGUAGES, Phrase, texts
from cii.web import htmx
from cii.web.guarding import DONE_COOKIE, cookie_name, form_token
from cii.web.navigation import current_way, ways_of
from cii.web.statics import static_url

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
LANGUAGE_COOKIE = "language"
LANGUAGE_NAMES = {"fr": "Français", "de": "Deutsch"}


class Speaker:
    """What templates say: texts of one language, escaped where a value stands in them."""

    def __init__(self, language: str) -> None:
        self.texts = texts(language)
        self.language = language

    def say(self, text: str | Phrase, /, **values: Any) -> str:
        """The message in this language; values are escaped."""
        if isinstance(text, Phrase):
            return self.texts.say_phrase(text)
        if not values:
            return self.texts.say(text)
        # The message is escaped first; format() of Markup then escapes each value.
        return Markup(escape(self.texts.say(text))).format(**values)  # noqa: S704

    def plural(self, one: str, many: str, n: int, /, **values: Any) -> str:
        """The message for this number."""
        return self.texts.plural(one, many, n, **values)

    def day(self, day: Any) -> str:
        """A day as 31.12.2026."""
        return format_day(day)

    def month(self, day: Any) -> str:
        """A month in words."""
        return format_month(day, self.language)


@cache
def speaker(language: str) -> Speaker:
    """The speaker of a language."""
    return Speaker(language)


def language() -> str:
    """The language of this request: the person's own, else the cookie's, else the browser's."""
    actor: Actor | None = g.get("actor")
    if actor is not None:
        return actor.language
    chosen = request.cookies.get("cii-language")
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(LANGUAGES) or "fr"


def set_up(app: Flask) -> None:
    """Strict templates with the components as one global."""
    env = app.jinja_env
    env.undefined = jinja2.StrictUndefined
    env.trim_blocks = env.lstrip_blocks = True
    env.filters.update(
        day=format_day,
        local_day=lambda moment: format_day(local(moment).date()),
        moment=format_moment,
        francs=format_francs,
        masked_avs=mask_avs,
    )
    env.globals.update(
        static_url=static_url,
        May=May,
        KIND_LABELS=KIND_LABELS,
        ROLE_LABELS=ROLE_LABELS,
        LANGUAGE_NAMES=LANGUAGE_NAMES,
    )
    for name in ("url_for", "get_flashed_messages", "request", "session", "g", "config"):
        env.globals.pop(name, None)
    for each in LANGUAGES:
        words = speaker(each)
        env.globals[f"ui_{each}"] = env.get_template("components/ui.html").make_module(
            {"_": words.say, "plural": words.plural, "language": each}
        )


def _context(given: Mapping[str, Any]) -> dict[str, Any]:
    spoken = language()
    words = speaker(spoken)
    actor: Actor | None = g.get("actor")
    env = current_app.jinja_env
    return {
        "_": words.say,
        "plural": words.plural,
        "month": words.month,
        "language": spoken,
        "ui": env.globals[f"ui_{spoken}"],
        "actor": actor,
        "may": (lambda what: actor is not None and may(actor, what)),
        "form_token": form_token(),
        "path": request.path,
        "here": request.full_path.rstrip("?"),
        "ways": ways_of(actor) if actor else [],
        "current_way": current_way(actor, request.path) if actor else "",
        "done": _done(),
        "demo": current_app.extensions["settings"].demo,
        **given,
    }


def _done() -> str:
    said = request.cookies.get(cookie_name(DONE_COOKIE), "")
    g.done_was_said = bool(said)
    return unquote(said)


def page(template: str, status: int = 200, /, **values: Any) -> Response:
    """The page of a template, or the one block of it that htmx asked for."""
    loaded = current_app.jinja_env.get_template(template)
    context = _context(values)
    wanted = htmx.wanted_fragment()
    if wanted and wanted in loaded.blocks:
        body = "".join(loaded.blocks[wanted](loaded.new_context(context)))
    else:
        body = loaded.render(context)
    return Response(body, status=status, content_type="text/html; charset=utf-8")


def redirect(path: str) -> Response:
    """Send the browser on after something was done (303: with GET)."""
    if not path.startswith("/") or path.startswith("//") or "\\" in path:
        raise ValueError(f"not a path of ours: {path!r}")
    return _redirect(path, 303)  # type: ignore[return-value]


def say_done(text: str, /, **values: Any) -> None:
    """What was just done, shown on the page to which the browser is sent on."""
    g.say_done = speaker(language()).say(text, **values)
