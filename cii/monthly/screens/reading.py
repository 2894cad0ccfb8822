"""The updates of a case: their history, one of them to read, what was added to it later."""

from datetime import date
from uuid import UUID

from flask import Response

from cii.access.guard import GuardedSession, Hidden
from cii.access.permissions import May
from cii.access.screens import access
from cii.cases.actions import note_reading
from cii.cases.lifecycle import NotAllowed, State
from cii.cases.queries import CaseHeader, header
from cii.cases.tabs import tabs_of
from cii.foundation.ids import new_id
from cii.foundation.texts import N_
from cii.monthly.actions import add_addendum, is_writable
from cii.monthly.inputs import AddendumInput, month_key
from cii.monthly.models import (
    OPEN,
    SETTLED,
    UPDATE_PART_LABELS,
    UPDATE_STATE_LABELS,
    Update,
    UpdatePart,
    UpdateState,
)
from cii.monthly.queries import (
    Written,
    addenda_of,
    elements_of,
    history,
    readings,
    settings_of,
    trouble_of,
    update_of,
)
from cii.monthly.schedule import due_day, month_of
from cii.monthly.screens import screens
from cii.monthly.screens.shared import (
    NOT_OWED,
    author_of,
    may_write,
    month_of_address,
    topics_to_choose,
)
from cii.programmes.rules import rule
from cii.web.forms import Form, form
from cii.web.pages import page, redirect, say_done


@screens.get("/cases/<uuid:case_id>/updates")
@access(May.READ_UPDATES, records=True)
def updates(session: GuardedSession, case_id: UUID) -> Response:
    """The monthly updates of a case: what is to be written now, and what was."""
    case = header(session, case_id)
    note_reading(session, case_id, "updates")
    found = history(session, case_id)
    day = session.actor.day
    month = month_of(day)
    can_write = may_write(session, case) and case.state is State.COACHING
    there = {each.update.month for each in found}
    settings = settings_of(session, case.announcing_institution)
    return page(
        "monthly/updates.html",
        case=case,
        tabs=tabs_of(session.actor, case),
        tab="updates",
        found=found,
        can_write=can_write,
        now_due=(month, due_day(month, settings)) if can_write and month not in there else None,
        announcer=case.announcing,
        asked=next((each for each in found if can_write and _is_asked(each, day)), None),
        open_states=OPEN,
        settled=SETTLED,
        labels=UPDATE_STATE_LABELS,
        month_key=month_key,
        day=day,
        trouble=trouble_of(session, case_id),
        rule=rule("VS-27"),
    )


def _is_asked(written: Written, day: date) -> bool:
    return written.update.state in OPEN and is_writable(written.update, written.update.month, day)


def read_page(
    session: GuardedSession,
    case: CaseHeader,
    update: Update,
    status: int = 200,
    *,
    addendum: Form[AddendumInput] | None = None,
) -> Response:
    """An update as the actor sees it, with what was added, who read it, and the form to add more."""
    writes_it = may_write(session, case)
    settled = update.state in SETTLED
    # A draft is the tandem's; it is a file of the case, not a message, until somebody publishes it.
    shows = update.state is UpdateState.PUBLISHED or (writes_it and not settled)
    found = elements_of(session, update.id) if shows else []
    can_add = writes_it and update.sent_at is not None and case.state is State.COACHING
    return page(
        "monthly/read.html",
        status,
        case=case,
        tabs=tabs_of(session.actor, case),
        tab="updates",
        update=update,
        parts=[
            (UPDATE_PART_LABELS[part], [each.text for each in found if each.part is part])
            for part in UpdatePart
        ],
        addenda=addenda_of(session, update.id) if settled else [],
        author=author_of(session, update),
        readings=[read for key, read in readings(session, case.id) if key == update.id],
        settled=settled,
        nothing_new=update.state is UpdateState.NOTHING_NEW,
        state_label=UPDATE_STATE_LABELS[update.state],
        of_tandem=writes_it,
        form=addendum or Form(AddendumInput, {"form_key": str(new_id()), "topic": "coaching"})
        if can_add
        else None,
        topics=topics_to_choose(session, case.id) if can_add else [],
        month_key=month_key(update.month),
    )


@screens.post("/cases/<uuid:case_id>/update/<month>/addendum")
@access(May.READ_UPDATES, write=May.WRITE_UPDATE)
def addendum(session: GuardedSession, case_id: UUID, month: str) -> Response:
    """Add something to an update that was handed over."""
    case, of = header(session, case_id), month_of_address(month)
    found = update_of(session, case_id, of)
    if found is None or not may_write(session, case):
        raise Hidden("Update")
    sent = form(AddendumInput)
    if sent.input is None:
        if sent.error("form_key"):
            sent.typed["form_key"] = str(new_id())
        return read_page(session, case, found, 422, addendum=sent)
    try:
        add_addendum(session, case_id, of, sent.input)
    except NotAllowed:
        sent.refuse("", NOT_OWED)
        return read_page(session, case, found, 409, addendum=sent)
    say_done(N_("Le complément est ajouté. Il part avec le prochain courriel."))
    return redirect(f"/cases/{case_id}/update/{month}")
