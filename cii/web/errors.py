"""When something is not there, not allowed or broken: one calm page that says what to do."""

import logging
from urllib.parse import quote

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import (
    Forbidden,
    HTTPException,
    MethodNotAllowed,
    NotFound,
    RequestEntityTooLarge,
    TooManyRequests,
    Unauthorized,
)

from cii.access.guard import Refused
from cii.audit.actions import record_refusal, record_shown
from cii.foundation.texts import N_
from cii.web.guarding import ForeignForm
from cii.web.pages import page, redirect

log = logging.getLogger(__name__)

# Not there and not yours are one answer: nobody learns which cases exist.
_PAGES: dict[type[HTTPException], tuple[str, str]] = {
    NotFound: (
        N_("Cette page n’existe pas"),
        N_(
            "Elle n’existe pas, ou votre institution n’y a pas accès. Revenez à la page « À faire »."
        ),
    ),
    Forbidden: (
        N_("Cette page n’existe pas"),
        N_(
            "Elle n’existe pas, ou votre institution n’y a pas accès. Revenez à la page « À faire »."
        ),
    ),
    MethodNotAllowed: (
        N_("Cette adresse ne s’ouvre pas ainsi"),
        N_("Revenez à la page précédente et utilisez ses boutons."),
    ),
    RequestEntityTooLarge: (
        N_("Ce fichier est trop grand"),
        N_("Revenez à la page précédente et choisissez un fichier plus petit."),
    ),
    ForeignForm: (
        N_("Cette page n’était plus à jour"),
        N_(
            "Rien n’a été enregistré. Revenez à la page précédente, rechargez-la et envoyez de nouveau le formulaire."
        ),
    ),
    TooManyRequests: (
        N_("Trop de tentatives"),
        N_("Attendez quelques minutes, puis essayez de nouveau."),
    ),
}
_BROKEN = (
    N_("Quelque chose n’a pas fonctionné"),
    N_(
        "Rien n’a été enregistré. Essayez de nouveau ; si cela se répète, avertissez le bureau CII."
    ),
)
_UNREADABLE = (
    N_("Cette demande n’a pas pu être lue"),
    N_("Revenez à la page précédente et essayez de nouveau."),
)


def set_up(app: Flask) -> None:
    """Answer every error with a page."""

    @app.after_request
    def record_what_came_back(response: Response) -> Response:
        """No line, no page: also for a form that is refused and shown again on the page of its case."""
        actor, shown = g.get("actor"), g.get("shown")
        if actor is not None and shown and request.url_rule is not None:
            record_shown(
                current_app.extensions["store"],
                actor.person,
                actor.institution,
                shown,
                route=request.url_rule.rule,
                method=request.method,
            )
        return response

    @app.errorhandler(Unauthorized)
    def sign_in_first(error: Unauthorized) -> Response:
        if request.method == "GET":
            return redirect(f"/sign-in?next={quote(request.full_path.rstrip('?'))}")
        return redirect("/sign-in")

    @app.errorhandler(HTTPException)
    def explain(error: HTTPException) -> Response:
        if error.code is None or error.code < 400:
            return error.get_response()  # type: ignore[return-value]
        if isinstance(error, (NotFound, Forbidden)):
            _record(str(error.code))
        title, advice = _PAGES.get(type(error), _UNREADABLE if error.code < 500 else _BROKEN)
        # A refusal looks like an absence: the status does not tell them apart either.
        status = 404 if isinstance(error, Forbidden) else error.code
        return page("layouts/message.html", status, title=title, advice=advice)

    @app.errorhandler(Refused)
    def refuse(error: Refused) -> Response:
        log.error("refused by the guard: %s %s: %s", request.method, request.path, error)
        _record("guard")
        return page(
            "layouts/message.html", 404, title=_PAGES[NotFound][0], advice=_PAGES[NotFound][1]
        )

    @app.errorhandler(Exception)
    def broken(error: Exception) -> Response:
        if app.config["PROPAGATE_EXCEPTIONS"]:
            raise error
        log.error("failed: %s %s", request.method, request.path, exc_info=error)
        return page("layouts/message.html", 500, title=_BROKEN[0], advice=_BROKEN[1])


def _record(ground: str) -> None:
    actor = g.get("actor")
    if actor is not None and request.url_rule is not None:
        record_refusal(
            current_app.extensions["store"],
            actor.person,
            actor.institution,
            ground,
            route=request.url_rule.rule,
            keys={name: str(value) for name, value in (request.view_args or {}).items()},
            method=request.method,
        )
