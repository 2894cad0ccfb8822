"""What an announcement says, as the situation that the rules VS-08 to VS-14 judge."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel import select

from cii.access.guard import GuardedSession
from cii.cases.lifecycle import State
from cii.cases.models import CaseEmployment, CaseNeed, CaseSocial, PastMeasure
from cii.programmes.eligibility import (
    Criterion,
    Difficulty,
    Regime,
    Situation,
    Verdict,
    examine,
    verdict,
)
from cii.programmes.eligibility import PastMeasure as ProvenMeasure


@dataclass(frozen=True)
class Announced:
    """The announcement's rows that the actor sees; None for a topic that is not open to him or her."""

    social: CaseSocial | None
    employment: CaseEmployment | None
    need: CaseNeed | None
    past_measures: tuple[PastMeasure, ...]

    @property
    def is_readable(self) -> bool:
        """Whether all that the criteria need is open to the actor."""
        return None not in (self.social, self.employment, self.need)


def read_announced(session: GuardedSession, case_id: UUID) -> Announced:
    """What was announced, by topic, as far as the actor sees it."""
    return Announced(
        session.get(CaseSocial, case_id),
        session.get(CaseEmployment, case_id),
        session.get(CaseNeed, case_id),
        tuple(session.exec(select(PastMeasure).where(PastMeasure.case_id == case_id)).all()),
    )


def situation_of(announced: Announced, *, has_report: bool = False) -> Situation:
    """The situation for the criteria; ValueError if a topic is missing."""
    social, employment, need = announced.social, announced.employment, announced.need
    if social is None or employment is None or need is None:
        raise ValueError("the criteria need the social, employment and coaching topics")
    difficulties = {
        Difficulty.LIMITED_ADAPTED_ACTIVITY: employment.limited_adapted_activity,
        Difficulty.DOUBTFUL_PLACEMENT_APTITUDE: employment.doubtful_placement_aptitude,
    }
    return Situation(
        regimes=frozenset(Regime(each) for each in employment.regimes),
        ground=social.ground,
        risk_factors=tuple(social.risk_factors),
        followed_by_orp=bool(employment.followed_by_orp),
        followed_by_cms=bool(social.followed_by_cms),
        orp_professional_named=employment.orp_membership_id is not None,
        cms_professional_named=social.cms_membership_id is not None,
        past_measures=tuple(
            ProvenMeasure(each.kind, each.name, each.ended_on) for each in announced.past_measures
        ),
        employability_verified_on=employment.employability_verified_on,
        integration_indicated=employment.integration_indicated,
        employability_report=has_report,
        difficulties=frozenset(each for each, given in difficulties.items() if given),
        insertion_status=employment.insertion,
        potential=employment.potential,
        potential_reason=employment.potential_reason,
        intensive_coaching=need.intensive_coaching,
        intensive_coaching_reason=need.reason,
    )


def judge(
    announced: Announced, on: date, *, has_report: bool = False
) -> tuple[tuple[Criterion, ...], Verdict]:
    """The seven criteria and what they say together, on this day."""
    criteria = examine(situation_of(announced, has_report=has_report), on=on)
    return criteria, verdict(criteria)


def standing_of(announced: Announced, on: date, *, has_procuration: bool) -> State:
    """Announced when all is answered, proven or contradicted, and a procuration is valid; else to complete (A-01)."""
    if not has_procuration or judge(announced, on)[1] is Verdict.TO_COMPLETE:
        return State.TO_COMPLETE
    return State.ANNOUNCED
