"""One page may ask several things: each is read by an input of its own, and what was typed is kept."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import request
from werkzeug.datastructures import MultiDict

from cii.access.guard import GuardedSession
from cii.foundation.days import format_moment
from cii.foundation.fields import printable
from cii.foundation.texts import N_, Phrase
from cii.measures.actions import (
    AlreadyDecided,
    ChangedMeanwhile,
    NotItsTurn,
    NotPossible,
    Stopped,
)
from cii.measures.lifecycle import MOVE_LABELS
from cii.measures.queries import steps_of
from cii.web.forms import Form, Model

_CHANGED = N_(
    "La mesure a été modifiée pendant que vous la lisiez. Voici ce qui vaut maintenant ; rien n’est encore enregistré. Relisez, puis envoyez de nouveau."
)
_STOPPED = N_(
    "Rien n’est enregistré : le dossier est suspendu ou aucune procuration n’est valable aujourd’hui."
)
_OWN = N_("Vous avez déjà signé cette décision le {moment}. Rien n’est signé deux fois.")
_QUICKER = N_(
    "{name} a signé cette décision le {moment}, avant vous. Rien n’est signé deux fois et vous n’avez plus rien à faire."
)
_PASSED = N_(
    "Cette mesure a déjà avancé : {name}, le {moment}, « {what} ». Rien n’est enregistré deux fois."
)
_MOVED = N_("Cette mesure a déjà avancé. Rien n’est enregistré.")


def sent(model: type[Model], names: Mapping[str, str], **given: str) -> Form[Model]:
    """The form of this request for one input; its errors stand beside the fields of the page.

    `names`: the fields of the page and what the input calls them; whatever else the page sent is kept
    as typed and left aside. `given`: values that the page itself stands for.
    """
    made = Form(model)
    fields = MultiDict(
        (name, value) for shown, name in names.items() for value in request.form.getlist(shown)
    )
    for name, value in given.items():
        fields.setlist(name, [value])
    made.read(fields)
    shown_as = {name: shown for shown, name in names.items()}
    made.errors = {shown_as.get(name, name): each for name, each in made.errors.items()}
    made.typed = {name: printable(value) for name, value in request.form.items()}
    return made


def tried(
    session: GuardedSession,
    measure_id: UUID,
    made: Form[Any],
    act: Callable[[], Any],
) -> tuple[int, Phrase | None]:
    """Do it: 200, or the status of the page that says why not, with what changed meanwhile.

    Nothing is left half done.
    """
    try:
        act()
    except NotPossible as objection:
        session.rollback()
        made.refuse(objection.field, objection.phrase)
        return 422, None
    except AlreadyDecided as done:
        session.rollback()
        own = done.by == session.actor.name
        moment = format_moment(done.at)
        return 409, Phrase(_OWN, moment=moment) if own else Phrase(
            _QUICKER, name=done.by, moment=moment
        )
    except Stopped:
        session.rollback()
        return 409, Phrase(_STOPPED)
    except NotItsTurn:
        session.rollback()
        return 409, _who_was_quicker(session, measure_id)
    except ChangedMeanwhile:
        session.rollback()
        return 409, Phrase(_CHANGED)
    return 200, None


def _who_was_quicker(session: GuardedSession, measure_id: UUID) -> Phrase:
    steps = steps_of(session, measure_id)
    if not steps:
        return Phrase(_MOVED)
    last = steps[-1]
    return Phrase(
        _PASSED, name=last.name, moment=format_moment(last.at), what=Phrase(MOVE_LABELS[last.move])
    )
