"""Mails about quarterly statements: one is due, one was sent, one was answered. A commune, a quarter, a link."""

from uuid import UUID

from cii.access.guard import GuardedSession
from cii.delivery.emails import LEAVING
from cii.foundation.quarters import Quarter
from cii.foundation.texts import N_, Phrase, texts
from cii.measures.accounts.actions import STATEMENT_ANSWERED, STATEMENT_DUE, STATEMENT_SENT
from cii.measures.accounts.queries import account, commune_name
from cii.measures.models import Statement, StatementState
from cii.outbox.kinds import Composed, Desk, MessageKind, Nothing, Order
from cii.outbox.models import MailChoice, Pace


def compose_due(desk: Desk, order: Order) -> Composed | Nothing:
    """The quarter is over: the commune's statement can be sent."""
    quarter = Quarter(order.facts["year"], order.facts["number"])
    with desk.open() as session:
        if _wishes_none(session):
            return Nothing("wishes-none")
        found = account(session, quarter)
    if found.statement is not None or not found.lines:
        return Nothing("sent-or-empty")
    news = Phrase(
        "{name} : le décompte du trimestre peut être transmis ({quarter})",
        name=desk.actor.institution_name,
        quarter=quarter.name,
    )
    return _composed(desk, news, f"/statements/{quarter.path}")


def compose_sent(desk: Desk, order: Order) -> Composed | Nothing:
    """A commune sent its statement: the SAS can answer it."""
    with desk.open() as session:
        statement = session.get(Statement, UUID(order.facts["statement"]))
        if statement is None or statement.state is not StatementState.SENT:
            return Nothing("answered")
        if _wishes_none(session):
            return Nothing("wishes-none")
        commune = commune_name(session, statement)
    news = Phrase(
        "{name} a transmis son décompte ({quarter})",
        name=commune,
        quarter=Quarter(statement.year, statement.quarter).name,
    )
    return _composed(desk, news, f"/statements/received/{statement.id}")


def compose_answered(desk: Desk, order: Order) -> Composed | Nothing:
    """The SAS answered a statement; what it says stands in the product."""
    with desk.open() as session:
        statement = session.get(Statement, UUID(order.facts["statement"]))
        if statement is None:
            return Nothing("closed")
        if _wishes_none(session):
            return Nothing("wishes-none")
    quarter = Quarter(statement.year, statement.quarter)
    words = (
        N_("{name} : le SAS a retourné le décompte ({quarter})")
        if statement.state is StatementState.RETURNED
        else N_("{name} : le SAS a accepté le décompte ({quarter})")
    )
    news = Phrase(words, name=desk.actor.institution_name, quarter=quarter.name)
    return _composed(desk, news, f"/statements/{quarter.path}")


def _wishes_none(session: GuardedSession) -> bool:
    choice = session.get(MailChoice, session.actor.person)
    return choice is not None and choice.pace is Pace.NONE


def _composed(desk: Desk, news: Phrase, path: str) -> Composed:
    link = desk.link(path)
    return Composed(
        subject=texts(desk.language).say("CII : un décompte trimestriel"),
        text=desk.page("emails/accounts/statement.txt", news=news, link=link),
        html=desk.page("emails/accounts/statement.html", news=news, link=link),
    )


KINDS = (
    MessageKind(STATEMENT_DUE, N_("décompte à établir"), compose_due, LEAVING),
    MessageKind(STATEMENT_SENT, N_("décompte transmis"), compose_sent, LEAVING),
    MessageKind(STATEMENT_ANSWERED, N_("réponse à un décompte"), compose_answered, LEAVING),
)
