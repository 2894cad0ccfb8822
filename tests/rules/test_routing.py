"""Who pays a measure and whose turn it is: every combination by the table written by hand, and the reasons given."""

from collections import Counter
from datetime import date

import pytest

from cii.foundation.texts import texts
from cii.programmes.catalogue import CatalogueEntry, catalogue_on, read_catalogue, shipped_catalogue
from cii.programmes.route_json import as_json
from cii.programmes.routing import (
    Act,
    By,
    Decider,
    Ground,
    Obstacle,
    Origin,
    Payer,
    ProblemCode,
    Regime,
    RouteQuestion,
    route,
)
from cii.programmes.rules import RuleError, rule
from tests.rules.routes_by_hand import OFFER, REGIMES, by_hand, every_question

LACI, LEMC, LIAS = Regime
CATALOGUE = shipped_catalogue()


def asked(measure, *regimes, **details):
    """The route of a measure in Sion (6266), for a person whom the ORP announced unless said otherwise."""
    details = {"origin": Origin.ORP, "commune": 6266, **details}
    return route(RouteQuestion(measure=measure, regimes=frozenset(regimes), **details), CATALOGUE)


def turns(found):
    return [(step.act.value, step.by.value, step.rule_id) for step in found.steps]


def found_for(question):
    """What the product answers to a question of the table, its problems as codes."""
    given = {name: value for name, value in question.items() if name != "id"}
    given["origin"] = Origin(given["origin"])
    given["regimes"] = frozenset(Regime(name) for name in given["regimes"])
    given["choice"] = Regime(given["choice"]) if given["choice"] else None
    answer = as_json(route(RouteQuestion(**given), CATALOGUE), "fr")
    answer["problems"] = [problem["code"] for problem in answer["problems"]]
    return {"id": question["id"], **answer}


def test_every_combination_takes_the_way_that_the_table_written_by_hand_says():
    """VS-17 to VS-25 and VS-33 to VS-35: 2 origins, 8 sets of regimes, 17 measures, 4 choices, 3 times yes or no."""
    questions = list(every_question())
    assert len(questions) == 2 * 8 * 17 * 4 * 2 * 2 * 2
    different = [asked for asked in questions if found_for(asked) != by_hand(asked)]
    assert not different


def test_a_measure_needs_a_regime_of_the_person_in_whose_offer_it_stands():
    """VS-18. By hand: 14 measures stand in one offer (4 of 8 sets of regimes have it), 3 in two (6 of 8)."""
    candidates = Counter(
        bool(asked(measure, *regimes).candidates)
        for measure in OFFER
        for regimes in ([Regime(name) for name in names] for names in REGIMES)
    )
    assert candidates == {True: 14 * 4 + 3 * 6, False: 14 * 4 + 3 * 2}
    found = asked("aits", LACI)
    assert (found.regime, found.decider, found.payer, found.steps) == (None, None, None, ())
    assert [problem.code for problem in found.problems] == [ProblemCode.NOT_IN_OFFER]
    assert {problem.rule_id for problem in found.problems} == {"VS-18"}


def test_the_tandem_decides_alone_what_is_delegated_to_the_orp():
    """VS-19: in one step; the unemployment insurance pays."""
    found = asked("ait", LACI)
    assert turns(found) == [("decide", "tandem", "VS-19")]
    assert (found.decider, found.payer) == (Decider.TANDEM, Payer.UNEMPLOYMENT_INSURANCE)
    assert found.grounds == ()


def test_what_the_tandem_may_not_decide_it_submits_to_the_lmmt():
    """VS-20, VS-21: the LEMC always; the LACI for article 59d, outside the canton, AFO, specific courses, or others."""
    through_the_lmmt = [("submit", "tandem", "VS-20"), ("decide", "lmmt", "VS-21")]
    cases = {
        Ground.LEMC: asked("stage-professionnel", LEMC),
        Ground.ARTICLE_59D: asked("course", LACI, article_59d=True),
        Ground.OUTSIDE_CANTON: asked("course", LACI, outside_canton=True),
        Ground.AFO: asked("afo", LACI),
        Ground.SPECIFIC_COURSE: asked("specific-course", LACI),
        Ground.NOT_DELEGATED: asked("self-employment", LACI),
    }
    assert set(cases) == set(Ground)
    for ground, found in cases.items():
        assert turns(found) == through_the_lmmt
        assert found.decider is Decider.LMMT
        assert found.grounds == (ground,)
    text = rule("VS-21")
    assert text["lmmt_regimes"] == (Ground.LEMC,)
    assert text["lmmt_kinds"] == (
        Ground.ARTICLE_59D,
        Ground.OUTSIDE_CANTON,
        Ground.AFO,
        Ground.SPECIFIC_COURSE,
    )


