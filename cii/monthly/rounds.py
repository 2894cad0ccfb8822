"""What the worker does by itself: open what is owed, remind the tandem, hand over the updates of a month.

Each looks at what is due and may run twice, in several workers at once, and after days without any.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import select

from cii.access.actor import Seat
from cii.access.store import Store
from cii.access.system import Reason, SystemSession
from cii.cases.lifecycle import State
from cii.cases.models import Case, Tandem
from cii.foundation.clock import local, now
from cii.foundation.days import months_after
from cii.monthly.inputs import month_key
from cii.monthly.models import (
    OPEN,
    SETTLED,
    Addendum,
    DigestPause,
    MonthlySettings,
    Update,
    UpdateState,
)
from cii.monthly.queries import DIGEST, settings_of
from cii.monthly.schedule import digest_moment, due_day, month_of, reminders_by
from cii.organisations.models import Deputyship, Membership, Person
from cii.outbox.actions import claim_period, queue
from cii.outbox.models import DuePeriod, Message, Notice, Subject

# Readers handled in one transaction: few enough to hold nobody up, whatever the size of the canton.
STEP = 200


def open_updates(system: SystemSession, day: date) -> int:
    """Open the update of this month for every coaching that has none yet; how many (VS-27)."""
    month = month_of(day)
    there = select(Update.id).where(Update.case_id == Case.id, Update.month == month).exists()
    settings: dict[UUID, MonthlySettings] = {}
    opened = 0
    for case_id, institution in system.execute(
        sa.select(Case.id, Case.announcing_institution_id).where(
            Case.state == State.COACHING, sa.not_(there)
        )
    ).all():
        if institution not in settings:
            settings[institution] = settings_of(system, institution)
        due_on = due_day(month, settings[institution])
        opened += system.add_once(Update(case_id=case_id, month=month, due_on=due_on))
    return opened


def remind(system: SystemSession, day: date) -> int:
    """Remind both of each tandem whose update is soon due, or whoever stands in; how many reminders (A-03, A-11)."""
    rows = system.execute(
        sa.select(
            Update,
            Case.reference,
            Case.announcing_institution_id,
            Tandem.orp_membership_id,
            Tandem.cms_membership_id,
        )
        .join(Case, Case.id == Update.case_id)
        .join(Tandem, Tandem.case_id == Case.id)
        .where(
            Update.state.in_(OPEN),
            Case.state == State.COACHING,
            Update.due_on.between(day, day + timedelta(days=31)),
        )
        .with_for_update(of=Update)
    ).all()
    reminded = 0
    for update, reference, institution, *seats in rows:
        wanted = reminders_by(day, update.due_on, settings_of(system, institution))
        if wanted <= update.reminders:
            continue
        update.reminders = wanted
        system.add(update)
        for seat in seats:
            system.add(
                Notice(
                    reader_id=_present(system, seat, day),
                    subject=Subject.UPDATE_DUE,
                    case_id=update.case_id,
                    case_reference=reference,
                )
            )
            reminded += 1
    return reminded


def _present(system: SystemSession, seat: UUID, day: date) -> UUID:
    return system.exec(_deputy_of(seat, day)).first() or seat


def _deputy_of(seat: Any, day: date) -> Any:
    return (
        select(Deputyship.deputy_id)
        .where(
            Deputyship.absent_id == seat,
            Deputyship.starts_on <= day,
            Deputyship.ends_on >= day,
        )
        .limit(1)
    )


# Handing over: the digest of a month


@dataclass(slots=True)
class HandedOver:
    """What a round did: readers who get a mail, who read in the product alone, who are not due yet."""

    mails: int = 0
    paused: int = 0
    known: int = 0
    later: int = 0
    updates: int = 0
    due_at: list[datetime] = field(default_factory=list)

    @property
    def readers(self) -> int:
        """All readers that were looked at."""
        return self.mails + self.paused + self.known + self.later


Progress = Callable[[HandedOver], None]


def hand_over(
    store: Store,
    month: date,
    moment: datetime,
    *,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> HandedOver:
    """Queue the one mail of each reader who is due for this month, and close what it hands over.

    A reader with seats in several institutions gets one mail, at the latest of their times. In steps of
    STEP readers, each a transaction of its own: killed in between, the next round goes on. With
    `dry_run` nothing stays.
    """
    done = HandedOver()
    last: UUID | None = None
    while True:
        with store.system(Reason.SCHEDULE) as system:
            people = system.execute(_next_readers(month, local(moment).date(), last)).all()
            step = _read_step(system, month, people)
            for person, rows in groupby(people, key=lambda row: row.person_id):
                _hand_over_to(system, step, list(rows), month, moment, done)
                last = person
            if dry_run:
                system.rollback()
        if progress:
            progress(done)
        if not people:
            return done


def _duties(month: date, day: date) -> Any:
    """Each case that somebody follows, with the seat that gets its updates today.

    The announcing professional; in an absence the deputy, unless the institution wishes otherwise;
    for somebody who has left the head of the same institution (A-10, A-11).
    """
    seat, reader, announcer = aliased(Membership), aliased(Membership), aliased(Person)
    head, head_person = aliased(Membership), aliased(Person)
    the_head = (
        sa.select(head.id)
        .join(head_person, head_person.id == head.person_id)
        .where(
            head.institution_id == Case.announcing_institution_id,
            head.seat == Seat.HEAD,
            head.active,
            head_person.active,
        )
        .order_by(head.id)
        .limit(1)
        .correlate(Case)
        .scalar_subquery()
    )
    deputy = _deputy_of(seat.id, day).correlate(seat).scalar_subquery()
    receives = sa.func.coalesce(MonthlySettings.deputy_receives, sa.true())
    who = sa.case(
        (sa.not_(sa.and_(seat.active, announcer.active)), the_head),
        (receives, sa.func.coalesce(deputy, seat.id)),
        else_=seat.id,
    )
    unsent = (
        sa.select(Update.id)
        .where(
            Update.case_id == Case.id,
            Update.state.in_(SETTLED),
            Update.sent_at.is_(None),
            Update.month <= month,
        )
        .exists()
    )
    added = (
        sa.select(Addendum.id)
        .where(Addendum.case_id == Case.id, Addendum.sent_at.is_(None))
        .exists()
    )
    return (
        sa.select(
            Case.id.label("case_id"),
            Case.reference,
            Case.announcing_institution_id.label("institution_id"),
            reader.id.label("membership_id"),
            reader.person_id,
        )
        .join_from(Case, seat, seat.id == Case.announcing_membership_id)
        .join(announcer, announcer.id == seat.person_id)
        .outerjoin(
            MonthlySettings, MonthlySettings.institution_id == Case.announcing_institution_id
        )
        .outerjoin(reader, reader.id == who)
        .where(sa.or_(Case.state == State.COACHING, unsent, added))
    )


def _next_readers(month: date, day: date, last: UUID | None) -> Any:
    duties = _duties(month, day).subquery("duties")
    known = duties.c.person_id.is_not(None)
    behind = sa.and_(known, duties.c.person_id > last) if last else known
    step = sa.select(duties.c.person_id).where(behind).distinct().order_by(duties.c.person_id)
    again = _duties(month, day).subquery("of_the_step")
    return (
        sa.select(again)
        .where(again.c.person_id.in_(step.limit(STEP)))
        .order_by(again.c.person_id, again.c.membership_id, again.c.case_id)
    )


@dataclass(slots=True)
class _Step:
    """What is known of the readers of one step, read at once."""

    known: set[str]
    paused: set[UUID]
    settings: dict[UUID, MonthlySettings]
    updates: dict[UUID, list[Update]]
    addenda: dict[UUID, list[Addendum]]


def _key(month: date, person: UUID) -> str:
    return f"{DIGEST}:{month_key(month)}:{person}"


def _read_step(system: SystemSession, month: date, rows: Sequence[Any]) -> _Step:
    cases = [row.case_id for row in rows]
    people = {row.person_id for row in rows}
    step = _Step(
        known=set(
            system.exec(
                select(Message.key).where(Message.key.in_([_key(month, each) for each in people]))
            )
        ),
        paused=set(
            system.exec(select(DigestPause.person_id).where(DigestPause.person_id.in_(people)))
        ),
        settings={each: settings_of(system, each) for each in {row.institution_id for row in rows}},
        updates={},
        addenda={},
    )
    for update in system.exec(
        select(Update).where(
            Update.case_id.in_(cases),
            Update.state.in_(SETTLED),
            Update.sent_at.is_(None),
            Update.month <= month,
        )
    ):
        step.updates.setdefault(update.case_id, []).append(update)
    for addendum in system.exec(
        select(Addendum).where(Addendum.case_id.in_(cases), Addendum.sent_at.is_(None))
    ):
        step.addenda.setdefault(addendum.case_id, []).append(addendum)
    return step


def _hand_over_to(
    system: SystemSession,
    step: _Step,
    rows: Sequence[Any],
    month: date,
    moment: datetime,
    done: HandedOver,
) -> None:
    person = rows[0].person_id
    due_at = max(digest_moment(month, step.settings[row.institution_id]) for row in rows)
    updates = [each for row in rows for each in step.updates.get(row.case_id, ())]
    addenda = [each for row in rows for each in step.addenda.get(row.case_id, ())]
    if due_at > moment:
        done.later += 1
        return
    if _key(month, person) in step.known:
        done.known += 1
        return
    if person in step.paused:
        done.paused += 1
    elif queue(
        system,
        DIGEST,
        rows[0].membership_id,
        key=_key(month, person),
        cases=[(row.case_id, row.reference) for row in rows],
        facts={
            "month": month.isoformat(),
            "updates": [str(each.id) for each in updates],
            "addenda": [str(each.id) for each in addenda],
        },
        due_at=due_at,
    ):
        done.mails += 1
    else:
        # Another worker was quicker in this very moment.
        done.known += 1
        return
    _close(system, [*updates, *addenda])
    done.updates += len(updates)


def _close(system: SystemSession, rows: Iterable[Update | Addendum]) -> None:
    moment = now()
    for row in rows:
        row.sent_at = moment
        system.add(row)


def hand_over_what_is_due(store: Store, moment: datetime) -> HandedOver | None:
    """Hand over the month before, where the time of an institution has come since the last round.

    None where nothing was due. The period is claimed when its readers are done: a round that was killed
    is taken up again, and nobody gets a second mail.
    """
    month = months_after(month_of(local(moment).date()), -1)
    with store.system(Reason.SCHEDULE, writes=False) as system:
        due = [
            each
            for each in sorted(schedules(system, month))
            if each <= moment and system.get(DuePeriod, (DIGEST, each)) is None
        ]
    if not due:
        return None
    done = hand_over(store, month, moment)
    with store.system(Reason.SCHEDULE) as system:
        for each in due:
            claim_period(system, DIGEST, each)
    done.due_at = due
    return done


def schedules(system: SystemSession, month: date) -> set[datetime]:
    """The moments at which the updates of a month leave: the product's, and those that institutions chose."""
    chosen = system.exec(select(MonthlySettings)).all()
    default = MonthlySettings(institution_id=UUID(int=0))
    return {digest_moment(month, each) for each in (default, *chosen)}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the updates of a month stand, over the whole canton: numbers only."""

    month: date
    updates: dict[UpdateState, int]
    handed_over: int
    late: int
    without_reader: int
    schedules: list[tuple[datetime, bool]]
    messages: dict[str, int]


def standing(system: SystemSession, month: date, day: date) -> Standing:
    """Where the updates and the mails of a month stand, for whoever runs the product."""
    of_month = Update.month == month
    updates = dict(
        system.execute(
            sa.select(Update.state, sa.func.count()).where(of_month).group_by(Update.state)
        ).all()
    )
    late = sa.and_(of_month, Update.state.in_(OPEN), Update.due_on < day)
    messages = system.execute(
        sa.select(Message.state, sa.func.count())
        .where(Message.key.startswith(f"{DIGEST}:{month_key(month)}:"))
        .group_by(Message.state)
    ).all()
    duties = _duties(month, day).subquery()
    return Standing(
        month=month,
        updates=updates,
        handed_over=_count(system, Update, sa.and_(of_month, Update.sent_at.is_not(None))),
        late=_count(system, Update, late),
        without_reader=int(
            system.execute(
                sa.select(sa.func.count()).select_from(duties).where(duties.c.person_id.is_(None))
            ).scalar_one()
        ),
        schedules=[
            (each, system.get(DuePeriod, (DIGEST, each)) is not None)
            for each in sorted(schedules(system, month))
        ],
        messages={state.value: count for state, count in messages},
    )


def _count(system: SystemSession, model: Any, condition: Any) -> int:
    statement = sa.select(sa.func.count()).select_from(model).where(condition)
    return int(system.execute(statement).scalar_one())
