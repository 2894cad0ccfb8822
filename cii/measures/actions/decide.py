"""A measure on its way: prepared, submitted, transmitted, opinion, decision, question back, withdrawal."""

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from cii.access.actor import Kind
from cii.access.guard import GuardedSession
from cii.access.system import Reason, joined_system_session
from cii.cases.models import Case
from cii.coaching.actions import ChangedMeanwhile
from cii.foundation.clock import now
from cii.foundation.money import format_francs
from cii.foundation.texts import N_, Phrase
from cii.measures.actions.acting import (
    allowed,
    check_version,
    concerned,
    find_measure,
    holds,
    move,
)
from cii.measures.inputs import (
    DecisionInput,
    ForwardInput,
    OpinionInput,
    PreparationInput,
    ReturnInput,
    WithdrawalInput,
)
from cii.measures.lifecycle import Move, NotItsTurn, Side, step
from cii.measures.models import Decision, Leaning, Measure, Opinion, Outcome
from cii.measures.queries import decision_in_force, latest_opinion, spoken_institution
from cii.measures.ways import (
    NotPossible,
    check_opened,
    commune_of,
    kept_route,
    office_of,
    route_today,
)
from cii.organisations.models import Membership
from cii.outbox.models import Subject
from cii.programmes.routing import By, Decider

_MOVES = {Outcome.GRANTED: Move.GRANT, Outcome.REFUSED: Move.REFUSE}


# On its way


def prepare(session: GuardedSession, measure_id: UUID, given: PreparationInput) -> Measure:
    """The tandem's social worker has prepared all documents (VS-33).

    With `transmit`, whoever is also in charge of the person sends them on in the same act: two steps.
    """
    measure, case = find_measure(session, measure_id)
    taken = allowed(session, measure, Move.PREPARE)
    onward = step(measure.decider, taken.end, Move.TRANSMIT)
    if given.transmit and not holds(session, measure, onward.side):
        raise NotItsTurn("whoever transmits is in charge of the person")
    check_version(measure, given.version)
    _check_way(session, measure)
    _check_start(measure, session.actor.day, "")
    commune = commune_of(session, measure.commune_number)
    sas = office_of(session, Kind.SAS)
    check_opened(session, case.id, [sas, commune])
    if not given.transmit:
        move(session, case, measure, taken, given.text)
        return measure
    move(session, case, measure, taken)
    measure.sas_id = sas.id
    move(session, case, measure, onward, given.text)
    return measure


def transmit(session: GuardedSession, measure_id: UUID, given: ForwardInput) -> Measure:
    """The social worker in charge of the person sends the documents to the SAS (VS-34, VS-35)."""
    measure, case = find_measure(session, measure_id)
    taken = allowed(session, measure, Move.TRANSMIT)
    check_version(measure, given.version)
    sas = office_of(session, Kind.SAS)
    check_opened(session, case.id, [sas, commune_of(session, measure.commune_number)])
    measure.sas_id = sas.id
    move(session, case, measure, taken, given.text)
    return measure


def submit(session: GuardedSession, measure_id: UUID, given: ForwardInput) -> Measure:
    """The tandem submits to the LMMT what it may not decide itself (VS-20, VS-21)."""
    measure, case = find_measure(session, measure_id)
    taken = allowed(session, measure, Move.SUBMIT)
    check_version(measure, given.version)
    _check_way(session, measure)
    lmmt = office_of(session, Kind.LMMT)
    check_opened(session, case.id, [lmmt])
    measure.authority_id = lmmt.id
    move(session, case, measure, taken, given.text)
    return measure


def give_opinion(session: GuardedSession, measure_id: UUID, given: OpinionInput) -> Opinion:
    """The SAS gives its opinion; only then is the measure put before the commune (VS-22, VS-23, A-08)."""
    measure, case = find_measure(session, measure_id)
    taken = allowed(session, measure, Move.GIVE_OPINION)
    check_version(measure, given.version)
    commune = commune_of(session, measure.commune_number)
    check_opened(session, case.id, [commune])
    measure.authority_id = commune.id
    opinion = Opinion(
        measure_id=measure.id,
        number=measure.version + 1,
        case_id=case.id,
        institution_id=session.actor.institution,
        authority_id=commune.id,
        membership_id=session.actor.membership,
        leaning=given.leaning,
        text=given.text,
    )
    session.add(opinion)
    # Written while the measure is still before the SAS: the database refuses it elsewhere.
    _flush(session)
    told = dict.fromkeys(concerned(session, measure), Subject.OPINION_GIVEN)
    move(session, case, measure, taken, also_tell=told.items())
    return opinion


