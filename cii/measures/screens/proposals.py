"""The measures of a case, and the form on which the tandem proposes one and sees its way while typing."""

from typing import Any
from uuid import UUID

from flask import Response, request
from werkzeug.datastructures import MultiDict

from cii.access.actor import Kind
from cii.access.guard import GuardedSession, Hidden
from cii.access.permissions import May, may
from cii.access.screens import access
from cii.cases.actions import note_reading
from cii.cases.models import Case
from cii.cases.queries import CaseHeader, header
from cii.cases.tabs import tabs_of
from cii.consent.queries import current_procuration
from cii.foundation.clock import local
from cii.foundation.days import ago, format_day
from cii.foundation.fields import printable
from cii.foundation.ids import new_id
from cii.foundation.money import format_francs
from cii.foundation.texts import N_, texts
from cii.measures import actions
from cii.measures.catalogue import types_today
from cii.measures.inputs import ChangeInput, ProposalInput, RouteInput
from cii.measures.lifecycle import STAGE_LABELS, Side
from cii.measures.models import PROVIDER_LABELS, Measure, Provider
from cii.measures.queries import PROPOSABLE, Listed, decision_page, measures_of
from cii.measures.screens import screens
from cii.measures.screens.sent import tried
from cii.measures.screens.shown import WayStep, begun, turn_of
from cii.measures.ways import facts_of
from cii.measures.words import (
    ACT_LABELS,
    BY_LABELS,
    DECIDER_LABELS,
    GROUND_LABELS,
    LAW_NAMES,
    PAYER_LABELS,
)
from cii.programmes.routing import LAWS, Regime, Route
from cii.programmes.rules import rule
from cii.web.forms import Form, form
from cii.web.htmx import wanted_fragment
from cii.web.pages import page, redirect, say_done

_OF_THE_ROUTE = ("code", "regimes", "article_59d", "outside_canton")


@screens.get("/cases/<uuid:case_id>/measures")
@access(May.READ_MEASURES, records=True)
def measures_of_case(session: GuardedSession, case_id: UUID) -> Response:
    """The measures of a case that the actor sees: where each stands, whose turn it is, since when."""
    case = header(session, case_id)
    note_reading(session, case_id, "measures")
    words = texts(session.actor.language)
    return page(
        "measures/of_case.html",
        case=case,
        tabs=tabs_of(session.actor, case),
        tab="measures",
        found=measures_of(session, case_id),
        can_propose=_may_propose(session, case),
        stages=STAGE_LABELS,
        laws=LAWS,
        turn=lambda each: turn_of(each.side, each.turn_id, case, each, words),
        waits=lambda each: _waits(session, each),
    )


def _waits(session: GuardedSession, each: Listed) -> str:
    return ago(local(each.since).date(), session.actor.day, texts(session.actor.language))


def _may_propose(session: GuardedSession, case: CaseHeader) -> bool:
    return (
        may(session.actor, May.PROPOSE_MEASURE)
        and case.state in PROPOSABLE
        and actions.is_of_tandem(session, case.id)
        and current_procuration(session, case.id, session.actor.day) is not None
    )


# Proposing


@screens.get("/cases/<uuid:case_id>/measures/new")
@access(May.PROPOSE_MEASURE, records=True)
def new_measure(session: GuardedSession, case_id: UUID) -> Response:
    """An empty proposal."""
    case = _proposable(session, case_id)
    if not _may_propose(session, case):
        return redirect(f"/cases/{case_id}/measures")
    note_reading(session, case_id, "propose-measure")
    provider = Provider.ORP if session.actor.kind is Kind.ORP else Provider.CMS
    made = Form(ProposalInput, {"form_key": str(new_id()), "provider": provider.value})
    return _form_page(session, case, made)


