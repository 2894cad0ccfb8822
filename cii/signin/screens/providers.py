"""Signing in through an institution's own identity provider, and entering that provider."""

import logging
from uuid import UUID

from flask import Response, request
from flask import session as flow
from werkzeug.exceptions import NotFound

from cii.access.guard import GuardedSession
from cii.access.permissions import May
from cii.access.screens import access, public
from cii.organisations.models import Institution
from cii.signin.actions.providers import (
    enter_provider,
    entered_provider,
    provider_of,
    refuse_vouched,
    sign_in_vouched,
)
from cii.signin.inputs import ProviderInput
from cii.signin.models import IdentityProvider
from cii.signin.openid import NotVouched, ask, has_secret, vouched_email
from cii.signin.screens import (
    own_address,
    own_path,
    screens,
    settings,
    signed_in,
    store,
    visitor,
)
from cii.web.forms import Form, form
from cii.web.pages import page, redirect

log = logging.getLogger(__name__)


@screens.get("/sign-in/with/<uuid:institution_id>")
@public
def ask_provider(institution_id: UUID) -> Response:
    """Send the browser to the institution's provider."""
    provider, institution = _provider(institution_id)
    flow.clear()
    flow["next"] = own_path(request.args.get("next", "/"))
    try:
        answer: Response = ask(provider, own_address(_callback(institution_id)))
    except NotVouched as reason:
        return _not_signed_in(institution, reason)
    return answer


@screens.get("/sign-in/callback/<uuid:institution_id>")
@public
def provider_answered(institution_id: UUID) -> Response:
    """Read the provider's answer and sign in the person for whom it vouches."""
    provider, institution = _provider(institution_id)
    onward = flow.get("next", "/")
    try:
        email = vouched_email(provider, request.args)
        token = sign_in_vouched(store(), settings(), institution_id, email, **visitor())
        if token is None:
            raise NotVouched("not entered in the institution")
    except NotVouched as reason:
        return _not_signed_in(institution, reason)
    finally:
        # One answer for each question: what was kept for this one is of no further use.
        flow.clear()
    return signed_in(token, onward)


def _provider(institution_id: UUID) -> tuple[IdentityProvider, Institution]:
    found = provider_of(store(), institution_id)
    if found is None:
        raise NotFound
    return found


def _callback(institution_id: UUID) -> str:
    return f"/sign-in/callback/{institution_id}"


def _not_signed_in(institution: Institution, reason: NotVouched) -> Response:
    log.warning("not signed in through the provider of %s: %.200r", institution.id, str(reason))
    refuse_vouched(store(), institution.id, "identity-provider")
    return page("signin/not_vouched.html", 403, institution=institution)


@screens.get("/institutions/<uuid:institution_id>/identity-provider")
@access(May.MANAGE_INSTITUTIONS)
def identity_provider(session: GuardedSession, institution_id: UUID) -> Response:
    """The provider of an institution, as it was entered."""
    entered = entered_provider(store(), institution_id)
    typed = entered.model_dump(exclude={"institution_id"}) if entered else {"active": "yes"}
    typed = {name: "yes" if value is True else value for name, value in typed.items()}
    return _provider_page(session, institution_id, form(ProviderInput, typed), entered)


@screens.post("/institutions/<uuid:institution_id>/identity-provider")
@access(May.MANAGE_INSTITUTIONS)
def enter_identity_provider(session: GuardedSession, institution_id: UUID) -> Response:
    """Enter or change the provider of an institution."""
    sent = form(ProviderInput)
    institution = session.find(Institution, institution_id)
    if sent.input is None:
        return _provider_page(session, institution.id, sent, None, 422)
    enter_provider(session, institution.id, sent.input)
    return redirect(f"/institutions/{institution.id}/identity-provider")


def _provider_page(
    session: GuardedSession,
    institution_id: UUID,
    sent: Form[ProviderInput],
    entered: IdentityProvider | None,
    status: int = 200,
) -> Response:
    return page(
        "signin/provider.html",
        status,
        form=sent,
        institution=session.find(Institution, institution_id),
        callback=own_address(_callback(institution_id)),
        entered=entered,
        has_secret=entered is not None and has_secret(entered),
    )