def send_back(session: GuardedSession, measure_id: UUID, given: ReturnInput) -> Measure:
    """Ask an earlier step to complete, with a comment: the SAS, the commune, the LMMT, or the social worker in charge."""
    measure, case = find_measure(session, measure_id)
    taken = allowed(session, measure, Move.RETURN, given.to)
    check_version(measure, given.version)
    move(session, case, measure, taken, given.text)
    return measure


# Decisions


def decide_by_tandem(session: GuardedSession, measure_id: UUID, given: DecisionInput) -> Decision:
    """The tandem decides what is delegated to the ORP (VS-19)."""
    return _decide(session, measure_id, Side.TANDEM, given)


def decide_by_lmmt(session: GuardedSession, measure_id: UUID, given: DecisionInput) -> Decision:
    """The LMMT decides what is not delegated, and every measure of the LEMC (VS-21)."""
    return _decide(session, measure_id, Side.LMMT, given)


def decide_by_commune(session: GuardedSession, measure_id: UUID, given: DecisionInput) -> Decision:
    """The commune of domicile approves or refuses, after the opinion of the SAS (VS-22, VS-23).

    Never when the planned start is past; against an unfavourable opinion only with a reason, and the
    SAS is told (A-07).
    """
    return _decide(session, measure_id, Side.COMMUNE, given)


def _decide(
    session: GuardedSession, measure_id: UUID, side: Side, given: DecisionInput
) -> Decision:
    measure, case = find_measure(session, measure_id)
    taken = allowed(session, measure, _MOVES[given.outcome])
    if taken.side is not side:
        raise NotItsTurn(f"{side.value} does not decide on this measure")
    check_version(measure, given.version)
    opinion = latest_opinion(session, measure.id) if side is Side.COMMUNE else None
    if given.outcome is Outcome.GRANTED:
        _check_grant(session, measure, side, given, opinion)
    decision = _signed(session, case, measure, given, opinion)
    session.add(decision)
    # Written before the measure moves: it is granted or refused by a decision alone.
    _flush(session)
    told = dict.fromkeys(concerned(session, measure), Subject.DECIDED)
    if opinion is not None and _goes_against(given, opinion):
        told[opinion.institution_id] = Subject.OPINION_NOT_FOLLOWED
    move(session, case, measure, taken, given.reason, told.items(), decided=decision.amount)
    return decision


def _flush(session: GuardedSession) -> None:
    try:
        session.flush()
    except IntegrityError as failure:
        # One decision in force: decisions follow one another by the lock on their case already.
        session.rollback()
        raise ChangedMeanwhile from failure


def _goes_against(given: DecisionInput, opinion: Opinion) -> bool:
    return given.outcome is Outcome.GRANTED and opinion.leaning is Leaning.UNFAVOURABLE


def _check_grant(
    session: GuardedSession,
    measure: Measure,
    side: Side,
    given: DecisionInput,
    opinion: Opinion | None,
) -> None:
    assert given.amount is not None
    if given.amount > measure.asked:
        raise NotPossible(
            "amount",
            Phrase(
                N_("Le montant accordé ne dépasse pas le montant demandé : {asked}."),
                asked=format_francs(measure.asked),
            ),
        )
    if side is Side.TANDEM:
        _check_way(session, measure)
    else:
        _check_offer(session, measure)
    if side is Side.COMMUNE:
        _check_start(measure, session.actor.day, "")
    if opinion is not None and _goes_against(given, opinion) and not given.reason:
        raise NotPossible(
            "reason",
            Phrase(N_("Le préavis du SAS est défavorable : écrivez pourquoi vous approuvez.")),
        )


def _check_start(measure: Measure, day: date, field: str) -> None:
    """VS-23: a LIAS measure cannot start before it is approved."""
    if measure.starts_on < day:
        raise NotPossible(
            field,
            Phrase(
                N_(
                    "Le début prévu est passé et la mesure ne peut pas commencer avant la décision : une nouvelle date doit être proposée."
                )
            ),
        )


