"""What somebody says of a file that he or she attaches."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from cii.consent.topics import OPENABLE, Topic
from cii.foundation.fields import Input
from cii.foundation.texts import N_, Phrase, WrongInput

_TOPICS = {(topic.name or "").lower(): topic for topic in OPENABLE}


def _topic(value: object) -> object:
    if isinstance(value, Topic):
        return value
    if value not in _TOPICS:
        raise WrongInput(Phrase("Choisissez une des réponses proposées."))
    return _TOPICS[str(value)]


class DocumentInput(Input):
    """The topic of a document: it decides who sees it."""

    topic: Annotated[Topic, BeforeValidator(_topic)] = Field(
        description=N_("Choisissez le thème du document.")
    )
