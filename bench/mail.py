"""Mails: how many a second leave beside plain smtplib with a commit for each, over one kept connection.

Both send to the same sink on this machine, a process of its own that takes everything, in turns of 500.
The limit takes bytes that are ready, hands them over and commits one row. The product claims the mail,
reads who gets it, composes it with that reader's eyes, writes the line of the trail, and commits.
"""

import resource
import shutil
import smtplib
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlmodel import select

from cii import tables  # noqa: F401 - every table must be known
from cii.access.actor import Kind, Seat
from cii.access.migrate import migrate
from cii.access.store import Store
from cii.access.system import Reason
from cii.delivery.desk import ReaderDesk
from cii.delivery.emails import compose_notices
from cii.delivery.mime import Envelope, boundary_of, entity, message
from cii.delivery.readers import reader_at
from cii.delivery.relay import relay_of
from cii.delivery.sending import Postman
from cii.foundation.clock import now, today
from cii.foundation.ids import new_id
from cii.organisations.models import Institution, Membership, Person
from cii.outbox.actions import queue
from cii.outbox.kinds import Composed, Desk, MessageKind, Order
from cii.outbox.lifecycle import State
from cii.outbox.models import Message, Notice, Subject
from cii.settings import ROOT, Settings, read_settings

FOLDER = ROOT / "var" / "bench"
TURN = 500
TEXT = "Bonjour,\n\nIl y a du nouveau : https://cii.vs.example/cases/0\n\nCII\n"

