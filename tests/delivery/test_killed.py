"""Killed with -9 between any two steps: nothing lost, nothing twice, at most one uncertain mail for each."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cii.access.store import Store
from cii.delivery.reconciling import reconcile
from cii.delivery.relay import SmtpRelay
from cii.delivery.sending import CLAIM, deliver, settle_abandoned
from cii.foundation.clock import now
from cii.outbox.actions import withhold
from cii.outbox.lifecycle import State
from cii.outbox.models import Message, Subject
from cii.settings import Settings
from tests.delivery.conftest import with_relay
from tests.delivery.house import KINDS_AND_PLAIN, log_of, queued, tell, told_at_once, words
from tests.delivery.killing import STEPS
from tests.delivery.sink import Sink
from tests.house import House
from tests.postgres import APP, Cluster

ROOT = Path(__file__).resolve().parents[2]
MAILS = 24


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, empty_database: Path, tmp_path: Path) -> Iterator[str]:
    """A database on either kind."""
    if request.param == "sqlite":
        path = tmp_path / "cii.db"
        path.write_bytes(empty_database.read_bytes())
        yield f"sqlite:///{path}"
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    with cluster.database() as name:
        yield cluster.url(APP, name)


def kill_senders(settings: Settings, *, workers: int, kills: int, first_mails: int = 3) -> int:
    """How many senders died."""
    names = ("var", "database_url", "secret", "public_url", "mail_host", "mail_port")
    more = ("mail_security", "mail_from", "mail_timeout")
    given = {name: str(getattr(settings, name)) for name in (*names, *more)}
    asked = {
        "settings": given,
        "workers": workers,
        "kills": kills,
        "seed": workers,
        "first_mails": first_mails,
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.delivery.killing", json.dumps(asked)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=7200,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def reconciled(store: Store, settings: Settings, sink: Sink) -> int:
    """The relay's log settles what is uncertain, and what never left is sent; how many were uncertain."""
    settle_abandoned(store, SmtpRelay(settings), now() + CLAIM + timedelta(minutes=1))
    found = reconcile(store, log_of(sink.ids), complete=True)
    assert found.open == 0
    deliver(store, settings, KINDS_AND_PLAIN)
    return found.sent + found.again


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_nothing_is_lost_and_nothing_sent_twice(
    house: House, settings: Settings, sink: Sink, workers: int
) -> None:
    relay = with_relay(settings, sink)
    keys = [queued(house, key=str(number)) for number in range(MAILS)]
    deaths = kill_senders(relay, workers=workers, kills=len(STEPS))
    assert deaths > 0
    left = house.all(Message, Message.state != State.SENT)
    assert {each.state for each in left} <= {State.SENDING}
    assert len(left) <= deaths
    uncertain = reconciled(house.store, relay, sink)
    assert uncertain == len(left)
    assert {each.state for each in house.all(Message)} == {State.SENT}
    assert sorted(sink.ids) == sorted(f"<{key.hex}@vs.example>" for key in keys)


def test_nothing_leaves_after_a_revocation_however_often_senders_die(
    house: House, settings: Settings, sink: Sink
) -> None:
    relay = with_relay(settings, sink)
    kept, ended = told_at_once(house, "hugo"), told_at_once(house, "hugo")
    for subject in (Subject.TO_COMPLETE, Subject.TANDEM_NAMED, Subject.YOUR_TURN):
        tell(house, "hugo", kept, subject)
        tell(house, "hugo", ended, subject)
    with house.store.session(house.actor("hugo"), writes=True) as session:
        withhold(session, ended.id)
        session.commit()
    kill_senders(relay, workers=2, kills=len(STEPS), first_mails=1)
    reconciled(house.store, relay, sink)
    said = [words(mail) for mail in sink.mails]
    assert len(said) == len(set(sink.ids)) == 4
    assert not [text for text in said if ended.reference in text]
    assert {each.state for each in house.all(Message)} == {State.SENT, State.STOPPED}
