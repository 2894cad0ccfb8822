"""The labels of the coaching in one language, said once: a journal shows each of them many times."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from typing import Any

from cii.cases.lifecycle import STATE_LABELS
from cii.coaching.inputs import NOTE_TOPICS, topic_key
from cii.coaching.models import (
    APPOINTMENT_STATE_LABELS,
    DOMAIN_LABELS,
    NOTE_KIND_LABELS,
    OBJECTIVE_STATE_LABELS,
)
from cii.consent.topics import OPENABLE, TOPIC_LABELS, Topic
from cii.foundation.texts import texts

Choices = list[tuple[str, str]]
# Beside.readers: name and open topics of each institution that reads notes.
Readers = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Labels:
    """The labels and the choices of forms, translated."""

    kinds: Mapping[Enum, str]
    domains: Mapping[Enum, str]
    topics: Mapping[Topic, str]
    states: Mapping[Enum, str]
    objective_states: Mapping[Enum, str]
    appointment_states: Mapping[Enum, str]
    any_domain: str

    def choices(self, name: str) -> Choices:
        """What a form offers: the values of `kinds`, `domains` and the like with their labels."""
        labels: Mapping[Enum, str] = getattr(self, name)
        return [(member.value, label) for member, label in labels.items()]

    @property
    def domain_or_none(self) -> Choices:
        """The domains of a note, which may belong to none in particular."""
        return [("", self.any_domain), *self.choices("domains")]


@cache
def labels(language: str) -> Labels:
    """The labels in a language."""
    say = texts(language).say

    def said(words: Mapping[Any, str]) -> dict[Any, str]:
        return {member: say(label) for member, label in words.items()}

    return Labels(
        kinds=said(NOTE_KIND_LABELS),
        domains=said(DOMAIN_LABELS),
        topics=said(TOPIC_LABELS),
        states=said(STATE_LABELS),
        objective_states=said(OBJECTIVE_STATE_LABELS),
        appointment_states=said(APPOINTMENT_STATE_LABELS),
        any_domain=say("aucun en particulier"),
    )


@cache
def topics_said(topics: Topic, language: str) -> str:
    """The topics that are open to an institution, in words; none is said by nothing."""
    said = labels(language).topics
    found = [said[each] for each in OPENABLE if each in topics]
    if len(found) == len(OPENABLE):
        return texts(language).say("tous les thèmes")
    return ", ".join(found)


@lru_cache(maxsize=1024)
def topic_choices(readers: Readers, language: str) -> Choices:
    """The topics of a note, each with the institutions that will read its text."""
    say, topics = texts(language).say, labels(language).topics
    choices = []
    for topic in NOTE_TOPICS:
        names = names_of(readers, topic)
        said = (
            say("{topic} (lu par : {names})", topic=topics[topic], names=names)
            if names
            else say("{topic} (votre institution seule)", topic=topics[topic])
        )
        choices.append((topic_key(topic), said))
    return choices


def names_of(readers: Readers, topic: Topic) -> str:
    """The names of the institutions that read the text of a note on this topic."""
    wanted = int(topic | Topic.NOTES)
    return ", ".join(name for name, opened in readers if opened & wanted == wanted)
