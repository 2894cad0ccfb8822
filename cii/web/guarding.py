"""What protects every answer: headers, and the proof that a form was sent from our own page."""

import hmac
import secrets
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask import Flask, Request, Response, current_app, g, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from werkzeug.exceptions import BadRequest

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_ALWAYS = [
    ("Content-Security-Policy", _POLICY),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"),
]
_BY_HTTPS = ("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
VISIT_COOKIE = "visit"
DONE_COOKIE = "done"


class ForeignForm(BadRequest):
    """The request does not come from a page of ours, or the page is too old."""


def signed_address(view: Callable[..., Any]) -> Callable[..., Any]:
    """Declare that a route's address is itself the proof: we signed it, and a mail program posts to it."""
    view.is_signed_address = True  # type: ignore[attr-defined]
    return view


def form_token() -> str:
    """The token that every form of this visit carries."""
    return _form_token(current_app.extensions["secret"], _visit())


@lru_cache(maxsize=1024)
def _form_token(secret: bytes, visit: str) -> str:
    return hmac.digest(secret, b"form:" + visit.encode(), "sha256").hex()


def _visit() -> str:
    # Signed in, the session is the visit; before, a random cookie is.
    visit: str | None = g.get("visit")
    if visit is None:
        visit = request.cookies.get(cookie_name(VISIT_COOKIE)) or secrets.token_urlsafe(24)
        g.visit = visit
        send_cookie(VISIT_COOKIE, visit)
    return visit


def send_cookie(name: str, value: str, seconds: int | None = None) -> None:
    """Set a cookie with whatever this request will be answered."""
    g.setdefault("cookies", {})[name] = value, seconds


def cookie_name(name: str, app: Flask = current_app) -> str:
    """The cookie's name: bound to this host where the product is reached by https."""
    return f"__Host-cii-{name}" if app.extensions["settings"].is_secure else f"cii-{name}"


def set_cookie(response: Response, name: str, value: str, seconds: int | None = None) -> None:
    """Set a cookie that scripts cannot read and that other sites cannot send along."""
    response.set_cookie(
        cookie_name(name),
        value,
        max_age=seconds,
        path="/",
        secure=current_app.extensions["settings"].is_secure,
        httponly=True,
        samesite="Lax",
    )


class _FlowCookie(SecureCookieSessionInterface):
    """Flask's own cookie, opened only where there is one: on the way to an identity provider and back."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """What the cookie holds, or nothing."""
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Nothing to keep where nobody looked into it."""
        if session.accessed or session.modified:
            super().save_session(app, session, response)


def _with_headers(answer: Callable[..., Any], always: list[tuple[str, str]]) -> Callable[..., Any]:
    def with_headers(environ: Any, start_response: Any) -> Any:
        def start(status: str, headers: list[tuple[str, str]], failure: Any = None) -> Any:
            said = {name for name, _ in headers}
            missing = [header for header in always if header[0] not in said]
            return start_response(status, headers + missing, failure)

        return answer(environ, start)

    return with_headers


def set_up(app: Flask) -> None:
    """Check every request that may change something, and put the headers on every answer."""
    app.session_interface = _FlowCookie()
    always = [*_ALWAYS, _BY_HTTPS] if app.extensions["settings"].is_secure else _ALWAYS
    # After everything else, and whatever answered: what an answer does not say by itself.
    app.wsgi_app = _with_headers(app.wsgi_app, always)  # type: ignore[method-assign]

    @app.before_request
    def refuse_foreign_forms() -> None:
        if request.method in {"GET", "HEAD", "OPTIONS"}:
            return
        view = current_app.view_functions.get(request.endpoint or "")
        if getattr(view, "is_signed_address", False):
            return
        site = request.headers.get("Sec-Fetch-Site")
        if site is not None and site not in {"same-origin", "none"}:
            raise ForeignForm
        origin = request.headers.get("Origin")
        if origin is not None and origin != request.host_url.rstrip("/"):
            raise ForeignForm
        if not hmac.compare_digest(
            request.form.get("form_token", "").encode(), form_token().encode()
        ):
            raise ForeignForm

    @app.after_request
    def add_cookies(response: Response) -> Response:
        for name, (value, seconds) in g.get("cookies", {}).items():
            set_cookie(response, name, value, seconds)
        return response
