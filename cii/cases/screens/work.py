"""The first page: what waits for whom, since when, until when."""

from uuid import UUID

from flask import Response, current_app

from cii.access.guard import GuardedSession
from cii.access.permissions import May, may
from cii.access.screens import access
from cii.audit.actions import record
from cii.audit.models import Act
from cii.cases.screens import screens
from cii.cases.work import todo_list
from cii.foundation.clock import now
from cii.outbox.models import SUBJECT_LABELS, Notice
from cii.outbox.queries import unseen
from cii.web.navigation import first_page
from cii.web.pages import page, redirect


@screens.get("/")
@access(May.SEE_WORK, records=True)
def work(session: GuardedSession) -> Response:
    """What waits for the person signed in; whoever signs measures begins with their inbox."""
    start = first_page(session.actor)
    if start != "/":
        return redirect(start)
    groups = todo_list(session, current_app.extensions["waiting"])
    notices = unseen(session)
    shown = {todo.case_id for _, todos in groups for todo in todos}
    shown |= {notice.case_id for notice in notices}
    cases = sorted(case_id.hex for case_id in shown if case_id)
    if cases:
        record(session, Act.LIST_READ, ground="VS-40", cases=cases)
    return page(
        "cases/work.html",
        groups=groups,
        notices=[(notice, SUBJECT_LABELS[notice.subject]) for notice in notices],
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
