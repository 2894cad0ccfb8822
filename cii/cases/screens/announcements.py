"""Announcing a person: the form, its draft kept on the server, and the page that shows what was announced."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Response, request
from sqlmodel import select

from cii.access.actor import Kind, Seat
from cii.access.guard import GuardedSession, Hidden
from cii.access.permissions import May
from cii.access.screens import access
from cii.cases import actions
from cii.cases.answers import names_of, regimes_of, shown, typed_from
from cii.cases.eligibility import judge, read_announced
from cii.cases.inputs import AnnouncementInput, AvsReasonInput
from cii.cases.lifecycle import State
from cii.cases.models import RISK_FACTORS, AnnouncementDraft, Case, CaseAnswer, CaseIdentity
from cii.cases.queries import SamePerson, header, same_person, spoken_name
from cii.cases.screens import screens
from cii.cases.tabs import tabs_of
from cii.consent.queries import current_procuration
from cii.foundation.avs import format_avs
from cii.foundation.ids import new_id
from cii.foundation.names import search_key
from cii.foundation.texts import N_, Phrase
from cii.organisations.models import Commune, Institution, Membership, Person
from cii.programmes.questions import (
    DIFFICULTIES,
    GROUNDS,
    INSERTION_STATUSES,
    PAST_MEASURE_KINDS,
    REGIMES,
    STATES,
    VERDICTS,
    still_missing,
)
from cii.programmes.rules import rule
from cii.web.forms import Form, act, form
from cii.web.pages import page, redirect, say_done

LANGUAGE_OF_LETTERS = {"fr": N_("français"), "de": N_("allemand")}


@screens.get("/announcements/new")
@access(May.ANNOUNCE)
def new_announcement(session: GuardedSession) -> Response:
    """An empty announcement; it becomes a draft as soon as something is kept."""
    return _form_page(session, new_id(), form(AnnouncementInput, _proposed(session)), is_new=True)


def _proposed(session: GuardedSession) -> dict[str, Any]:
    """The announcing professional follows the person: proposed, and changeable."""
    actor = session.actor
    side = "orp" if actor.kind is Kind.ORP else "cms"
    proposed = {f"followed_by_{side}": "yes", "language": actor.language}
    if actor.seat is Seat.MEMBER:
        proposed[f"{side}_professional"] = str(actor.membership)
    return proposed


@screens.get("/cases/<uuid:case_id>/announcement")
@access(May.READ_CASE, write=May.ANNOUNCE, records=True)
def announcement(session: GuardedSession, case_id: UUID) -> Response:
    """What was announced; for the announcing institution the form, as long as it can be changed."""
    case = header(session, case_id)
    own = case.announcing_institution == session.actor.institution
    if own and case.state is State.DRAFT:
        draft = session.get(AnnouncementDraft, case_id)
        return _form_page(
            session, case_id, form(AnnouncementInput, dict(draft.typed) if draft else {})
        )
    actions.note_reading(session, case_id, "announcement")
    announced = read_announced(session, case_id)
    if own and case.state is State.TO_COMPLETE and request.args.get("edit"):
        identity = session.find(CaseIdentity, case_id)
        draft = session.get(AnnouncementDraft, case_id)
        typed = dict(draft.typed) if draft else typed_from(identity, announced)
        return _form_page(session, case_id, form(AnnouncementInput, typed))
    return page(
        "cases/announcement.html",
        case=case,
        tab="announcement",
        tabs=tabs_of(session.actor, case),
        can_complete=own and case.state is State.TO_COMPLETE,
        **announcement_values(session, case_id),
    )


def announcement_values(session: GuardedSession, case_id: UUID) -> dict[str, Any]:
    """What the announcement's page and the admission page show."""
    announced = read_announced(session, case_id)
    identity = session.get(CaseIdentity, case_id)
    values: dict[str, Any] = {
        "identity": identity,
        "commune": session.get(Commune, identity.commune_number) if identity else None,
        "language_of_letters": LANGUAGE_OF_LETTERS,
        "regimes": regimes_of(announced),
        "questions": [],
        "missing": (),
        "verdict": None,
        "verdict_label": "",
        "states": STATES,
        "procuration": current_procuration(session, case_id, session.actor.day),
        "answers": session.exec(
            select(CaseAnswer).where(CaseAnswer.case_id == case_id).order_by(sa.desc(CaseAnswer.at))
        ).all(),
        "procuration_rule": rule("VS-40"),
    }
    if announced.is_readable:
        criteria, verdict = judge(announced, session.actor.day)
        professionals = {announced.employment.orp_membership_id, announced.social.cms_membership_id}  # type: ignore[union-attr]
        names = names_of(session, {each for each in professionals if each})
        values |= {
            "questions": shown(announced, criteria, names),
            "missing": still_missing(criteria),
            "verdict": verdict,
            "verdict_label": VERDICTS[verdict],
        }
    return values


