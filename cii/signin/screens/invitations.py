"""The link with which somebody chooses a password."""

from datetime import timedelta
from uuid import UUID

from flask import Response, current_app, request

from cii.access.guard import GuardedSession
from cii.access.permissions import May
from cii.access.screens import access, public
from cii.foundation.clock import now
from cii.foundation.texts import N_
from cii.organisations.models import Person
from cii.signin.actions.invitations import (
    DAYS,
    WorksElsewhere,
    accept_invitation,
    invite,
    invited,
)
from cii.signin.actions.passwords import objection_to
from cii.signin.inputs import FirstPasswordInput
from cii.signin.screens import own_address, screens, settings, signed_in, store, visitor
from cii.web.forms import Form, form
from cii.web.pages import page


@screens.post("/people/<uuid:person_id>/invitation")
@access(May.MANAGE_PEOPLE)
def invite_person(session: GuardedSession, person_id: UUID) -> Response:
    """Make a link for one person; it is shown this once and kept nowhere."""
    try:
        token = invite(session, _secret(), person_id)
    except WorksElsewhere:
        return page(
            "layouts/message.html",
            422,
            title=N_("Ce lien vient de la plateforme"),
            advice=N_(
                "Cette personne travaille aussi pour une autre institution. Demandez le lien à l’administration de la plateforme."
            ),
        )
    return page(
        "signin/invitation.html",
        person=session.find(Person, person_id),
        link=own_address(f"/password?invitation={token}"),
        ends_on=now() + timedelta(days=DAYS),
    )


@screens.get("/password")
@public
def first_password() -> Response:
    """Choose a password with a link."""
    typed = {"invitation": request.args.get("invitation", "")}
    return _page(form(FirstPasswordInput, typed))


@screens.post("/password")
@public
def take_first_password() -> Response:
    """Take the password and sign the person in."""
    sent = form(FirstPasswordInput)
    person = invited(store(), _secret(), sent.value("invitation"))
    if person and sent.input:
        wrong = objection_to(person, sent.input.new_password)
        if wrong:
            sent.refuse("new_password", wrong)
    if person is None or sent.input is None:
        return _page(sent, 422)
    token = accept_invitation(
        store(),
        settings(),
        _secret(),
        sent.input.invitation,
        sent.input.new_password,
        **visitor(),
    )
    return signed_in(token, "/") if token else _page(sent, 422)


def _page(sent: Form[FirstPasswordInput], status: int = 200) -> Response:
    person = invited(store(), _secret(), sent.value("invitation"))
    if person is None:
        return page(
            "layouts/message.html",
            404,
            title=N_("Ce lien n’est plus valable"),
            advice=N_(
                "Il a déjà servi, ou ses sept jours sont passés. Demandez un nouveau lien à la personne qui administre votre institution."
            ),
        )
    return page("signin/first_password.html", status, form=sent, person=person)


def _secret() -> bytes:
    secret: bytes = current_app.extensions["secret"]
    return secret
