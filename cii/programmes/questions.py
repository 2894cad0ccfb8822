"""The questions of an announcement in words: what is asked for each criterion, the choices, and what is still missing.

French constants; the German stands in translations/de/programmes.po. The words behind "Pourquoi ?" are the
source's own: `rule(question.rule_id).source`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from cii.foundation.texts import N_
from cii.programmes.eligibility import (
    Criterion,
    Difficulty,
    Gap,
    Ground,
    InsertionStatus,
    PastMeasureKind,
    Regime,
    State,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing to answer: the field of a Situation (or of a PastMeasure, after a point) and its label."""

    field: str
    label: str


@dataclass(frozen=True, slots=True)
class Question:
    """What a criterion asks, and of whom: of everybody, or only of persons under `regime`."""

    rule_id: str
    text: str
    answers: tuple[Answer, ...]
    regime: Regime | None = None

    def asked_under(self, regimes: Iterable[Regime]) -> bool:
        """Whether a person under these regimes is asked."""
        return self.regime is None or self.regime in regimes


QUESTIONS: Final = (
    Question(
        "VS-08",
        N_("Pour quel motif annoncez-vous la personne ?"),
        (
            Answer("ground", N_("Motif de l’annonce")),
            Answer("risk_factors", N_("Facteurs de risque")),
        ),
    ),
    Question(
        "VS-09",
        N_("Qui suit actuellement la personne ?"),
        (
            Answer("followed_by_orp", N_("Suivi par l’ORP")),
            Answer("orp_professional_named", N_("Conseillère ou conseiller ORP")),
            Answer("followed_by_cms", N_("Suivi par le CMS")),
            Answer("cms_professional_named", N_("Assistante sociale ou assistant social du CMS")),
        ),
    ),
    Question(
        "VS-10",
        N_("À quelle mesure la personne a-t-elle déjà participé ?"),
        (
            Answer("past_measures.kind", N_("Genre de mesure")),
            Answer("past_measures.name", N_("Nom de la mesure")),
            Answer("past_measures.ended_on", N_("Fin de la mesure")),
        ),
        regime=Regime.LACI,
    ),
    Question(
        "VS-11",
        N_("L’employabilité a-t-elle été vérifiée, et avec quel résultat ?"),
        (
            Answer("employability_verified_on", N_("Date de la vérification")),
            Answer("integration_indicated", N_("Résultat de la vérification")),
            Answer("employability_report", N_("Rapport de vérification")),
        ),
        regime=Regime.LIAS,
    ),
    Question(
        "VS-12",
        N_("Quels problèmes d’insertion la personne rencontre-t-elle sur le marché du travail ?"),
        (
            Answer("difficulties", N_("Difficultés")),
            Answer("insertion_status", N_("Insertion professionnelle")),
        ),
    ),
    Question(
        "VS-13",
        N_("Un potentiel d’insertion réaliste existe-t-il ?"),
        (
            Answer("potential", N_("Potentiel d’insertion réaliste")),
            Answer("potential_reason", N_("Sur quoi se fonde ce potentiel ?")),
        ),
    ),
    Question(
        "VS-14",
        N_("Un suivi particulier sous la forme d’un coaching intensif s’impose-t-il ?"),
        (
            Answer("intensive_coaching", N_("Coaching intensif nécessaire")),
            Answer(
                "intensive_coaching_reason", N_("Pourquoi le suivi ordinaire ne suffit-il pas ?")
            ),
        ),
    ),
)


def question(rule_id: str) -> Question:
    """The question of one criterion; KeyError for a rule that asks nothing."""
    return _BY_RULE[rule_id]


def still_missing(criteria: Iterable[Criterion]) -> tuple[str, ...]:
    """What an announcement still needs, in words and each once, in the order of the criteria."""
    return tuple(
        dict.fromkeys(MESSAGES[gap] for criterion in criteria for gap in criterion.missing)
    )


