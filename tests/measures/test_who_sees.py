"""Who sees which measure, which of its steps, which opinion and decision."""

import pytest
from sqlmodel import select

from cii.access.guard import Hidden
from cii.cases.lifecycle import State
from cii.measures import actions
from cii.measures.inputs import ReturnInput
from cii.measures.lifecycle import Stage
from cii.measures.models import Decision, Measure, MeasureReminder, MeasureStep, Opinion
from cii.measures.queries import decision_page, measures_of, steps_of
from cii.programmes.routing import Decider


def seen(house, who, *, model=Measure):
    with house.store.session(house.actor(*who), writes=False) as session:
        return {each.id for each in session.exec(select(model)).all()}


CLERK, OTHER_COMMUNE, SAS, LMMT = ("cecile", "sion"), ("jerome",), ("sophie",), ("laurent",)


def test_partners_see_the_measures_that_were_put_before_them_and_of_the_case_no_other(either):
    case = either.case(state=State.COACHING)
    draft = either.a_measure_at(Stage.DRAFT, case=case)
    at_sas = either.a_measure_at(Stage.AT_SAS, case=case)
    at_commune = either.a_measure_at(Stage.AT_COMMUNE, case=case)
    at_lmmt = either.a_measure_at(Stage.AT_LMMT, case=case, decider=Decider.LMMT)
    own = either.a_measure_at(Stage.GRANTED, case=case, decider=Decider.TANDEM)
    everything = {each.id for each in (draft, at_sas, at_commune, at_lmmt, own)}
    for who in (("hugo",), ("amelie",), ("patrick",), ("valerie",), ("claire",)):
        assert seen(either, who) == everything, who
    assert seen(either, SAS) == {at_sas.id, at_commune.id}
    assert seen(either, CLERK) == {at_commune.id}
    assert seen(either, LMMT) == {at_lmmt.id}
    for who in (OTHER_COMMUNE, ("nicolas",), ("yannick",), ("regula",), ("odile",), ("pia",)):
        assert seen(either, who) == set(), who


def test_another_communes_case_and_measure_do_not_exist(either):
    at_home = either.a_measure_at(Stage.AT_COMMUNE)
    elsewhere = either.a_measure_at(
        Stage.AT_COMMUNE, case=either.case(state=State.COACHING, commune=6265)
    )
    assert seen(either, CLERK) == {at_home.id}
    assert seen(either, OTHER_COMMUNE) == {elsewhere.id}
    with either.store.session(either.actor(*CLERK), writes=False) as session:
        with pytest.raises(Hidden):
            decision_page(session, elsewhere.id)
        assert measures_of(session, elsewhere.case_id) == []
        assert steps_of(session, elsewhere.id) == []


def test_of_the_steps_partners_read_their_own_and_what_was_addressed_to_them(either):
    measure = either.a_measure_at(Stage.GRANTED)

    def numbers(*who):
        with either.store.session(either.actor(*who), writes=False) as session:
            return [each.number for each in steps_of(session, measure.id)]

    assert numbers("hugo") == numbers("amelie") == [1, 2, 3, 4, 5]
    assert numbers("sophie") == [3, 4]  # transmitted to it, its opinion
    assert numbers("cecile", "sion") == [4, 5]  # the opinion addressed to it, its decision
    assert seen(either, SAS, model=Opinion) == seen(either, CLERK, model=Opinion)
    assert len(seen(either, SAS, model=Decision)) == 1, "it gave its opinion on it"
    for who in (CLERK, SAS, LMMT):
        with either.store.session(either.actor(*who), writes=False) as session:
            assert session.exec(select(MeasureReminder)).all() == []


def test_a_question_of_the_sas_to_the_social_worker_is_not_the_communes(either):
    measure = either.a_measure_at(Stage.AT_SAS)
    with either.acting("sophie") as session:
        question = ReturnInput(
            version=measure.version, to=Stage.TO_TRANSMIT, text="Et ses dettes ?"
        )
        actions.send_back(session, measure.id, question)
    from cii.measures.inputs import ForwardInput, OpinionInput
    from cii.measures.models import Leaning

    with either.acting("hugo") as session:
        again = ForwardInput(version=measure.version + 1, text="Assainies.")
        actions.transmit(session, measure.id, again)
    with either.acting("sophie") as session:
        given = OpinionInput(version=measure.version + 2, leaning=Leaning.FAVOURABLE)
        actions.give_opinion(session, measure.id, given)
    with either.store.session(either.actor(*CLERK), writes=False) as session:
        assert "dettes" not in str([each.text for each in steps_of(session, measure.id)])
        texts = {each.text for each in session.exec(select(MeasureStep)).all()}
        assert texts == {""}


@pytest.mark.parametrize("stage", [Stage.AT_COMMUNE, Stage.GRANTED])
def test_after_a_revocation_nobody_but_the_author_sees_it(either, stage):
    case = either.case(state=State.COACHING)
    measure = either.a_measure_at(stage, case=case)
    either.revoke(case)
    for who in (CLERK, SAS, ("amelie",), ("claire",)):
        assert seen(either, who) == set(), who
    assert seen(either, ("hugo",)) == {measure.id}, "his institution proposed it"
    # What one decided oneself stays with oneself.
    assert len(seen(either, CLERK, model=Decision)) == (1 if stage is Stage.GRANTED else 0)


def test_the_page_of_a_decision_says_everything_in_one_read(either):
    measure = either.a_measure_at(Stage.AT_COMMUNE)
    with either.store.session(either.actor(*CLERK), writes=False) as session:
        page = decision_page(session, measure.id)
    assert (page.name, page.commune, page.type_name) == ("Lucie Morard", "Sion", "Cours de langue")
    assert (page.proposer, page.social_worker, page.sas) == (
        "Hugo Délèze",
        "Hugo Délèze",
        "Service de l’action sociale",
    )
    assert page.opinion is not None
    assert (page.opinion.by, page.opinion.text) == (
        "Sophie Bruchez",
        "Le cours correspond au projet.",
    )
    assert page.decision is None
    granted = either.a_measure_at(Stage.GRANTED)
    with either.store.session(either.actor(*CLERK), writes=False) as session:
        page = decision_page(session, granted.id)
    assert page.decision is not None
    assert (page.decision.signed_name, page.decision.institution) == (
        "Cécile Rossier",
        "Commune de Sion",
    )
