"""The first page: what waits for whom, since when, until when."""

from uuid import UUID

from flask import Response, current_app

from cii.access.guard import GuardedSession
from cii.access.permissions import May, may
from cii.access.screens import access
from cii.cases.screens import screens
from cii.cases.work import todo_list
from cii.foundation.clock import now
from cii.outbox.models import SUBJECT_LABELS, Notice
from cii.outbox.queries import unseen
from cii.web.navigation import first_page
from cii.web.pages import page, redirect


@screens.get("/")
@access(May.SEE_WORK)
def work(session: GuardedSession) -> Response:
    """What waits for the person signed in; whoever signs measures begins with their inbox."""
    start = first_page(session.actor)
    if start != "/":
        return redirect(start)
    return page(
        "cases/work.html",
        groups=todo_list(session, current_app.extensions["waiting"]),
        notices=[(notice, SUBJECT_LABELS[notice.subject]) for notice in unseen(session)],
        day=session.actor.day,
        reads_cases=may(session.actor, May.READ_CASE),
    )


@screens.post("/notices/<uuid:notice_id>/seen")
@access(May.SEE_WORK)
def notice_seen(session: GuardedSession, notice_id: UUID) -> Response:
    """Put a notice away."""
    notice = session.find(Notice, notice_id)
    notice.seen_at = notice.seen_at or now()
    session.add(notice)
    return redirect("/")
