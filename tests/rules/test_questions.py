"""Every criterion is asked in words, with the answers it needs and the source's own words behind it."""

from dataclasses import fields
from datetime import date

from cii.programmes.eligibility import (
    Difficulty,
    Gap,
    Ground,
    InsertionStatus,
    PastMeasure,
    PastMeasureKind,
    Regime,
    Situation,
    State,
    Verdict,
    examine,
)
from cii.programmes.questions import (
    DIFFICULTIES,
    GROUNDS,
    INSERTION_STATUSES,
    MESSAGES,
    PAST_MEASURE_KINDS,
    QUESTIONS,
    REGIMES,
    STATES,
    VERDICTS,
    question,
)
from cii.programmes.rules import rule


def test_every_criterion_has_its_question_in_the_order_of_the_text():
    asked = [found.rule_id for found in examine(Situation(), on=date(2026, 3, 2))]
    assert [found.rule_id for found in QUESTIONS] == asked
    assert [question(rule_id).rule_id for rule_id in asked] == asked


def test_every_answer_of_a_situation_is_asked_exactly_once():
    """The regimes come with the person, before the criteria."""
    asked = [answer.field for found in QUESTIONS for answer in found.answers]
    past = [f"past_measures.{field.name}" for field in fields(PastMeasure)]
    plain = {field.name for field in fields(Situation)} - {"regimes", "past_measures"}
    assert sorted(asked) == sorted([*plain, *past])


def test_only_persons_under_a_regime_are_asked_its_question():
    asked = {
        regimes: {found.rule_id for found in QUESTIONS if found.asked_under(regimes)}
        for regimes in [(Regime.LEMC,), (Regime.LACI,), (Regime.LIAS,), (Regime.LACI, Regime.LIAS)]
    }
    always = {"VS-08", "VS-09", "VS-12", "VS-13", "VS-14"}
    assert asked == {
        (Regime.LEMC,): always,
        (Regime.LACI,): always | {"VS-10"},
        (Regime.LIAS,): always | {"VS-11"},
        (Regime.LACI, Regime.LIAS): always | {"VS-10", "VS-11"},
    }


def test_every_choice_state_and_gap_has_its_words():
    for words, choices in [
        (REGIMES, Regime),
        (GROUNDS, Ground),
        (PAST_MEASURE_KINDS, PastMeasureKind),
        (DIFFICULTIES, Difficulty),
        (INSERTION_STATUSES, InsertionStatus),
        (STATES, State),
        (VERDICTS, Verdict),
        (MESSAGES, Gap),
    ]:
        assert set(words) == set(choices)


def test_the_choices_are_those_of_the_text():
    assert set(rule("VS-08")["grounds"]) == set(Ground)
    assert set(rule("VS-10")["kinds"]) == set(PastMeasureKind)
    assert set(rule("VS-12")["difficulties"]) == set(Difficulty)
    assert set(rule("VS-12")["insertion"]) == set(InsertionStatus)
