"""Documents to print."""

from io import BytesIO
from uuid import UUID

from flask import Blueprint, Response, current_app, request, send_file

from cii.access.actor import Kind
from cii.access.guard import GuardedSession, Hidden
from cii.access.permissions import May
from cii.access.screens import access
from cii.audit.actions import record
from cii.audit.models import Act
from cii.cases.models import AnnouncementDraft, CaseIdentity
from cii.cases.queries import CaseHeader, header
from cii.consent.queries import has_recording_part, who_sees_briefly
from cii.documents.procuration import Signatory, procuration_pdf
from cii.foundation.days import format_day
from cii.foundation.texts import LANGUAGES
from cii.organisations.models import Commune
from cii.settings import Settings

screens = Blueprint("documents", __name__)


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
    response = send_file(
        BytesIO(made),
        mimetype="application/pdf",
        as_attachment=True,
        download_name=f"procuration-{case.reference}.pdf",
    )
    response.headers["Cache-Control"] = "no-store"
    return response


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
