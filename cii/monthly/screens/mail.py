"""When the professionals of an institution get their updates, and how much the e-mail says."""

from flask import Response, request

from cii.access.actor import Kind
from cii.access.guard import GuardedSession, Hidden
from cii.access.permissions import May
from cii.access.screens import access
from cii.foundation.texts import N_, texts
from cii.monthly.actions import change_settings
from cii.monthly.inputs import SettingsInput
from cii.monthly.models import DIGEST_MODE_LABELS, MonthlySettings
from cii.monthly.queries import settings_of
from cii.monthly.schedule import digest_moment, due_day, month_of
from cii.monthly.screens import screens
from cii.programmes.rules import rule
from cii.web.forms import form
from cii.web.pages import page, redirect, say_done

# Only these two announce, so only their people follow a case.
ANNOUNCING = frozenset({Kind.ORP, Kind.CMS})


@screens.route("/monthly-mail", methods=["GET", "POST"])
@access(May.SET_MONTHLY_MAIL)
def monthly_mail(session: GuardedSession) -> Response:
    """The settings of one's institution."""
    if session.actor.kind not in ANNOUNCING:
        raise Hidden("MonthlySettings")
    settings = settings_of(session, session.actor.institution)
    changed = form(SettingsInput, _typed(settings))
    if request.method == "POST" and changed.input is not None:
        change_settings(session, changed.input)
        say_done(N_("Les réglages sont enregistrés."))
        return redirect("/monthly-mail")
    month, say = month_of(session.actor.day), texts(session.actor.language).say
    return page(
        "monthly/mail.html",
        422 if changed.errors else 200,
        form=changed,
        modes=[(each.value, say(label)) for each, label in DIGEST_MODE_LABELS.items()],
        due_on=due_day(month, settings),
        leaves_at=digest_moment(month, settings),
        rule=rule("VS-27"),
    )


def _typed(settings: MonthlySettings) -> dict[str, str]:
    return {
        "due_before": str(settings.due_before),
        "first_reminder": str(settings.first_reminder),
        "second_reminder": str(settings.second_reminder),
        "digest_day": str(settings.digest_day),
        "digest_hour": str(settings.digest_hour),
        "mode": settings.mode.value,
        "deputy_receives": "yes" if settings.deputy_receives else "",
    }
