"""Reminders of measures that still wait: to the person after ten days, to the head after twenty (product defaults)."""

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from cii.access.guard import GuardedSession
from cii.access.models import CaseAccess
from cii.access.system import Reason, SystemSession, joined_system_session
from cii.cases.models import Case
from cii.consent.topics import Topic
from cii.foundation.clock import local, now
from cii.measures.models import Measure, MeasureReminder
from cii.organisations.models import Membership
from cii.outbox.actions import notify_by_system
from cii.outbox.models import Subject

# Product defaults, in days: the rows are due by them; a setting moves the due days of all.
TO_PERSON = 10
TO_HEAD = 20


def remind_from_now(session: GuardedSession, measure: Measure) -> None:
    """Whose turn it is now is reminded when it still is in ten days, his or her head in twenty."""
    # The rows are the system's: an authority passes a measure on to somebody whose reminders it does not see.
    with joined_system_session(session, Reason.SCHEDULE) as system:
        system.execute(
            sa.delete(MeasureReminder).where(
                MeasureReminder.measure_id == measure.id, MeasureReminder.sent_at.is_(None)
            )
        )
        if measure.turn_id is None:
            return
        seat = system.get(Membership, measure.turn_id)
        since = local(measure.since).date()
        for to_head, days in ((False, TO_PERSON), (True, TO_HEAD)):
            system.add(
                MeasureReminder(
                    measure_id=measure.id,
                    number=measure.version,
                    to_head=to_head,
                    case_id=measure.case_id,
                    reader_id=seat.institution_id if seat and to_head else measure.turn_id,
                    due_on=since + timedelta(days=days),
                )
            )


def send_reminders(
    system: SystemSession, day: date, *, to_person: int = TO_PERSON, to_head: int = TO_HEAD
) -> int:
    """Tell those for whom measures still wait, `to_person` and `to_head` days after they came; how many were told.

    Nobody is told of a case that is not open to him or her today. Each reminder is claimed before it
    is sent, so that several workers send it once.
    """
    told = 0
    for reminder, reference in system.execute(_due(day, to_person, to_head)).all():
        if _claim(system, reminder):
            notify_by_system(
                system,
                {reminder.reader_id},
                Subject.MEASURE_WAITS,
                reminder.case_id,
                reference,
            )
            told += 1
    return told


def _due(day: date, to_person: int, to_head: int) -> Any:
    due = sa.case(
        (MeasureReminder.to_head, day - timedelta(days=to_head - TO_HEAD)),
        else_=day - timedelta(days=to_person - TO_PERSON),
    )
    wanted = int(Topic.MEASURES)
    sees_measures = sa.exists().where(
        CaseAccess.case_id == MeasureReminder.case_id,
        CaseAccess.reader_id == MeasureReminder.reader_id,
        CaseAccess.valid_from <= day,
        CaseAccess.valid_until >= day,
        CaseAccess.topics.op("&")(wanted) == wanted,
    )
    return (
        sa.select(MeasureReminder, Case.reference)
        .join(Case, Case.id == MeasureReminder.case_id)
        .where(MeasureReminder.sent_at.is_(None), MeasureReminder.due_on <= due, sees_measures)
        .order_by(MeasureReminder.due_on, MeasureReminder.measure_id)
    )


def _claim(system: SystemSession, reminder: MeasureReminder) -> bool:
    claimed = system.execute(
        sa.update(MeasureReminder)
        .where(
            MeasureReminder.measure_id == reminder.measure_id,
            MeasureReminder.number == reminder.number,
            MeasureReminder.to_head == reminder.to_head,
            MeasureReminder.sent_at.is_(None),
        )
        .values(sent_at=now())
        .execution_options(synchronize_session=False)
    )
    return bool(claimed.rowcount)  # type: ignore[attr-defined]
