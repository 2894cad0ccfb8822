"""The route of measures for other systems: `cii route` asks and answers in JSON, by the function the screens use."""

import json
from collections.abc import Container, Iterable, Mapping
from typing import Any

from cii.foundation.json_objects import (
    Field,
    is_text,
    is_truth,
    is_whole_number,
    read_objects,
)
from cii.foundation.texts import N_, Phrase, texts
from cii.programmes.catalogue import CatalogueEntry, shipped_catalogue
from cii.programmes.routing import Origin, Regime, Route, RouteQuestion, route


def answer_routes(raw: bytes, *, communes: Container[int], language: str) -> str:
    """The answers to one question or a list of them, in the same shape and order, by the shipped catalogue.

    `communes`: the numbers of the register. NotOfThisForm when a question is not of the form of `cii route`.
    """
    catalogue = shipped_catalogue()
    batch = read_objects(raw, _fields(catalogue))
    answers = [
        {"id": asked["id"], **as_json(route(_question(asked, communes), catalogue), language)}
        for asked in batch.objects
    ]
    return json.dumps(answers if batch.as_list else answers[0], ensure_ascii=False, indent=2) + "\n"


def as_json(found: Route, language: str) -> dict[str, Any]:
    """A route as other systems read it; why regimes were rejected is for the screens."""
    say = texts(language).say_phrase
    return {
        "candidates": list(found.candidates),
        "regime": found.regime,
        "decider": found.decider,
        "payer": found.payer,
        "needs_reason": found.needs_reason,
        "steps": [{"act": step.act, "by": step.by, "rule": step.rule_id} for step in found.steps],
        "problems": [
            {"code": problem.code, "message": say(problem.message)} for problem in found.problems
        ],
    }


def _fields(catalogue: Mapping[str, CatalogueEntry]) -> Mapping[str, Field]:
    """The fields of a question; all but the last are required."""
    regimes = _quoted(Regime)
    truth = Field(Phrase(N_("true ou false")), is_truth)
    return {
        "id": Field(Phrase(N_("un texte")), is_text),
        "origin": Field(_one_of(Origin), lambda value: _among(value, Origin)),
        "regimes": Field(
            Phrase(N_("une liste de {values}, chacun au plus une fois"), values=regimes),
            _are_regimes,
        ),
        "measure": Field(_one_of(catalogue), lambda value: _among(value, catalogue)),
        "commune": Field(Phrase(N_("un nombre entier (le numéro OFS)")), is_whole_number),
        "article_59d": truth,
        "outside_canton": truth,
        "choice": Field(
            Phrase(N_("null ou l’un de {values}"), values=regimes),
            lambda value: value is None or _among(value, Regime),
        ),
        "cms_follow_up": Field(truth.expected, is_truth, required=False, default=False),
    }


def _question(asked: Mapping[str, Any], communes: Container[int]) -> RouteQuestion:
    return RouteQuestion(
        origin=Origin(asked["origin"]),
        regimes=frozenset(Regime(name) for name in asked["regimes"]),
        measure=asked["measure"],
        commune=asked["commune"] if asked["commune"] in communes else None,
        article_59d=asked["article_59d"],
        outside_canton=asked["outside_canton"],
        choice=Regime(asked["choice"]) if asked["choice"] else None,
        cms_follow_up=asked["cms_follow_up"],
    )


def _one_of(names: Iterable[str]) -> Phrase:
    return Phrase(N_("l’un de {values}"), values=_quoted(names))


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _among(value: object, names: Iterable[str]) -> bool:
    return isinstance(value, str) and value in tuple(names)


def _are_regimes(value: object) -> bool:
    """A list of regimes, which may be empty, without repetition."""
    if not isinstance(value, list) or not all(_among(item, Regime) for item in value):
        return False
    return len(set(value)) == len(value)