@screens.post("/cases/<uuid:case_id>/measures/new")
@access(May.PROPOSE_MEASURE)
def propose(session: GuardedSession, case_id: UUID) -> Response:
    """Propose a measure (VS-17)."""
    case = _proposable(session, case_id)
    made = form(ProposalInput)
    if made.error("form_key"):
        made.typed["form_key"] = str(new_id())
    if made.input is None:
        return _form_page(session, case, made, 422)
    proposed: list[Measure] = []
    given = made.input
    status, problem = tried(
        session, case_id, made, lambda: proposed.append(actions.propose(session, case_id, given))
    )
    if status == 200:
        say_done(N_("La proposition est enregistrée."))
        return redirect(f"/measures/{proposed[0].id}")
    if problem is not None:
        made.refuse("", problem)
    return _form_page(session, _proposable(session, case_id), made, status)


@screens.post("/cases/<uuid:case_id>/measures/way")
@access(May.PROPOSE_MEASURE)
def way_of_proposal(session: GuardedSession, case_id: UUID) -> Response:
    """The way of what is typed so far: while typing, or by the button."""
    case = _proposable(session, case_id)
    _note_whole_page(session, case)
    return _form_page(session, case, _typed(ProposalInput))


def _note_whole_page(session: GuardedSession, case: CaseHeader) -> None:
    # While somebody types, only the way is asked for, and it says nothing of the person.
    if wanted_fragment() != "way":
        note_reading(session, case.id, "way-of-measure")


def _proposable(session: GuardedSession, case_id: UUID) -> CaseHeader:
    case = header(session, case_id)
    if not actions.is_of_tandem(session, case_id):
        raise Hidden("Measure")
    return case


# Changing


@screens.get("/measures/<uuid:measure_id>/change")
@access(May.PROPOSE_MEASURE, records=True)
def change_form(session: GuardedSession, measure_id: UUID) -> Response:
    """A draft, to be changed."""
    row, case = _draft(session, measure_id)
    note_reading(session, row.case_id, "change-measure")
    return _form_page(session, case, Form(ChangeInput, _as_typed(row)), row=row)


@screens.post("/measures/<uuid:measure_id>/change")
@access(May.PROPOSE_MEASURE)
def change(session: GuardedSession, measure_id: UUID) -> Response:
    """Change a draft."""
    row, case = _draft(session, measure_id)
    made = form(ChangeInput)
    if made.input is None:
        return _form_page(session, case, made, 422, row=row)
    given = made.input
    status, problem = tried(
        session, measure_id, made, lambda: actions.change(session, measure_id, given)
    )
    if status == 200:
        say_done(N_("La proposition est à jour."))
        return redirect(f"/measures/{measure_id}")
    row, case = _draft(session, measure_id)
    theirs = status == 409 and str(row.version) != made.value("version")
    if theirs:
        # The next attempt changes what the other person wrote, now that it was read.
        made.typed["version"] = str(row.version)
    elif problem is not None:
        made.refuse("", problem)
    return _form_page(session, case, made, status, row=row, theirs=theirs)


@screens.post("/measures/<uuid:measure_id>/way")
@access(May.PROPOSE_MEASURE)
def way_of_change(session: GuardedSession, measure_id: UUID) -> Response:
    """The way of a draft as it is being changed."""
    row, case = _draft(session, measure_id)
    _note_whole_page(session, case)
    return _form_page(session, case, _typed(ChangeInput), row=row)


def _draft(session: GuardedSession, measure_id: UUID) -> tuple[Measure, CaseHeader]:
    row = session.find(Measure, measure_id)
    if not actions.holds(session, row, Side.TANDEM):
        raise Hidden("Measure")
    return row, header(session, row.case_id)


