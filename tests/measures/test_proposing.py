"""The tandem proposes a measure: who may, what the law makes of it, what is missing, two at once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from pydantic import ValidationError

from cii.access.actor import Kind
from cii.access.guard import Hidden
from cii.access.system import Reason
from cii.audit.models import Act, AuditEvent
from cii.cases.lifecycle import State
from cii.cases.models import CaseEmployment, CaseSocial
from cii.consent.topics import NEEDS, Topic
from cii.foundation.clock import today
from cii.foundation.texts import Phrase
from cii.measures import actions
from cii.measures.catalogue import catalogue_today, entries, types_today
from cii.measures.inputs import (
    AbandonInput,
    CatalogueInput,
    ChangeInput,
    DecisionInput,
    ForwardInput,
    PreparationInput,
    RouteInput,
)
from cii.measures.lifecycle import Move, Stage
from cii.measures.models import Measure, MeasureStep, MeasureType, Outcome, Provider
from cii.measures.setup import enter_catalogue
from cii.programmes.catalogue import shipped_catalogue
from cii.programmes.routing import By, Decider, Payer, Regime
from tests.house import Consent


def changed(given, **differently):
    """The same form again, with something else in it."""
    values = given.model_dump(exclude={"form_key"}) | {"version": 1}
    return ChangeInput(**(values | differently))


def of(house, measure_id):
    return house.all(Measure, Measure.id == measure_id)[0]


# Who proposes, and where


def test_both_of_the_tandem_propose_measures_in_both_systems(house, case, proposal):
    """VS-17: "Les tandems proposent des mesures du marché du travail (MMT) dans les deux systèmes"."""
    with house.acting("hugo") as session:
        social = actions.propose(session, case.id, proposal())
    with house.acting("amelie") as session:
        insurance = actions.propose(
            session, case.id, proposal(code="course", regimes=[Regime.LACI], provider=Provider.ORP)
        )
    assert (social.regime, social.payer, social.decider) == (
        Regime.LIAS,
        Payer.COMMUNE,
        Decider.COMMUNE,
    )
    assert (insurance.regime, insurance.payer, insurance.decider) == (
        Regime.LACI,
        Payer.UNEMPLOYMENT_INSURANCE,
        Decider.TANDEM,
    )
    assert {social.stage, insurance.stage} == {Stage.DRAFT}
    assert house.count(AuditEvent, AuditEvent.act == Act.MEASURE_PROPOSED) == 2


@pytest.mark.parametrize("who", ["nicolas", "patrick", "gaelle", "valerie", "claire", "bastien"])
def test_nobody_else_proposes(house, case, proposal, who):
    with house.acting(who) as session, pytest.raises(Hidden):
        actions.propose(session, case.id, proposal())
    assert house.count(Measure) == 0


def test_a_deputy_proposes_in_the_name_of_the_tandem(house, case, proposal):
    house.deputy("amelie", "nicolas")
    with house.acting("nicolas") as session:
        made = actions.propose(session, case.id, proposal(code="course", regimes=[Regime.LACI]))
    assert made.proposed_by == house.membership("nicolas")
    assert made.turn_id == house.membership("amelie")


@pytest.mark.parametrize("state", [State.TANDEM_ASSIGNED, State.ASSESSED, State.CLOSED])
def test_measures_are_proposed_while_the_person_is_coached(house, proposal, state):
    case = house.case(state=state)
    with house.acting("hugo") as session, pytest.raises(actions.Stopped):
        actions.propose(session, case.id, proposal())


@pytest.mark.parametrize("consent", [Consent(ends=-1), Consent(starts=2)])
def test_without_a_procuration_valid_today_nothing_is_proposed(house, proposal, consent):
    case = house.case(state=State.COACHING, consent=consent)
    with house.acting("hugo") as session, pytest.raises(actions.Stopped):
        actions.propose(session, case.id, proposal())


def test_the_same_form_sent_twice_is_one_proposal(house, case, proposal):
    given = proposal()
    for _ in range(2):
        with house.acting("hugo") as session:
            actions.propose(session, case.id, given)
    with house.acting("amelie") as session:
        actions.propose(session, case.id, given)
    assert house.count(Measure) == 2  # Amélie's form is another person's
    assert house.count(MeasureStep, MeasureStep.move == Move.PROPOSE) == 2


# What is proposed


def test_a_measure_carries_who_offers_it_and_who_pays_and_ait_and_aits_are_two(
    house, case, proposal
):
    """VS-07: measures of ORP and CMS, "individuellement ou en commun"; AIT under LACI, AITs under LIAS."""
    made = {}
    for code, regime, provider in (
        ("ait", Regime.LACI, Provider.ORP),
        ("aits", Regime.LIAS, Provider.CMS),
        ("course", Regime.LACI, Provider.JOINT),
    ):
        with house.acting("hugo") as session:
            made[code] = actions.propose(
                session, case.id, proposal(code=code, regimes=[regime], provider=provider)
            )
    assert (made["ait"].payer, made["aits"].payer) == (
        Payer.UNEMPLOYMENT_INSURANCE,
        Payer.COMMUNE,
    )
    assert made["course"].provider is Provider.JOINT


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("title", " ", "Indiquez le nom de la mesure."),
        ("goal", "", "Écrivez pourquoi cette mesure."),
        ("asked", "-1", "Le montant ne peut pas être négatif."),
        ("asked", "1200.005", "Un montant a au plus deux chiffres après le point."),
        (
            "starts_on",
            today() - timedelta(days=1),
            "Cette date est passée\u00a0: indiquez aujourd’hui ou un jour à venir.",
        ),
        (
            "ends_on",
            today() + timedelta(days=19),
            "Le dernier jour ne peut pas précéder le premier.",
        ),
        ("provider", "somebody", "Choisissez une des réponses proposées."),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(proposal, field, value, sentence):
    from cii.foundation.fields import errors_of
    from cii.measures.inputs import ProposalInput

    with pytest.raises(ValidationError) as failure:
        proposal(**{field: value})
    assert {name: str(each) for name, each in errors_of(failure.value, ProposalInput).items()} == {
        field: sentence
    }


def test_without_any_law_that_offers_it_nothing_is_kept_and_it_says_what_would_change_it(
    house, case, proposal
):
    """VS-18: "à la condition qu’elles soient inscrites dans leur offre de prestations légales"."""
    with house.acting("hugo") as session:
        found = actions.preview_route(session, case.id, RouteInput(code="pet"))
        assert (found.candidates, found.regime, found.steps) == ((), None, ())
        (rejected,) = [each for each in found.rejected if each.regime is Regime.LACI]
        assert "ne remplit pas aujourd’hui les conditions" in str(rejected.reason)
        assert "deviendrait possible selon la LACI" in str(rejected.remedy)
        with pytest.raises(actions.NotPossible) as refused:
            actions.propose(session, case.id, proposal(code="pet"))
        assert refused.value.field == "code"
        assert "Elle figure dans l’offre : LACI." in str(refused.value).replace("\u00a0", " ")
    assert house.count(Measure) == 0


def test_social_assistance_comes_last_and_another_choice_says_why(house, case, proposal):
    given = {"regimes": [Regime.LACI, Regime.LIAS]}
    with house.acting("hugo") as session:
        assert actions.propose(session, case.id, proposal(**given)).regime is Regime.LACI
        chosen = given | {"choice": Regime.LIAS}
        with pytest.raises(actions.NotPossible) as refused:
            actions.propose(session, case.id, proposal(**chosen))
        assert refused.value.field == "choice_reason"
        made = actions.propose(
            session, case.id, proposal(**chosen, choice_reason="Le cours du CMS commence plus tôt.")
        )
        assert made.regime is Regime.LIAS
        with pytest.raises(actions.NotPossible) as refused:
            actions.propose(session, case.id, proposal(choice=Regime.LEMC))
        assert refused.value.field == "choice"


def test_without_a_word_on_them_the_regimes_are_those_of_the_announcement(house, case, proposal):
    with house.acting("hugo") as session:
        assert actions.propose(session, case.id, proposal(regimes=[])).regimes == ["LIAS"]
    with house.store.system(Reason.SET_UP) as session:
        session.get_one(CaseEmployment, case.id).regimes = ["LACI", "LEMC"]
    with house.acting("hugo") as session:
        found = actions.preview_route(session, case.id, RouteInput(code="stage-professionnel"))
    assert found.candidates == (Regime.LACI, Regime.LEMC)


def test_a_measure_that_is_not_in_the_catalogue_is_not_one(house, case, proposal):
    with house.acting("hugo") as session:
        for act in (
            lambda: actions.preview_route(session, case.id, RouteInput(code="mip")),
            lambda: actions.propose(session, case.id, proposal(code="mip")),
        ):
            with pytest.raises(actions.NotPossible) as refused:
                act()
            assert refused.value.field == "code"


def test_only_the_tandem_sees_the_way_of_what_it_types(house, case):
    for who in ("nicolas", "claire", "patrick"):
        with (
            house.store.session(house.actor(who), writes=False) as session,
            pytest.raises(LookupError),
        ):
            actions.preview_route(session, case.id, RouteInput(code="course"))


# Who is in charge of the person


def social(house, case, **values):
    with house.store.system(Reason.SET_UP) as session:
        row = session.get_one(CaseSocial, case.id)
        for name, value in values.items():
            setattr(row, name, value)
        session.add(row)


def test_for_a_case_of_a_cms_whoever_announced_it_is_in_charge(house, proposal):
    """VS-34, VS-35: "restent de la compétence de l’assistant·e social·e qui annonce le cas"."""
    case = house.case(by="yannick", state=State.COACHING, tandem=("amelie", "hugo"))
    with house.acting("hugo") as session:
        made = actions.propose(session, case.id, proposal())
        found = actions.preview_route(session, case.id, RouteInput(code="language-course"))
    assert made.social_worker_id == house.membership("yannick")
    assert found.steps[1].by is By.ANNOUNCING_SOCIAL_WORKER


def test_for_a_case_of_an_orp_it_is_who_follows_the_person_else_the_tandems(house, proposal):
    case = house.case(by="bastien", state=State.COACHING, tandem=("amelie", "hugo"))
    social(house, case, cms_membership_id=house.membership("yannick"))
    with house.acting("hugo") as session:
        made = actions.propose(session, case.id, proposal())
        found = actions.preview_route(session, case.id, RouteInput(code="language-course"))
    assert made.social_worker_id == house.membership("yannick")
    assert found.steps[1].by is By.FOLLOWING_SOCIAL_WORKER
    social(house, case, followed_by_cms=False)
    with house.acting("hugo") as session:
        made = actions.propose(session, case.id, proposal())
        found = actions.preview_route(session, case.id, RouteInput(code="language-course"))
    assert made.social_worker_id == house.membership("hugo")
    assert found.steps[1].by is By.TANDEM_SOCIAL_WORKER


def test_what_the_person_closed_is_not_told_by_the_way_of_a_measure(house, proposal):
    topics = dict(NEEDS)
    topics[Kind.ORP] = topics[Kind.ORP] & ~Topic.EMPLOYMENT
    case = house.case(state=State.COACHING, consent=Consent(topics=topics))
    with house.acting("amelie") as session, pytest.raises(actions.NotPossible) as refused:
        actions.preview_route(session, case.id, RouteInput(code="course"))
    assert refused.value.phrase.values["topic"] == Phrase("emploi")
    with house.acting("hugo") as session:
        assert actions.preview_route(session, case.id, RouteInput(code="language-course")).regime


# Changing a draft


def test_a_draft_changes_and_its_way_with_it(house, case, proposal):
    given = proposal()
    with house.acting("hugo") as session:
        made = actions.propose(session, case.id, given)
    with house.acting("amelie") as session:
        actions.change(
            session,
            made.id,
            changed(given, code="course", regimes=[Regime.LACI], outside_canton="yes"),
        )
    now = of(house, made.id)
    assert (now.decider, now.regime, now.social_worker_id, now.version) == (
        Decider.LMMT,
        Regime.LACI,
        None,
        2,
    )


def test_of_two_who_change_it_at_once_the_second_is_told_and_nothing_is_lost(house, case, proposal):
    given = proposal()
    with house.acting("hugo") as session:
        made = actions.propose(session, case.id, given)
    with house.acting("hugo") as session:
        actions.change(session, made.id, changed(given, title="Français B2"))
    with house.acting("amelie") as session, pytest.raises(actions.ChangedMeanwhile):
        actions.change(session, made.id, changed(given, title="Allemand A1"))
    assert of(house, made.id).title == "Français B2"
    with house.acting("hugo") as session:
        actions.change(session, made.id, changed(given, title="Français B2"))
    assert of(house, made.id).version == 2, "the same change sent again changes nothing"


def test_what_was_put_before_others_does_not_change(house, case, proposal):
    measure = house.a_measure_at(Stage.TO_TRANSMIT, case=case)
    with house.acting("hugo") as session, pytest.raises(actions.NotItsTurn):
        actions.change(session, measure.id, changed(proposal(), version=measure.version))


def test_whoever_had_it_before_its_way_changed_sees_it_no_longer(house, case, proposal):
    from cii.measures.inputs import ReturnInput

    measure = house.a_measure_at(Stage.AT_COMMUNE, case=case)
    with house.acting("cecile", "sion") as session:
        actions.send_back(
            session,
            measure.id,
            ReturnInput(version=measure.version, to=Stage.DRAFT, text="Quel employeur ?"),
        )
    with house.acting("hugo") as session:
        given = changed(
            proposal(), code="course", regimes=[Regime.LACI], version=measure.version + 1
        )
        actions.change(session, measure.id, given)
    for who, home in (("cecile", "sion"), ("sophie", "sas")):
        with house.store.session(house.actor(who, home), writes=False) as session:
            assert session.get(Measure, measure.id) is None


def test_the_tandem_gives_a_proposal_up_and_whoever_had_it_is_told(house, case):
    measure = house.a_measure_at(Stage.AT_SAS, case=case)
    with house.acting("sophie") as session, pytest.raises(actions.NotItsTurn):
        actions.abandon(session, measure.id, AbandonInput(version=measure.version))
    with house.acting("amelie") as session:
        actions.abandon(session, measure.id, AbandonInput(version=measure.version))
    assert of(house, measure.id).stage is Stage.ABANDONED
    from cii.outbox.models import Notice, Subject

    (told,) = house.all(Notice, Notice.subject == Subject.MEASURE_ABANDONED)
    assert told.reader_id == house.institution["sas"]
    with house.acting("hugo") as session, pytest.raises(actions.NotItsTurn):
        actions.abandon(session, measure.id, AbandonInput(version=measure.version + 1))


# The catalogue


def entry(**given):
    values = {
        "code": "language-course",
        "valid_from": today() + timedelta(days=3),
        "name": "Cours de langue",
        "name_de": "Sprachkurs",
        "regimes": [Regime.LIAS],
        "article_lias": "12",
    }
    return CatalogueInput(**(values | given))


def test_the_catalogue_starts_with_what_is_shipped_and_entering_it_again_changes_nothing(house):
    with house.store.session(house.actor("hugo"), writes=False) as session:
        held = catalogue_today(session)
    shipped = shipped_catalogue()
    assert set(held) == set(shipped)
    for code, each in shipped.items():
        assert (held[code].regimes, held[code].delegated, held[code].article) == (
            each.regimes,
            each.delegated,
            each.article,
        )
    before = house.count(MeasureType)
    with house.store.system(Reason.SET_UP) as session:
        enter_catalogue(session)
    assert house.count(MeasureType) == before


def test_an_entry_holds_from_its_day_on_and_earlier_ones_never_change(house, case, proposal):
    with house.acting("pia") as session:
        actions.put_entry(session, entry(regimes=[Regime.LACI], delegated="yes"))
        actions.put_entry(session, entry(name="Cours de langues"))
        assert len([each for each in entries(session) if each.code == "language-course"]) == 2
    with house.store.session(house.actor("hugo"), writes=False) as session:
        assert types_today(session)["language-course"].name == "Cours de langue"
    later = house.actor("hugo", day=today() + timedelta(days=3))
    with house.store.session(later, writes=False) as session:
        held = types_today(session)["language-course"]
        assert (held.name, held.regimes, held.article) == (
            "Cours de langues",
            ["LIAS"],
            {"LIAS": "12"},
        )


def test_no_entry_is_entered_for_a_day_that_is_past_nor_twice_for_today(house):
    with house.acting("pia") as session:
        with pytest.raises(actions.NotPossible) as refused:
            actions.put_entry(session, entry(valid_from=today() - timedelta(days=1)))
        assert refused.value.field == "valid_from"
        actions.put_entry(session, entry(valid_from=today()))
        with pytest.raises(actions.NotPossible):
            actions.put_entry(session, entry(valid_from=today(), name="Autre"))


def test_an_entry_that_ended_does_not_bring_the_one_before_it_back(house):
    last = today() + timedelta(days=5)
    with house.acting("pia") as session:
        actions.put_entry(session, entry(valid_until=last))
    for day, there in ((last, True), (last + timedelta(days=1), False)):
        with house.store.session(house.actor("hugo", day=day), writes=False) as session:
            assert ("language-course" in catalogue_today(session)) is there


@pytest.mark.parametrize("who", ["hugo", "claire", "sophie", "odile"])
def test_nobody_but_the_administrator_enters_anything(house, who):
    with house.acting(who) as session, pytest.raises(Hidden):
        actions.put_entry(session, entry())


def test_the_catalogue_of_the_day_counts_until_the_tandem_sends_on_and_a_decision_keeps_its_own(
    house, case, proposal
):
    waiting = house.a_measure_at(Stage.DRAFT, case=case)
    at_commune = house.a_measure_at(Stage.AT_COMMUNE, case=case)
    granted = house.a_measure_at(Stage.GRANTED, case=case)
    with house.acting("pia") as session:
        actions.put_entry(session, entry(valid_from=today(), regimes=[Regime.LACI]))
    with house.acting("hugo") as session, pytest.raises(actions.NotPossible):
        actions.prepare(session, waiting.id, PreparationInput(version=waiting.version))
    with house.acting("cecile", "sion") as session, pytest.raises(actions.NotPossible):
        actions.decide_by_commune(
            session,
            at_commune.id,
            DecisionInput(
                version=at_commune.version, outcome=Outcome.GRANTED, amount=Decimal("10.00")
            ),
        )
    kept = of(house, granted.id)
    assert (kept.type_id, kept.regime, kept.edition) == (
        granted.type_id,
        Regime.LIAS,
        "vs-tandem",
    )


def test_a_tandem_does_not_decide_what_is_no_longer_delegated(house, case):
    measure = house.a_measure_at(Stage.DRAFT, case=case, decider=Decider.TANDEM)
    with house.acting("pia") as session:
        actions.put_entry(
            session,
            entry(code="course", valid_from=today(), regimes=[Regime.LACI, Regime.LIAS]),
        )
    with house.acting("amelie") as session, pytest.raises(actions.NotPossible):
        actions.decide_by_tandem(
            session,
            measure.id,
            DecisionInput(version=1, outcome=Outcome.GRANTED, amount=Decimal("1.00")),
        )
    with house.acting("amelie") as session, pytest.raises(actions.NotItsTurn):
        actions.submit(session, measure.id, ForwardInput(version=1))
