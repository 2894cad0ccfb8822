"""`cii outbox` and what `cii doctor` says of mails."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result

from cii.cli import main
from cii.delivery.sending import CLAIM
from cii.foundation.clock import now
from cii.outbox.lifecycle import State, Trouble
from cii.outbox.models import Message
from tests.delivery.house import log_of, queued
from tests.house import House


@pytest.fixture
def cii(house: House, database: str, tmp_path: Path) -> Callable[..., Result]:
    """The command, on this test's database."""

    def run(*words: str) -> Result:
        environment = {
            "CII_DATABASE_URL": database,
            "CII_VAR": str(tmp_path),
            "CII_SECRET": "-" * 32,
        }
        return CliRunner().invoke(main, [*words], env=environment)

    return run


def put(house: House, state: State, *, ago: timedelta = timedelta(), **more: object) -> Message:
    """A mail in a state, its sender's claim so long ago."""
    (message,) = house.all(Message, Message.id == queued(house, key=uuid4().hex))
    message.state, message.next_attempt_at = state, None
    message.claimed_at, message.claimed_by = now() - ago, uuid4()
    for name, value in more.items():
        setattr(message, name, value)
    house.add(message)
    return message


def test_the_status_counts_the_mails_in_each_state(
    house: House, cii: Callable[..., Result]
) -> None:
    queued(house)
    put(house, State.AMBIGUOUS, trouble=Trouble.NO_ANSWER)
    result = cii("outbox", "status")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert "queued     1" in lines
    assert "ambiguous  1" in lines
    assert "sent       0" in lines
    assert any(line.startswith("The oldest waits since ") for line in lines)


def test_the_relays_log_settles_what_is_uncertain(
    house: House, cii: Callable[..., Result], tmp_path: Path
) -> None:
    taken = put(house, State.AMBIGUOUS)
    put(house, State.AMBIGUOUS)
    log = tmp_path / "mail.log"
    log.write_text("\n".join(log_of([f"<{taken.id.hex}@vs.example>"])))
    result = cii("outbox", "reconcile", "--log", str(log))
    assert result.output.startswith("1 had left, 0 came back, 0 are sent again, 1 are still")
    result = cii("outbox", "reconcile", "--log", str(log), "--complete")
    assert result.output.startswith("0 had left, 0 came back, 1 are sent again, 0 are still")


def test_the_doctor_tells_of_dead_letters_and_of_senders_that_are_gone(
    house: House, cii: Callable[..., Result]
) -> None:
    assert "0 mails wait, 0 have left." in cii("doctor").output
    put(house, State.FAILED, trouble=Trouble.REFUSED)
    result = cii("doctor")
    assert result.exit_code == 0
    assert "mails: 1 did not arrive, or perhaps not" in result.output
    put(house, State.SENDING, ago=CLAIM * 2)
    result = cii("doctor")
    assert result.exit_code == 1
    assert "1 mails wait for a sender that is gone" in result.output


def test_the_doctor_says_why_the_relay_does_not_work(
    house: House, cii: Callable[..., Result]
) -> None:
    put(house, State.DELAYED, next_attempt_at=now(), trouble=Trouble.CERTIFICATE)
    assert "the relay does not work: certificate" in cii("doctor").output
    assert "The relay does not work: certificate." in cii("outbox", "status").output
