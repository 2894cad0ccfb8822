"""What is late: for the tandem its own, for a head those of the office, for the bureau CII all it watches over."""

from datetime import date
from uuid import UUID

from flask import Response, request

from cii.access.guard import GuardedSession
from cii.access.permissions import May
from cii.access.screens import access
from cii.audit.actions import record
from cii.audit.models import Act
from cii.monthly.inputs import month_key
from cii.monthly.queries import PAGE, late
from cii.monthly.screens import screens
from cii.programmes.rules import rule
from cii.web.pages import page


@screens.get("/updates/late")
@access(May.READ_UPDATES, records=True)
def late_updates(session: GuardedSession) -> Response:
    """The updates whose day has passed, the longest first."""
    found = late(session, after=_after(request.args.get("after", "")), limit=PAGE + 1)
    more = None
    if len(found) > PAGE:
        found = found[:PAGE]
        more = f"/updates/late?after={found[-1].due_on.isoformat()}_{found[-1].id.hex}"
    record(session, Act.LIST_READ, ground="VS-27", cases=[each.case_id.hex for each in found])
    return page(
        "monthly/late.html", found=found, more=more, month_key=month_key, rule=rule("VS-27")
    )


def _after(text: str) -> tuple[date, UUID] | None:
    day, _, key = text.partition("_")
    try:
        return date.fromisoformat(day), UUID(key)
    except ValueError:
        return None
