"""The long run of `make soak`: many mails, hundreds of senders killed with -9, nothing lost, nothing twice.

While senders die, a procuration ends: of its case nothing leaves from then on.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlmodel import select

from cii import tables  # noqa: F401 - every table must be known before the first session
from cii.access.migrate import migrate
from cii.access.store import Store
from cii.access.system import Reason
from cii.delivery.arranging import forward_notices
from cii.foundation.clock import now
from cii.outbox.actions import queue, withhold
from cii.outbox.lifecycle import State
from cii.outbox.models import Message, Notice, Pace, Subject
from cii.settings import read_settings
from tests.delivery.conftest import with_relay
from tests.delivery.house import wishes, words
from tests.delivery.sink import Sink, smtp_sink
from tests.delivery.test_killed import kill_senders, reconciled
from tests.house import CaseFile, House
from tests.postgres import APP, Cluster, Missing

SECRET = "a secret of the long run, long enough to sign with"


@contextmanager
def _databases(folder: Path) -> Iterator[list[tuple[str, str]]]:
    path = folder / "cii.db"
    migrate(f"sqlite:///{path}")
    found = [("SQLite", f"sqlite:///{path}")]
    try:
        with Cluster() as cluster:
            cluster.prepare()
            with cluster.database() as name:
                yield [*found, ("PostgreSQL", cluster.url(APP, name))]
    except Missing as missing:
        sys.stdout.write(f"{missing}\n")
        yield found


def _fill(house: House, mails: int) -> CaseFile:
    """Small mails to everybody, and between them news about a case whose consent will end."""
    ending = house.case(by="hugo")
    wishes(house, "hugo", Pace.AT_ONCE)
    people = sorted(house.person)
    with house.store.system(Reason.SCHEDULE) as session:
        for number in range(mails):
            who = people[number % len(people)]
            queue(session, "plain", house.membership(who), key=str(number))
    house.add(
        *(
            Notice(
                reader_id=house.membership("hugo"),
                subject=Subject.TO_COMPLETE,
                case_id=ending.id,
                case_reference=ending.reference,
            )
            for _ in range(mails // 20)
        )
    )
    forward_notices(house.store)
    with house.store.system(Reason.CHECK) as session:
        # In between, so that about half has left when the consent ends.
        moments = dict(session.exec(select(Message.key, Message.next_attempt_at)).all())
        news = session.exec(select(Message).where(Message.kind == "notice")).all()
        for place, message in enumerate(news):
            message.next_attempt_at = moments[str(place * 20)]
            session.add(message)
    return ending


class _End(threading.Thread):
    """Ends the consent once so many mails have arrived."""

    def __init__(self, store: Store, sink: Sink, case: CaseFile, after: int) -> None:
        super().__init__(daemon=True)
        self.store, self.sink, self.case, self.after = store, sink, case, after
        self.ended_at: datetime | None = None

    def run(self) -> None:
        """Wait, then end it."""
        while len(self.sink.received) < self.after:
            time.sleep(0.05)
        with self.store.system(Reason.CHECK) as session:
            withhold(session, self.case.id)
        self.ended_at = now()


def run(name: str, url: str, folder: Path, *, mails: int, kills: int) -> None:
    """One run on one database; AssertionError where a promise is broken."""
    settings = read_settings({}, var=folder, database_url=url, secret=SECRET)
    store = Store(url)
    house = House(store).furnish()
    with smtp_sink() as sink:
        relay = with_relay(settings, sink, mail_timeout=60)
        ending = _fill(house, mails)
        end = _End(store, sink, ending, mails // 2)
        end.start()
        deaths = kill_senders(relay, workers=4, kills=kills, first_mails=max(mails // kills, 1))
        end.join(timeout=60)
        left = house.all(Message, Message.state.in_((State.SENDING, State.QUEUED, State.DELAYED)))
        assert {each.state for each in left} <= {State.SENDING}, "something was left behind"
        assert len(left) <= deaths, f"{len(left)} uncertain after {deaths} deaths"
        reconciled(store, relay, sink)
        twice = len(sink.ids) - len(set(sink.ids))
        lost = house.count(Message, Message.state.not_in((State.SENT, State.STOPPED)))
        assert end.ended_at is not None, "the consent never ended"
        late = [
            mail
            for mail in sink.mails
            if ending.reference in words(mail) and mail["Date"].datetime > end.ended_at
        ]
        stopped = house.count(Message, Message.state == State.STOPPED)
        sys.stdout.write(
            f"{name}: {len(sink.ids)} mails, {deaths} senders killed, {len(left)} uncertain,"
            f" {lost} lost, {twice} twice, {stopped} stopped, {len(late)} after the consent ended\n"
        )
        assert (lost, twice, late) == (0, 0, []), "a promise is broken"
    store.close()


def main() -> None:
    """Run on both databases."""
    options = argparse.ArgumentParser(prog="make soak")
    options.add_argument("--mails", type=int, default=10_000)
    options.add_argument("--kills", type=int, default=500)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, _databases(Path(folder)) as databases:
        for name, url in databases:
            run(name, url, Path(folder), mails=chosen.mails, kills=chosen.kills)


if __name__ == "__main__":
    main()
