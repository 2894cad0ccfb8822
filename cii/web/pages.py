"""Pages: one template a screen; the same template answers a whole page or the block htmx asked for."""

from collections.abc import Mapping
from functools import lru_cache, partial
from io import BytesIO
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote, unquote

from flask import Flask, Response, current_app, g, request, send_file
from flask import redirect as _redirect
from markupsafe import Markup

from cii.access.actor import Actor, Role
from cii.access.permissions import May, may
from cii.foundation.texts import LANGUAGES
from cii.web import htmx
from cii.web.guarding import DONE_COOKIE, cookie_name, form_token, send_cookie
from cii.web.navigation import current_way, ways_of
from cii.web.templates import environment, speaker

Key = TypeVar("Key")
LANGUAGE_COOKIE = "language"
# Stands for a page's own address in the kept top of pages: no address holds such a letter.
_HERE = "\x1a"


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


def _context(actor: Actor | None, language: str, given: Mapping[str, Any]) -> dict[str, Any]:
    path, token = request.path, form_token()
    return {
        "actor": actor,
        "may": partial(may, actor) if actor else _may_nothing,
        "form_token": token,
        "path": path,
        "here": request.full_path.rstrip("?"),
        "top": _top(
            language,
            token,
            actor and _Who(actor.name, actor.institution_name, actor.seats > 1, actor.role),
            current_way(actor.role, path) if actor else "",
            current_app.extensions["settings"].demo,
        ),
        "done": _done(),
        **given,
    }


class _Who(NamedTuple):
    """What the top of a page says about the actor."""

    name: str
    institution: str
    can_change: bool
    role: Role


@lru_cache(maxsize=1024)
def _top(
    language: str, token: str, who: _Who | None, current_way: str, demo: bool
) -> tuple[Markup, Markup]:
    """The top of a page before and behind the page's own address: on all pages of a visit the same."""
    made = piece(
        "layouts/_top.html",
        language,
        form_token=token,
        who=who,
        ways=ways_of(who.role) if who else (),
        current_way=current_way,
        demo=demo,
        here=_HERE,
    )
    before, _, behind = made.partition(_HERE)
    return Markup(before), Markup(behind)  # noqa: S704 - escaped by the template


def _may_nothing(what: May) -> bool:
    return False


def _done() -> str:
    # Asked for in this way, since a cookie that is not there costs an exception.
    name, cookies = cookie_name(DONE_COOKIE), request.cookies
    if name not in cookies:
        return ""
    # Shown once; unless this very request says something new.
    g.setdefault("cookies", {}).setdefault(DONE_COOKIE, ("", 0))
    return unquote(cookies[name])


def page(template: str, status: int = 200, /, **values: Any) -> Response:
    """The page of a template, or the one block of it that htmx asked for."""
    actor: Actor | None = g.get("actor")
    spoken = actor.language if actor else language()
    loaded = environment(spoken).get_template(template)
    context = _context(actor, spoken, values)
    wanted = htmx.wanted_fragment()
    if wanted and wanted in loaded.blocks:
        body = "".join(loaded.blocks[wanted](loaded.new_context(context)))
    else:
        body = loaded.render(context)
    return Response(body, status=status, content_type="text/html; charset=utf-8")


def piece(template: str, language: str, /, **values: Any) -> Markup:
    """A piece of a page that depends on nothing but these values, so that it can be kept."""
    return Markup(environment(language).get_template(template).render(values))  # noqa: S704 - escaped by it


def download(body: bytes, name: str, media_type: str) -> Response:
    """A file for the browser to save; nobody keeps it on the way."""
    response = send_file(BytesIO(body), mimetype=media_type, as_attachment=True, download_name=name)
    response.headers["Cache-Control"] = "no-store"
    # Should a browser show it all the same, then as a page that may do nothing.
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


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
    send_cookie(DONE_COOKIE, quote(speaker(language()).say(text, **values)), 60)