def test_every_ground_for_the_lmmt_is_named():
    found = asked("afo", LACI, article_59d=True, outside_canton=True)
    assert found.grounds == (Ground.ARTICLE_59D, Ground.OUTSIDE_CANTON, Ground.AFO)


def test_no_catalogue_delegates_what_the_text_reserves_to_the_lmmt():
    """VS-21 names training allowances and specific courses; an administrator cannot change the text."""
    for measure in ("afo", "specific-course"):
        fields = {name: getattr(CATALOGUE[measure], name) for name in CatalogueEntry.__slots__}
        delegated = CatalogueEntry(**fields | {"delegated": True})
        question = RouteQuestion(Origin.ORP, frozenset({LACI}), measure, 6266)
        assert route(question, {measure: delegated}).decider is Decider.LMMT


def test_article_59d_and_outside_the_canton_speak_of_the_unemployment_insurance_alone():
    plain = asked("language-course", LIAS)
    assert asked("language-course", LIAS, article_59d=True, outside_canton=True) == plain
    assert plain.decider is Decider.COMMUNE


def test_social_assistance_goes_by_social_worker_sas_and_commune():
    """VS-33, VS-34, then VS-22 to VS-25: never the commune before the opinion."""
    found = asked("aits", LIAS, origin=Origin.SOCIAL_AID)
    assert turns(found) == [
        ("prepare", "tandem-social-worker", "VS-33"),
        ("transmit", "announcing-social-worker", "VS-34"),
        ("opinion", "sas", "VS-22"),
        ("approve", "commune", "VS-23"),
        ("pay", "commune", "VS-24"),
        ("account", "commune", "VS-25"),
    ]


@pytest.mark.parametrize(
    ("origin", "follow_up", "by"),
    [
        (Origin.SOCIAL_AID, False, By.ANNOUNCING_SOCIAL_WORKER),
        (Origin.SOCIAL_AID, True, By.ANNOUNCING_SOCIAL_WORKER),
        (Origin.ORP, True, By.FOLLOWING_SOCIAL_WORKER),
        (Origin.ORP, False, By.TANDEM_SOCIAL_WORKER),
    ],
)
def test_the_social_worker_in_charge_transmits(origin, follow_up, by):
    """VS-34, VS-35: the announcing one keeps the link; else the one who follows the person, else the tandem's."""
    found = asked("stage", LIAS, origin=origin, cms_follow_up=follow_up)
    assert [step.by for step in found.steps if step.act is Act.TRANSMIT] == [by]


def test_social_assistance_comes_last_and_another_choice_takes_a_reason():
    first = asked("course", LIAS, LACI)
    assert (first.candidates, first.regime, first.needs_reason) == ((LACI, LIAS), LACI, False)
    assert not asked("course", LIAS, LACI, choice=LACI).needs_reason
    other = asked("course", LIAS, LACI, choice=LIAS)
    assert (other.regime, other.payer, other.needs_reason) == (LIAS, Payer.COMMUNE, True)


def test_an_impossible_choice_stops_and_says_what_is_possible():
    found = asked("stage-professionnel", LACI, LEMC, LIAS, choice=LIAS)
    assert (found.regime, found.steps, found.needs_reason) == (None, (), False)
    assert found.candidates == (LACI, LEMC)
    assert [str(problem.message) for problem in found.problems] == [
        "Le choix LIAS n’est pas possible pour cette personne et cette mesure. Choix possible\u00a0: LACI ou LEMC."
    ]


def test_without_candidate_the_choice_is_not_spoken_of():
    found = asked("course", LEMC, choice=LACI)
    assert [problem.code for problem in found.problems] == [ProblemCode.NOT_IN_OFFER]


