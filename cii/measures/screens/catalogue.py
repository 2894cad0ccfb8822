"""The catalogue of measures: what holds today, what held, and another version from a day on."""

from typing import Any

from flask import Response, request
from sqlmodel import select

from cii.access.guard import GuardedSession, Hidden
from cii.access.permissions import May
from cii.access.screens import access
from cii.foundation.days import format_day
from cii.foundation.texts import N_, texts
from cii.measures import actions
from cii.measures.catalogue import entries, types_today
from cii.measures.inputs import CatalogueInput
from cii.measures.models import MeasureType
from cii.measures.screens import screens
from cii.measures.screens.shown import begun
from cii.measures.words import LAW_NAMES
from cii.organisations.models import Person
from cii.programmes.routing import LAWS, Regime
from cii.programmes.rules import rule
from cii.web.forms import Form, form
from cii.web.pages import page, redirect, say_done


@screens.get("/catalogue")
@access(May.MANAGE_CATALOGUE)
def catalogue(session: GuardedSession) -> Response:
    """The catalogue of today, by name, and the measures that are no longer or not yet in it (VS-07, VS-18)."""
    today = types_today(session)
    others: dict[str, MeasureType] = {}
    for each in entries(session):
        if each.code not in today:
            others.setdefault(each.code, each)
    return page(
        "measures/catalogue.html",
        today=list(today.values()),
        others=list(others.values()),
        law_labels=LAWS,
        rule=rule("VS-18"),
    )


@screens.route("/catalogue/new", methods=["GET", "POST"])
@access(May.MANAGE_CATALOGUE, write=May.MANAGE_CATALOGUE)
def new_entry(session: GuardedSession) -> Response:
    """Enter a measure that the catalogue does not have yet."""
    made = form(CatalogueInput, {"valid_from": format_day(session.actor.day)})
    return _saved(session, made, None, [])


@screens.route("/catalogue/<code>", methods=["GET", "POST"])
@access(May.MANAGE_CATALOGUE, write=May.MANAGE_CATALOGUE)
def entry(session: GuardedSession, code: str) -> Response:
    """A measure of the catalogue with all its versions, and another one from a day on."""
    history = [each for each in entries(session) if each.code == code]
    if not history:
        raise Hidden("MeasureType")
    present = types_today(session).get(code, history[0])
    made = form(CatalogueInput, _as_typed(present))
    made.typed["code"] = code
    if made.input is not None and made.input.code != code:
        raise Hidden("MeasureType")
    return _saved(session, made, present, history)


def _saved(
    session: GuardedSession,
    made: Form[CatalogueInput],
    present: MeasureType | None,
    history: list[MeasureType],
) -> Response:
    if made.input is not None and request.method == "POST":
        try:
            entered = actions.put_entry(session, made.input)
        except actions.NotPossible as objection:
            made.refuse(objection.field, objection.phrase)
        else:
            say_done(N_("L’entrée est inscrite au catalogue."))
            return redirect(f"/catalogue/{entered.code}")
    keys = {each.changed_by for each in history if each.changed_by}
    people = session.exec(select(Person).where(Person.id.in_(keys))).all() if keys else []
    words = texts(session.actor.language)
    return page(
        "measures/catalogue_entry.html",
        422 if made.errors else 200,
        form=made,
        entry=present,
        history=history,
        authors={each.id: each.name for each in people},
        laws=[(law.value, begun(words.say(LAW_NAMES[law]))) for law in Regime],
        law_labels=LAWS,
    )


def _as_typed(each: MeasureType) -> dict[str, Any]:
    """The present entry, as the beginning of the next one."""
    return {
        "name": each.name,
        "name_de": each.name_de,
        "regimes": list(each.regimes),
        "delegated": "yes" if each.delegated else "",
        "article_laci": each.article.get("LACI", ""),
        "article_lemc": each.article.get("LEMC", ""),
        "article_lias": each.article.get("LIAS", ""),
        "source": each.source,
        "source_de": each.source_de,
        "product_default": "yes" if each.product_default else "",
    }
