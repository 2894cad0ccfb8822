"""What may be submitted of measures: the catalogue, a proposal, an opinion, a decision, a question back."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, ValidationInfo, field_validator, model_validator

from cii.coaching.inputs import Ticked
from cii.foundation.clock import today
from cii.foundation.fields import Day, Francs, Input, Line, ShortLine, Text
from cii.foundation.ids import new_id
from cii.foundation.texts import N_, Phrase, WrongInput
from cii.measures.lifecycle import Stage
from cii.measures.models import Leaning, Outcome, Provider
from cii.programmes.routing import Regime

_Written = Annotated[Text, StringConstraints(min_length=1)]
_Version = Annotated[int, Field(ge=1, le=1_000_000)]


class RouteInput(Input):
    """What the way of a measure depends on, as far as the tandem says it.

    `regimes`: under which the person meets the granting conditions today; none: those of the announcement.
    """

    code: ShortLine = Field(min_length=1, description=N_("Choisissez une mesure."))
    regimes: list[Regime] = []
    article_59d: Ticked = False
    outside_canton: Ticked = False
    choice: Regime | None = None


class _Proposed(RouteInput):
    provider: Provider = Field(description=N_("Indiquez qui offre la mesure."))
    title: Line = Field(min_length=1, description=N_("Indiquez le nom de la mesure."))
    organiser: Line = Field(min_length=1, description=N_("Indiquez qui organise la mesure."))
    goal: _Written = Field(description=N_("Écrivez pourquoi cette mesure."))
    starts_on: Day = Field(description=N_("Indiquez le premier jour."))
    ends_on: Day = Field(description=N_("Indiquez le dernier jour."))
    asked: Francs = Field(ge=0, description=N_("Indiquez le montant demandé."))
    choice_reason: Text = ""

    @field_validator("starts_on")
    @classmethod
    def _to_come(cls, value: date) -> date:
        if value < today():
            raise WrongInput(
                Phrase("Cette date est passée : indiquez aujourd’hui ou un jour à venir.")
            )
        return value

    @field_validator("ends_on")
    @classmethod
    def _not_before_it_starts(cls, value: date, info: ValidationInfo) -> date:
        first = info.data.get("starts_on")
        if first is not None and value < first:
            raise WrongInput(Phrase("Le dernier jour ne peut pas précéder le premier."))
        return value


class ProposalInput(_Proposed):
    """A measure that the tandem proposes (VS-17). `form_key` is drawn with the form: a repeat is recognised."""

    form_key: UUID = Field(default_factory=new_id)


class ChangeInput(_Proposed):
    """A change of a proposal; `version` is what was changed."""

    version: _Version


class ForwardInput(Input):
    """Sending a measure on: prepared, submitted or transmitted; `version` is what was read, `text` goes along."""

    version: _Version
    text: Text = ""


class PreparationInput(ForwardInput):
    """The documents are ready (VS-33). `transmit`: whoever is in charge as well sends them on at once (VS-34)."""

    transmit: Ticked = False


class OpinionInput(Input):
    """The opinion of the SAS (VS-22); one that is not plainly favourable says why."""

    version: _Version
    leaning: Leaning = Field(description=N_("Choisissez le préavis."))
    text: Text = Field(default="", validate_default=True)

    @field_validator("text")
    @classmethod
    def _says_why(cls, value: str, info: ValidationInfo) -> str:
        if not value and info.data.get("leaning") in {
            Leaning.WITH_RESERVATIONS,
            Leaning.UNFAVOURABLE,
        }:
            raise WrongInput(Phrase("Écrivez pourquoi."))
        return value


class DecisionInput(Input):
    """A decision: granted with an amount in francs, or refused with a reason; `version` is what was read."""

    version: _Version
    outcome: Outcome = Field(description=N_("Choisissez la décision."))
    amount: Annotated[Francs, Field(ge=0)] | None = Field(default=None, validate_default=True)
    reason: Text = Field(default="", validate_default=True)

    @field_validator("amount")
    @classmethod
    def _goes_with_a_grant(cls, value: Decimal | None, info: ValidationInfo) -> Decimal | None:
        if info.data.get("outcome") is Outcome.REFUSED:
            # A form sends its amount along whichever outcome was chosen.
            return None
        if value is None and info.data.get("outcome") is Outcome.GRANTED:
            raise WrongInput(Phrase("Indiquez le montant accordé."))
        return value

    @field_validator("reason")
    @classmethod
    def _a_refusal_says_why(cls, value: str, info: ValidationInfo) -> str:
        if not value and info.data.get("outcome") is Outcome.REFUSED:
            raise WrongInput(Phrase("Écrivez pourquoi."))
        return value


class ReturnInput(Input):
    """A question back to an earlier step; `to` says to which."""

    version: _Version
    to: Stage = Field(description=N_("Choisissez à qui vous renvoyez la mesure."))
    text: _Written = Field(description=N_("Écrivez ce qui manque."))


class WithdrawalInput(Input):
    """The institution that decided takes its decision back, with a reason."""

    version: _Version
    reason: _Written = Field(description=N_("Écrivez pourquoi."))


class AbandonInput(Input):
    """The tandem gives a proposal up."""

    version: _Version
    reason: Text = ""


class CatalogueInput(Input):
    """An entry of the catalogue from a day on; a later one with the same code replaces an earlier one (VS-18)."""

    code: ShortLine = Field(description=N_("Indiquez le code de la mesure."))
    valid_from: Day = Field(description=N_("Indiquez le premier jour."))
    valid_until: Day | None = None
    name: Annotated[Line, StringConstraints(max_length=120)] = Field(
        min_length=1, description=N_("Indiquez le nom en français.")
    )
    name_de: Annotated[Line, StringConstraints(max_length=120)] = Field(
        min_length=1, description=N_("Indiquez le nom en allemand.")
    )
    regimes: list[Regime] = Field(
        min_length=1, description=N_("Choisissez au moins une loi qui offre la mesure.")
    )
    delegated: Ticked = False
    article_laci: ShortLine = ""
    article_lemc: ShortLine = ""
    article_lias: ShortLine = ""
    source: Line = ""
    source_de: Line = ""
    product_default: Ticked = False

    @field_validator("code")
    @classmethod
    def _plain_code(cls, value: str) -> str:
        plain = value.isascii() and value.replace("-", "").isalnum() and value == value.lower()
        if not plain or len(value) > 40:
            raise WrongInput(
                Phrase(
                    "Un code s’écrit avec des minuscules sans accent, des chiffres et des traits d’union, 40 au plus."
                )
            )
        return value

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.valid_until is not None and self.valid_until < self.valid_from:
            raise WrongInput(Phrase("Le dernier jour ne peut pas précéder le premier."))
        return self

    @property
    def article(self) -> dict[str, str]:
        """The articles by law, without those that are not known."""
        given = {
            Regime.LACI: self.article_laci,
            Regime.LEMC: self.article_lemc,
            Regime.LIAS: self.article_lias,
        }
        return {law.value: text for law, text in given.items() if text and law in self.regimes}
