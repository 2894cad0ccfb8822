"""Somebody else takes a place in the tandem: who leaves an office hands the case on."""

from uuid import UUID

from flask import Response, current_app

from cii.access.actor import Kind
from cii.access.guard import GuardedSession, Hidden
from cii.access.permissions import May
from cii.access.screens import access
from cii.cases import actions
from cii.cases.inputs import SuccessorInput
from cii.cases.lifecycle import WITH_A_TANDEM, NotAllowed
from cii.cases.queries import candidates, header
from cii.cases.screens import screens
from cii.cases.tabs import tabs_of
from cii.foundation.texts import Phrase
from cii.programmes.rules import rule
from cii.web.forms import form
from cii.web.pages import page, redirect, say_done


@screens.route("/cases/<uuid:case_id>/tandem/<any(orp, cms):side>", methods=["GET", "POST"])
@access(May.NAME_TANDEM, records=True)
def replace_in_tandem(session: GuardedSession, case_id: UUID, side: str) -> Response:
    """Name who takes the place of one of the two."""
    case = header(session, case_id)
    kind, leaving = (Kind.ORP, case.orp) if side == "orp" else (Kind.CMS, case.cms)
    if leaving is None or case.state not in WITH_A_TANDEM:
        raise Hidden("Tandem")
    choices = [
        each
        for each in candidates(session)
        if each.kind is kind and each.membership != leaving.membership
    ]
    # A colleague of the same office comes first.
    choices.sort(key=lambda each: each.institution != leaving.institution)
    sent, status = form(SuccessorInput, {"leaving": str(leaving.membership)}), 200
    if sent.input is not None:
        names = {each.membership: each.name for each in choices}
        try:
            if sent.input.leaving != leaving.membership:
                raise NotAllowed
            if sent.input.successor in names:
                follow = current_app.extensions["handed_over"]
                actions.replace_in_tandem(session, case_id, sent.input, follow)
                say_done(
                    "{name} remplace {before} dans le tandem. Toutes les personnes concernées sont averties.",
                    name=names[sent.input.successor],
                    before=leaving.name,
                )
                return redirect(f"{case.path}/admission")
            sent.refuse("successor", Phrase("Choisissez une des réponses proposées."))
            status = 422
        except NotAllowed:
            sent.refuse("", Phrase("Le dossier a changé entre-temps. Voici son état actuel."))
            status = 409
    elif sent.errors:
        status = 422
    # What a page that is shown again replaces is who stands on it now.
    sent.typed["leaving"] = str(leaving.membership)
    if status == 200:
        actions.note_reading(session, case_id, "tandem")
    return page(
        "cases/successor.html",
        status,
        case=case,
        tabs=tabs_of(session.actor, case),
        tab="admission",
        side=side,
        leaving=leaving,
        form=sent,
        choices=choices,
        rule=rule("VS-01"),
    )
