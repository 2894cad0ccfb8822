"""The bureau CII's page: all answers and their proof, then admit, ask or refuse, then name the tandem."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response

from cii.access.actor import Kind
from cii.access.guard import GuardedSession, Hidden
from cii.access.permissions import May
from cii.access.screens import access
from cii.cases import actions
from cii.cases.inputs import QuestionInput, RefusalInput, TandemInput
from cii.cases.lifecycle import WITH_A_TANDEM, NotAllowed, State
from cii.cases.models import Case
from cii.cases.queries import candidates, header, same_person
from cii.cases.screens import screens
from cii.cases.screens.announcements import announcement_values
from cii.cases.tabs import tabs_of
from cii.foundation.fields import Input
from cii.foundation.texts import Phrase
from cii.programmes.eligibility import Verdict
from cii.programmes.rules import rule
from cii.web.forms import Form, act, form
from cii.web.pages import page, redirect, say_done


class _Nothing(Input):
    """An act that takes no further answer."""


@screens.get("/cases/<uuid:case_id>/admission")
@access(May.ADMIT, records=True)
def admission(session: GuardedSession, case_id: UUID) -> Response:
    """What was announced and what can be decided about it."""
    return _page(session, case_id)


@screens.post("/cases/<uuid:case_id>/admission")
@access(May.ADMIT)
def decide_admission(session: GuardedSession, case_id: UUID) -> Response:
    """Admit, ask, or refuse; an act that somebody else has already done is said, not done twice."""
    if act() == "admit":
        return _do(
            session, case_id, "admit", form(_Nothing), lambda _: actions.admit(session, case_id)
        )
    if act() == "ask":
        return _do(
            session,
            case_id,
            "question",
            form(QuestionInput),
            lambda given: actions.ask_to_complete(session, case_id, given),
        )
    return _do(
        session,
        case_id,
        "refusal",
        form(RefusalInput),
        lambda given: actions.refuse(session, case_id, given),
    )


@screens.post("/cases/<uuid:case_id>/tandem")
@access(May.NAME_TANDEM)
def name_tandem(session: GuardedSession, case_id: UUID) -> Response:
    """Name one ORP adviser and one CMS social worker."""
    sent = form(TandemInput)
    if sent.input is not None:
        known = {(each.kind, each.membership) for each in candidates(session)}
        for name, kind in (("orp", Kind.ORP), ("cms", Kind.CMS)):
            if (kind, getattr(sent.input, name, None)) not in known:
                sent.refuse(name, Phrase("Choisissez une des réponses proposées."))
                break
    return _do(
        session, case_id, "tandem", sent, lambda given: actions.name_tandem(session, case_id, given)
    )


def _do(
    session: GuardedSession, case_id: UUID, name: str, sent: Form[Any], do: Callable[[Any], Case]
) -> Response:
    header(session, case_id)
    if sent.input is None:
        return _page(session, case_id, 422, **{name: sent})
    try:
        case = do(sent.input)
    except (NotAllowed, actions.Incomplete):
        # The page was old: what can be decided now stands on it again, with what was typed.
        sent.refuse("", Phrase("Le dossier a changé entre-temps. Voici son état actuel."))
        return _page(session, case_id, 409, **{name: sent})
    _say(case)
    return redirect(f"/cases/{case_id}/admission")


def _say(case: Case) -> None:
    reference = case.reference
    if case.state is State.ADMITTED:
        say_done(
            "Le dossier {reference} est admis. Désignez maintenant le tandem.", reference=reference
        )
    elif case.state is State.TO_COMPLETE:
        say_done(
            "La question est transmise. Le dossier {reference} est à compléter.",
            reference=reference,
        )
    elif case.state is State.REFUSED:
        say_done(
            "Le refus du dossier {reference} est transmis avec la suite proposée.",
            reference=reference,
        )
    elif case.state is State.TANDEM_ASSIGNED:
        say_done("Le tandem du dossier {reference} est désigné et averti.", reference=reference)


def _page(
    session: GuardedSession, case_id: UUID, status: int = 200, **forms: Form[Any]
) -> Response:
    case = header(session, case_id)
    if case.state is State.DRAFT:
        raise Hidden("Case")
    values = announcement_values(session, case_id)
    identity = values["identity"]
    again = same_person(session, identity.avs_number, besides=case_id) if identity else []
    if status == 200:
        # Of the others the trail says no more: whoever reads it there learns of no other announcement.
        for key in (case_id, *(each.case_id for each in again)):
            actions.note_reading(session, key, "admission")
    choices = candidates(session) if case.state is State.ADMITTED else []
    return page(
        "cases/admission.html",
        status,
        case=case,
        tab="admission",
        tabs=tabs_of(session.actor, case),
        can_admit=case.state is State.ANNOUNCED
        and values["verdict"] is Verdict.COMPLETE
        and values["procuration"] is not None,
        question=forms.get("question") or Form(QuestionInput),
        refusal=forms.get("refusal") or Form(RefusalInput),
        tandem=forms.get("tandem") or Form(TandemInput),
        admit_form=forms.get("admit") or Form(_Nothing),
        orp_candidates=[each for each in choices if each.kind is Kind.ORP],
        cms_candidates=[each for each in choices if each.kind is Kind.CMS],
        again=again,
        tandem_rule=rule("VS-01"),
        can_replace=case.state in WITH_A_TANDEM,
        **values,
    )