REGIMES: Final[Mapping[Regime, str]] = MappingProxyType(
    {
        Regime.LACI: N_("Assurance-chômage (LACI)"),
        Regime.LEMC: N_("Mesures cantonales d’emploi (LEMC)"),
        Regime.LIAS: N_("Aide sociale (LIAS)"),
    }
)
GROUNDS: Final[Mapping[Ground, str]] = MappingProxyType(
    {
        Ground.RISK_CUMULATION: N_("cumul de facteurs de risque"),
        Ground.COMPLEX_MULTIPLE: N_("problématique multiple complexe"),
    }
)
PAST_MEASURE_KINDS: Final[Mapping[PastMeasureKind, str]] = MappingProxyType(
    {
        PastMeasureKind.BASIC_PROGRAMME: N_("mesure du programme de base"),
        PastMeasureKind.EMPLOYABILITY_VERIFICATION: N_("vérification de l’employabilité"),
    }
)
INTEGRATION: Final[Mapping[bool, str]] = MappingProxyType(
    {
        True: N_("intégration professionnelle indiquée"),
        False: N_("intégration professionnelle non indiquée"),
    }
)
DIFFICULTIES: Final[Mapping[Difficulty, str]] = MappingProxyType(
    {
        Difficulty.LIMITED_ADAPTED_ACTIVITY: N_("activité limitée adaptée"),
        Difficulty.DOUBTFUL_PLACEMENT_APTITUDE: N_("aptitude au placement discutable"),
    }
)
INSERTION_STATUSES: Final[Mapping[InsertionStatus, str]] = MappingProxyType(
    {
        InsertionStatus.PARTIAL: N_("insertion professionnelle partielle"),
        InsertionStatus.NONE: N_("pas d’insertion professionnelle"),
    }
)
STATES: Final[Mapping[State, str]] = MappingProxyType(
    {
        State.MET: N_("rempli"),
        State.MISSING: N_("à compléter"),
        State.NOT_MET: N_("non rempli"),
        State.NOT_APPLICABLE: N_("ne concerne pas cette personne"),
    }
)
VERDICTS: Final[Mapping[Verdict, str]] = MappingProxyType(
    {
        Verdict.COMPLETE: N_("Tous les critères sont remplis."),
        Verdict.TO_COMPLETE: N_("L’annonce est à compléter."),
        Verdict.NOT_MET: N_("Un critère n’est pas rempli."),
    }
)
MESSAGES: Final[Mapping[Gap, str]] = MappingProxyType(
    {
        Gap.GROUND: N_("Indiquez le motif de l’annonce."),
        Gap.RISK_FACTORS: N_("Nommez au moins un facteur de risque."),
        Gap.FOLLOW_UP: N_("Indiquez qui suit la personne : l’ORP, le CMS ou les deux."),
        Gap.ORP_PROFESSIONAL: N_(
            "Nommez la conseillère ou le conseiller ORP qui suit la personne."
        ),
        Gap.CMS_PROFESSIONAL: N_(
            "Nommez l’assistante sociale ou l’assistant social qui suit la personne."
        ),
        Gap.REGIMES: N_("Indiquez de quel régime relève la personne : LACI, LEMC, LIAS."),
        Gap.PAST_MEASURE: N_(
            "Indiquez une mesure du programme de base ou de vérification de l’employabilité à laquelle la personne a participé."
        ),
        Gap.PAST_MEASURE_NAME: N_("Indiquez le nom de la mesure préalable."),
        Gap.PAST_MEASURE_END_DATE: N_("Indiquez la date de fin de la mesure préalable."),
        Gap.PAST_MEASURE_STILL_RUNNING: N_(
            "La mesure préalable doit être terminée avant le début du coaching."
        ),
        Gap.VERIFICATION_DATE: N_("Indiquez la date de la vérification de l’employabilité."),
        Gap.VERIFICATION_TO_COME: N_("La vérification de l’employabilité doit avoir eu lieu."),
        Gap.VERIFICATION_RESULT: N_("Indiquez le résultat de la vérification de l’employabilité."),
        Gap.VERIFICATION_REPORT: N_(
            "Le rapport de vérification de l’employabilité n’est pas joint."
        ),
        Gap.INTEGRATION_NOT_INDICATED: N_(
            "Selon la vérification, une intégration professionnelle n’est pas indiquée."
        ),
        Gap.DIFFICULTIES: N_("Indiquez au moins une difficulté d’insertion."),
        Gap.INSERTION_STATUS: N_(
            "Indiquez si l’insertion professionnelle est partielle ou absente."
        ),
        Gap.POTENTIAL: N_("Indiquez si un potentiel d’insertion réaliste existe."),
        Gap.POTENTIAL_REASON: N_("Indiquez sur quoi se fonde le potentiel d’insertion."),
        Gap.POTENTIAL_ABSENT: N_(
            "Selon l’annonce, un potentiel d’insertion réaliste n’existe pas."
        ),
        Gap.INTENSIVE_COACHING: N_("Indiquez si un coaching intensif s’impose."),
        Gap.INTENSIVE_COACHING_REASON: N_("Indiquez pourquoi un coaching intensif s’impose."),
        Gap.INTENSIVE_COACHING_NOT_REQUIRED: N_(
            "Selon l’annonce, un coaching intensif ne s’impose pas."
        ),
    }
)

_BY_RULE: Final[Mapping[str, Question]] = MappingProxyType(
    {asked.rule_id: asked for asked in QUESTIONS}
)