# A sink in a few lines: the servers that one would use cost more than what is measured.
_SINK = """
import socketserver
class Sink(socketserver.StreamRequestHandler):
    def handle(self):
        say = lambda line: self.wfile.write(line + b"\\r\\n")
        say(b"220 sink")
        for line in self.rfile:
            word = line[:4].upper()
            if word == b"DATA":
                say(b"354 go on")
                while self.rfile.readline() != b".\\r\\n":
                    pass
            if word == b"QUIT":
                return say(b"221 bye")
            say(b"250 OK")
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
server = Server(("127.0.0.1", 0), Sink)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


@contextmanager
def _sink() -> Iterator[int]:
    process = subprocess.Popen([sys.executable, "-c", _SINK], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _short(desk: Desk, order: Order) -> Composed:
    return Composed("CII : du nouveau", TEXT)


def _notice(desk: Desk, order: Order) -> Composed:
    made = compose_notices(desk, order)
    assert isinstance(made, Composed)
    return made


SHORT = MessageKind("short", "court", _short)
NOTICE = MessageKind("notice", "nouvelle", _notice)


class Limit:
    """Plain smtplib over a kept connection, and one row committed for each mail."""

    def __init__(self, settings: Settings, database: Path) -> None:
        self.smtp = smtplib.SMTP("127.0.0.1", settings.mail_port, "vs.example")
        self.smtp.ehlo()
        self.rows = sqlite3.connect(database, isolation_level=None)
        self.rows.execute("PRAGMA journal_mode=WAL")
        self.rows.execute("PRAGMA synchronous=NORMAL")
        self.rows.execute("CREATE TABLE sent (id TEXT PRIMARY KEY, state TEXT, at TEXT)")

    def send(self, contents: list[bytes]) -> None:
        """Send these mails."""
        for content in contents:
            self.smtp.sendmail("cii@vs.example", ["somebody@example.ch"], content)
            self.rows.execute("BEGIN IMMEDIATE")
            self.rows.execute(
                "INSERT INTO sent VALUES (?, 'sent', ?)", (new_id().hex, f"{now():%F %T.%f}")
            )
            self.rows.execute("COMMIT")


def _furnish(store: Store) -> Membership:
    with store.system(Reason.SET_UP) as session:
        office = Institution(kind=Kind.ORP, name="ORP", name_de="RAV")
        person = Person(first_name="Hugo", last_name="Délèze", email="hugo@example.ch")
        session.add_all([office, person])
        session.flush()
        seat = Membership(person_id=person.id, institution_id=office.id, seat=Seat.MEMBER)
        session.add(seat)
    return seat


def _queue(store: Store, seat: Membership, kind: str, mails: int) -> None:
    with store.system(Reason.SCHEDULE) as session:
        for _ in range(mails):
            notice = Notice(
                reader_id=seat.id,
                subject=Subject.ACCESS_ENDED,
                case_id=new_id(),
                case_reference="VS-2026-0001",
                forwarded_at=now(),
            )
            if kind == NOTICE.name:
                session.add(notice)
                session.flush()
            queue(session, kind, seat.id, key=new_id().hex, facts={"notices": [str(notice.id)]})


def _contents(settings: Settings, composed: Composed) -> list[bytes]:
    made = []
    for _ in range(TURN):
        key = new_id()
        envelope = Envelope(
            key, "vs.example", settings.mail_from, "", "somebody@example.ch", now(), "fr"
        )
        made.append(message(envelope, composed.subject, entity(composed, boundary_of(key))))
    return made


def show(mails: int) -> None:
    """Print the rates for short mails and for notices, and the memory after the first turn and the last."""
    folder = FOLDER / "mail"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    migrate(f"sqlite:///{folder / 'cii.db'}")
    print(f"\n{'mails':>8}  {'kind':<8} {'product/s':>9} {'limit/s':>9} {'ratio':>6} {'MiB':>11}")
    with _sink() as port:
        settings = read_settings(
            {},
            var=folder,
            database_url=f"sqlite:///{folder / 'cii.db'}",
            secret="the bench signs with this and nothing else",
            mail_host="127.0.0.1",
            mail_port=port,
            mail_security="none",
            mail_from="Bureau CII <cii@vs.example>",
        )
        store = Store(settings.database)
        seat = _furnish(store)
        limit = Limit(settings, folder / "limit.db")
        for kind in (SHORT, NOTICE):
            _show_kind(settings, store, seat, limit, kind, mails)
        limit.smtp.quit()
        limit.rows.close()
        store.close()


def _show_kind(
    settings: Settings, store: Store, seat: Membership, limit: Limit, kind: MessageKind, mails: int
) -> None:
    _queue(store, seat, kind.name, mails)
    sample = _sample(settings, store, kind)
    contents = _contents(settings, sample)
    product = other = 0.0
    memory = []
    relay = relay_of(settings)
    for _ in range(mails // TURN):
        other += _timed(lambda: limit.send(contents))
        left = iter(range(TURN))
        postman = Postman(
            store,
            settings,
            [kind],
            relay,
            lambda left=left: next(left, None) is None,  # type: ignore[misc]
        )
        product += _timed(postman.run)
        memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
    with store.system(Reason.CHECK, writes=False) as session:
        left_over = len(session.exec(select(Message.id).where(Message.state != State.SENT)).all())
    if left_over:
        raise SystemExit(f"{left_over} mails did not leave")
    sent = mails // TURN * TURN
    print(
        f"{sent:>8}  {kind.name:<8} {sent / product:>9.0f} {sent / other:>9.0f}"
        f" {product / other:>6.2f} {memory[0]:>5}-{memory[-1]}",
        flush=True,
    )


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _sample(settings: Settings, store: Store, kind: MessageKind) -> Composed:
    """What the product composes of the first mail: the limit sends the same bytes."""
    with store.system(Reason.CHECK, writes=False) as session:
        first = session.exec(select(Message).where(Message.kind == kind.name)).first()
        assert first is not None
        reader = reader_at(session, first.membership_id, today(), now())
    assert reader is not None
    desk = ReaderDesk(store, settings, reader)
    composed = kind.compose(desk, Order(first.id, kind.name, first.facts, (), first.due_at))
    assert isinstance(composed, Composed)
    return composed
