"""The tandem proposes a measure, changes it while it is a draft, or gives it up (VS-17, VS-18)."""

from typing import Any
from uuid import UUID

from cii.access.guard import GuardedSession, Hidden
from cii.cases.models import Case
from cii.cases.queries import find_case
from cii.foundation.ids import id_of_form
from cii.foundation.texts import N_, Phrase
from cii.measures.actions.acting import (
    add_step,
    allowed,
    check_moves,
    check_version,
    find_measure,
    is_of_tandem,
    move,
    settle,
    whose_turn,
)
from cii.measures.catalogue import catalogue_today, entry_of, types_today
from cii.measures.inputs import AbandonInput, ChangeInput, ProposalInput, RouteInput
from cii.measures.lifecycle import Move
from cii.measures.models import Measure
from cii.measures.queries import PROPOSABLE
from cii.measures.ways import Facts, NotPossible, facts_of, find_route
from cii.programmes.routing import LAWS, Decider, Route
from cii.programmes.rules import load_edition

EDITION = "vs-tandem"
_SAID = frozenset(ChangeInput.model_fields) - {"version", "regimes"}


def preview_route(session: GuardedSession, case_id: UUID, given: RouteInput) -> Route:
    """The way of what the tandem is typing: candidates, chosen, steps, and what stands in the way (VS-18).

    Hidden for who is not of the tandem; NotPossible for an unknown measure or facts that are not open.
    """
    case = session.find(Case, case_id)
    if not is_of_tandem(session, case_id):
        raise Hidden("Measure")
    return find_route(given, facts_of(session, case), catalogue_today(session))


def propose(session: GuardedSession, case_id: UUID, given: ProposalInput) -> Measure:
    """Propose a measure as a draft; the same form sent twice is one proposal (VS-17).

    Hidden for who is not of the tandem, Stopped where the case is not in coaching, NotPossible where the
    law offers no way or a reason for the choice is missing.
    """
    case = find_case(session, case_id)
    if not is_of_tandem(session, case_id):
        raise Hidden("Measure")
    check_moves(session, case, PROPOSABLE)
    actor = session.actor
    key = id_of_form(given.form_key, actor.person, actor.institution, case.id, _content(given))
    existing = session.get(Measure, key)
    if existing is not None:
        return existing
    measure = Measure(
        id=key,
        case_id=case.id,
        institution_id=actor.institution,
        proposed_by=actor.membership,
        **_values(session, case, given),
    )
    measure.turn_id = whose_turn(session, measure)
    add_step(session, measure, Move.PROPOSE, "VS-17", "")
    settle(session, case, measure, Move.PROPOSE, "VS-17", passes=True)
    return measure


def change(session: GuardedSession, measure_id: UUID, given: ChangeInput) -> Measure:
    """Change a draft; its way is found anew. ChangedMeanwhile when somebody else changed it first.

    A change that is already there, sent a second time, changes nothing.
    """
    measure, case = find_measure(session, measure_id)
    taken = allowed(session, measure, Move.CHANGE)
    values = _values(session, case, given)
    if all(getattr(measure, name) == value for name, value in values.items()):
        return measure
    check_version(measure, given.version)
    if (values["decider"], values["commune_number"]) != (measure.decider, measure.commune_number):
        # Put before others now: whoever had it before sees this measure no longer.
        measure.sas_id = measure.authority_id = None
    for name, value in values.items():
        setattr(measure, name, value)
    move(session, case, measure, taken)
    return measure


def abandon(session: GuardedSession, measure_id: UUID, given: AbandonInput) -> Measure:
    """Give a measure up before it is decided; for whom it waited is told."""
    measure, case = find_measure(session, measure_id)
    taken = allowed(session, measure, Move.ABANDON)
    check_version(measure, given.version)
    move(session, case, measure, taken, given.reason)
    return measure


def _content(given: ProposalInput) -> dict[str, Any]:
    return given.model_dump(mode="json", exclude={"form_key"})


def _values(
    session: GuardedSession, case: Case, given: ProposalInput | ChangeInput
) -> dict[str, Any]:
    facts = facts_of(session, case)
    types = types_today(session)
    found = find_route(given, facts, {code: entry_of(row) for code, row in types.items()})
    _check(given, found)
    return {
        **given.model_dump(include=set(_SAID)),
        "regimes": sorted(given.regimes or facts.regimes),
        "type_id": types[given.code].id,
        "commune_number": facts.commune,
        "regime": found.regime,
        "decider": found.decider,
        "payer": found.payer,
        "edition": load_edition(EDITION).name,
        "social_worker_id": _in_charge(facts, found),
    }


def _in_charge(facts: Facts, found: Route) -> UUID | None:
    return facts.in_charge if found.decider is Decider.COMMUNE else None


def _check(given: ProposalInput | ChangeInput, found: Route) -> None:
    """VS-18: without a way nothing is kept; another choice than the first needs a reason (subsidiarity)."""
    if found.regime is None:
        problem = found.problems[0]
        raise NotPossible("choice" if found.candidates else "code", problem.message)
    if found.needs_reason and not given.choice_reason:
        raise NotPossible(
            "choice_reason",
            Phrase(
                N_("Écrivez pourquoi vous choisissez la {law} plutôt que la {first}."),
                law=Phrase(LAWS[found.regime]),
                first=Phrase(LAWS[found.candidates[0]]),
            ),
        )
