"""The demo canton is lived through by the product's own acts: nothing of it stays undone."""

from pathlib import Path

from sqlmodel import select

from cii.access.migrate import migrate
from cii.access.store import Store
from cii.access.system import Reason
from cii.demo.canton import build
from cii.outbox.lifecycle import State
from cii.outbox.models import Message
from cii.settings import read_settings


def test_no_mail_of_the_demo_canton_waits_because_nobody_can_write_it(tmp_path: Path) -> None:
    settings = read_settings({}, var=tmp_path, demo=True)
    migrate(settings.database)
    store = Store(settings.database)
    build(store, settings)
    with store.system(Reason.CHECK, writes=False) as session:
        ends = session.exec(select(Message.state)).all()
    store.close()
    assert State.SENT in ends
    assert not {State.DELAYED, State.FAILED, State.AMBIGUOUS} & set(ends)
