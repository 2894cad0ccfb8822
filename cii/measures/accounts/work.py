"""What waits for communes and the SAS: statements to draw up, to correct, to answer."""

from collections.abc import Iterator
from datetime import timedelta

from cii.access.guard import GuardedSession
from cii.access.permissions import May, may
from cii.access.system import Reason, joined_system_session
from cii.cases.work import STATEMENTS, Todo, Waits
from cii.foundation.clock import local
from cii.foundation.quarters import Quarter
from cii.foundation.texts import Phrase
from cii.measures.accounts.canton import to_answer
from cii.measures.accounts.queries import returned_last, unsent_quarters


def statements_waiting(days: int) -> Waits:
    """Statements that wait for the actor; due so many days after the end of their quarter (VS-25, A-04)."""

    def waits(session: GuardedSession) -> list[Todo]:
        if may(session.actor, May.DRAW_UP_STATEMENT):
            return list(_of_the_commune(session, days))
        if may(session.actor, May.RECEIVE_STATEMENT):
            return list(_of_the_sas(session))
        return []

    return waits


def _of_the_commune(session: GuardedSession, days: int) -> Iterator[Todo]:
    day = session.actor.day
    with joined_system_session(session, Reason.ACCOUNT) as system:
        unsent = unsent_quarters(system, session.actor.institution, day)
    for each in unsent:
        if not each.is_empty and each.quarter.last < day:
            yield Todo(
                STATEMENTS,
                Phrase("Décompte à établir : {quarter}", quarter=each.quarter.name),
                f"/statements/{each.quarter.path}",
                due=each.quarter.last + timedelta(days=days),
            )
    returned = returned_last(session)
    if returned is not None and returned.answered_at is not None:
        quarter = Quarter(returned.year, returned.quarter)
        yield Todo(
            STATEMENTS,
            Phrase("Décompte retourné par le SAS : {quarter}", quarter=quarter.name),
            f"/statements/{quarter.path}",
            since=local(returned.answered_at).date(),
        )


def _of_the_sas(session: GuardedSession, limit: int = 50) -> Iterator[Todo]:
    for statement, commune in to_answer(session, limit):
        assert statement.sent_at is not None
        quarter = Quarter(statement.year, statement.quarter)
        yield Todo(
            STATEMENTS,
            Phrase("{name} : décompte à examiner, {quarter}", name=commune, quarter=quarter.name),
            f"/statements/received/{statement.id}",
            since=local(statement.sent_at).date(),
        )
