"""The plan of a case: objectives and appointments, each changed on its own page, and the calendar file."""

from uuid import UUID

from flask import Response, request

from cii.access.actor import Actor
from cii.access.guard import GuardedSession, Hidden
from cii.access.permissions import May, may
from cii.access.screens import access
from cii.cases.actions import note_reading
from cii.cases.lifecycle import NotAllowed
from cii.cases.queries import CaseHeader, header
from cii.cases.tabs import tabs_of
from cii.coaching.actions import (
    WRITABLE,
    ChangedMeanwhile,
    arrange,
    arranges,
    change_appointment,
    change_objective,
    set_objective,
    writes,
)
from cii.coaching.ics import Entered, calendar_of
from cii.coaching.inputs import (
    AppointmentChange,
    AppointmentInput,
    ObjectiveChange,
    ObjectiveInput,
)
from cii.coaching.models import (
    Appointment,
    AppointmentState,
    Objective,
    ObjectiveState,
)
from cii.coaching.queries import appointments, objectives, parts_held
from cii.coaching.screens import NOT_COACHED, screens
from cii.coaching.screens.labels import labels
from cii.consent.models import PartKind
from cii.foundation.clock import local, now
from cii.foundation.days import format_day
from cii.foundation.ids import new_id
from cii.foundation.texts import N_, texts
from cii.web.forms import Form, form
from cii.web.pages import page, redirect, say_done


@screens.get("/cases/<uuid:case_id>/plan")
@access(May.READ_JOURNAL, records=True)
def plan(session: GuardedSession, case_id: UUID) -> Response:
    """The objectives and the appointments of a case."""
    case = header(session, case_id)
    note_reading(session, case_id, "plan")
    return _plan_page(session, case)


@screens.post("/cases/<uuid:case_id>/objectives")
@access(May.READ_JOURNAL, write=May.WRITE_JOURNAL)
def add_objective(session: GuardedSession, case_id: UUID) -> Response:
    """Set an objective."""
    case = header(session, case_id)
    objective = form(ObjectiveInput)
    if objective.input is None:
        return _plan_page(session, case, 422, objective=objective)
    try:
        set_objective(session, case_id, objective.input)
    except NotAllowed:
        objective.refuse("", NOT_COACHED)
        return _plan_page(session, case, 409, objective=objective)
    say_done(N_("L’objectif est fixé."))
    return redirect(f"/cases/{case_id}/plan")


@screens.post("/cases/<uuid:case_id>/appointments")
@access(May.READ_JOURNAL, write=May.ARRANGE_APPOINTMENT)
def add_appointment(session: GuardedSession, case_id: UUID) -> Response:
    """Arrange an appointment (VS-36)."""
    case = header(session, case_id)
    appointment = form(AppointmentInput)
    if appointment.input is None:
        return _plan_page(session, case, 422, appointment=appointment)
    try:
        arrange(session, case_id, appointment.input)
    except NotAllowed:
        appointment.refuse("", NOT_COACHED)
        return _plan_page(session, case, 409, appointment=appointment)
    say_done(N_("Le rendez-vous est fixé."))
    return redirect(f"/cases/{case_id}/plan")


def _plan_page(
    session: GuardedSession,
    case: CaseHeader,
    status: int = 200,
    *,
    objective: Form[ObjectiveInput] | None = None,
    appointment: Form[AppointmentInput] | None = None,
) -> Response:
    actor, held = session.actor, parts_held(session, case.id)
    open_case = case.state in WRITABLE
    found = appointments(session, case.id)
    upcoming = [each for each in found if local(each.at).date() >= actor.day]
    return page(
        "coaching/plan.html",
        status,
        case=case,
        tabs=tabs_of(actor, case),
        tab="plan",
        objectives=objectives(session, case.id),
        upcoming=upcoming,
        past=[each for each in reversed(found) if each not in upcoming],
        can_set=open_case and _may_set(actor, held),
        can_arrange=open_case and _may_arrange(actor, held),
        of_tandem=_may_set(actor, held),
        new_objective=objective or Form(ObjectiveInput, {"form_key": str(new_id())}),
        new_appointment=appointment
        or Form(AppointmentInput, {"form_key": str(new_id()), "minutes": "60"}),
        labels=labels(actor.language),
        open_state=ObjectiveState.OPEN,
        planned=AppointmentState.PLANNED,
        day=actor.day,
    )


def _may_set(actor: Actor, held: frozenset[PartKind]) -> bool:
    return may(actor, May.WRITE_JOURNAL) and writes(held)


def _may_arrange(actor: Actor, held: frozenset[PartKind]) -> bool:
    return may(actor, May.ARRANGE_APPOINTMENT) and arranges(held, actor.kind)


