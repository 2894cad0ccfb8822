"""What may be submitted of a monthly update, an addendum and the settings of an institution."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from cii.coaching.inputs import NoteText, NoteTopic, Ticked
from cii.consent.topics import Topic
from cii.foundation.fields import Input, LongText
from cii.foundation.ids import new_id
from cii.foundation.texts import N_, Phrase, WrongInput
from cii.monthly.models import DigestMode, UpdatePart

# More than anybody reads; a bound for what one form can carry.
PARAGRAPHS = 60

_MONTH = re.compile(r"(20[0-9]{2}|2100)-(0[1-9]|1[0-2])")


def month_in(text: str) -> date | None:
    """The month that an address names, as 2026-11; None for anything else."""
    found = _MONTH.fullmatch(text)
    return date(int(found[1]), int(found[2]), 1) if found else None


def month_key(month: date) -> str:
    """A month as addresses name it: 2026-11."""
    return f"{month.year:04}-{month.month:02}"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph as it was submitted; `key` is its row, what it was prepared from, or drawn with the form."""

    key: UUID
    part: UpdatePart
    topic: Topic
    text: str


_Text = Annotated[LongText, StringConstraints(max_length=20000)]


class UpdateInput(Input):
    """All paragraphs of an update in their order; `version` is what its writer had before the eyes."""

    version: Annotated[str, StringConstraints(max_length=64)] = ""
    paragraph: tuple[UUID, ...] = Field(default=(), max_length=PARAGRAPHS)
    part: tuple[UpdatePart, ...] = ()
    topic: tuple[NoteTopic, ...] = ()
    text: tuple[_Text, ...] = ()

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        # A form sends nothing for its only field when that is empty.
        texts = self.text or ("",) * (len(self.paragraph) == 1)
        lengths = {len(self.paragraph), len(self.part), len(self.topic), len(texts)}
        if len(lengths) > 1 or len(set(self.paragraph)) < len(self.paragraph):
            raise WrongInput(
                Phrase("Les paragraphes sont incomplets : rechargez la page et recommencez.")
            )
        return self

    @property
    def paragraphs(self) -> Iterator[Paragraph]:
        """The paragraphs that say something, in order."""
        for each in zip(self.paragraph, self.part, self.topic, self.text, strict=False):
            if each[3]:
                yield Paragraph(*each)


class AddendumInput(Input):
    """What is added to an update that has been sent."""

    form_key: UUID = Field(default_factory=new_id)
    topic: NoteTopic = Topic.COACHING
    text: NoteText = Field(description=N_("Écrivez le complément."))


class SettingsInput(Input):
    """When the professionals of an institution get their updates, and how much the e-mail says."""

    due_before: int = Field(default=0, ge=0, le=10)
    first_reminder: int = Field(default=0, ge=0, le=10)
    second_reminder: int = Field(default=0, ge=0, le=10)
    digest_day: int = Field(default=1, ge=1, le=10)
    digest_hour: int = Field(default=7, ge=0, le=23)
    mode: DigestMode = Field(description=N_("Choisissez ce que dit le courriel."))
    deputy_receives: Ticked = False

    @model_validator(mode="after")
    def _reminders_in_order(self) -> Self:
        if self.first_reminder and self.second_reminder >= self.first_reminder:
            raise WrongInput(Phrase("Le second rappel vient après le premier."))
        return self
