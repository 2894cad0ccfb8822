"""Where the house is put together, and the checks without which it does not open."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from cii import tables  # noqa: F401 - every table must be known before the checks
from cii.access.guard import check_every_table_is_ruled
from cii.access.policies import check_role
from cii.access.screens import check_every_route_is_declared
from cii.access.store import Store
from cii.cases import screens as cases
from cii.cases.work import cases_waiting, mails_undelivered, procurations_expiring
from cii.coaching import screens as coaching
from cii.coaching.work import coaching_waiting
from cii.consent import screens as consent
from cii.delivery import screens as delivery
from cii.documents import screens as documents
from cii.files import screens as files
from cii.foundation.columns import metadata
from cii.mails import KINDS
from cii.measures import screens as measures
from cii.measures.accounts import screens as accounts
from cii.measures.accounts.work import statements_waiting
from cii.measures.actions import hand_over_measures
from cii.measures.work import measures_waiting
from cii.monthly import screens as monthly
from cii.monthly.work import updates_waiting
from cii.organisations import screens as organisations
from cii.settings import Settings, product_secret, read_settings
from cii.signin import screens as signin
from cii.web import errors, guarding, htmx, pages, statics
from cii.web import screens as help_pages

CAPABILITIES = (
    signin,
    help_pages,
    organisations,
    delivery,
    files,
    consent,
    cases,
    coaching,
    measures,
    monthly,
    accounts,
    documents,
)


class _House(Flask):
    """Flask, which would ask of every function at every request whether it is a coroutine: none is."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function."""
        return func


def create_app(settings: Settings | None = None) -> Flask:
    """The product, ready to serve; refuses to start when a table, a route or the database is not guarded."""
    settings = settings or read_settings()
    app = _House(__name__, static_folder=None, template_folder=None)
    app.config.update(
        MAX_CONTENT_LENGTH=(settings.file_megabytes + 1) * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        PROPAGATE_EXCEPTIONS=False,
        # Flask's own cookie carries a sign-in to an identity provider and back, and nothing else.
        SESSION_COOKIE_NAME="__Host-cii-flow" if settings.is_secure else "cii-flow",
        SESSION_COOKIE_SECURE=settings.is_secure,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(minutes=15),
    )
    if settings.trusted_proxies:
        # Without it every form would seem to come from another address than the product's own.
        proxies = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, proxies, proxies, proxies)  # type: ignore[method-assign]
    app.secret_key = product_secret(settings)
    app.extensions["settings"] = settings
    app.extensions["secret"] = app.secret_key
    app.extensions["store"] = store = Store(settings.database)
    app.extensions["mails"] = {kind.name: kind for kind in KINDS}
    app.extensions["handed_over"] = (hand_over_measures,)
    app.extensions["waiting"] = (
        cases_waiting,
        coaching_waiting,
        updates_waiting,
        measures_waiting(settings.measure_urgent_days),
        statements_waiting(settings.statement_days),
        mails_undelivered,
        procurations_expiring(settings.expiry_notice_days),
    )
    for part in (htmx, pages, statics):
        part.set_up(app)
    # Who is there is asked before the form's token is checked: the token belongs to the session.
    signin.identify(app)
    guarding.set_up(app)
    errors.set_up(app)
    for capability in CAPABILITIES:
        app.register_blueprint(capability.screens)
    check_every_table_is_ruled(metadata)
    check_every_route_is_declared(app)
    check_role(store.engine)
    return app
