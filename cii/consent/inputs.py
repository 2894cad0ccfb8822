"""What is recorded of a signed procuration, of its revocation, and of who stands in for whom."""

from datetime import date, timedelta
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from cii.access.actor import Kind
from cii.consent.models import Channel
from cii.consent.topics import NEEDS, OPENABLE, Topic
from cii.foundation.fields import Day, Input, PastDay, Text
from cii.foundation.texts import LANGUAGES, N_, Phrase, WrongInput

# Product default: a slip of the pen in the year opens nothing for a lifetime.
LONGEST_ABSENCE: Final = timedelta(days=366)


# What the form that the person signs gives as its aim.
PURPOSE: Final = N_(
    "Coordonner mon retour à l’emploi : les institutions concernées évaluent ma situation, m’accompagnent et décident des mesures qui me concernent."
)


class ProcurationInput(Input):
    """A signed procuration; `opened` lists what was not struck out, as "commune.measures".

    `key` is chosen by the form, so that sending it twice records one procuration.
    """

    key: UUID | None = None
    signed_on: PastDay = Field(description=N_("Indiquez le jour de la signature."))
    valid_from: Day | None = None
    valid_until: Day = Field(
        description=N_("Indiquez jusqu’à quel jour la procuration est valable.")
    )
    purpose: Annotated[Text, StringConstraints(max_length=1000)] = Field(
        description=N_("Indiquez le but de l’échange d’informations.")
    )
    explained: Annotated[Text, StringConstraints(max_length=500)] = Field(
        description=N_("Indiquez comment la procuration a été expliquée à la personne.")
    )
    language: str = Field(description=N_("Choisissez la langue de la procuration."))
    opened: list[str] = Field(description=N_("Cochez au moins un thème pour une institution."))

    @field_validator("language")
    @classmethod
    def _language(cls, value: str) -> str:
        if value not in LANGUAGES:
            raise WrongInput(Phrase("Choisissez une des réponses proposées."))
        return value

    @field_validator("opened")
    @classmethod
    def _opened(cls, value: list[str]) -> list[str]:
        allowed = set(openings())
        if not value or not set(value) <= allowed:
            raise WrongInput(Phrase("Choisissez une des réponses proposées."))
        return value

    @field_validator("valid_from")
    @classmethod
    def _starts_after_signature(cls, value: date | None, info: ValidationInfo) -> date | None:
        signed = info.data.get("signed_on")
        if value and signed and value < signed:
            raise WrongInput(Phrase("La validité ne peut pas commencer avant la signature."))
        return value

    @field_validator("valid_until")
    @classmethod
    def _ends_after_its_start(cls, value: date, info: ValidationInfo) -> date:
        first = info.data.get("valid_from") or info.data.get("signed_on")
        if first and value < first:
            raise WrongInput(Phrase("La fin ne peut pas précéder le début de la validité."))
        return value

    def topics_for(self, kind: Kind) -> Topic:
        """The topics that were left open to a kind of institution."""
        topics = Topic(0)
        for topic in OPENABLE:
            if opening(kind, topic) in self.opened:
                topics |= topic
        return topics


class RevocationInput(Input):
    """A revocation, as it reached the institution."""

    channel: Channel = Field(
        description=N_("Indiquez comment la personne a révoqué la procuration.")
    )
    reason: Annotated[Text, StringConstraints(max_length=500)] = ""


class DeputyInput(Input):
    """Who stands in for whom, from the first to the last day (A-11); without `absent`, for oneself."""

    absent: UUID | None = Field(default=None, description=N_("Choisissez la personne absente."))
    deputy: UUID = Field(description=N_("Choisissez qui assure la suppléance."))
    starts_on: Day = Field(description=N_("Indiquez le premier jour."))
    ends_on: Day = Field(description=N_("Indiquez le dernier jour."))

    @field_validator("ends_on")
    @classmethod
    def _runs_forward_for_a_year_at_most(cls, value: date, info: ValidationInfo) -> date:
        first = info.data.get("starts_on")
        if first and value < first:
            raise WrongInput(Phrase("Le dernier jour ne peut pas précéder le premier."))
        if first and value > first + LONGEST_ABSENCE:
            raise WrongInput(Phrase("Une suppléance dure une année au plus. Elle se renouvelle."))
        return value


def opening(kind: Kind, topic: Topic) -> str:
    """The form's value for one topic opened to one kind of institution."""
    return f"{kind.value}.{(topic.name or '').lower()}"


def openings() -> list[str]:
    """All that a person may open, as the form proposes it."""
    return [
        opening(kind, topic) for kind, most in NEEDS.items() for topic in OPENABLE if topic & most
    ]
