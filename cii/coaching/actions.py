"""The acts of the coaching: notes, corrections, objectives, appointments.

Each checks who acts and in which state the case is, changes it, and records the act.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import select

from cii.access.actor import Kind
from cii.access.guard import GuardedSession, Hidden
from cii.audit.actions import record
from cii.audit.models import Act
from cii.cases.lifecycle import NotAllowed, State
from cii.cases.models import Case
from cii.cases.queries import find_case
from cii.coaching.inputs import (
    AppointmentChange,
    AppointmentInput,
    CorrectionInput,
    NoteDraftInput,
    NoteInput,
    ObjectiveChange,
    ObjectiveInput,
)
from cii.coaching.models import (
    Appointment,
    JournalDraft,
    JournalEntry,
    JournalText,
    Objective,
    ObjectiveState,
)
from cii.coaching.queries import parts_held
from cii.consent.derive import touch
from cii.consent.models import PartKind
from cii.consent.topics import Topic
from cii.foundation.clock import moment_of, now
from cii.foundation.ids import id_of_form

WRITABLE = frozenset({State.TANDEM_ASSIGNED, State.COACHING})
TANDEM = frozenset({PartKind.TANDEM_ORP, PartKind.TANDEM_CMS})


class ChangedMeanwhile(Exception):
    """Somebody else changed it since the page was opened; nothing of either is lost."""


def writes(held: frozenset[PartKind]) -> bool:
    """Whether whoever holds these parts writes in the journal: the tandem, by name or as a deputy (VS-37)."""
    return bool(held & TANDEM)


def arranges(held: frozenset[PartKind], kind: Kind) -> bool:
    """Whether he or she arranges appointments: the tandem, and the announcing social worker (VS-36)."""
    return writes(held) or (PartKind.ANNOUNCING in held and kind is Kind.CMS)


def _case_of_tandem(session: GuardedSession, case_id: UUID) -> Case:
    case = find_case(session, case_id)
    if not writes(parts_held(session, case_id)):
        raise Hidden("JournalEntry")
    return _writable(case)


def _writable(case: Case) -> Case:
    if case.state not in WRITABLE:
        raise NotAllowed(f"nothing is written in a case that is {case.state.value}")
    return case


# Notes


def publish(session: GuardedSession, case_id: UUID, given: NoteInput) -> JournalEntry:
    """Publish a note of the tandem; the same form sent twice is one note (VS-37).

    Hidden for who is not of the tandem, NotAllowed while the case is suspended or closed.
    """
    case = _case_of_tandem(session, case_id)
    draft = session.get(JournalDraft, (case.id, session.actor.person))
    if draft is not None and draft.typed.get("form_key") == str(given.form_key):
        session.delete(draft)
    key = _key_of_note(session, case.id, given.form_key, given.text)
    existing = session.get(JournalEntry, key)
    if existing is not None:
        return existing
    entry = JournalEntry(
        id=key,
        case_id=case.id,
        institution_id=session.actor.institution,
        person_id=session.actor.person,
        topic=given.topic,
        kind=given.kind,
        domain=given.domain,
        day=given.day,
        significant=given.significant,
    )
    session.add(entry)
    session.flush()
    session.add(_wording(session, entry, given.text))
    touch(session, case.id, given.topic)
    record(session, Act.NOTE_PUBLISHED, case_id=case.id, subject_id=entry.id, ground="VS-37")
    return entry


def _key_of_note(session: GuardedSession, case_id: UUID, form_key: UUID, text: str) -> UUID:
    # With the text in it: what was typed into a form that had already been sent is another note.
    return id_of_form(form_key, session.actor.person, session.actor.institution, case_id, text)


def _wording(session: GuardedSession, entry: JournalEntry, text: str) -> JournalText:
    return JournalText(
        entry_id=entry.id,
        version=entry.version,
        case_id=entry.case_id,
        institution_id=entry.institution_id,
        topic=entry.topic | Topic.NOTES,
        person_id=session.actor.person,
        text=text,
    )


def own_entry(session: GuardedSession, case_id: UUID, entry_id: UUID) -> JournalEntry:
    """A note of the actor's institution in this case; Hidden otherwise.

    Only the institution that wrote a note corrects it: its wording stays with that institution.
    """
    # As it stands now, also where it was read before its case was locked.
    entry = session.get(JournalEntry, entry_id, populate_existing=True)
    if (
        entry is None
        or entry.case_id != case_id
        or entry.institution_id != session.actor.institution
    ):
        raise Hidden("JournalEntry")
    return entry


def correct(
    session: GuardedSession, case_id: UUID, entry_id: UUID, given: CorrectionInput
) -> JournalEntry:
    """Correct a note; every earlier wording is kept. ChangedMeanwhile when another correction came first.

    A correction that is already there, sent a second time, changes nothing. A change of topic holds
    for all wordings: it decides who may read them.
    """
    case = _case_of_tandem(session, case_id)
    entry = own_entry(session, case.id, entry_id)
    texts = session.exec(select(JournalText).where(JournalText.entry_id == entry.id)).all()
    latest = max(texts, key=lambda each: each.version)
    facts = given.model_dump(include={"kind", "day", "domain", "topic", "significant"})
    if latest.text == given.text and _stands(entry, facts):
        return entry
    if entry.version != given.version:
        raise ChangedMeanwhile
    _set(entry, facts)
    entry.version += 1
    for each in texts:
        each.topic = entry.topic | Topic.NOTES
    session.add_all([entry, *texts])
    session.add(_wording(session, entry, given.text))
    touch(session, case.id, entry.topic)
    record(
        session,
        Act.NOTE_CORRECTED,
        case_id=case.id,
        subject_id=entry.id,
        ground="VS-37",
        version=entry.version,
    )
    return entry


def _stands(row: Any, values: dict[str, Any]) -> bool:
    return all(getattr(row, name) == value for name, value in values.items())


def _set(row: Any, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)


def save_note_draft(
    session: GuardedSession, case_id: UUID, given: NoteDraftInput
) -> datetime | None:
    """Keep a note as far as it was typed, for its author alone; None when nothing is left to keep."""
    case = _case_of_tandem(session, case_id)
    draft = session.get(JournalDraft, (case.id, session.actor.person))
    if not given.text or _is_published(session, case.id, given):
        if draft is not None:
            session.delete(draft)
        return None
    if draft is None:
        draft = JournalDraft(case_id=case.id, person_id=session.actor.person)
    draft.typed = given.model_dump(mode="json", exclude_defaults=True)
    draft.saved_at = now()
    session.add(draft)
    return draft.saved_at


def _is_published(session: GuardedSession, case_id: UUID, given: NoteDraftInput) -> bool:
    # The last draft of a note may arrive after the note itself.
    if given.form_key is None:
        return False
    key = _key_of_note(session, case_id, given.form_key, given.text)
    return session.get(JournalEntry, key) is not None


# Objectives


def set_objective(session: GuardedSession, case_id: UUID, given: ObjectiveInput) -> Objective:
    """Set an objective with the person (VS-37, VS-38); the same form sent twice is one objective."""
    case = _case_of_tandem(session, case_id)
    actor = session.actor
    key = id_of_form(given.form_key, actor.person, actor.institution, case.id, given.goal)
    existing = session.get(Objective, key)
    if existing is not None:
        return existing
    objective = Objective(
        id=key,
        case_id=case.id,
        institution_id=actor.institution,
        person_id=actor.person,
        goal=given.goal,
        domain=given.domain,
        due_on=given.due_on,
        state_since=actor.day,
    )
    session.add(objective)
    touch(session, case.id, objective.topic)
    record(session, Act.OBJECTIVE_SET, case_id=case.id, subject_id=objective.id, ground="VS-38")
    return objective


def change_objective(
    session: GuardedSession, case_id: UUID, objective_id: UUID, given: ObjectiveChange
) -> Objective:
    """Change an objective or say how far it is; ChangedMeanwhile when somebody else did so first."""
    case = _case_of_tandem(session, case_id)
    objective = session.get(Objective, objective_id, populate_existing=True)
    if objective is None or objective.case_id != case.id:
        raise Hidden("Objective")
    values = given.model_dump(exclude={"version"})
    if _stands(objective, values):
        return objective
    if objective.version != given.version:
        raise ChangedMeanwhile
    _set(objective, values)
    objective.version += 1
    session.add(objective)
    touch(session, case.id, objective.topic)
    record(
        session,
        Act.OBJECTIVE_CHANGED,
        case_id=case.id,
        subject_id=objective.id,
        ground="VS-38",
        reached=objective.state is ObjectiveState.REACHED,
    )
    return objective


# Appointments


def _case_to_meet(session: GuardedSession, case_id: UUID) -> tuple[Case, bool]:
    case = find_case(session, case_id)
    held = parts_held(session, case_id)
    if not arranges(held, session.actor.kind):
        raise Hidden("Appointment")
    return _writable(case), writes(held)


def arrange(session: GuardedSession, case_id: UUID, given: AppointmentInput) -> Appointment:
    """Arrange a meeting of the person with the tandem (VS-36); the same form sent twice is one appointment."""
    case, of_tandem = _case_to_meet(session, case_id)
    actor, at = session.actor, moment_of(given.day, given.hour)
    key = id_of_form(given.form_key, actor.person, actor.institution, case.id, at, given.place)
    existing = session.get(Appointment, key)
    if existing is not None:
        return existing
    appointment = Appointment(
        id=key,
        case_id=case.id,
        institution_id=actor.institution,
        person_id=actor.person,
        at=at,
        minutes=given.minutes,
        place=given.place,
        about=given.about,
    )
    session.add(appointment)
    touch(session, case.id, appointment.topic)
    record(
        session,
        Act.APPOINTMENT_ARRANGED,
        case_id=case.id,
        subject_id=appointment.id,
        ground="VS-37" if of_tandem else "VS-36",
    )
    return appointment


def change_appointment(
    session: GuardedSession, case_id: UUID, appointment_id: UUID, given: AppointmentChange
) -> Appointment:
    """Move an appointment or say whether it took place; ChangedMeanwhile when somebody else did so first.

    The tandem changes every appointment it sees, the announcing social worker those of his or her
    own institution.
    """
    case, of_tandem = _case_to_meet(session, case_id)
    appointment = session.get(Appointment, appointment_id, populate_existing=True)
    if appointment is None or appointment.case_id != case.id:
        raise Hidden("Appointment")
    if not of_tandem and appointment.institution_id != session.actor.institution:
        raise Hidden("Appointment")
    values = given.model_dump(include={"minutes", "place", "about", "state"})
    values["at"] = moment_of(given.day, given.hour)
    if _stands(appointment, values):
        return appointment
    if appointment.sequence != given.sequence:
        raise ChangedMeanwhile
    _set(appointment, values)
    appointment.sequence += 1
    session.add(appointment)
    touch(session, case.id, appointment.topic)
    record(
        session,
        Act.APPOINTMENT_CHANGED,
        case_id=case.id,
        subject_id=appointment.id,
        ground="VS-37" if of_tandem else "VS-36",
        sequence=appointment.sequence,
    )
    return appointment
