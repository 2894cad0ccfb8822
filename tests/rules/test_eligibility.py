"""Who a tandem coaching is for: situations worked out by hand from lines 30 to 35 of the Valais text."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cii.programmes.eligibility import (
    Criterion,
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
    verdict,
)
from cii.programmes.questions import MESSAGES, still_missing

START = date(2026, 3, 2)
THE_DAY_BEFORE = date(2026, 3, 1)
LACI, LEMC, LIAS = Regime.LACI, Regime.LEMC, Regime.LIAS

PROGRAMME = PastMeasure(PastMeasureKind.BASIC_PROGRAMME, "Bilan et stratégie", date(2026, 2, 10))
VERIFICATION = PastMeasure(
    PastMeasureKind.EMPLOYABILITY_VERIFICATION, "Stage d’évaluation", date(2025, 12, 14)
)

# A cantonal measure alone: neither the unemployment insurance nor social assistance asks anything more.
UNDER_LEMC = Situation(
    regimes=frozenset({LEMC}),
    ground=Ground.RISK_CUMULATION,
    risk_factors=("dettes", "absence de diplôme"),
    followed_by_orp=True,
    orp_professional_named=True,
    difficulties=frozenset({Difficulty.LIMITED_ADAPTED_ACTIVITY}),
    insertion_status=InsertionStatus.PARTIAL,
    potential=True,
    potential_reason="deux employeurs prêts à l’essayer",
    intensive_coaching=True,
    intensive_coaching_reason="suivi ordinaire insuffisant depuis six mois",
)
UNDER_LACI = replace(UNDER_LEMC, regimes=frozenset({LACI}), past_measures=(PROGRAMME,))
WITH_SOCIAL_ASSISTANCE = replace(
    UNDER_LEMC,
    regimes=frozenset({LIAS}),
    followed_by_orp=False,
    orp_professional_named=False,
    followed_by_cms=True,
    cms_professional_named=True,
    employability_verified_on=date(2026, 1, 20),
    integration_indicated=True,
    employability_report=True,
)
UNDER_BOTH = replace(
    WITH_SOCIAL_ASSISTANCE, regimes=frozenset({LACI, LIAS}), past_measures=(VERIFICATION,)
)

COMPLETE, TO_COMPLETE, NOT_MET = Verdict.COMPLETE, Verdict.TO_COMPLETE, Verdict.NOT_MET

# fmt: off
SITUATIONS = {
    # the person                                                          the announcement, the verdict, what is still asked
    "nothing is answered yet":
        (Situation(), TO_COMPLETE,
         "ground risk-factors follow-up regimes regimes difficulties insertion-status potential intensive-coaching"),
    "under LEMC alone, everything answered":
        (UNDER_LEMC, COMPLETE, ""),
    "under LACI, a basic programme ended in February":
        (UNDER_LACI, COMPLETE, ""),
    "under LACI, a verification of employability instead":
        (replace(UNDER_LACI, past_measures=(VERIFICATION,)), COMPLETE, ""),
    "under LACI, no earlier measure at all":
        (replace(UNDER_LACI, past_measures=()), TO_COMPLETE, "past-measure"),
    "with social assistance, verified and indicated":
        (WITH_SOCIAL_ASSISTANCE, COMPLETE, ""),
    "with social assistance, not verified yet":
        (replace(WITH_SOCIAL_ASSISTANCE, employability_verified_on=None, integration_indicated=None), TO_COMPLETE,
         "verification-date verification-result"),
    "with social assistance, integration not indicated":
        (replace(WITH_SOCIAL_ASSISTANCE, integration_indicated=False), NOT_MET, ""),
    "under both, both proven":
        (UNDER_BOTH, COMPLETE, ""),
    "under both, the earlier measure alone":
        (replace(UNDER_BOTH, employability_verified_on=None, integration_indicated=None), TO_COMPLETE,
         "verification-date verification-result"),
    "under both, the verification with social assistance alone":
        (replace(UNDER_BOTH, past_measures=()), TO_COMPLETE, "past-measure"),
    "one answer missing and another contradicting the text":
        (replace(UNDER_LACI, ground=None, potential=False), NOT_MET, "ground"),
}
# fmt: on


@pytest.mark.parametrize(("situation", "expected", "asked"), SITUATIONS.values(), ids=SITUATIONS)
def test_a_situation_is_judged_as_by_hand(situation, expected, asked):
    criteria = examine(situation, on=START)
    assert verdict(criteria) is expected
    assert [gap for criterion in criteria for gap in criterion.missing] == asked.split()


def judged(situation: Situation, rule_id: str, on: date = START) -> Criterion:
    """One criterion, which must stand in the answer exactly once."""
    [criterion] = [found for found in examine(situation, on=on) if found.rule_id == rule_id]
    return criterion


def gaps(rule_id: str, **answers: object) -> set[Gap]:
    """What one criterion lacks when an otherwise complete person under both regimes gives these answers."""
    criterion = judged(replace(UNDER_BOTH, **answers), rule_id)
    assert criterion.state is (State.MISSING if criterion.missing else State.MET)
    return set(criterion.missing)


def test_the_criteria_stand_in_the_order_of_the_text():
    assert [found.rule_id for found in examine(Situation(), on=START)] == (
        ["VS-08", "VS-09", "VS-10", "VS-11", "VS-12", "VS-13", "VS-14"]
    )


def test_an_announcement_has_a_ground_and_a_risk_factor():
    """VS-08: a cumulation of risk factors, or a complex multiple problem."""
    assert gaps("VS-08", ground=Ground.COMPLEX_MULTIPLE) == set()
    assert gaps("VS-08", ground=None) == {Gap.GROUND}
    assert gaps("VS-08", risk_factors=()) == {Gap.RISK_FACTORS}
    assert gaps("VS-08", risk_factors=("  ",)) == {Gap.RISK_FACTORS}


def test_one_institution_follows_the_person_by_name():
    """VS-09: at least one of the two, ORP or CMS."""
    nobody = {
        "followed_by_orp": False,
        "orp_professional_named": False,
        "followed_by_cms": False,
        "cms_professional_named": False,
    }
    assert gaps("VS-09", **nobody) == {Gap.FOLLOW_UP}
    assert gaps("VS-09", **nobody | {"followed_by_orp": True}) == {Gap.ORP_PROFESSIONAL}
    assert gaps("VS-09", **nobody | {"followed_by_cms": True}) == {Gap.CMS_PROFESSIONAL}
    both_unnamed = nobody | {"followed_by_orp": True, "followed_by_cms": True}
    assert gaps("VS-09", **both_unnamed) == {Gap.ORP_PROFESSIONAL, Gap.CMS_PROFESSIONAL}
    assert gaps("VS-09", **both_unnamed | {"cms_professional_named": True}) == set()
    assert gaps("VS-09", **nobody | {"orp_professional_named": True}) == {Gap.FOLLOW_UP}


@pytest.mark.parametrize(
    ("measures", "lacking"),
    [
        ((), {Gap.PAST_MEASURE}),
        ((replace(PROGRAMME, ended_on=THE_DAY_BEFORE),), set()),
        ((replace(PROGRAMME, ended_on=START),), {Gap.PAST_MEASURE_STILL_RUNNING}),
        ((replace(PROGRAMME, ended_on=None),), {Gap.PAST_MEASURE_END_DATE}),
        ((replace(PROGRAMME, name=" "),), {Gap.PAST_MEASURE_NAME}),
        (
            (PastMeasure(PastMeasureKind.BASIC_PROGRAMME),),
            {Gap.PAST_MEASURE_NAME, Gap.PAST_MEASURE_END_DATE},
        ),
        # One proven measure is enough, whatever the other lacks.
        ((replace(PROGRAMME, ended_on=None), VERIFICATION), set()),
        ((PROGRAMME, VERIFICATION), set()),
    ],
)
def test_a_person_under_laci_took_part_in_a_measure_beforehand(measures, lacking):
    """VS-10: a basic programme or a verification of employability, ended before the coaching starts."""
    assert gaps("VS-10", past_measures=measures) == lacking


def test_an_earlier_measure_proves_itself_once_it_has_ended():
    running = replace(UNDER_LACI, past_measures=(replace(PROGRAMME, ended_on=date(2026, 3, 31)),))
    assert judged(running, "VS-10", on=date(2026, 3, 31)).state is State.MISSING
    assert judged(running, "VS-10", on=date(2026, 4, 1)).state is State.MET


def test_with_social_assistance_integration_is_verified_and_indicated():
    """VS-11: the verification has been done, and professional integration is indicated."""
    assert gaps("VS-11", employability_verified_on=None) == {Gap.VERIFICATION_DATE}
    assert gaps("VS-11", employability_verified_on=START) == set()
    assert gaps("VS-11", employability_verified_on=date(2026, 3, 3)) == {Gap.VERIFICATION_TO_COME}
    assert gaps("VS-11", integration_indicated=None) == {Gap.VERIFICATION_RESULT}

    refused = judged(replace(WITH_SOCIAL_ASSISTANCE, integration_indicated=False), "VS-11")
    assert refused.state is State.NOT_MET
    assert refused.contradicted_by == (Gap.INTEGRATION_NOT_INDICATED,)


def test_an_absent_report_is_a_remark_and_holds_nothing_up():
    without = judged(replace(WITH_SOCIAL_ASSISTANCE, employability_report=False), "VS-11")
    assert (without.state, without.remarks) == (State.MET, (Gap.VERIFICATION_REPORT,))
    assert judged(WITH_SOCIAL_ASSISTANCE, "VS-11").remarks == ()


def test_the_person_has_difficulties_of_insertion():
    """VS-12: limited adapted activity or doubtful placement aptitude; partial or no insertion."""
    doubtful = frozenset({Difficulty.DOUBTFUL_PLACEMENT_APTITUDE})
    assert gaps("VS-12", difficulties=doubtful, insertion_status=InsertionStatus.NONE) == set()
    assert gaps("VS-12", difficulties=frozenset()) == {Gap.DIFFICULTIES}
    assert gaps("VS-12", insertion_status=None) == {Gap.INSERTION_STATUS}


def test_a_realistic_potential_exists_with_reasons():
    """VS-13 (and VS-06): yes, and why; a plain no contradicts the text."""
    assert gaps("VS-13", potential=None) == {Gap.POTENTIAL}
    assert gaps("VS-13", potential_reason=" ") == {Gap.POTENTIAL_REASON}
    refused = judged(replace(UNDER_BOTH, potential=False, potential_reason=""), "VS-13")
    assert (refused.state, refused.contradicted_by) == (State.NOT_MET, (Gap.POTENTIAL_ABSENT,))


def test_intensive_coaching_is_required_with_reasons():
    """VS-14: yes, and why; a plain no contradicts the text."""
    assert gaps("VS-14", intensive_coaching=None) == {Gap.INTENSIVE_COACHING}
    assert gaps("VS-14", intensive_coaching_reason="") == {Gap.INTENSIVE_COACHING_REASON}
    refused = judged(replace(UNDER_BOTH, intensive_coaching=False), "VS-14")
    assert refused.state is State.NOT_MET
    assert refused.contradicted_by == (Gap.INTENSIVE_COACHING_NOT_REQUIRED,)


def test_what_is_missing_is_said_once_and_in_words():
    """Without a regime VS-10 and VS-11 ask the same thing."""
    asked = still_missing(examine(replace(UNDER_BOTH, regimes=frozenset(), ground=None), on=START))
    assert asked == (
        "Indiquez le motif de l’annonce.",
        "Indiquez de quel régime relève la personne\u00a0: LACI, LEMC, LIAS.",
    )


# What holds for every person

days = st.dates(START - timedelta(days=400), START + timedelta(days=400))
words = st.sampled_from(["", " ", "dettes", "logement précaire"])
yes_no_unknown = st.sampled_from([True, False, None])
past_measures = st.builds(PastMeasure, st.sampled_from(PastMeasureKind), words, st.none() | days)
situations = st.builds(
    Situation,
    regimes=st.frozensets(st.sampled_from(Regime)),
    ground=st.none() | st.sampled_from(Ground),
    risk_factors=st.lists(words, max_size=3).map(tuple),
    followed_by_orp=st.booleans(),
    followed_by_cms=st.booleans(),
    orp_professional_named=st.booleans(),
    cms_professional_named=st.booleans(),
    past_measures=st.lists(past_measures, max_size=4).map(tuple),
    employability_verified_on=st.none() | days,
    integration_indicated=yes_no_unknown,
    employability_report=st.booleans(),
    difficulties=st.frozensets(st.sampled_from(Difficulty)),
    insertion_status=st.none() | st.sampled_from(InsertionStatus),
    potential=yes_no_unknown,
    potential_reason=words,
    intensive_coaching=yes_no_unknown,
    intensive_coaching_reason=words,
)

PROOFS = {
    "a ground": lambda s: replace(s, ground=s.ground or Ground.COMPLEX_MULTIPLE),
    "a risk factor": lambda s: replace(s, risk_factors=(*s.risk_factors, "santé")),
    "a follow-up by the CMS": lambda s: replace(
        s, followed_by_cms=True, cms_professional_named=True
    ),
    "a follow-up by the ORP, unnamed": lambda s: replace(s, followed_by_orp=True),
    "an earlier measure": lambda s: replace(s, past_measures=(*s.past_measures, PROGRAMME)),
    "an earlier measure without its end": lambda s: replace(
        s, past_measures=(*s.past_measures, replace(PROGRAMME, ended_on=None))
    ),
    "the day of the verification": lambda s: replace(
        s, employability_verified_on=min(s.employability_verified_on or START, START)
    ),
    "its report": lambda s: replace(s, employability_report=True),
    "its good result": lambda s: replace(s, integration_indicated=True),
    "a difficulty": lambda s: replace(
        s, difficulties=s.difficulties | {Difficulty.LIMITED_ADAPTED_ACTIVITY}
    ),
    "an insertion status": lambda s: replace(
        s, insertion_status=s.insertion_status or InsertionStatus.PARTIAL
    ),
    "a potential": lambda s: replace(s, potential=True),
    "its reasons": lambda s: replace(s, potential_reason="métier en demande"),
    "a need of coaching": lambda s: replace(s, intensive_coaching=True),
    "the reasons of that need": lambda s: replace(s, intensive_coaching_reason="six mois"),
}
FROM_WORST_TO_BEST = (NOT_MET, TO_COMPLETE, COMPLETE)

for_every_person = settings(deadline=None)


@for_every_person
@given(situation=situations, proof=st.sampled_from(sorted(PROOFS)))
def test_a_proof_never_makes_a_verdict_worse(situation, proof):
    before = verdict(examine(situation, on=START))
    after = verdict(examine(PROOFS[proof](situation), on=START))
    assert FROM_WORST_TO_BEST.index(after) >= FROM_WORST_TO_BEST.index(before)


@for_every_person
@given(situation=situations)
def test_all_proofs_together_make_an_announcement_complete(situation):
    """No answer, however it began, locks a person out once everything is proven."""
    proven = replace(situation, regimes=situation.regimes or frozenset({LEMC}))
    for proof in PROOFS.values():
        proven = proof(proven)
    assert verdict(examine(proven, on=START)) is COMPLETE


@for_every_person
@given(situation=situations)
def test_a_person_under_lemc_alone_is_never_asked_for_earlier_measures_or_verification(situation):
    criteria = examine(replace(situation, regimes=frozenset({LEMC})), on=START)
    assert {found.rule_id for found in criteria if found.state is State.NOT_APPLICABLE} == {
        "VS-10",
        "VS-11",
    }


@for_every_person
@given(situation=situations, data=st.data())
def test_the_order_of_the_answers_does_not_matter(situation, data):
    shuffled = replace(
        situation,
        risk_factors=tuple(data.draw(st.permutations(situation.risk_factors))),
        past_measures=tuple(data.draw(st.permutations(situation.past_measures))),
    )
    criteria = examine(situation, on=START)
    assert examine(shuffled, on=START) == criteria
    assert verdict(data.draw(st.permutations(criteria))) is verdict(criteria)


@for_every_person
@given(situation=situations)
def test_complete_means_that_every_criterion_asked_is_met(situation):
    criteria = examine(situation, on=START)
    assert (verdict(criteria) is COMPLETE) == all(
        found.state in (State.MET, State.NOT_APPLICABLE) for found in criteria
    )


@for_every_person
@given(situation=situations)
def test_whatever_is_asked_or_held_against_a_person_is_said_in_words(situation):
    for found in examine(situation, on=START):
        assert (found.state is State.MISSING) <= bool(found.missing)
        assert (found.state is State.NOT_MET) == bool(found.contradicted_by)
        for gap in found.missing + found.contradicted_by + found.remarks:
            assert MESSAGES[gap]
