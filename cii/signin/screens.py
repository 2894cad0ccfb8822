"""Signing in and out, the acting institution, the language."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, Response, current_app, g, request
from flask_login import LoginManager, UserMixin, current_user
from sqlmodel import select
from werkzeug.exceptions import NotFound

from cii.access.actor import ROLE_LABELS, Actor, role_of
from cii.access.guard import GuardedSession
from cii.access.permissions import May
from cii.access.screens import access, public
from cii.access.store import Store
from cii.access.system import Reason
from cii.foundation.texts import LANGUAGES
from cii.organisations.models import Institution, Membership, Person
from cii.settings import Settings
from cii.signin import actions
from cii.web.guarding import cookie_name, set_cookie
from cii.web.pages import page, redirect

screens = Blueprint("signin", __name__)
SESSION_COOKIE = "session"


class SignedIn(UserMixin):  # type: ignore[misc]
    """What Flask-Login knows of somebody signed in."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def get_id(self) -> str:
        """The person's key."""
        return str(self.actor.person)


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
    manager = LoginManager(app, add_context_processor=False)

    @manager.request_loader
    def load(_: Any) -> SignedIn | None:
        token = request.cookies.get(cookie_name(SESSION_COOKIE))
        if not token:
            return None
        found = actions.find_session(store(), settings(), token)
        if found is None:
            return None
        if found.note_use:
            actions.note_use(store(), token)
        g.visit = token
        return SignedIn(found.actor)

    @app.before_request
    def who_is_there() -> None:
        if request.endpoint == "static_file":
            return
        if current_user.is_authenticated:
            g.actor = current_user.actor


def own_path(path: str) -> str:
    """The path to go on to: one of ours, or the first page."""
    return path if path.startswith("/") and not path.startswith("//") and "\\" not in path else "/"


def signed_in(token: str, onward: str) -> Response:
    """Send the browser on with its new session."""
    response = redirect(own_path(onward))
    set_cookie(response, SESSION_COOKIE, token)
    return response


@screens.get("/sign-in")
@public
def sign_in() -> Response:
    """The sign-in page; in demo mode with the cast."""
    with store().system(Reason.SIGN_IN, writes=False) as session:
        cast = demo_cast(session) if settings().demo else []
    return page("signin/sign_in.html", cast=cast, onward=own_path(request.args.get("next", "/")))


def demo_cast(session: Any) -> list[dict[str, Any]]:
    """The people of the demo canton, grouped by their institution's kind."""
    rows = session.exec(
        select(Person, Membership, Institution)
        .join(Membership, Membership.person_id == Person.id)
        .join(Institution, Institution.id == Membership.institution_id)
        .where(Person.active, Membership.active)
        .order_by(Institution.kind, Institution.name, Membership.seat, Person.last_name)
    ).all()
    return [
        {
            "id": person.id,
            "name": person.name,
            "institution": institution.name,
            "kind": institution.kind,
            "role": ROLE_LABELS[role_of(institution.kind, membership.seat)],
        }
        for person, membership, institution in rows
    ]


@screens.post("/sign-in/demo")
@public
def sign_in_to_demo() -> Response:
    """One click signs one of the cast in; exists in demo mode only."""
    if not settings().demo:
        raise NotFound
    try:
        person_id = UUID(request.form.get("person", ""))
    except ValueError:
        raise NotFound from None
    with store().system(Reason.SIGN_IN) as session:
        person = session.get(Person, person_id)
        token = person and actions.start_session(
            session,
            settings(),
            person,
            how="demo",
            browser=request.user_agent.string,
            address=request.remote_addr or "",
        )
    if not token:
        raise NotFound
    return signed_in(token, request.form.get("next", "/"))


@screens.post("/sign-out")
@access(May.OWN_ACCOUNT)
def sign_out(session: GuardedSession) -> Response:
    """Sign out of this browser."""
    session.rollback()
    actions.end_session(store(), session.actor, g.visit)
    response = redirect("/sign-in")
    set_cookie(response, SESSION_COOKIE, "", 0)
    return response


@screens.post("/language")
@public
def choose_language() -> Response:
    """Change the language: of the person signed in, or of this browser."""
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        raise NotFound
    actor: Actor | None = g.get("actor")
    if actor is not None:
        actions.speak(store(), actor, chosen)
    response = redirect(own_path(request.form.get("next", "/")))
    response.set_cookie(
        "cii-language", chosen, max_age=365 * 86400, path="/", httponly=True, samesite="Lax"
    )
    return response
