"""Who a tandem coaching is for: VS-08 to VS-14, judged on the answers of an announcement.

The seven criteria are read as one demand: all of them hold. VS-10 is asked only of a person under LACI, VS-11 only
of one who receives social assistance, both of a person under both. What is not proven yet makes a case "to complete";
only an answer that contradicts the text makes it "not met". Nothing overrides a criterion.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Regime(StrEnum):
    """The law under which a person receives benefits: unemployment insurance, cantonal employment law, social assistance."""

    LACI = "LACI"
    LEMC = "LEMC"
    LIAS = "LIAS"


class Ground(StrEnum):
    """Why a person is announced (VS-08)."""

    RISK_CUMULATION = "risk-cumulation"
    COMPLEX_MULTIPLE = "complex-multiple"


class PastMeasureKind(StrEnum):
    """The earlier measures which the text accepts (VS-10)."""

    BASIC_PROGRAMME = "basic-programme"
    EMPLOYABILITY_VERIFICATION = "employability-verification"


class Difficulty(StrEnum):
    """Problems of insertion on the labour market (VS-12)."""

    LIMITED_ADAPTED_ACTIVITY = "limited-adapted-activity"
    DOUBTFUL_PLACEMENT_APTITUDE = "doubtful-placement-aptitude"


class InsertionStatus(StrEnum):
    """Partial or no professional insertion (VS-12)."""

    PARTIAL = "partial"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class PastMeasure:
    """A measure in which the person took part; without `ended_on` it still runs or its end is not known."""

    kind: PastMeasureKind
    name: str = ""
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """The answers of an announcement. None, "" and an empty collection mean "not answered yet"."""

    regimes: frozenset[Regime] = frozenset()
    ground: Ground | None = None
    risk_factors: tuple[str, ...] = ()
    followed_by_orp: bool = False
    followed_by_cms: bool = False
    orp_professional_named: bool = False
    cms_professional_named: bool = False
    past_measures: tuple[PastMeasure, ...] = ()
    employability_verified_on: date | None = None
    integration_indicated: bool | None = None
    employability_report: bool = False
    difficulties: frozenset[Difficulty] = frozenset()
    insertion_status: InsertionStatus | None = None
    potential: bool | None = None
    potential_reason: str = ""
    intensive_coaching: bool | None = None
    intensive_coaching_reason: str = ""


class Gap(StrEnum):
    """What a criterion can lack, or what speaks against it: stable codes, put into words in questions.py."""

    GROUND = "ground"
    RISK_FACTORS = "risk-factors"
    FOLLOW_UP = "follow-up"
    ORP_PROFESSIONAL = "orp-professional"
    CMS_PROFESSIONAL = "cms-professional"
    REGIMES = "regimes"
    PAST_MEASURE = "past-measure"
    PAST_MEASURE_NAME = "past-measure-name"
    PAST_MEASURE_END_DATE = "past-measure-end-date"
    PAST_MEASURE_STILL_RUNNING = "past-measure-still-running"
    VERIFICATION_DATE = "verification-date"
    VERIFICATION_TO_COME = "verification-to-come"
    VERIFICATION_RESULT = "verification-result"
    VERIFICATION_REPORT = "verification-report"
    INTEGRATION_NOT_INDICATED = "integration-not-indicated"
    DIFFICULTIES = "difficulties"
    INSERTION_STATUS = "insertion-status"
    POTENTIAL = "potential"
    POTENTIAL_REASON = "potential-reason"
    POTENTIAL_ABSENT = "potential-absent"
    INTENSIVE_COACHING = "intensive-coaching"
    INTENSIVE_COACHING_REASON = "intensive-coaching-reason"
    INTENSIVE_COACHING_NOT_REQUIRED = "intensive-coaching-not-required"


class State(StrEnum):
    """Where one criterion stands."""

    MET = "met"
    MISSING = "missing"
    NOT_MET = "not-met"
    NOT_APPLICABLE = "not-applicable"


class Verdict(StrEnum):
    """What the criteria say together; the decision remains the bureau's."""

    COMPLETE = "complete"
    TO_COMPLETE = "to-complete"
    NOT_MET = "not-met"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion judged: what is missing, what contradicts it, and remarks that stop nothing."""

    rule_id: str
    state: State
    missing: tuple[Gap, ...] = ()
    contradicted_by: tuple[Gap, ...] = ()
    remarks: tuple[Gap, ...] = ()


def examine(situation: Situation, *, on: date) -> tuple[Criterion, ...]:
    """The seven criteria VS-08 to VS-14 in the order of the text; `on` is the day the coaching starts, or today before it does."""
    return tuple(_judged(rule_id, judge(situation, on)) for rule_id, judge in _CRITERIA.items())


def verdict(criteria: Iterable[Criterion]) -> Verdict:
    """All criteria together: one contradiction is "not met", else one gap is "to complete"."""
    states = {criterion.state for criterion in criteria}
    if State.NOT_MET in states:
        return Verdict.NOT_MET
    return Verdict.TO_COMPLETE if State.MISSING in states else Verdict.COMPLETE


# What speaks against a criterion instead of being absent, and what is asked for without holding anything up.
_CONTRADICTIONS: Final = frozenset(
    {Gap.INTEGRATION_NOT_INDICATED, Gap.POTENTIAL_ABSENT, Gap.INTENSIVE_COACHING_NOT_REQUIRED}
)
_REMARKS: Final = frozenset({Gap.VERIFICATION_REPORT})


def _judged(rule_id: str, gaps: tuple[Gap, ...] | None) -> Criterion:
    """A criterion from the gaps found; None means that the person is not asked."""
    if gaps is None:
        return Criterion(rule_id, State.NOT_APPLICABLE)
    against = tuple(gap for gap in gaps if gap in _CONTRADICTIONS)
    remarks = tuple(gap for gap in gaps if gap in _REMARKS)
    missing = tuple(gap for gap in gaps if gap not in _CONTRADICTIONS | _REMARKS)
    state = State.NOT_MET if against else State.MISSING if missing else State.MET
    return Criterion(rule_id, state, missing, against, remarks)


def _announced_on_a_ground(s: Situation, on: date) -> tuple[Gap, ...]:
    """VS-08: a cumulation of risk factors, or a complex multiple problem; at least one factor is named."""
    named = any(factor.strip() for factor in s.risk_factors)
    return _gaps({Gap.GROUND: s.ground is None, Gap.RISK_FACTORS: not named})


def _followed(s: Situation, on: date) -> tuple[Gap, ...]:
    """VS-09: one of the two institutions follows the person and names its professional; one named is enough."""
    orp = s.followed_by_orp and s.orp_professional_named
    cms = s.followed_by_cms and s.cms_professional_named
    if orp or cms:
        return ()
    return _gaps(
        {
            Gap.FOLLOW_UP: not (s.followed_by_orp or s.followed_by_cms),
            Gap.ORP_PROFESSIONAL: s.followed_by_orp,
            Gap.CMS_PROFESSIONAL: s.followed_by_cms,
        }
    )


def _took_part_beforehand(s: Situation, on: date) -> tuple[Gap, ...] | None:
    """VS-10, under LACI: one earlier measure, named, which ended before `on`. The best proven one counts."""
    if not s.regimes:
        return (Gap.REGIMES,)
    if Regime.LACI not in s.regimes:
        return None
    proofs = [_gaps_of_past_measure(measure, on) for measure in s.past_measures]
    return min(proofs, key=lambda gaps: (len(gaps), gaps), default=(Gap.PAST_MEASURE,))


def _gaps_of_past_measure(measure: PastMeasure, on: date) -> tuple[Gap, ...]:
    return _gaps(
        {
            Gap.PAST_MEASURE_NAME: not measure.name.strip(),
            Gap.PAST_MEASURE_END_DATE: measure.ended_on is None,
            Gap.PAST_MEASURE_STILL_RUNNING: measure.ended_on is not None and measure.ended_on >= on,
        }
    )


def _employability_verified(s: Situation, on: date) -> tuple[Gap, ...] | None:
    """VS-11, with social assistance: verified, and professional integration indicated; date and result are the proof."""
    if not s.regimes:
        return (Gap.REGIMES,)
    if Regime.LIAS not in s.regimes:
        return None
    day = s.employability_verified_on
    return _gaps(
        {
            Gap.VERIFICATION_DATE: day is None,
            Gap.VERIFICATION_TO_COME: day is not None and day > on,
            Gap.VERIFICATION_RESULT: s.integration_indicated is None,
            Gap.INTEGRATION_NOT_INDICATED: s.integration_indicated is False,
            Gap.VERIFICATION_REPORT: not s.employability_report,
        }
    )


def _has_difficulties(s: Situation, on: date) -> tuple[Gap, ...]:
    """VS-12: at least one of the difficulties of the text, and partial or no professional insertion."""
    return _gaps(
        {Gap.DIFFICULTIES: not s.difficulties, Gap.INSERTION_STATUS: s.insertion_status is None}
    )


def _has_potential(s: Situation, on: date) -> tuple[Gap, ...]:
    """VS-13 (and VS-06): a realistic insertion potential, with reasons."""
    return _gaps(
        {
            Gap.POTENTIAL: s.potential is None,
            Gap.POTENTIAL_ABSENT: s.potential is False,
            Gap.POTENTIAL_REASON: s.potential is True and not s.potential_reason.strip(),
        }
    )


def _requires_intensive_coaching(s: Situation, on: date) -> tuple[Gap, ...]:
    """VS-14: intensive coaching is required, with reasons."""
    return _gaps(
        {
            Gap.INTENSIVE_COACHING: s.intensive_coaching is None,
            Gap.INTENSIVE_COACHING_NOT_REQUIRED: s.intensive_coaching is False,
            Gap.INTENSIVE_COACHING_REASON: s.intensive_coaching is True
            and not s.intensive_coaching_reason.strip(),
        }
    )


def _gaps(found: Mapping[Gap, bool]) -> tuple[Gap, ...]:
    return tuple(gap for gap, there in found.items() if there)


_CRITERIA: Final[Mapping[str, Callable[[Situation, date], tuple[Gap, ...] | None]]] = (
    MappingProxyType(
        {
            "VS-08": _announced_on_a_ground,
            "VS-09": _followed,
            "VS-10": _took_part_beforehand,
            "VS-11": _employability_verified,
            "VS-12": _has_difficulties,
            "VS-13": _has_potential,
            "VS-14": _requires_intensive_coaching,
        }
    )
)
