"""Who is told of a statement by mail: communes when a quarter has ended, the SAS when one arrives, the commune when it is answered."""

from datetime import timedelta

import pytest

from cii.access.system import Reason
from cii.delivery.sending import deliver
from cii.foundation.clock import today
from cii.foundation.quarters import Quarter
from cii.foundation.texts import texts
from cii.mails import KINDS
from cii.measures.accounts.actions import answer_statement, ask_for_statements, send_statement
from cii.measures.accounts.inputs import Reply, ReplyInput
from cii.outbox.models import Message, Pace
from cii.settings import Settings
from tests.accounts.rows import coached, granted
from tests.delivery.conftest import mailing, sink  # noqa: F401 - the mail server of the tests
from tests.delivery.house import wishes, words
from tests.delivery.sink import Sink
from tests.house import CaseFile, House

LAST = Quarter.of(today()).after(-1)
NAME = texts("fr").say_phrase(LAST.name)


@pytest.fixture
def sion(house: House) -> CaseFile:
    """Sion granted something in the last quarter."""
    case = coached(house)
    granted(house, case, "1000", on=LAST.first, starts=LAST.first, ends=LAST.last)
    return case


def told(sink: Sink) -> list[tuple[str, str]]:  # noqa: F811
    """To whom mails went, and their first lines."""
    return [
        (to, words(mail).splitlines()[0])
        for (to, _), mail in zip(sink.received, sink.mails, strict=True)
    ]


def ask(house: House) -> int:
    with house.store.system(Reason.SCHEDULE) as session:
        return ask_for_statements(session, today())


def test_from_the_end_of_the_quarter_to_the_answer(
    house: House,
    sion: CaseFile,
    mailing: Settings,  # noqa: F811
    sink: Sink,  # noqa: F811
) -> None:
    """VS-25: nothing about the person, a link to the page; each mail once."""
    assert (ask(house), ask(house)) == (1, 0)
    deliver(house.store, mailing, KINDS)
    with house.acting("cecile", "sion") as session:
        key = send_statement(session, LAST).id
        send_statement(session, LAST)
    deliver(house.store, mailing, KINDS)
    with house.acting("sophie") as session:
        answer_statement(session, key, ReplyInput(reply=Reply.RETURN, comment="zq-secret"))
    deliver(house.store, mailing, KINDS)
    assert told(sink) == [
        (
            "cecile@example.ch",
            f"Commune de Sion : le décompte du trimestre peut être transmis ({NAME})",
        ),
        ("sophie@example.ch", f"Commune de Sion a transmis son décompte ({NAME})"),
        ("cecile@example.ch", f"Commune de Sion : le SAS a retourné le décompte ({NAME})"),
    ]
    for (_, content), mail in zip(sink.received, sink.mails, strict=True):
        assert "https://cii.vs.example/statements/" in words(mail)
        assert sion.last_name not in str(content)
        assert "zq-secret" not in str(content)


def test_nobody_is_asked_for_what_was_sent_meanwhile(
    house: House,
    sion: CaseFile,
    mailing: Settings,  # noqa: F811
    sink: Sink,  # noqa: F811
) -> None:
    ask(house)
    with house.acting("cecile", "sion") as session:
        send_statement(session, LAST)
    deliver(house.store, mailing, KINDS)
    assert [to for to, _ in told(sink)] == ["sophie@example.ch"]
    assert ask(house) == 0


def test_whoever_wishes_no_mail_is_told_on_the_first_page_alone(
    house: House,
    sion: CaseFile,
    mailing: Settings,  # noqa: F811
    sink: Sink,  # noqa: F811
) -> None:
    wishes(house, "cecile", Pace.NONE)
    assert ask(house) == 1
    deliver(house.store, mailing, KINDS)
    assert told(sink) == []
    assert house.count(Message) == 1


def test_a_commune_with_nothing_to_account_for_is_left_in_peace(house: House) -> None:
    case = coached(house)
    granted(house, case, "10", on=LAST.first - timedelta(days=1), ends=LAST.first - timedelta(1))
    assert ask(house) == 0
