"""What somebody may submit about a case."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from cii.cases.models import RISK_FACTORS
from cii.foundation.fields import (
    Avs,
    Day,
    Email,
    Input,
    Line,
    Name,
    PastDay,
    Phone,
    ShortLine,
    Text,
)
from cii.foundation.texts import LANGUAGES, N_, Phrase, WrongInput
from cii.programmes.eligibility import Difficulty, Ground, InsertionStatus, PastMeasureKind, Regime

_ANSWERS = {"yes": True, "no": False, True: True, False: False}


def _yes_or_no(value: object) -> object:
    if value in _ANSWERS:
        return _ANSWERS[value]
    raise WrongInput(Phrase("Choisissez une des réponses proposées."))


YesNo = Annotated[bool, BeforeValidator(_yes_or_no)]


class AnnouncementInput(Input):
    """An announcement: who the person is must be said; what is not proven yet may follow (A-01)."""

    first_name: Name = Field(description=N_("Indiquez le prénom."))
    last_name: Name = Field(description=N_("Indiquez le nom."))
    birth_date: PastDay = Field(description=N_("Indiquez la date de naissance."))
    avs_number: Avs = Field(description=N_("Indiquez le numéro AVS."))
    street: Line = ""
    postcode: ShortLine = ""
    place: ShortLine = ""
    commune: int = Field(description=N_("Choisissez la commune de domicile."))
    language: str = Field(description=N_("Choisissez la langue de la personne."))
    phone: Phone | None = None
    email: Email | None = None
    regimes: list[Regime] = Field(description=N_("Choisissez au moins un régime."))
    followed_by_orp: YesNo | None = None
    orp_professional: UUID | None = None
    followed_by_cms: YesNo | None = None
    cms_professional: UUID | None = None
    ground: Ground | None = None
    risk_factors: list[str] = []
    other_risk_factor: Line = ""
    past_measure: PastMeasureKind | None = None
    past_measure_name: Line = ""
    past_measure_ended_on: Day | None = None
    employability_verified_on: PastDay | None = None
    integration_indicated: YesNo | None = None
    difficulties: list[Difficulty] = []
    insertion: InsertionStatus | None = None
    potential: YesNo | None = None
    potential_reason: Text = ""
    intensive_coaching: YesNo | None = None
    intensive_coaching_reason: Text = ""
    announce_again: list[ShortLine] = Field(
        default=[], description=N_("Choisissez une des réponses proposées.")
    )

    @field_validator("language")
    @classmethod
    def _known_language(cls, value: str) -> str:
        if value not in LANGUAGES:
            raise WrongInput(
                Phrase("La langue des lettres est le français (fr) ou l’allemand (de).")
            )
        return value

    @field_validator("risk_factors")
    @classmethod
    def _known_factors(cls, value: list[str]) -> list[str]:
        if not set(value) <= set(RISK_FACTORS):
            raise WrongInput(Phrase("Choisissez une des réponses proposées."))
        return value

    @field_validator("birth_date")
    @classmethod
    def _plausible_age(cls, value: date) -> date:
        if value.year < 1920:
            raise WrongInput(Phrase("Vérifiez l’année de naissance."))
        return value

    @field_validator("followed_by_cms")
    @classmethod
    def _followed_by_somebody(cls, value: bool | None, info: ValidationInfo) -> bool | None:
        if value is False and info.data.get("followed_by_orp") is False:
            raise WrongInput(
                Phrase("La personne doit être suivie par l’ORP ou par le CMS (VS-09).")
            )
        return value


class QuestionInput(Input):
    """The bureau CII asks the announcing professional for something."""

    question: Text = Field(description=N_("Écrivez ce qui manque ou ce qui n’est pas clair."))


class RefusalInput(Input):
    """The bureau CII refuses: with a reason, and with what could be done instead."""

    reason: Text = Field(description=N_("Indiquez le motif du refus."))
    next_steps: Text = Field(description=N_("Proposez une suite à la personne qui annonce."))


class TandemInput(Input):
    """One ORP adviser and one CMS social worker (VS-01)."""

    orp: UUID = Field(description=N_("Choisissez la conseillère ou le conseiller ORP."))
    cms: UUID = Field(description=N_("Choisissez l’assistante sociale ou l’assistant social."))


class SuccessorInput(Input):
    """Who takes whose place in the tandem."""

    leaving: UUID
    successor: UUID = Field(description=N_("Choisissez qui prend la suite."))


class AvsReasonInput(Input):
    """Why the full AVS number is needed; the reason is recorded."""

    reason: Line = Field(description=N_("Indiquez pourquoi vous avez besoin du numéro."))
