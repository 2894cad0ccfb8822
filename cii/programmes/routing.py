"""Who pays a measure under which law, and whose turn it is: VS-17 to VS-25 and VS-33 to VS-35 as one function.

The candidates are the regimes under which the person meets the granting conditions and in whose legal offer the
measure stands (VS-18). The chosen one decides the steps: social assistance goes from the tandem's social worker over
the one in charge and the SAS to the commune; the unemployment insurance is decided by the tandem where the measure is
delegated to the ORP, else by the LMMT; the cantonal employment law always by the LMMT.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from types import MappingProxyType
from typing import Final

from cii.foundation.texts import N_, Phrase
from cii.programmes.catalogue import CatalogueEntry
from cii.programmes.eligibility import Regime as Regime  # whoever asks for a route needs it


class Origin(StrEnum):
    """Which side announced the case; fixed at the start (A-12)."""

    ORP = "orp"
    SOCIAL_AID = "social-aid"


class Act(StrEnum):
    """What a step of a route does."""

    PREPARE = "prepare"
    TRANSMIT = "transmit"
    OPINION = "opinion"
    APPROVE = "approve"
    PAY = "pay"
    ACCOUNT = "account"
    SUBMIT = "submit"
    DECIDE = "decide"


class By(StrEnum):
    """Whose turn a step is."""

    TANDEM = "tandem"
    TANDEM_SOCIAL_WORKER = "tandem-social-worker"
    ANNOUNCING_SOCIAL_WORKER = "announcing-social-worker"
    FOLLOWING_SOCIAL_WORKER = "following-social-worker"
    SAS = "sas"
    COMMUNE = "commune"
    LMMT = "lmmt"


class Decider(StrEnum):
    """Who decides on the measure."""

    TANDEM = "tandem"
    LMMT = "lmmt"
    COMMUNE = "commune"


class Payer(StrEnum):
    """Who bears the costs."""

    UNEMPLOYMENT_INSURANCE = "unemployment-insurance"
    CANTON = "canton"
    COMMUNE = "commune"


class Ground(StrEnum):
    """Why the LMMT decides and not the tandem (VS-21)."""

    LEMC = "LEMC"
    ARTICLE_59D = "article-59d"
    OUTSIDE_CANTON = "outside-canton"
    AFO = "afo"
    SPECIFIC_COURSE = "specific-course"
    NOT_DELEGATED = "not-delegated"


class ProblemCode(StrEnum):
    """Why a measure cannot be submitted, or not as asked."""

    NOT_IN_OFFER = "not-in-offer"
    CHOICE_NOT_POSSIBLE = "choice-not-possible"
    COMMUNE_UNKNOWN = "commune-unknown"


class Obstacle(StrEnum):
    """Why one regime is not a candidate."""

    NOT_IN_OFFER = "not-in-offer"
    CONDITIONS_NOT_MET = "conditions-not-met"


@dataclass(frozen=True, slots=True)
class RouteQuestion:
    """A measure for a person. `commune` is the BFS number of the domicile, None when the register does not know it.

    `regimes`: under which the person meets the granting conditions today. `article_59d` and `outside_canton` speak of
    the LACI alone; `cms_follow_up` (a CMS social worker follows the person) of cases which an ORP announced.
    """

    origin: Origin
    regimes: frozenset[Regime]
    measure: str
    commune: int | None
    article_59d: bool = False
    outside_canton: bool = False
    choice: Regime | None = None
    cms_follow_up: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what is done, whose turn it is, and the rule that says so."""

    act: Act
    by: By
    rule_id: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What stands in the way, in words, and the rule behind it."""

    code: ProblemCode
    message: Phrase
    rule_id: str


@dataclass(frozen=True, slots=True)
class Rejection:
    """A regime that does not come into question: why, and what would change it."""

    regime: Regime
    code: Obstacle
    reason: Phrase
    remedy: Phrase
    rule_id: str = "VS-18"


@dataclass(frozen=True, slots=True)
class Route:
    """The way of a measure. Without a possible regime: no decider, no payer, no steps, and a problem."""

    candidates: tuple[Regime, ...]
    regime: Regime | None = None
    decider: Decider | None = None
    payer: Payer | None = None
    needs_reason: bool = False
    steps: tuple[Step, ...] = ()
    problems: tuple[Problem, ...] = ()
    rejected: tuple[Rejection, ...] = ()
    grounds: tuple[Ground, ...] = ()


PAYERS: Final[Mapping[Regime, Payer]] = MappingProxyType(
    {
        Regime.LACI: Payer.UNEMPLOYMENT_INSURANCE,
        Regime.LEMC: Payer.CANTON,
        Regime.LIAS: Payer.COMMUNE,
    }
)

# The laws by the abbreviation that each language uses.
LAWS: Final[Mapping[Regime, str]] = MappingProxyType(
    {Regime.LACI: N_("LACI"), Regime.LEMC: N_("LEMC"), Regime.LIAS: N_("LIAS")}
)

# What the text itself reserves to the LMMT, whatever a catalogue says of its delegation.
_RESERVED: Final[Mapping[str, Ground]] = MappingProxyType(
    {"afo": Ground.AFO, "specific-course": Ground.SPECIFIC_COURSE}
)


def route(question: RouteQuestion, catalogue: Mapping[str, CatalogueEntry]) -> Route:
    """The way of a measure by the catalogue of the day; KeyError when the catalogue does not have the measure.

    Social assistance is the last candidate (subsidiarity): the tandem gives a reason for any choice but the first. The
    problem of an unknown commune stands beside the route, which it does not change.
    """
    entry = catalogue[question.measure]
    candidates = tuple(regime for regime in Regime if regime in question.regimes & entry.regimes)
    rejected = tuple(_rejections(question, entry))
    chosen = question.choice or next(iter(candidates), None)
    problems = tuple(_problems(question, entry, candidates))
    if chosen is None or chosen not in candidates:
        return Route(candidates, problems=problems, rejected=rejected)
    grounds = tuple(_grounds(question, entry, chosen))
    if chosen is Regime.LIAS:
        decider, steps = Decider.COMMUNE, _through_the_commune(question)
    elif grounds:
        decider, steps = Decider.LMMT, _THROUGH_THE_LMMT
    else:
        decider, steps = Decider.TANDEM, _BY_THE_TANDEM
    return Route(
        candidates,
        regime=chosen,
        decider=decider,
        payer=PAYERS[chosen],
        needs_reason=chosen is not candidates[0],
        steps=steps,
        problems=problems,
        rejected=rejected,
        grounds=grounds,
    )


_BY_THE_TANDEM: Final = (Step(Act.DECIDE, By.TANDEM, "VS-19"),)
_THROUGH_THE_LMMT: Final = (
    Step(Act.SUBMIT, By.TANDEM, "VS-20"),
    Step(Act.DECIDE, By.LMMT, "VS-21"),
)


def _through_the_commune(question: RouteQuestion) -> tuple[Step, ...]:
    """VS-33 and VS-34, then VS-22 to VS-25: the opinion comes before the approval (A-08)."""
    return (
        Step(Act.PREPARE, By.TANDEM_SOCIAL_WORKER, "VS-33"),
        Step(Act.TRANSMIT, _in_charge(question), "VS-34"),
        Step(Act.OPINION, By.SAS, "VS-22"),
        Step(Act.APPROVE, By.COMMUNE, "VS-23"),
        Step(Act.PAY, By.COMMUNE, "VS-24"),
        Step(Act.ACCOUNT, By.COMMUNE, "VS-25"),
    )


def _in_charge(question: RouteQuestion) -> By:
    """VS-34, VS-35: the social worker in charge is the one who announced; else the one who follows, else the tandem's."""
    if question.origin is Origin.SOCIAL_AID:
        return By.ANNOUNCING_SOCIAL_WORKER
    return By.FOLLOWING_SOCIAL_WORKER if question.cms_follow_up else By.TANDEM_SOCIAL_WORKER


