"""Senders that are killed with -9 between any two steps: `python -m tests.delivery.killing '{...}'`.

A process of its own, without threads, so that it can fork one sender after the other. Each sender
draws a step and a mail; there it ends itself as the kernel would. The last ones live on and finish.
"""

import json
import os
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from cii import tables  # noqa: F401 - every table must be known before the first session
from cii.access.store import Store
from cii.delivery.outcomes import Outcome
from cii.delivery.relay import SmtpRelay
from cii.delivery.sending import Postman, Taken
from cii.settings import Settings, read_settings
from tests.delivery.house import KINDS_AND_PLAIN

# Between which steps a sender may die, in the order in which it comes to them.
STEPS = (
    "before the intent",
    "intent written",
    "relay knows for whom",
    "composed",
    "content handed over",
    "end handed over",
    "relay has answered",
    "outcome written, not committed",
)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class DyingRelay(SmtpRelay):
    """A relay before which the sender dies."""

    def __init__(self, settings: Settings, at: Callable[[str], None]) -> None:
        super().__init__(settings)
        self._at = at

    def send(self, key: UUID, recipient: str, compose: Callable[[], bytes]) -> Outcome:
        """Hand over a mail, unless the sender dies on the way."""

        def composed() -> bytes:
            self._at("relay knows for whom")
            content = compose()
            self._at("composed")
            return content

        outcome = super().send(key, recipient, composed)
        self._at("relay has answered")
        return outcome

    def _end(self) -> Outcome:
        self._at("content handed over")
        assert self._smtp is not None
        smtp = self._smtp
        read = smtp.getreply

        def getreply() -> tuple[int, bytes]:
            self._at("end handed over")
            return read()

        smtp.getreply = getreply  # type: ignore[method-assign]
        try:
            return super()._end()
        finally:
            smtp.getreply = read  # type: ignore[method-assign]


class DyingPostman(Postman):
    """A sender that dies at its step."""

    at: Callable[[str], None]

    def _claim(self, session: Any, moment: Any) -> Taken | None:
        self.at("outcome written, not committed")
        return super()._claim(session, moment)

    def _turn(self, done: Any, *, take: bool) -> Taken | None:
        self.at("before the intent")
        taken = super()._turn(done, take=take)
        self.at("intent written")
        return taken


def _send(settings: Settings, step: str, mail: int) -> None:
    store = Store(settings.database)
    seen = 0

    def at(reached: str) -> None:
        nonlocal seen
        if reached == step:
            seen += 1
            if seen == mail:
                _die()

    postman = DyingPostman(
        store, settings, KINDS_AND_PLAIN, DyingRelay(settings, at), lambda: False
    )
    postman.at = at
    postman.run()
    store.close()


def _fork(settings: Settings, step: str, mail: int) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        _send(settings, step, mail)
        code = 0
    finally:
        os._exit(code)


def run(settings: Settings, *, workers: int, kills: int, seed: int, first_mails: int) -> int:
    """Let so many senders work at once and die, one after the other, then let as many finish; the deaths."""
    chance = random.Random(seed)
    steps = [STEPS[number % len(STEPS)] for number in range(kills)]
    chance.shuffle(steps)
    alive = {
        _fork(settings, steps.pop(), chance.randint(1, first_mails))
        for _ in range(min(workers, len(steps)))
    }
    deaths = 0
    while alive:
        child, status = os.wait()
        alive.discard(child)
        if os.WIFSIGNALED(status):
            deaths += 1
        elif os.WEXITSTATUS(status):
            raise SystemExit(f"a sender ended with {os.WEXITSTATUS(status)}")
        if steps:
            alive.add(_fork(settings, steps.pop(), chance.randint(1, first_mails)))
    for child in [_fork(settings, "", 0) for _ in range(workers)]:
        _, status = os.waitpid(child, 0)
        if status:
            raise SystemExit("the last senders did not finish")
    return deaths


def main(words: str) -> None:
    """Read what to do, do it, say how many senders died."""
    given = json.loads(words)
    settings = read_settings(
        {},
        **{**given["settings"], "var": Path(given["settings"]["var"])},
    )
    deaths = run(
        settings,
        workers=given["workers"],
        kills=given["kills"],
        seed=given["seed"],
        first_mails=given["first_mails"],
    )
    sys.stdout.write(f"{deaths}\n")


if __name__ == "__main__":
    main(sys.argv[1])
