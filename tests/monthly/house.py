"""Updates of the tests: opened by the worker, written by the tandem, handed over."""

from contextlib import contextmanager
from datetime import date, datetime

import pytest

from cii.access.system import Reason
from cii.foundation.clock import today
from cii.foundation.ids import new_id
from cii.monthly import actions
from cii.monthly.inputs import UpdateInput
from cii.monthly.models import Update, UpdateElement, UpdatePart
from cii.monthly.queries import elements_of, update_of, version_of
from cii.monthly.rounds import hand_over_what_is_due, open_updates, remind
from cii.monthly.schedule import month_of


def owe(house, day: date | None = None) -> int:
    """The worker opens what is owed this month."""
    with house.store.system(Reason.SCHEDULE) as system:
        return open_updates(system, day or today())


def reminded(house, day: date) -> int:
    """The worker reminds whoever is to be reminded on this day."""
    with house.store.system(Reason.SCHEDULE) as system:
        return remind(system, day)


def handed_over(house, moment: datetime):
    """The worker hands over what is due at this moment."""
    return hand_over_what_is_due(house.store, moment)


@contextmanager
def acting(house, who, institution=None, day=None):
    """A session in which somebody acts; committed at its end."""
    with house.store.session(house.actor(who, institution, day), writes=True) as session:
        yield session
        session.commit()


@contextmanager
def refused(house, who, how):
    """A session in which what somebody tries is refused in this way; nothing of it stays."""
    with house.store.session(house.actor(who), writes=True) as session, pytest.raises(how):
        yield session


def paragraphs(*texts, version="", topic="coaching", part=UpdatePart.EVOLUTION, keys=()):
    """A form with these paragraphs, drawn anew unless keys are given."""
    drawn = list(keys) + [new_id() for _ in texts[len(keys) :]]
    return UpdateInput(
        version=version,
        paragraph=tuple(drawn),
        part=(part,) * len(texts),
        topic=(topic,) * len(texts),
        text=texts,
    )


def seen(session, case, month) -> str:
    """The version that a writer has before the eyes."""
    update = update_of(session, case.id, month)
    return version_of(elements_of(session, update.id) if update else [])


def published(house, case, who, *texts, month: date | None = None, topic="coaching"):
    """An update of this month, published by somebody of the tandem."""
    of = month or month_of(today())
    with acting(house, who) as session:
        given = paragraphs(*texts, version=seen(session, case, of), topic=topic)
        return actions.publish(session, case.id, of, given)


def update_in(house, case, month: date | None = None) -> Update:
    """The update of a case as it stands."""
    conditions = [Update.case_id == case.id]
    if month:
        conditions.append(Update.month == month)
    (found,) = house.all(Update, *conditions)
    return found


def texts_of(house, case) -> list[str]:
    """All paragraphs of a case, seen by the system, in order."""
    rows = house.all(UpdateElement, UpdateElement.case_id == case.id)
    order = list(UpdatePart)
    return [each.text for each in sorted(rows, key=lambda e: (order.index(e.part), e.position))]
