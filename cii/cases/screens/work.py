"""The first page: what waits for whom, since when, until when."""

from flask import Response

from cii.access.guard import GuardedSession
from cii.access.permissions import May
from cii.access.screens import access
from cii.cases.screens import screens
from cii.web.pages import page


@screens.get("/")
@access(May.SEE_WORK)
def work(session: GuardedSession) -> Response:
    """What waits for the person signed in."""
    return page("cases/work.html")
