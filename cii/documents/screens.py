"""Documents to print."""

from uuid import UUID

from flask import Blueprint, Response, current_app, request

from cii.access.actor import Kind
from cii.access.guard import GuardedSession, Hidden
from cii.access.permissions import May
from cii.access.screens import access
from cii.audit.actions import record
from cii.audit.models import Act
from cii.cases.models import AnnouncementDraft, CaseIdentity
from cii.cases.queries import CaseHeader, header
from cii.consent.queries import has_recording_part, who_sees_briefly
from cii.documents.decision import DecisionPaper, decision_pdf
from cii.documents.procuration import Signatory, procuration_pdf
from cii.documents.statement import statement_pdf
from cii.foundation.clock import local
from cii.foundation.days import format_day
from cii.foundation.quarters import Quarter
from cii.foundation.texts import LANGUAGES
from cii.measures.accounts.exports import file_name
from cii.measures.accounts.queries import (
    Account,
    account,
    commune_name,
    sent_account,
    type_names,
)
from cii.measures.models import Decision, Statement
from cii.measures.queries import (
    DecisionPage,
    decision_in_force,
    decision_page,
    spoken_institution,
)
from cii.organisations.models import Commune
from cii.programmes.routing import Act as RouteAct
from cii.programmes.routing import By, Payer
from cii.settings import Settings
from cii.web.pages import download

screens = Blueprint("documents", __name__)

PDF = "application/pdf"


@screens.get("/cases/<uuid:case_id>/procuration/print")
@access(May.RECORD_PROCURATION, records=True)
def print_procuration(session: GuardedSession, case_id: UUID) -> Response:
    """The procuration for signature, in the person's language unless another one is asked for."""
    case = header(session, case_id)
    if not has_recording_part(session, case_id):
        raise Hidden("Case")
    signatory, language = _signatory(session, case, request.args.get("language"))
    settings: Settings = current_app.extensions["settings"]
    made = procuration_pdf(signatory, language, settings.procuration_months)
    record(session, Act.PROCURATION_PRINTED, case_id=case_id, ground="VS-40", language=language)
    # The file's name stays in the browser's list of downloads: it names nobody.
    return download(made, f"procuration-{case.reference}.pdf", PDF)


@screens.get("/measures/<uuid:measure_id>/decision.pdf")
@access(May.READ_MEASURES, records=True)
def decision_document(session: GuardedSession, measure_id: UUID) -> Response:
    """The decision in force on a measure, in the reader's language; Hidden without one that the reader may see."""
    found = decision_page(session, measure_id)
    decision = decision_in_force(session, measure_id)
    if decision is None:
        raise Hidden("Decision")
    made = decision_pdf(_decision_paper(session, found, decision), session.actor.language)
    record(
        session,
        Act.DECISION_PRINTED,
        case_id=found.case_id,
        subject_id=decision.id,
        ground="VS-40",
    )
    return download(made, f"decision-{decision.reference}.pdf", PDF)


def _decision_paper(
    session: GuardedSession, found: DecisionPage, decision: Decision
) -> DecisionPaper:
    opinion = found.opinion
    return DecisionPaper(
        reference=decision.reference,
        case_reference=found.reference,
        institution=spoken_institution(session, decision.institution_id),
        person=found.name,
        measure=found.type_name,
        title=found.title,
        organiser=found.organiser,
        goal=found.goal,
        starts_on=found.starts_on,
        ends_on=found.ends_on,
        asked=found.asked,
        amount=decision.amount,
        outcome=decision.outcome,
        reason=decision.reason,
        regime=decision.regime,
        article=found.article.get(decision.regime.value, ""),
        payer=decision.payer,
        payer_name=found.authority or "" if decision.payer is Payer.COMMUNE else "",
        opinion=(opinion.leaning, local(opinion.at).date()) if opinion else None,
        way=[(RouteAct(each["act"]), By(each["by"]), each["rule"]) for each in decision.way],
        signed_name=decision.signed_name,
        signed_title=decision.signed_title,
        signed_at=decision.at,
    )


def _signatory(
    session: GuardedSession, case: CaseHeader, asked: str | None
) -> tuple[Signatory, str]:
    """What is known of the person and of the offices; in a draft, as it was typed so far."""
    identity = session.get(CaseIdentity, case.id)
    draft = session.get(AnnouncementDraft, case.id)
    typed = {key: str(value)[:80] for key, value in draft.typed.items()} if draft else {}
    wanted = (asked, identity.language if identity else typed.get("language"))
    language = next((each for each in wanted if each in LANGUAGES), session.actor.language)
    name = birth_date = address = commune = ""
    if identity is not None:
        name = f"{identity.first_name} {identity.last_name}"
        birth_date = format_day(identity.birth_date)
        address = _address(identity.street, identity.postcode, identity.place)
        commune = _commune(session, identity.commune_number, language)
    else:
        name = f"{typed.get('first_name', '')} {typed.get('last_name', '')}".strip()
        birth_date = typed.get("birth_date", "")
        address = _address(*(typed.get(each, "") for each in ("street", "postcode", "place")))
    offices = {Kind.COMMUNE: commune}
    for sight in who_sees_briefly(session, case.id):
        if sight.kind in {Kind.ORP, Kind.CMS}:
            there = offices.get(sight.kind)
            office = sight.name_in(language)
            offices[sight.kind] = f"{there}, {office}" if there else office
    return Signatory(case.reference, name, birth_date, address, offices), language


def _address(street: str, postcode: str, place: str) -> str:
    return ", ".join(filter(None, (street, f"{postcode} {place}".strip())))


def _commune(session: GuardedSession, number: int, language: str) -> str:
    commune = session.get(Commune, number)
    return commune.name_in(language) if commune else ""


@screens.get("/statements/<int:year>/<int:number>/pdf")
@access(May.DRAW_UP_STATEMENT)
def print_own_statement(session: GuardedSession, year: int, number: int) -> Response:
    """The acting commune's account of a quarter on paper, sent or as a draft (VS-25)."""
    quarter = Quarter.named(year, number)
    if quarter is None:
        raise Hidden("Statement")
    return _statement(session, account(session, quarter), session.actor.institution_name)


@screens.get("/statements/received/<uuid:statement_id>/pdf")
@access(May.RECEIVE_STATEMENT)
def print_received_statement(session: GuardedSession, statement_id: UUID) -> Response:
    """A statement that the SAS received, on paper (VS-25)."""
    statement = session.find(Statement, statement_id)
    return _statement(session, sent_account(session, statement), commune_name(session, statement))


def _statement(session: GuardedSession, shown: Account, commune: str) -> Response:
    language = session.actor.language
    made = statement_pdf(shown, commune, type_names(session), language, session.actor.day)
    return download(made, file_name(shown, commune, language, "pdf"), PDF)