@screens.post("/cases/<uuid:case_id>/announcement")
@access(May.ANNOUNCE)
def announce(session: GuardedSession, case_id: UUID) -> Response:
    """Keep a draft, or announce; a repeat of the same form changes nothing."""
    is_new = session.get(Case, case_id) is None
    case = _own_case(session, case_id)
    sent = form(AnnouncementInput)
    if case.state not in {State.DRAFT, State.TO_COMPLETE}:
        return redirect(f"/cases/{case_id}/announcement")
    if act() == "save":
        actions.save_draft(session, case, sent.typed)
        say_done("Le brouillon est enregistré. Vous le retrouvez sur la page « À faire ».")
        return redirect("/")
    if sent.input is not None:
        _check_choices(session, sent)
    again = _announced_before(session, case_id, sent)
    if sent.input is None:
        return _form_page(session, case_id, sent, 422, again, is_new=is_new)
    case = actions.announce(session, case_id, sent.input)
    if case.state is State.TO_COMPLETE:
        say_done(
            "L’annonce {reference} est enregistrée. Elle est encore à compléter.",
            reference=case.reference,
        )
    else:
        say_done("L’annonce {reference} est transmise au bureau CII.", reference=case.reference)
    return redirect(f"/cases/{case_id}/announcement")


@screens.post("/cases/<uuid:case_id>/announcement/draft")
@access(May.ANNOUNCE)
def keep_draft(session: GuardedSession, case_id: UUID) -> Response:
    """Keep what is being typed; answers with the line that says so."""
    case = _own_case(session, case_id)
    if case.state not in {State.DRAFT, State.TO_COMPLETE}:
        raise Hidden("Case")
    actions.save_draft(session, case, form(AnnouncementInput).typed)
    return page("cases/draft_saved.html")


@screens.post("/cases/<uuid:case_id>/discard")
@access(May.ANNOUNCE)
def discard(session: GuardedSession, case_id: UUID) -> Response:
    """Throw a draft away."""
    case = session.find(Case, case_id)
    if case.announcing_institution_id != session.actor.institution or case.state is not State.DRAFT:
        raise Hidden("Case")
    actions.discard_draft(session, case_id)
    say_done("Le brouillon est supprimé.")
    return redirect("/")


def _own_case(session: GuardedSession, case_id: UUID) -> Case:
    """The actor's own case of this key, opened as a draft if there is none yet."""
    case = session.get(Case, case_id)
    if case is None:
        return actions.open_draft(session, case_id)
    if case.announcing_institution_id != session.actor.institution:
        raise Hidden("Case")
    return case


def _check_choices(session: GuardedSession, sent: Form[AnnouncementInput]) -> None:
    given = sent.input
    if given is None:
        return
    if session.get(Commune, given.commune) is None:
        sent.refuse("commune", Phrase("Cette commune n’est pas dans le registre du Valais."))
    for name, kind in (("orp_professional", Kind.ORP), ("cms_professional", Kind.CMS)):
        chosen = getattr(given, name)
        if chosen is not None and chosen not in {key for key, _ in _professionals(session)[kind]}:
            sent.refuse(name, Phrase("Choisissez une des réponses proposées."))