def test_an_unknown_commune_is_said_beside_the_route():
    for measure, regime in (("aits", LIAS), ("pet", LACI)):
        found = asked(measure, regime, commune=None)
        assert [problem.code for problem in found.problems] == [ProblemCode.COMMUNE_UNKNOWN]
        assert found.steps == asked(measure, regime).steps


def test_what_is_impossible_says_why_and_what_would_change_it():
    """VS-18: the person's regimes without the measure in their offer, and the offers whose conditions are not met."""
    found = asked("stage-professionnel", LACI, LIAS)
    said = {
        rejection.regime: (rejection.code, str(rejection.reason), str(rejection.remedy))
        for rejection in found.rejected
    }
    assert said == {
        LEMC: (
            Obstacle.CONDITIONS_NOT_MET,
            "La personne ne remplit pas aujourd’hui les conditions d’octroi de la LEMC.",
            "La mesure deviendrait possible selon la LEMC si la personne remplissait ces conditions.",
        ),
        LIAS: (
            Obstacle.NOT_IN_OFFER,
            "La mesure ne figure pas dans l’offre légale de la LIAS.",
            "Choisissez une mesure qui figure dans l’offre légale de la LIAS.",
        ),
    }


def test_every_regime_is_a_candidate_or_rejected_or_has_nothing_to_do_with_the_measure():
    for question in every_question():
        regimes = [Regime(name) for name in question["regimes"]]
        found = asked(question["measure"], *regimes)
        concerned = set(regimes) | CATALOGUE[question["measure"]].regimes
        rejected = {rejection.regime for rejection in found.rejected}
        assert not rejected & set(found.candidates)
        assert rejected | set(found.candidates) == concerned


def test_the_reasons_are_said_in_german_with_the_german_laws():
    say = texts("de").say_phrase
    found = asked("course", LEMC)
    assert [say(problem.message) for problem in found.problems] == [
        "Die Massnahme steht in keinem gesetzlichen Angebot, dessen Voraussetzungen die Person heute erfüllt. Gesetze, welche die Massnahme anbieten: AVIG oder GES."
    ]
    assert [say(rejection.reason) for rejection in found.rejected] == [
        "Die Person erfüllt die Voraussetzungen nach AVIG heute nicht.",
        "Die Massnahme steht nicht im gesetzlichen Angebot nach BMAG.",
        "Die Person erfüllt die Voraussetzungen nach GES heute nicht.",
    ]


def test_every_step_can_show_the_words_of_its_rule():
    steps = {step for measure in OFFER for step in asked(measure, *Regime).steps}
    for regime in Regime:
        steps |= {step for measure in OFFER for step in asked(measure, regime).steps}
    assert {step.rule_id for step in steps} == {
        *("VS-19", "VS-20", "VS-21", "VS-22", "VS-23", "VS-24", "VS-25", "VS-33", "VS-34")
    }
    assert all(rule(step.rule_id).source.quote for step in steps)


def test_a_measure_that_the_catalogue_does_not_have_has_no_route():
    with pytest.raises(KeyError, match="sabbatical"):
        asked("sabbatical", LACI)


# The catalogue


def test_the_catalogue_starts_with_the_measures_of_the_table_written_by_hand():
    assert {code: set(entry.regimes) for code, entry in CATALOGUE.items()} == {
        code: set(offer) for code, offer in OFFER.items()
    }
    delegated = {code for code, offer in OFFER.items() if offer.get("LACI") == "tandem"}
    assert {code for code, entry in CATALOGUE.items() if entry.delegated} == delegated


def test_ait_and_aits_are_two_measures():
    """VS-07: the allowance of the unemployment insurance and that of social assistance."""
    assert CATALOGUE["ait"].regimes == {LACI}
    assert CATALOGUE["aits"].regimes == {LIAS}


