"""The screens of signing in, one file for each kind of work; who is there, found out before each request."""

from typing import TypedDict

from flask import Blueprint, Flask, Request, Response, current_app, g, request
from flask_login import LoginManager, UserMixin, current_user

from cii.access.actor import Actor
from cii.access.store import Store
from cii.settings import Settings
from cii.signin import actions
from cii.web.guarding import cookie_name, set_cookie
from cii.web.pages import redirect

screens = Blueprint("signin", __name__)
SESSION_COOKIE = "session"


class SignedIn(UserMixin):  # type: ignore[misc]
    """What Flask-Login knows of somebody signed in."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def get_id(self) -> str:
        """The person's key."""
        return str(self.actor.person)


class _Sessions(LoginManager):  # type: ignore[misc]
    """Sessions stand in the database: the cookies in which Flask-Login would look for one stay closed."""

    def _load_user(self) -> None:
        self._update_request_context_with_user(self._load_user_from_request(request))

    def _update_remember_cookie(self, response: Response) -> Response:
        return response


def store() -> Store:
    """The store of this process."""
    found: Store = current_app.extensions["store"]
    return found


def settings() -> Settings:
    """The settings of this process."""
    found: Settings = current_app.extensions["settings"]
    return found


def identify(app: Flask) -> None:
    """Before each request, find out who is there: `g.actor`, or nothing for a stranger."""
    manager = _Sessions(app, add_context_processor=False)
    cookie = cookie_name(SESSION_COOKIE, app)

    @manager.request_loader
    def load(request: Request) -> SignedIn | None:
        token = request.cookies.get(cookie)
        if not token:
            return None
        store: Store = app.extensions["store"]
        found = actions.find_session(store, app.extensions["settings"], token)
        if found is None:
            return None
        if found.note_use:
            actions.note_use(store, token)
        g.visit = token
        return SignedIn(found.actor)

    @app.before_request
    def who_is_there() -> None:
        if request.endpoint == "static_file":
            return
        user = current_user._get_current_object()
        if user.is_authenticated:
            g.actor = user.actor


class Visitor(TypedDict):
    """The browser from which somebody signs in; `replaces` is the token of its session until now."""

    browser: str
    address: str
    replaces: str | None


def visitor() -> Visitor:
    """The browser of this request."""
    return {
        "browser": request.user_agent.string,
        "address": request.remote_addr or "",
        "replaces": request.cookies.get(cookie_name(SESSION_COOKIE)),
    }


def own_path(path: str) -> str:
    """The path to go on to: one of ours, or the first page."""
    # Browsers take "\\" for "/" and drop control characters: both could turn a path into a host.
    ours = path.startswith("/") and not path.startswith("//")
    return path if ours and path.isprintable() and "\\" not in path else "/"


def signed_in(token: str, onward: str) -> Response:
    """Send the browser on with its new session."""
    response = redirect(own_path(onward))
    set_cookie(response, SESSION_COOKIE, token)
    return response


def own_address(path: str) -> str:
    """The whole address of one of our paths, as people and providers reach it."""
    return (settings().public_url or request.host_url).rstrip("/") + path


# Each file adds its routes to the blueprint.
from cii.signin.screens import account, invitations, providers, sign_in  # noqa: E402, F401