def _as_typed(row: Measure) -> dict[str, Any]:
    return {
        "version": str(row.version),
        "code": row.code,
        "regimes": list(row.regimes),
        "article_59d": "yes" if row.article_59d else "",
        "outside_canton": "yes" if row.outside_canton else "",
        "choice": row.choice.value if row.choice else "",
        "choice_reason": row.choice_reason,
        "provider": row.provider.value,
        "title": row.title,
        "organiser": row.organiser,
        "goal": row.goal,
        "starts_on": format_day(row.starts_on),
        "ends_on": format_day(row.ends_on),
        "asked": format_francs(row.asked).removeprefix("CHF "),
    }


# The page


def _typed(model: Any) -> Form[Any]:
    """What stands in the form, kept without judging it."""
    made = Form(model)
    made.typed = {
        name: [printable(each) for each in request.form.getlist(name)]
        if name == "regimes"
        else printable(request.form[name])
        for name in request.form
        if name in model.model_fields
    }
    return made


def _form_page(
    session: GuardedSession,
    case: CaseHeader,
    made: Form[Any],
    status: int = 200,
    *,
    row: Measure | None = None,
    theirs: bool = False,
) -> Response:
    words = texts(session.actor.language)
    types = types_today(session)
    german = session.actor.language == "de"
    try:
        facts = facts_of(session, session.find(Case, case.id))
    except actions.NotPossible as closed:
        made.refuse("", closed.phrase)
        facts = None
    if facts and not made.value("regimes"):
        made.typed["regimes"] = [each.value for each in Regime if each in facts.regimes]
    found = _route(session, case.id, made) if facts else None
    if found and not made.value("choice") and found.regime:
        made.typed["choice"] = found.regime.value
    return page(
        "measures/propose.html",
        status,
        case=case,
        tabs=tabs_of(session.actor, case),
        tab="measures",
        form=made,
        measure=row,
        theirs=decision_page(session, row.id) if theirs and row else None,
        types=[
            (code, f"{each.name_de if german else each.name} ({_laws(each.regimes, words)})")
            for code, each in types.items()
        ],
        laws=[(law.value, begun(words.say(name))) for law, name in LAW_NAMES.items()],
        law_labels=LAWS,
        found=found,
        way=_way(found) if found else [],
        choices=_choices(found, words) if found else [],
        deciders=DECIDER_LABELS,
        payers=PAYER_LABELS,
        grounds=GROUND_LABELS,
        providers=[(each.value, words.say(label)) for each, label in PROVIDER_LABELS.items()],
        offer_rule=rule("VS-18"),
    )


def _laws(regimes: list[str], words: Any) -> str:
    return ", ".join(words.say(LAWS[Regime(each)]) for each in regimes)


def _route(session: GuardedSession, case_id: UUID, made: Form[Any]) -> Route | None:
    """The way of what is typed, as far as it can be read; None until a measure is chosen."""
    if not made.value("code"):
        return None
    asked = Form(RouteInput)
    fields = [
        (name, value)
        for name in _OF_THE_ROUTE
        for value in (_many(made.value(name)) if name == "regimes" else [made.value(name)])
    ]
    asked.read(MultiDict(fields))
    if asked.input is None:
        for name, phrase in asked.errors.items():
            made.refuse(name, phrase)
        return None
    try:
        found = actions.preview_route(session, case_id, asked.input)
        chosen = made.value("choice")
        if chosen in {each.value for each in found.candidates}:
            # A choice that another measure left behind is not held against this one.
            with_choice = asked.input.model_copy(update={"choice": Regime(chosen)})
            return actions.preview_route(session, case_id, with_choice)
    except actions.NotPossible as objection:
        made.refuse(objection.field, objection.phrase)
        return None
    made.typed.pop("choice", None)
    return found


def _many(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []


def _choices(found: Route, words: Any) -> list[tuple[str, str]]:
    return [(law.value, begun(words.say(LAW_NAMES[law]))) for law in found.candidates]


def _way(found: Route) -> list[WayStep]:
    return [
        WayStep(BY_LABELS[step.by], ACT_LABELS[step.act], rule(step.rule_id))
        for step in found.steps
    ]
