"""One's own account: for whom one acts, the language, the password, where one is signed in."""

from uuid import UUID

from flask import Response, g, request
from werkzeug.exceptions import NotFound

from cii.access.guard import GuardedSession
from cii.access.permissions import May
from cii.access.screens import access
from cii.signin import actions
from cii.signin.actions.attempts import TooManyAttempts
from cii.signin.actions.passwords import change_password, password_changed_at
from cii.signin.actions.sessions import account_of, sign_out_everywhere
from cii.signin.devices import device
from cii.signin.inputs import PasswordChangeInput
from cii.signin.screens import own_path, screens, settings, store, visitor
from cii.signin.screens.sign_in import signed_out, wait
from cii.web.forms import Form, form
from cii.web.pages import page, redirect


@screens.get("/account")
@access(May.OWN_ACCOUNT)
def account(session: GuardedSession) -> Response:
    """One's own account."""
    return _page(session, form(PasswordChangeInput))


def _page(session: GuardedSession, sent: Form[PasswordChangeInput], status: int = 200) -> Response:
    return page(
        "signin/account.html",
        status,
        form=sent,
        account=account_of(store(), settings(), session.actor, g.visit),
        password_changed_at=password_changed_at(store(), session.actor.person),
        device=device,
    )


@screens.post("/account/password")
@access(May.OWN_ACCOUNT)
def change_own_password(session: GuardedSession) -> Response:
    """Change one's own password."""
    sent = form(PasswordChangeInput)
    if sent.input is None:
        return _page(session, sent, 422)
    try:
        wrong = change_password(
            store(),
            settings(),
            session,
            sent.input.current_password,
            sent.input.new_password,
            address=visitor()["address"],
            keep=g.visit,
        )
    except TooManyAttempts as limited:
        sent.refuse("", wait(limited))
        return _page(session, sent, 429)
    for name, phrase in wrong.items():
        sent.refuse(name, phrase)
    return _page(session, sent, 422) if wrong else redirect("/account#password")


@screens.post("/account/act-for")
@access(May.OWN_ACCOUNT)
def act_for(session: GuardedSession) -> Response:
    """Act for another of one's institutions from now on, and go on to where the form says."""
    try:
        membership_id = UUID(request.form.get("membership", ""))
    except ValueError:
        raise NotFound from None
    if not actions.act_for(store(), session.actor, g.visit, membership_id):
        raise NotFound
    return redirect(own_path(request.form.get("next", "/")))


@screens.post("/account/sign-out-everywhere")
@access(May.OWN_ACCOUNT)
def leave_everywhere(session: GuardedSession) -> Response:
    """Sign out of all browsers, this one included."""
    sign_out_everywhere(store(), session.actor)
    return signed_out()
