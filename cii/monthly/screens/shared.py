"""What the screens of an update share: the month in the address, whether the actor writes, who wrote last."""

from datetime import date
from uuid import UUID

from cii.access.guard import GuardedSession, Hidden
from cii.access.permissions import May, may
from cii.cases.queries import CaseHeader
from cii.coaching.actions import writes
from cii.coaching.queries import beside, parts_held
from cii.coaching.screens.labels import topic_choices
from cii.consent.topics import Topic
from cii.foundation.texts import Phrase
from cii.monthly.inputs import month_in
from cii.monthly.models import Update
from cii.organisations.models import Person

NOT_OWED = Phrase(
    "Rien n’est enregistré : le dossier n’est pas en coaching aujourd’hui, ou la mise à jour est déjà remise."
)


def month_of_address(text: str) -> date:
    """The month that an address names; Hidden for what is no month."""
    month = month_in(text)
    if month is None:
        raise Hidden("Update")
    return month


def may_write(session: GuardedSession, case: CaseHeader) -> bool:
    """Whether the actor writes updates of this case: of its tandem, and the coaching is open."""
    return (
        may(session.actor, May.WRITE_UPDATE)
        and writes(parts_held(session, case.id))
        and case.opens(Topic.COACHING)
    )


def author_of(session: GuardedSession, update: Update | None) -> str | None:
    """The name of whoever wrote last."""
    person = session.get(Person, update.author_id) if update and update.author_id else None
    return person.name if person else None


def topics_to_choose(session: GuardedSession, case_id: UUID) -> list[tuple[str, str]]:
    """The topics of a text, each with the institutions that will read it."""
    language = session.actor.language
    return topic_choices(beside(session, case_id).readers(language), language)
