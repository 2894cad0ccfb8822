"""Reading through a guarded session, and doing something at the same time."""

import threading
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from cii.access.guard import GuardedSession


def keys(session: GuardedSession, model: Any) -> list[Any]:
    """The keys of all rows that the session's actor sees."""
    return list(session.scalars(sa.select(model.id)))


def in_another_thread(work: Callable[[], Any]) -> None:
    """Do something in a thread of its own, and pass on what went wrong."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as failure:
            failed.append(failure)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30)
    assert not thread.is_alive(), "still waiting after half a minute"
    if failed:
        raise failed[0]
