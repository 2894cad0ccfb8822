"""Pages: one template a screen; the same template answers a whole page or the block htmx asked for."""

from collections.abc import Mapping
from functools import partial
from typing import Any, TypeVar
from urllib.parse import unquote

from flask import Flask, Response, current_app, g, request
from flask import redirect as _redirect
from markupsafe import Markup

from cii.access.actor import Actor
from cii.access.permissions import May, may
from cii.foundation.texts import LANGUAGES
from cii.web import htmx
from cii.web.guarding import DONE_COOKIE, cookie_name, form_token
from cii.web.navigation import current_way, ways_of
from cii.web.templates import environment, speaker

Key = TypeVar("Key")
LANGUAGE_COOKIE = "language"


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
    """Read the components in every language: a mistake in them stops the start-up."""
    for each in LANGUAGES:
        environment(each)


def _context(given: Mapping[str, Any]) -> dict[str, Any]:
    actor: Actor | None = g.get("actor")
    path = request.path
    return {
        "actor": actor,
        "may": partial(may, actor) if actor else _may_nothing,
        "form_token": form_token(),
        "path": path,
        "here": request.full_path.rstrip("?"),
        "ways": ways_of(actor) if actor else (),
        "current_way": current_way(actor, path) if actor else "",
        "done": _done(),
        "demo": current_app.extensions["settings"].demo,
        **given,
    }


def _may_nothing(what: May) -> bool:
    return False


def _done() -> str:
    said = request.cookies.get(cookie_name(DONE_COOKIE), "")
    g.done_was_said = bool(said)
    return unquote(said)


def page(template: str, status: int = 200, /, **values: Any) -> Response:
    """The page of a template, or the one block of it that htmx asked for."""
    loaded = environment(language()).get_template(template)
    context = _context(values)
    wanted = htmx.wanted_fragment()
    if wanted and wanted in loaded.blocks:
        body = "".join(loaded.blocks[wanted](loaded.new_context(context)))
    else:
        body = loaded.render(context)
    return Response(body, status=status, content_type="text/html; charset=utf-8")


def piece(template: str, language: str, /, **values: Any) -> Markup:
    """A piece of a page that depends on nothing but these values, so that it can be kept."""
    return Markup(environment(language).get_template(template).render(values))  # noqa: S704 - escaped by it


def redirect(path: str) -> Response:
    """Send the browser on after something was done (303: with GET)."""
    if not path.startswith("/") or path.startswith("//") or "\\" in path:
        raise ValueError(f"not a path of ours: {path!r}")
    return _redirect(path, 303)  # type: ignore[return-value]


def said(labels: Mapping[Key, str]) -> Mapping[Key, str]:
    """Constant labels in the language of this request, translated once for all pages."""
    return speaker(language()).labels(labels)


def say_done(text: str, /, **values: Any) -> None:
    """What was just done, shown on the page to which the browser is sent on."""
    g.say_done = speaker(language()).say(text, **values)
