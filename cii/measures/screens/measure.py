"""The page of a measure: read it, and do what is one's turn: prepare, transmit, submit, give an opinion, decide."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import Response, current_app, request

from cii.access.actor import Kind
from cii.access.guard import GuardedSession, Hidden
from cii.access.permissions import May
from cii.access.screens import access
from cii.cases.actions import note_reading
from cii.cases.tabs import tabs_of
from cii.foundation.money import format_francs
from cii.foundation.texts import N_, Phrase, texts
from cii.measures import actions
from cii.measures.accounts.queries import costs_of
from cii.measures.inputs import (
    AbandonInput,
    DecisionInput,
    ForwardInput,
    OpinionInput,
    PreparationInput,
    ReturnInput,
    WithdrawalInput,
)
from cii.measures.models import LEANING_LABELS, Measure
from cii.measures.queries import inbox, inbox_of_all_seats
from cii.measures.screens import screens
from cii.measures.screens.sent import sent, tried
from cii.measures.screens.shown import Shown, decides_here, shown
from cii.programmes.routing import Decider
from cii.web.forms import Form
from cii.web.pages import page, redirect, say_done

_DECIDE: Mapping[Decider, Callable[[GuardedSession, UUID, Any], Any]] = {
    Decider.TANDEM: actions.decide_by_tandem,
    Decider.LMMT: actions.decide_by_lmmt,
    Decider.COMMUNE: actions.decide_by_commune,
}
_VERSION = {"version": "version"}


@screens.get("/measures/<uuid:measure_id>")
@access(May.READ_MEASURES, records=True)
def measure_page(session: GuardedSession, measure_id: UUID) -> Response:
    """A measure; for SAS, LMMT and commune, while it waits for them, the page on which they sign."""
    row = session.find(Measure, measure_id)
    note_reading(session, row.case_id, "measure")
    return _page(session, row)


def _page(
    session: GuardedSession,
    row: Measure,
    status: int = 200,
    sent_forms: Mapping[str, Form[Any]] | None = None,
    changed: Phrase | None = None,
) -> Response:
    seen = shown(session, row)
    version = str(seen.measure.version)
    own = {name: Form(model, {}) for name, model in _FORMS.items()} | dict(sent_forms or {})
    for each in own.values():
        each.typed["version"] = version
    values: dict[str, Any] = {"seen": seen, "changed": changed, "returns": seen.returns}
    if "opinion" in seen.acts:
        return page(
            "measures/opinion.html",
            status,
            form=own["opinion"],
            leanings=_leanings(seen, session),
            **values,
        )
    values |= {"outcomes": _outcomes(seen, session), "reason_hint": _reason_hint(seen, session)}
    if "decide" in seen.acts and session.actor.kind in {Kind.COMMUNE, Kind.LMMT}:
        return page("measures/decide.html", status, form=own["decide"], **values)
    if decides_here(session.actor) and seen.decision is not None:
        seen.next_waiting = _next_waiting(session)
    return page(
        "measures/measure.html",
        status,
        case=seen.case,
        tabs=tabs_of(session.actor, seen.case),
        tab="measures",
        forms=own,
        costs=costs_of(session, row),
        **values,
    )


_FORMS: dict[str, Any] = {
    "forward": ForwardInput,
    "opinion": OpinionInput,
    "decide": DecisionInput,
    "returned": ReturnInput,
    "withdraw": WithdrawalInput,
    "abandon": AbandonInput,
}

Choices = list[tuple[str, str, str, str]]


def _outcomes(seen: Shown, session: GuardedSession) -> Choices:
    """What one can decide; each shows the fields that go with it."""
    say = texts(session.actor.language).say
    # No line ends between the currency and the amount.
    amount = format_francs(seen.measure.asked).replace(" ", "\u00a0")
    needs_reason = "for-reason" if seen.is_against else ""
    if seen.is_commune:
        granted = say("J’approuve : la commune paie {amount}", amount=amount)
        less = say("J’approuve un montant inférieur")
    else:
        granted = say("J’accorde {amount}", amount=amount)
        less = say("J’accorde un montant inférieur")
    choices = [
        ("granted", granted, "", needs_reason),
        ("less", less, "", f"for-less {needs_reason}".strip()),
    ]
    if seen.returns:
        choices.append(("returned", say("J’ai une question"), "", "for-question for-reason"))
    choices.append(("refused", say("Je refuse"), "", "for-reason"))
    return choices


def _reason_hint(seen: Shown, session: GuardedSession) -> str:
    say = texts(session.actor.language).say
    if seen.is_against:
        return say("Nécessaire dans tous les cas. Le SAS est informé si vous approuvez.")
    if seen.returns:
        return say("Nécessaire pour une question ou un refus")
    return say("Nécessaire pour un refus")


def _leanings(seen: Shown, session: GuardedSession) -> Choices:
    say = texts(session.actor.language).say
    choices = [(each.value, say(label), "", "") for each, label in LEANING_LABELS.items()]
    return [*choices, ("returned", say("à compléter : j’ai une question"), "", "for-question")]


def _next_waiting(session: GuardedSession) -> str:
    words = texts(session.actor.language)
    if session.actor.seats > 1:
        inboxes = inbox_of_all_seats(current_app.extensions["store"], session.actor)
        waiting = sum(len(each.measures) for each in inboxes)
    else:
        waiting = len(inbox(session, limit=200))
    if not waiting:
        return ""
    return words.plural("Encore {n} mesure à traiter", "Encore {n} mesures à traiter", waiting)


# Acts


@screens.post("/measures/<uuid:measure_id>/decide")
@access(May.READ_MEASURES)
def decide(session: GuardedSession, measure_id: UUID) -> Response:
    """Sign a decision, or ask an earlier step (VS-19, VS-21, VS-23)."""
    row = session.find(Measure, measure_id)
    chosen = request.form.get("outcome", "")
    if chosen == "returned":
        question = sent(ReturnInput, _VERSION | {"to": "to", "reason": "text"})
        return _act(session, row, "decide", question, actions.send_back, _SENT_BACK)
    fields = _VERSION | {"reason": "reason"}
    if chosen == "granted":
        made = sent(DecisionInput, fields, outcome="granted", amount=str(row.asked))
    elif chosen == "less":
        made = sent(DecisionInput, fields | {"amount": "amount"}, outcome="granted")
    else:
        made = sent(DecisionInput, fields | {"outcome": "outcome"})
    return _act(session, row, "decide", made, _DECIDE[row.decider], _SIGNED)


@screens.post("/measures/<uuid:measure_id>/opinion")
@access(May.READ_MEASURES, write=May.GIVE_OPINION)
def give_opinion(session: GuardedSession, measure_id: UUID) -> Response:
    """Sign the opinion of the SAS, or ask to complete (VS-22)."""
    row = session.find(Measure, measure_id)
    if request.form.get("leaning") == "returned":
        question = sent(ReturnInput, _VERSION | {"to": "to", "text": "text"})
        return _act(session, row, "opinion", question, actions.send_back, _SENT_BACK)
    made = sent(OpinionInput, _VERSION | {"leaning": "leaning", "text": "text"})
    return _act(session, row, "opinion", made, actions.give_opinion, _OPINION_GIVEN)


@screens.post("/measures/<uuid:measure_id>/prepare")
@access(May.READ_MEASURES, write=May.PROPOSE_MEASURE)
def prepare(session: GuardedSession, measure_id: UUID) -> Response:
    """The documents are ready (VS-33)."""
    row = session.find(Measure, measure_id)
    made = sent(PreparationInput, _VERSION | {"text": "text", "transmit": "transmit"})
    said = _TRANSMITTED if made.input and made.input.transmit else _PREPARED
    return _act(session, row, "forward", made, actions.prepare, said)


@screens.post("/measures/<uuid:measure_id>/transmit")
@access(May.READ_MEASURES, write=May.TRANSMIT_MEASURE)
def transmit(session: GuardedSession, measure_id: UUID) -> Response:
    """Send it to the SAS (VS-34)."""
    row = session.find(Measure, measure_id)
    made = sent(ForwardInput, _VERSION | {"text": "text"})
    return _act(session, row, "forward", made, actions.transmit, _TRANSMITTED)


@screens.post("/measures/<uuid:measure_id>/submit")
@access(May.READ_MEASURES, write=May.PROPOSE_MEASURE)
def submit(session: GuardedSession, measure_id: UUID) -> Response:
    """Submit it to the LMMT (VS-20)."""
    row = session.find(Measure, measure_id)
    made = sent(ForwardInput, _VERSION | {"text": "text"})
    return _act(session, row, "forward", made, actions.submit, _SUBMITTED)


@screens.post("/measures/<uuid:measure_id>/return")
@access(May.READ_MEASURES, write=May.TRANSMIT_MEASURE)
def send_back(session: GuardedSession, measure_id: UUID) -> Response:
    """The social worker in charge sends it back to the tandem with a question (VS-34)."""
    row = session.find(Measure, measure_id)
    made = sent(ReturnInput, _VERSION | {"to": "to", "question": "text"})
    return _act(session, row, "returned", made, actions.send_back, _SENT_BACK)


@screens.post("/measures/<uuid:measure_id>/withdraw")
@access(May.READ_MEASURES)
def withdraw(session: GuardedSession, measure_id: UUID) -> Response:
    """The institution that decided takes its decision back."""
    row = session.find(Measure, measure_id)
    made = sent(WithdrawalInput, _VERSION | {"because": "reason"})
    return _act(session, row, "withdraw", made, actions.withdraw, _WITHDRAWN)


@screens.post("/measures/<uuid:measure_id>/abandon")
@access(May.READ_MEASURES, write=May.PROPOSE_MEASURE)
def abandon(session: GuardedSession, measure_id: UUID) -> Response:
    """The tandem gives the proposal up."""
    row = session.find(Measure, measure_id)
    made = sent(AbandonInput, _VERSION | {"because": "reason"})
    return _act(session, row, "abandon", made, actions.abandon, _ABANDONED)


_SIGNED = N_("La décision est signée.")
_SENT_BACK = N_("La question est transmise.")
_OPINION_GIVEN = N_("Le préavis est signé. La commune peut maintenant décider.")
_PREPARED = N_("Les documents sont prêts.")
_TRANSMITTED = N_("La mesure est transmise au SAS.")
_SUBMITTED = N_("La mesure est soumise à la LMMT.")
_WITHDRAWN = N_("La décision est retirée.")
_ABANDONED = N_("La proposition est abandonnée.")


def _act(
    session: GuardedSession,
    row: Measure,
    name: str,
    made: Form[Any],
    action: Callable[[GuardedSession, UUID, Any], Any],
    said: str,
) -> Response:
    """Do what the form asks and go on to the page of the measure, which then says what comes next."""
    forms = {name: made}
    if made.input is None:
        return _page(session, row, 422, forms)
    given = made.input
    status, changed = tried(session, row.id, made, lambda: action(session, row.id, given))
    if status == 200:
        say_done(said)
        return redirect(f"/measures/{row.id}")
    fresh = session.get(Measure, row.id, populate_existing=True)
    if fresh is None:
        raise Hidden("Measure")
    return _page(session, fresh, status, forms, changed)