def test_the_articles_are_those_of_the_laws():
    """Read in the laws; where none was found, none stands there."""
    articles = {code: dict(entry.article) for code, entry in CATALOGUE.items() if entry.article}
    assert articles == {
        "course": {LACI: "60"},
        "language-course": {LACI: "60"},
        "training-placement": {LACI: "60"},
        "stage-professionnel": {LACI: "64a b", LEMC: "31-32"},
        "practice-firm": {LACI: "60"},
        "pet": {LACI: "64a a"},
        "semo": {LACI: "64a c"},
        "ait": {LACI: "65"},
        "afo": {LACI: "66a"},
        "travel": {LACI: "68"},
        "self-employment": {LACI: "71a"},
        "qualification-programme": {LEMC: "25"},
        "activity-contract": {LEMC: "1"},
    }
    assert all(
        "837.0" in entry.source[language]
        or "837.1" in entry.source[language]
        or "850.1" in entry.source[language]
        for entry in CATALOGUE.values()
        for language in ("fr", "de")
    )


def test_which_measures_are_delegated_is_called_our_choice_except_where_the_text_says_it():
    """VS-21 names what is not delegated; for the other measures of the unemployment insurance the text is silent."""
    chosen = {code for code, entry in CATALOGUE.items() if entry.product_default}
    under_laci = {code for code, offer in OFFER.items() if "LACI" in offer}
    assert chosen == under_laci - {"afo", "specific-course"}


def entry(code="course", **changed):
    fields = {
        "code": code,
        "names": {"fr": "Cours", "de": "Kurs"},
        "regimes": frozenset({LACI}),
        "delegated": True,
        "article": {LACI: "60"},
        "source": {"fr": "LACI", "de": "AVIG"},
        "product_default": False,
        "valid_from": date(2026, 1, 1),
    }
    return CatalogueEntry(**fields | changed)


def test_the_catalogue_of_a_day_holds_what_is_in_force_on_it():
    first = entry(valid_until=date(2026, 6, 30))
    second = entry(valid_from=date(2026, 7, 1), delegated=False)
    ended = entry("pet", valid_until=date(2026, 3, 31))
    for entries in ((first, second, ended), (ended, second, first)):
        assert dict(catalogue_on(date(2025, 12, 31), entries)) == {}
        assert dict(catalogue_on(date(2026, 3, 31), entries)) == {"course": first, "pet": ended}
        assert dict(catalogue_on(date(2026, 6, 30), entries)) == {"course": first}
        assert dict(catalogue_on(date(2026, 7, 1), entries)) == {"course": second}


def test_of_two_entries_in_force_the_one_that_began_last_holds():
    first, second = entry(), entry(valid_from=date(2026, 7, 1), delegated=False)
    for entries in ((first, second), (second, first)):
        assert catalogue_on(date(2026, 8, 1), entries)["course"] is second


def test_a_measure_stands_in_at_least_one_offer():
    with pytest.raises(ValueError, match="at least one law"):
        entry(regimes=frozenset())


WRITTEN = """
valid_from: 2026-01-01
measures:
  course:
    names: {fr: Cours, de: Kurs}
    article: {LACI: "60", LIAS: null}
    delegated: true
    source: {fr: LACI, de: AVIG}
"""


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("valid_from: 2026-01-01", "valid_from: soon", "valid_from 'soon'"),
        ("valid_from: 2026-01-01", "", "lacks valid_from"),
        ("measures:", "mesures:", "lacks valid_from or measures"),
        ("names: {fr: Cours, de: Kurs}", "names: {fr: Cours}", "course does not have names"),
        ("de: AVIG", 'de: ""', "course does not have source"),
        ("LIAS: null", "LAI: null", "course does not say under which"),
        ('{LACI: "60", LIAS: null}', "{}", "course does not say under which"),
        ("delegated: true", "delegated: perhaps", "neither true nor false"),
        ("delegated: true", "delegate: true", "course has other fields than"),
        ("delegated: true", "delegated: true\n    delegated: false", "stands there twice"),
    ],
)
def test_a_catalogue_that_cannot_be_used_says_why(tmp_path, old, new, complaint):
    file = tmp_path / "catalogue.yaml"
    file.write_text(WRITTEN, "utf-8")
    assert read_catalogue(file)["course"].article == {LACI: "60"}
    assert old in WRITTEN
    file.write_text(WRITTEN.replace(old, new, 1), "utf-8")
    with pytest.raises(RuleError, match=complaint):
        read_catalogue(file)
