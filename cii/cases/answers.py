"""An announcement as a page shows it: each question, its answers in words, where it stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import select

from cii.access.guard import GuardedSession
from cii.cases.eligibility import Announced
from cii.cases.inputs import AnnouncementInput
from cii.cases.models import RISK_FACTORS, CaseIdentity
from cii.cases.queries import spoken_name
from cii.foundation.days import format_day
from cii.foundation.texts import N_, Phrase
from cii.organisations.models import Institution, Membership, Person
from cii.programmes.eligibility import Criterion, Difficulty, Regime, State
from cii.programmes.questions import (
    DIFFICULTIES,
    GROUNDS,
    INSERTION_STATUSES,
    INTEGRATION,
    MESSAGES,
    PAST_MEASURE_KINDS,
    QUESTIONS,
    REGIMES,
    STATES,
    Question,
)
from cii.programmes.rules import Rule, rule

YES_NO = {True: N_("oui"), False: N_("non"), None: N_("pas indiqué")}
_NOT_GIVEN = N_("pas indiqué")


@dataclass(frozen=True, slots=True)
class Shown:
    """One question of the announcement with its answers, its state and its rule."""

    question: Question
    rule: Rule
    answers: tuple[tuple[str, tuple[str | Phrase, ...]], ...]
    state: State
    state_label: str
    messages: tuple[str, ...]


def shown(
    announced: Announced, criteria: tuple[Criterion, ...], names: Mapping[UUID, str]
) -> list[Shown]:
    """The questions that concern this person, in the order of the text."""
    by_rule = {criterion.rule_id: criterion for criterion in criteria}
    result = []
    for question in QUESTIONS:
        criterion = by_rule[question.rule_id]
        if criterion.state is State.NOT_APPLICABLE:
            continue
        labels = {answer.field: answer.label for answer in question.answers}
        values = _values(announced, names)
        gaps = (*criterion.missing, *criterion.contradicted_by, *criterion.remarks)
        result.append(
            Shown(
                question,
                rule(question.rule_id),
                tuple((label, values[field]) for field, label in labels.items() if field in values),
                criterion.state,
                STATES[criterion.state],
                tuple(MESSAGES[gap] for gap in gaps),
            )
        )
    return result


def _values(announced: Announced, names: Mapping[UUID, str]) -> dict[str, tuple[str | Phrase, ...]]:
    social, employment, need = announced.social, announced.employment, announced.need
    if social is None or employment is None or need is None:
        raise ValueError("the announcement is not open to this actor")
    measures = announced.past_measures
    difficulties = {
        Difficulty.LIMITED_ADAPTED_ACTIVITY: employment.limited_adapted_activity,
        Difficulty.DOUBTFUL_PLACEMENT_APTITUDE: employment.doubtful_placement_aptitude,
    }
    indicated = employment.integration_indicated
    verified = employment.employability_verified_on
    values: dict[str, tuple[str | Phrase, ...]] = {
        "ground": (GROUNDS[social.ground],) if social.ground else (),
        "risk_factors": tuple(RISK_FACTORS.get(each, each) for each in social.risk_factors),
        "followed_by_orp": (YES_NO[employment.followed_by_orp],),
        "orp_professional_named": _named(employment.orp_membership_id, names),
        "followed_by_cms": (YES_NO[social.followed_by_cms],),
        "cms_professional_named": _named(social.cms_membership_id, names),
        "past_measures.kind": tuple(PAST_MEASURE_KINDS[each.kind] for each in measures),
        "past_measures.name": tuple(each.name for each in measures if each.name),
        "past_measures.ended_on": tuple(
            format_day(each.ended_on) for each in measures if each.ended_on
        ),
        "employability_verified_on": (format_day(verified),) if verified else (),
        "integration_indicated": (INTEGRATION[indicated],) if indicated is not None else (),
        "difficulties": tuple(DIFFICULTIES[each] for each, given in difficulties.items() if given),
        "insertion_status": (INSERTION_STATUSES[employment.insertion],)
        if employment.insertion
        else (),
        "potential": (YES_NO[employment.potential],),
        "potential_reason": (employment.potential_reason,) if employment.potential_reason else (),
        "intensive_coaching": (YES_NO[need.intensive_coaching],),
        "intensive_coaching_reason": (need.reason,) if need.reason else (),
    }
    return {field: answers or (_NOT_GIVEN,) for field, answers in values.items()}


def _named(membership: UUID | None, names: Mapping[UUID, str]) -> tuple[str, ...]:
    name = names.get(membership) if membership else None
    return (name,) if name else ()


def regimes_of(announced: Announced) -> tuple[str, ...]:
    """The regimes in words."""
    given = announced.employment.regimes if announced.employment else []
    return tuple(REGIMES[Regime(each)] for each in given)


def names_of(session: GuardedSession, memberships: set[UUID]) -> dict[UUID, str]:
    """Names and institutions of these professionals."""
    if not memberships:
        return {}
    rows = session.execute(
        select(Membership.id, Person.first_name, Person.last_name, spoken_name(session))
        .join_from(Membership, Person, Person.id == Membership.person_id)
        .join(Institution, Institution.id == Membership.institution_id)
        .where(Membership.id.in_(memberships))
    ).all()
    return {key: f"{first} {last}, {institution}" for key, first, last, institution in rows}


def typed_from(identity: CaseIdentity, announced: Announced) -> dict[str, Any]:
    """What stands in the form when an announcement is completed: its answers, as they would be typed."""
    social, employment, need = announced.social, announced.employment, announced.need
    if social is None or employment is None or need is None:
        raise ValueError("the announcement is not open to this actor")
    measure = announced.past_measures[0] if announced.past_measures else None
    given = {
        "first_name": identity.first_name,
        "last_name": identity.last_name,
        "birth_date": format_day(identity.birth_date),
        "avs_number": identity.avs_number,
        "street": identity.street,
        "postcode": identity.postcode,
        "place": identity.place,
        "commune": str(identity.commune_number),
        "language": identity.language,
        "phone": identity.phone,
        "email": identity.email,
        "regimes": list(employment.regimes),
        "followed_by_orp": _typed_yes_no(employment.followed_by_orp),
        "orp_professional": _typed(employment.orp_membership_id),
        "followed_by_cms": _typed_yes_no(social.followed_by_cms),
        "cms_professional": _typed(social.cms_membership_id),
        "ground": social.ground.value if social.ground else "",
        "risk_factors": [each for each in social.risk_factors if each in RISK_FACTORS],
        "other_risk_factor": ", ".join(
            each for each in social.risk_factors if each not in RISK_FACTORS
        ),
        "past_measure": measure.kind.value if measure else "",
        "past_measure_name": measure.name if measure else "",
        "past_measure_ended_on": format_day(measure.ended_on)
        if measure and measure.ended_on
        else "",
        "employability_verified_on": format_day(employment.employability_verified_on)
        if employment.employability_verified_on
        else "",
        "integration_indicated": _typed_yes_no(employment.integration_indicated),
        "difficulties": [
            each.value
            for each, ticked in (
                (Difficulty.LIMITED_ADAPTED_ACTIVITY, employment.limited_adapted_activity),
                (Difficulty.DOUBTFUL_PLACEMENT_APTITUDE, employment.doubtful_placement_aptitude),
            )
            if ticked
        ],
        "insertion": employment.insertion.value if employment.insertion else "",
        "potential": _typed_yes_no(employment.potential),
        "potential_reason": employment.potential_reason,
        "intensive_coaching": _typed_yes_no(need.intensive_coaching),
        "intensive_coaching_reason": need.reason,
    }
    return {name: value for name, value in given.items() if name in AnnouncementInput.model_fields}


def _typed_yes_no(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"


def _typed(value: UUID | None) -> str:
    return str(value) if value else ""