def _check_way(session: GuardedSession, measure: Measure) -> None:
    """The tandem sends on, or decides, only by a way that today's catalogue still gives (VS-18, VS-19)."""
    today = route_today(session, measure)
    if today is None or (today.regime, today.decider) != (measure.regime, measure.decider):
        raise NotPossible(
            "",
            Phrase(
                N_(
                    "Le catalogue des mesures a changé : ouvrez la proposition, vérifiez sa voie et enregistrez-la de nouveau."
                )
            ),
        )


def _check_offer(session: GuardedSession, measure: Measure) -> None:
    """VS-18: the payer bears the costs only of what stands in its legal offer today."""
    today = route_today(session, measure)
    if today is None or measure.regime not in today.candidates:
        raise NotPossible(
            "",
            Phrase(
                N_(
                    "La mesure ne figure plus dans l’offre légale du régime qui la paierait : renvoyez-la au tandem ou refusez-la."
                )
            ),
        )


def _signed(
    session: GuardedSession,
    case: Case,
    measure: Measure,
    given: DecisionInput,
    opinion: Opinion | None,
) -> Decision:
    actor = session.actor
    title = session.exec(select(Membership.title).where(Membership.id == actor.membership)).one()
    return Decision(
        measure_id=measure.id,
        case_id=case.id,
        reference=_next_reference(session, case, measure),
        institution_id=actor.institution,
        sas_id=measure.sas_id,
        membership_id=actor.membership,
        signed_name=actor.name,
        signed_title=title,
        outcome=given.outcome,
        amount=given.amount if given.outcome is Outcome.GRANTED else None,
        reason=given.reason,
        opinion_id=opinion.id if opinion else None,
        regime=measure.regime,
        payer=measure.payer,
        edition=measure.edition,
        way=_way(session, measure),
    )


def _next_reference(session: GuardedSession, case: Case, measure: Measure) -> str:
    """VS-2026-0142-6266-1: whose decision (a commune by its number), and which one of that authority in the case.

    It counts nothing that the authority itself does not see.
    """
    whose = {
        Decider.COMMUNE: f"{measure.commune_number}",
        Decider.LMMT: "LMMT",
        Decider.TANDEM: "ORP",
    }[measure.decider]
    start = f"{case.reference}-{whose}-"
    # The tandem's two count together, whoever of them sees the other's decisions.
    with joined_system_session(session, Reason.RECORD) as system:
        taken = system.exec(
            select(sa.func.count())
            .select_from(Decision)
            .where(Decision.case_id == case.id, Decision.reference.startswith(start))
        ).one()
    return f"{start}{taken + 1}"


def _way(session: GuardedSession, measure: Measure) -> list[dict[str, Any]]:
    """The steps with who and rule as they are shown today, by institution: the decision keeps them."""
    found = kept_route(session, measure)
    seats = {
        By.SAS: measure.sas_id,
        By.COMMUNE: measure.authority_id,
        By.LMMT: measure.authority_id,
    }
    return [
        {
            "act": each.act.value,
            "by": each.by.value,
            "rule": each.rule_id,
            "institution": spoken_institution(session, seats.get(each.by)),
        }
        for each in found.steps
    ]


def withdraw(session: GuardedSession, measure_id: UUID, given: WithdrawalInput) -> Measure:
    """The institution that decided takes its decision back, until the measure starts, with a reason.

    NotPossible once the measure has started or something was paid; then the next decision is another one.
    """
    measure, case = find_measure(session, measure_id)
    taken = allowed(session, measure, Move.WITHDRAW)
    decision = decision_in_force(session, measure.id)
    if decision is None or decision.institution_id != session.actor.institution:
        raise NotItsTurn("only the institution that decided withdraws its decision")
    check_version(measure, given.version)
    if measure.starts_on <= session.actor.day:
        raise NotPossible(
            "", Phrase(N_("La mesure a commencé : la décision ne peut plus être retirée."))
        )
    if measure.paid:
        raise NotPossible(
            "", Phrase(N_("Un paiement a été enregistré : la décision ne peut plus être retirée."))
        )
    decision.withdrawn_at = now()
    decision.withdrawn_by = session.actor.membership
    decision.withdrawal_reason = given.reason
    session.add(decision)
    _flush(session)
    told = dict.fromkeys(concerned(session, measure), Subject.DECISION_WITHDRAWN)
    if decision.sas_id is not None:
        told[decision.sas_id] = Subject.DECISION_WITHDRAWN
    move(session, case, measure, taken, given.reason, told.items())
    return measure
