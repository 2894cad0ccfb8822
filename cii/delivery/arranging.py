"""From notices to mails: each reader is told as he or she wishes, at once or once a day; the default is calm."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import SQLModel, select

from cii.access.store import Store
from cii.access.system import Reason, SystemSession
from cii.delivery.emails import AT_ONCE, DAILY
from cii.delivery.readers import seats_of_readers
from cii.foundation.calendar import is_working_day
from cii.foundation.clock import local, moment_of, now
from cii.organisations.models import Membership
from cii.outbox.actions import claim_period, queue
from cii.outbox.models import DuePeriod, ForwardedNotice, MailChoice, Notice, Pace
from cii.settings import Settings

# A transaction stays short, however much there is to arrange.
PORTION = 200


def forward_notices(store: Store) -> int:
    """Arrange the mails for notices that are new: one at once, or collected for the day; how many notices."""
    waiting = select(Notice).where(Notice.forwarded_at.is_(None)).order_by(Notice.at)
    forwarded = 0
    while True:
        with store.system(Reason.DELIVER, writes=False) as session:
            if session.exec(waiting.limit(1)).first() is None:
                return forwarded
        with store.system(Reason.DELIVER) as session:
            notices = session.exec(waiting.limit(PORTION).with_for_update(skip_locked=True)).all()
            _arrange(session, notices)
        if not notices:
            # Another worker has them.
            return forwarded
        forwarded += len(notices)


def _arrange(session: SystemSession, notices: Iterable[Notice]) -> None:
    notices = list(notices)
    seats = seats_of_readers(session, {each.reader_id for each in notices})
    paces = _paces(session, {person for each in seats.values() for person, _ in each})
    there = _still_there(session, {each.case_id for each in notices})
    for notice in notices:
        notice.forwarded_at = now()
        session.add(notice)
        for person, membership in seats[notice.reader_id] if notice.case_id in there else ():
            pace = paces.get(person, Pace.DAILY)
            if pace is Pace.NONE:
                continue
            message_id = None
            if pace is Pace.AT_ONCE:
                message_id = queue(
                    session,
                    AT_ONCE.name,
                    membership,
                    key=f"{AT_ONCE.name}:{notice.id}:{membership}",
                    cases=[(notice.case_id, notice.case_reference)],
                    facts={"notices": [str(notice.id)]},
                )
            session.add_once(
                ForwardedNotice(
                    notice_id=notice.id, membership_id=membership, message_id=message_id
                ),
            )


def _paces(session: SystemSession, people: set[UUID]) -> dict[UUID, Pace]:
    rows = session.exec(select(MailChoice).where(MailChoice.person_id.in_(people)))
    return {each.person_id: each.pace for each in rows}


def _still_there(session: SystemSession, case_ids: set[UUID]) -> set[UUID]:
    # A case that was erased takes nobody's other mails with it. Its table stands above this package.
    cases = SQLModel.metadata.tables["cases"]
    return set(session.scalars(sa.select(cases.c.id).where(cases.c.id.in_(case_ids))))


def last_daily(moment: datetime, hour: int) -> datetime:
    """The last moment at which the one mail a day was due: a working day of Valais, at this hour there."""
    day = local(moment).date()
    while not is_working_day(day) or moment_of(day, time(hour)) > moment:
        day -= timedelta(days=1)
    return moment_of(day, time(hour))


def send_daily(store: Store, settings: Settings) -> int:
    """Queue the one mail of the day for everybody with something new, once; how many.

    After days without a worker it is one mail and not one for each day.
    """
    scheduled = last_daily(now(), settings.mail_daily_hour)
    with store.system(Reason.SCHEDULE, writes=False) as session:
        if session.get(DuePeriod, (DAILY.name, scheduled)) is not None:
            return 0
    with store.system(Reason.SCHEDULE) as session:
        if not claim_period(session, DAILY.name, scheduled):
            return 0
        return _queue_daily(session, scheduled)


def _queue_daily(session: SystemSession, scheduled: datetime) -> int:
    rows = session.exec(
        select(ForwardedNotice, Notice)
        .join(Notice, Notice.id == ForwardedNotice.notice_id)
        .where(ForwardedNotice.message_id.is_(None))
        .order_by(Notice.at)
        .with_for_update(of=ForwardedNotice)
    ).all()
    people = _people_of(session, {each.membership_id for each, _ in rows})
    by_person: dict[UUID, list[tuple[ForwardedNotice, Notice]]] = {}
    for each, notice in rows:
        by_person.setdefault(people[each.membership_id], []).append((each, notice))
    there = _still_there(session, {notice.case_id for _, notice in rows})
    for person, collected in by_person.items():
        message_id = queue(
            session,
            DAILY.name,
            min(each.membership_id for each, _ in collected),
            key=f"{DAILY.name}:{local(scheduled).date()}:{person}",
            cases=[
                (notice.case_id, notice.case_reference)
                for _, notice in collected
                if notice.case_id in there
            ],
            facts={"notices": [str(notice.id) for _, notice in collected]},
        )
        for each, _ in collected:
            each.message_id = message_id
            session.add(each)
    return len(by_person)


def _people_of(session: SystemSession, memberships: set[UUID]) -> dict[UUID, UUID]:
    rows = session.execute(
        sa.select(Membership.id, Membership.person_id).where(Membership.id.in_(memberships))
    )
    return {row[0]: row[1] for row in rows}
