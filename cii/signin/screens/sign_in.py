"""Signing in by password or, in demo mode, as one of the cast; signing out; the language."""

from uuid import UUID

from flask import Response, g, request
from werkzeug.exceptions import NotFound

from cii.access.actor import Actor
from cii.access.guard import GuardedSession
from cii.access.permissions import May
from cii.access.screens import access, public
from cii.access.system import Reason
from cii.foundation.texts import LANGUAGES, Phrase
from cii.organisations.models import Person
from cii.signin import actions
from cii.signin.actions.attempts import TooManyAttempts
from cii.signin.actions.passwords import sign_in_with_password
from cii.signin.actions.providers import institutions_with_provider
from cii.signin.cast import cast_of
from cii.signin.inputs import SignInInput
from cii.signin.screens import (
    SESSION_COOKIE,
    own_path,
    screens,
    settings,
    signed_in,
    store,
    visitor,
)
from cii.web.forms import Form, form
from cii.web.guarding import set_cookie
from cii.web.pages import language, page, redirect


@screens.get("/sign-in")
@public
def sign_in() -> Response:
    """The sign-in page; in demo mode with the cast."""
    return _page(form(SignInInput, {"next": own_path(request.args.get("next", "/"))}))


@screens.post("/sign-in")
@public
def sign_in_by_password() -> Response:
    """Sign in with e-mail address and password."""
    sent = form(SignInInput)
    if sent.input is None:
        return _page(sent, 422)
    try:
        token = sign_in_with_password(
            store(), settings(), sent.input.email, sent.input.password, **visitor()
        )
    except TooManyAttempts as limited:
        sent.refuse("", wait(limited))
        return _page(sent, 429)
    if token is None:
        sent.refuse("", Phrase("L’adresse ou le mot de passe n’est pas juste."))
        return _page(sent, 422)
    return signed_in(token, sent.input.next)


def wait(limited: TooManyAttempts) -> Phrase:
    """The sentence for somebody who has tried too often."""
    return Phrase(
        "Il y a eu trop de tentatives. Attendez {n} min, puis essayez de nouveau.",
        n=limited.minutes,
    )


def _page(sent: Form[SignInInput], status: int = 200) -> Response:
    cast = None
    if settings().demo:
        with store().system(Reason.SIGN_IN, writes=False) as session:
            cast = cast_of(session, language())
    return page(
        "signin/sign_in.html",
        status,
        form=sent,
        onward=own_path(sent.value("next")),
        institutions=institutions_with_provider(store()),
        cast=cast,
    )


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
            session, settings(), person, how="demo", **visitor()
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
    return signed_out()


def signed_out() -> Response:
    """Send the browser to the sign-in page without its session."""
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
        "cii-language",
        chosen,
        max_age=365 * 86400,
        path="/",
        secure=settings().is_secure,
        httponly=True,
        samesite="Lax",
    )
    return response