def _grounds(question: RouteQuestion, entry: CatalogueEntry, chosen: Regime) -> Iterator[Ground]:
    """VS-21: every reason for which the LMMT decides; none is left when the tandem may (A-06) or it is not asked."""
    if chosen is Regime.LEMC:
        yield Ground.LEMC
    if chosen is not Regime.LACI:
        return
    if question.article_59d:
        yield Ground.ARTICLE_59D
    if question.outside_canton:
        yield Ground.OUTSIDE_CANTON
    if entry.code in _RESERVED:
        yield _RESERVED[entry.code]
    elif not entry.delegated:
        yield Ground.NOT_DELEGATED


def _problems(
    question: RouteQuestion, entry: CatalogueEntry, candidates: tuple[Regime, ...]
) -> Iterator[Problem]:
    """What stands in the way; without any candidate, the choice is not spoken of."""
    if not candidates:
        offered = Phrase(
            N_(
                "La mesure ne figure dans l’offre légale d’aucun régime dont la personne remplit aujourd’hui les conditions d’octroi. Elle figure dans l’offre : {laws}."
            ),
            laws=_one_of(regime for regime in Regime if regime in entry.regimes),
        )
        yield Problem(ProblemCode.NOT_IN_OFFER, offered, "VS-18")
    elif question.choice is not None and question.choice not in candidates:
        possible = Phrase(
            N_(
                "Le choix {law} n’est pas possible pour cette personne et cette mesure. Choix possible : {laws}."
            ),
            law=Phrase(LAWS[question.choice]),
            laws=_one_of(candidates),
        )
        yield Problem(ProblemCode.CHOICE_NOT_POSSIBLE, possible, "VS-18")
    if question.commune is None:
        unknown = Phrase(
            N_(
                "La commune de domicile ne figure pas au registre des communes du Valais. Indiquez le numéro OFS d’une commune du Valais."
            )
        )
        yield Problem(ProblemCode.COMMUNE_UNKNOWN, unknown, "VS-23")


def _rejections(question: RouteQuestion, entry: CatalogueEntry) -> Iterator[Rejection]:
    """VS-18: the regimes of the person without the measure in their offer, and those that offer it to others."""
    for regime in Regime:
        law = Phrase(LAWS[regime])
        if regime in question.regimes - entry.regimes:
            yield Rejection(
                regime,
                Obstacle.NOT_IN_OFFER,
                Phrase(N_("La mesure ne figure pas dans l’offre légale de la {law}."), law=law),
                Phrase(
                    N_("Choisissez une mesure qui figure dans l’offre légale de la {law}."), law=law
                ),
            )
        elif regime in entry.regimes - question.regimes:
            yield Rejection(
                regime,
                Obstacle.CONDITIONS_NOT_MET,
                Phrase(
                    N_(
                        "La personne ne remplit pas aujourd’hui les conditions d’octroi de la {law}."
                    ),
                    law=law,
                ),
                Phrase(
                    N_(
                        "La mesure deviendrait possible selon la {law} si la personne remplissait ces conditions."
                    ),
                    law=law,
                ),
            )


def _one_of(regimes: Iterable[Regime]) -> Phrase:
    """ "LACI ou LIAS", in the reader's language."""
    laws = [Phrase(LAWS[regime]) for regime in regimes]
    return reduce(lambda one, other: Phrase(N_("{one} ou {other}"), one=one, other=other), laws)