@screens.route("/cases/<uuid:case_id>/objectives/<uuid:objective_id>", methods=["GET", "POST"])
@access(May.WRITE_JOURNAL, records=True)
def objective_page(session: GuardedSession, case_id: UUID, objective_id: UUID) -> Response:
    """Change an objective, or say how far it is."""
    case = header(session, case_id)
    objective = session.find(Objective, objective_id)
    if objective.case_id != case_id or not _may_set(session.actor, parts_held(session, case_id)):
        raise Hidden("Objective")
    change = form(ObjectiveChange, _objective_typed(objective))
    status, theirs = 200, None
    if request.method == "GET":
        note_reading(session, case_id, "objective")
    elif change.input is None:
        status = 422
    else:
        try:
            change_objective(session, case_id, objective_id, change.input)
        except NotAllowed:
            status = 409
            change.refuse("", NOT_COACHED)
        except ChangedMeanwhile:
            status, theirs = 409, objective
            change.typed["version"] = str(objective.version)
        else:
            say_done(N_("L’objectif est à jour."))
            return redirect(f"/cases/{case_id}/plan")
    return page(
        "coaching/objective.html",
        status,
        case=case,
        tabs=tabs_of(session.actor, case),
        tab="plan",
        form=change,
        objective=objective,
        theirs=theirs,
        labels=labels(session.actor.language),
    )


def _objective_typed(objective: Objective) -> dict[str, str]:
    return {
        "version": str(objective.version),
        "goal": objective.goal,
        "domain": objective.domain.value,
        "due_on": format_day(objective.due_on) if objective.due_on else "",
        "state": objective.state.value,
        "state_since": format_day(objective.state_since),
    }


@screens.route("/cases/<uuid:case_id>/appointments/<uuid:appointment_id>", methods=["GET", "POST"])
@access(May.ARRANGE_APPOINTMENT, records=True)
def appointment_page(session: GuardedSession, case_id: UUID, appointment_id: UUID) -> Response:
    """Move an appointment, cancel it, or say that it took place."""
    case = header(session, case_id)
    appointment = _find_appointment(session, case_id, appointment_id)
    held = parts_held(session, case_id)
    own = appointment.institution_id == session.actor.institution
    if not _may_arrange(session.actor, held) or not (writes(held) or own):
        raise Hidden("Appointment")
    change = form(AppointmentChange, _appointment_typed(appointment))
    status, theirs = 200, None
    if request.method == "GET":
        note_reading(session, case_id, "appointment")
    elif change.input is None:
        status = 422
    else:
        try:
            change_appointment(session, case_id, appointment_id, change.input)
        except NotAllowed:
            status = 409
            change.refuse("", NOT_COACHED)
        except ChangedMeanwhile:
            status, theirs = 409, appointment
            change.typed["sequence"] = str(appointment.sequence)
        else:
            say_done(N_("Le rendez-vous est à jour."))
            return redirect(f"/cases/{case_id}/plan")
    return page(
        "coaching/appointment.html",
        status,
        case=case,
        tabs=tabs_of(session.actor, case),
        tab="plan",
        form=change,
        appointment=appointment,
        theirs=theirs,
        labels=labels(session.actor.language),
    )


def _find_appointment(session: GuardedSession, case_id: UUID, appointment_id: UUID) -> Appointment:
    appointment = session.find(Appointment, appointment_id)
    if appointment.case_id != case_id:
        raise Hidden("Appointment")
    return appointment


def _appointment_typed(appointment: Appointment) -> dict[str, str]:
    at = local(appointment.at)
    return {
        "sequence": str(appointment.sequence),
        "day": format_day(at.date()),
        "hour": f"{at.hour:02}:{at.minute:02}",
        "minutes": str(appointment.minutes),
        "place": appointment.place,
        "about": appointment.about,
        "state": appointment.state.value,
    }


@screens.get("/cases/<uuid:case_id>/appointments/<uuid:appointment_id>.ics")
@access(May.READ_JOURNAL, records=True)
def appointment_calendar(session: GuardedSession, case_id: UUID, appointment_id: UUID) -> Response:
    """The appointment as a calendar file, with the reference of the case and nothing about the person."""
    case = header(session, case_id)
    appointment = _find_appointment(session, case_id, appointment_id)
    note_reading(session, case_id, "appointment-calendar")
    names = tuple(name for name in (case.first_name, case.last_name) if name)
    entered = Entered(appointment, case.reference, names)
    body = calendar_of([entered], texts(session.actor.language), now())
    return Response(
        body,
        content_type="text/calendar; charset=utf-8; method=PUBLISH",
        headers={
            "Content-Disposition": f'attachment; filename="{case.reference}-{format_day(local(appointment.at).date())}.ics"'
        },
    )
