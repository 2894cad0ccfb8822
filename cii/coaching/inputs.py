"""What may be submitted of the coaching: notes, corrections, objectives, appointments."""

from datetime import date
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints, field_validator, model_validator

from cii.coaching.models import AppointmentState, Domain, NoteKind, ObjectiveState
from cii.consent.topics import Topic
from cii.foundation.clock import today
from cii.foundation.fields import Day, Hour, Input, Line, LongText, PastDay, clean_text
from cii.foundation.ids import new_id
from cii.foundation.texts import N_, Phrase, WrongInput

# What a note can be about. Identity and measures have their own pages.
NOTE_TOPICS = (
    Topic.COACHING,
    Topic.EMPLOYMENT,
    Topic.TRAINING,
    Topic.SOCIAL,
    Topic.FINANCES,
    Topic.HEALTH,
)


def topic_key(topic: Topic) -> str:
    """A topic as forms name it."""
    return (topic.name or "").lower()


_BY_KEY = {topic_key(topic): topic for topic in NOTE_TOPICS}


def _topic(value: Any) -> Any:
    if isinstance(value, str):
        if value not in _BY_KEY:
            raise WrongInput(Phrase("Choisissez une des réponses proposées."))
        return _BY_KEY[value]
    return value


def _yes(value: Any) -> Any:
    # A checkbox sends its one value or nothing at all.
    if isinstance(value, str) and value != "yes":
        raise WrongInput(Phrase("Choisissez une des réponses proposées."))
    return value == "yes" or value is True


NoteTopic = Annotated[Topic, BeforeValidator(_topic)]
Ticked = Annotated[bool, BeforeValidator(_yes)]
NoteText = Annotated[LongText, StringConstraints(min_length=1)]


class NoteInput(Input):
    """A note after a contact with the person (VS-37). `form_key` is drawn with the form: a repeat is recognised."""

    form_key: UUID = Field(default_factory=new_id)
    text: NoteText = Field(description=N_("Écrivez ce qui s’est passé et quelle est la suite."))
    kind: NoteKind = NoteKind.INTERVIEW
    day: PastDay = Field(description=N_("Indiquez le jour."))
    domain: Domain | None = None
    topic: NoteTopic = Topic.COACHING
    significant: Ticked = False


class CorrectionInput(Input):
    """A correction of a note; `version` is the wording that was corrected."""

    version: int = Field(ge=1, le=1_000_000)
    text: NoteText = Field(description=N_("Écrivez ce qui s’est passé et quelle est la suite."))
    kind: NoteKind = Field(description=N_("Choisissez le type de contact."))
    day: PastDay = Field(description=N_("Indiquez le jour."))
    domain: Domain | None = None
    topic: NoteTopic = Topic.COACHING
    significant: Ticked = False


_Typed = Annotated[str, BeforeValidator(clean_text), StringConstraints(max_length=200)]


class NoteDraftInput(Input):
    """A note as far as it was typed, finished or not."""

    form_key: UUID | None = None
    text: LongText = ""
    kind: _Typed = ""
    day: _Typed = ""
    domain: _Typed = ""
    topic: _Typed = ""
    significant: _Typed = ""


class ObjectiveInput(Input):
    """What the person and the tandem want to reach (VS-37, VS-38)."""

    form_key: UUID = Field(default_factory=new_id)
    goal: Line = Field(min_length=1, description=N_("Écrivez l’objectif."))
    domain: Domain = Field(description=N_("Choisissez un domaine."))
    due_on: Day | None = None


class ObjectiveChange(Input):
    """A change of an objective, or how far it is; `version` is what was changed."""

    version: int = Field(ge=1, le=1_000_000)
    goal: Line = Field(min_length=1, description=N_("Écrivez l’objectif."))
    domain: Domain = Field(description=N_("Choisissez un domaine."))
    due_on: Day | None = None
    state: ObjectiveState = Field(description=N_("Choisissez où en est l’objectif."))
    state_since: PastDay = Field(description=N_("Indiquez le jour."))


class _Meeting(Input):
    day: Day = Field(description=N_("Indiquez le jour."))
    hour: Hour = Field(description=N_("Indiquez l’heure."))
    minutes: int = Field(default=60, ge=5, le=600)
    place: Line = ""
    about: Line = ""

    @field_validator("minutes", mode="before")
    @classmethod
    def _plain_number(cls, value: object) -> object:
        # Python reads "1_0" and "٣" as numbers; people who write them mean something else.
        if isinstance(value, str) and not (value.isascii() and value.isdigit()):
            raise WrongInput(Phrase("Écrivez un nombre entier."))
        return value


class AppointmentInput(_Meeting):
    """A meeting to come."""

    form_key: UUID = Field(default_factory=new_id)

    @field_validator("day")
    @classmethod
    def _to_come(cls, value: date) -> date:
        if value < today():
            raise WrongInput(
                Phrase("Cette date est passée : indiquez aujourd’hui ou un jour à venir.")
            )
        return value


class AppointmentChange(_Meeting):
    """A change of an appointment, or whether it took place; `sequence` is what was changed."""

    sequence: int = Field(ge=0, le=1_000_000)
    state: AppointmentState = Field(description=N_("Indiquez si le rendez-vous a lieu."))

    @model_validator(mode="after")
    def _held_in_the_past(self) -> Self:
        over = {AppointmentState.HELD, AppointmentState.MISSED}
        if self.state in over and self.day > today():
            raise WrongInput(Phrase("Ce rendez-vous est encore à venir."))
        return self