def _announced_before(
    session: GuardedSession, case_id: UUID, sent: Form[AnnouncementInput]
) -> list[SamePerson]:
    """The open cases of the same person that the own institution announced and the actor sees.

    To announce once more is to be confirmed for the newest of them, by its reference.
    """
    given = sent.input
    if given is None:
        return []
    before = session.get(CaseIdentity, case_id)
    if before is not None and before.avs_number == given.avs_number:
        return []
    found = [
        each
        for each in same_person(session, given.avs_number, besides=case_id)
        if each.institution_id == session.actor.institution
    ]
    if found and found[0].reference not in given.announce_again:
        sent.refuse(
            "announce_again",
            Phrase(
                "Cette personne est déjà annoncée sous la référence {reference}. Ouvrez ce dossier, ou confirmez.",
                reference=found[0].reference,
            ),
        )
    return found


def _professionals(session: GuardedSession) -> dict[Kind, list[tuple[UUID, str]]]:
    rows = session.execute(
        sa.select(
            Institution.kind,
            Membership.id,
            Person.last_name,
            Person.first_name,
            spoken_name(session),
        )
        .join_from(Membership, Person, Person.id == Membership.person_id)
        .join(Institution, Institution.id == Membership.institution_id)
        .where(
            Institution.kind.in_([Kind.ORP, Kind.CMS]),
            Membership.seat != Seat.ADMIN,
            Membership.active,
            Person.active,
        )
        .order_by(spoken_name(session), Person.last_name, Person.first_name)
    ).all()
    found: dict[Kind, list[tuple[UUID, str]]] = {Kind.ORP: [], Kind.CMS: []}
    for kind, key, last, first, institution in rows:
        found[kind].append((key, f"{institution} – {last} {first}"))
    return found


def _form_page(
    session: GuardedSession,
    case_id: UUID,
    made: Form[AnnouncementInput],
    status: int = 200,
    again: Sequence[SamePerson] = (),
    *,
    is_new: bool = False,
) -> Response:
    professionals = _professionals(session)
    language = session.actor.language
    named = [(each.number, each.name_in(language)) for each in session.exec(select(Commune))]
    return page(
        "cases/announce.html",
        status,
        form=made,
        case_id=case_id,
        again=again,
        is_new=is_new,
        communes=sorted(named, key=lambda each: search_key(each[1])),
        orp_professionals=professionals[Kind.ORP],
        cms_professionals=professionals[Kind.CMS],
        risk_factors=RISK_FACTORS,
        language_of_letters=LANGUAGE_OF_LETTERS,
        REGIMES=REGIMES,
        GROUNDS=GROUNDS,
        PAST_MEASURE_KINDS=PAST_MEASURE_KINDS,
        DIFFICULTIES=DIFFICULTIES,
        INSERTION_STATUSES=INSERTION_STATUSES,
        rule=rule,
    )


@screens.get("/cases/<uuid:case_id>/avs")
@access(May.REVEAL_AVS, records=True)
def avs_reason(session: GuardedSession, case_id: UUID) -> Response:
    """Ask why the full AVS number is needed."""
    actions.note_reading(session, case_id, "avs")
    return _avs_page(session, case_id, form(AvsReasonInput))


@screens.post("/cases/<uuid:case_id>/avs")
@access(May.REVEAL_AVS)
def avs_number(session: GuardedSession, case_id: UUID) -> Response:
    """Show the full AVS number once; the reason is recorded."""
    sent = form(AvsReasonInput)
    if sent.input is None:
        return _avs_page(session, case_id, sent, 422)
    number = actions.reveal_avs(session, case_id, sent.input.reason)
    return _avs_page(session, case_id, sent, number=format_avs(number))


def _avs_page(
    session: GuardedSession,
    case_id: UUID,
    made: Form[AvsReasonInput],
    status: int = 200,
    number: str = "",
) -> Response:
    case = header(session, case_id)
    session.find(CaseIdentity, case_id)
    return page(
        "cases/avs.html",
        status,
        case=case,
        tab="announcement",
        tabs=tabs_of(session.actor, case),
        form=made,
        number=number,
    )
