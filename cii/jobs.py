"""What has to be done when its time comes. The timer only ticks: each job looks at what is due, and may run twice."""

import logging
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from types import FrameType

from cii.access.store import Store
from cii.access.system import Reason
from cii.cases.actions import resume_consented, suspend_expired
from cii.cases.importing import sweep_imports
from cii.cases.queries import cases_with_ended_procuration, suspended_cases_with_procuration
from cii.delivery.arranging import forward_notices, send_daily
from cii.delivery.returned import read_returned
from cii.delivery.sending import deliver
from cii.files.actions import remove_forgotten
from cii.files.storage import Shelf
from cii.foundation.clock import ZURICH, now, today
from cii.mails import KINDS
from cii.measures.accounts.actions import ask_for_statements
from cii.measures.actions import send_reminders
from cii.monthly.rounds import hand_over_what_is_due, open_updates, remind
from cii.settings import Settings
from cii.signin.actions import sweep

log = logging.getLogger(__name__)

# Set when the worker is told to stop: long work ends after what it has in hand.
stopping = threading.Event()


@dataclass(frozen=True)
class Job:
    """A piece of work, what it is for, and when it is done, on Valais clocks."""

    name: str
    purpose: str
    when: dict[str, str]
    do: Callable[[Store, Settings], None]


def suspend_cases(store: Store, settings: Settings) -> None:
    """Suspend the cases whose procuration has ended, resume those whose new one begins (VS-40)."""
    with store.system(Reason.SCHEDULE) as session:
        ended = suspend_expired(session, cases_with_ended_procuration(session, today()))
        begun = resume_consented(session, suspended_cases_with_procuration(session, today()))
    if ended or begun:
        log.info("suspended %d cases, resumed %d: their procuration ended or began", ended, begun)


def sweep_sessions(store: Store, settings: Settings) -> None:
    """Delete sessions that have ended and attempts that no longer count."""
    sweep(store, settings, now())


def sweep_files_of_announcements(store: Store, settings: Settings) -> None:
    """Forget the files of announcements that were read a day ago, imported or not."""
    sweep_imports(store, now())


def sweep_files(store: Store, settings: Settings) -> None:
    """Remove the bytes of files that no row names: a discarded draft's, a killed process's."""
    with store.system(Reason.SCHEDULE, writes=False) as session:
        remove_forgotten(session, Shelf.of(settings), now() - timedelta(days=1))


def open_monthly_updates(store: Store, settings: Settings) -> None:
    """Open the update of this month for every coaching that owes one (VS-27)."""
    with store.system(Reason.SCHEDULE) as session:
        opened = open_updates(session, today())
    if opened:
        log.info("%d monthly updates are owed", opened)


def remind_tandems(store: Store, settings: Settings) -> None:
    """Remind the tandems whose monthly update is soon due (VS-27, A-03)."""
    with store.system(Reason.SCHEDULE) as session:
        reminded = remind(session, today())
    if reminded:
        log.info("%d reminders of monthly updates", reminded)


def hand_over_updates(store: Store, settings: Settings) -> None:
    """Queue the one mail of each professional for the month that has ended (VS-27)."""
    done = hand_over_what_is_due(store, now())
    if done:
        log.info("monthly mails: %d queued, %d readers in all", done.mails, done.readers)


def remind_of_measures(store: Store, settings: Settings) -> None:
    """Remind those for whom a measure has been waiting for days, and later their heads."""
    with store.system(Reason.SCHEDULE) as session:
        told = send_reminders(
            session,
            today(),
            to_person=settings.measure_reminder_days,
            to_head=settings.measure_head_reminder_days,
        )
    if told:
        log.info("reminded of %d measures that wait", told)


def ask_communes(store: Store, settings: Settings) -> None:
    """Tell communes that the statement of the quarter that ended can be sent (VS-25)."""
    with store.system(Reason.SCHEDULE) as session:
        told = ask_for_statements(session, today())
    if told:
        log.info("%d clerks are told that a quarterly statement can be sent", told)


def send_mails(store: Store, settings: Settings) -> None:
    """Arrange the mails for what is new, and send what is due."""
    forward_notices(store)
    send_daily(store, settings)
    sent = deliver(store, settings, KINDS, stopping=stopping.is_set)
    if sent:
        log.info("%d mails left", sent)


def read_returned_mails(store: Store, settings: Settings) -> None:
    """Mark the mails that the relay gave back."""
    returned = read_returned(store, settings)
    if returned:
        log.warning("%d mails came back", returned)


JOBS = (
    Job(
        "suspend-cases",
        "suspend the cases whose procuration has ended, resume those whose new one begins",
        {"hour": "0", "minute": "5"},
        suspend_cases,
    ),
    Job("sweep-sessions", "delete ended sessions", {"minute": "17"}, sweep_sessions),
    Job(
        "sweep-imports",
        "delete what was read from files of announcements, a day later",
        {"minute": "37"},
        sweep_files_of_announcements,
    ),
    Job(
        "open-updates",
        "open the monthly update of every coaching that owes one",
        {"minute": "12"},
        open_monthly_updates,
    ),
    Job(
        "remind-tandems",
        "remind the tandems whose monthly update is soon due",
        {"hour": "6", "minute": "30"},
        remind_tandems,
    ),
    Job(
        "hand-over-updates",
        "queue the one monthly mail of each professional, when the time of an institution has come",
        {"minute": "0"},
        hand_over_updates,
    ),
    Job(
        "remind-of-measures",
        "remind people, and later their heads, of measures that wait for them",
        {"hour": "6", "minute": "30"},
        remind_of_measures,
    ),
    Job(
        "ask-for-statements",
        "tell communes, once, that the statement of the quarter that ended can be sent",
        {"hour": "6", "minute": "30"},
        ask_communes,
    ),
    Job("send-mails", "send what is due to readers of the product", {"second": "*/5"}, send_mails),
    Job(
        "read-returned-mails",
        "mark the mails that the relay gave back",
        {"minute": "*/5"},
        read_returned_mails,
    ),
    Job(
        "sweep-files",
        "remove the bytes of files that no row names, a day later",
        {"hour": "2", "minute": "47"},
        sweep_files,
    ),
)


def run_worker(settings: Settings) -> None:
    """Run every job once, then at its time, until the process is told to stop."""
    from apscheduler.schedulers.blocking import BlockingScheduler

    store = Store(settings.database)
    scheduler = BlockingScheduler(timezone=ZURICH)

    def stop(_: int, __: FrameType | None) -> None:
        stopping.set()
        scheduler.shutdown(wait=False)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    for job in JOBS:
        # After a night off, a late job is done once and not once for each night.
        scheduler.add_job(
            job.do,
            "cron",
            (store, settings),
            id=job.name,
            coalesce=True,
            misfire_grace_time=None,
            **job.when,
        )
        scheduler.add_job(job.do, args=(store, settings), id=f"{job.name}-at-start")
    scheduler.start()
    store.close()
