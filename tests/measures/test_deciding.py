"""A measure on its way: prepared, transmitted, opinion, decision, questions back, withdrawal; each by whom it belongs to."""

from datetime import timedelta
from decimal import Decimal

import pytest
from pydantic import ValidationError
from sqlmodel import select

from cii.access.guard import Hidden
from cii.access.system import Reason
from cii.audit.models import Act, AuditEvent
from cii.cases.lifecycle import State
from cii.cases.models import CaseSocial
from cii.coaching.models import JournalText
from cii.foundation.clock import living_at, moment_of
from cii.measures import actions
from cii.measures.inputs import (
    DecisionInput,
    ForwardInput,
    OpinionInput,
    PreparationInput,
    ReturnInput,
    WithdrawalInput,
)
from cii.measures.lifecycle import Move, Stage
from cii.measures.models import Decision, Leaning, Measure, MeasureStep, Opinion, Outcome
from cii.organisations.models import Membership
from cii.outbox.models import Notice, Subject
from cii.programmes.routing import Decider

GRANT = {"outcome": Outcome.GRANTED, "amount": Decimal("1200.00")}
REFUSE = {"outcome": Outcome.REFUSED, "reason": "Le budget ne le permet pas."}
CLERK = ("cecile", "sion")


def of(house, measure):
    return house.all(Measure, Measure.id == measure.id)[0]


def told(house, subject):
    return {each.reader_id for each in house.all(Notice, Notice.subject == subject)}


def decide(house, measure, who=CLERK, **given):
    with house.acting(*who) as session:
        return actions.decide_by_commune(
            session, measure.id, DecisionInput(version=measure.version, **(given or GRANT))
        )


def refused(house, act, why, who):
    """Somebody tries, and nothing at all is written."""
    before = house.count(MeasureStep), house.count(Decision), house.count(Notice)
    with house.store.session(house.actor(*who), writes=True) as session:
        with pytest.raises(why) as raised:
            act(session)
        session.commit()
    assert (house.count(MeasureStep), house.count(Decision), house.count(Notice)) == before
    return raised.value


# The order of the text


def test_the_order_is_the_texts(house, case):
    """VS-33, VS-34, VS-22, VS-23: prepared, transmitted, opinion of the SAS, approved by the commune."""
    measure = house.a_measure_at(Stage.GRANTED, case=case)
    steps = sorted(
        house.all(MeasureStep, MeasureStep.measure_id == measure.id), key=lambda each: each.number
    )
    assert [(each.number, each.move, each.rule, each.person_id) for each in steps] == [
        (1, Move.PROPOSE, "VS-17", house.person["hugo"]),
        (2, Move.PREPARE, "VS-33", house.person["hugo"]),
        (3, Move.TRANSMIT, "VS-34", house.person["hugo"]),
        (4, Move.GIVE_OPINION, "VS-22", house.person["sophie"]),
        (5, Move.GRANT, "VS-23", house.person["cecile"]),
    ]
    assert [each.addressee_id for each in steps] == [
        house.institution["cms_sion"],
        house.institution["cms_sion"],
        house.institution["sas"],
        house.institution["sion"],
        None,
    ]


def test_no_commune_decides_before_the_sas_has_given_its_opinion(house, case):
    """VS-22: "celles-ci doivent être préavisées par le SAS"."""
    measure = house.a_measure_at(Stage.AT_SAS, case=case)

    def approve(session):
        return actions.decide_by_commune(
            session, measure.id, DecisionInput(version=measure.version, **GRANT)
        )

    refused(house, approve, Hidden, CLERK)
    refused(house, approve, actions.NotItsTurn, ("sophie",))
    refused(house, approve, actions.NotItsTurn, ("hugo",))
    # Not either where the commune already has a part, from another measure.
    house.a_measure_at(Stage.AT_COMMUNE, case=case)
    refused(house, approve, Hidden, CLERK)


@pytest.mark.parametrize("who", ["amelie", "gaelle", "valerie", "yannick", "sophie"])
def test_only_the_tandems_social_worker_prepares(house, case, who):
    """VS-33: "préparés par l’assistant·e social·e du tandem"."""
    measure = house.a_measure_at(Stage.DRAFT, case=case)
    given = PreparationInput(version=measure.version)
    refused(
        house,
        lambda session: actions.prepare(session, measure.id, given),
        (Hidden, actions.NotItsTurn),
        (who,),
    )


@pytest.fixture
def sierre(house):
    """Announced by Yannick of Sierre, coached by Amélie and Hugo of Sion."""
    return house.case(by="yannick", state=State.COACHING, tandem=("amelie", "hugo"))


def test_only_the_social_worker_in_charge_transmits(house, sierre):
    """VS-34: "transmis à l’assistant·e social·e en charge de la personne"."""
    measure = house.a_measure_at(Stage.TO_TRANSMIT, case=sierre)
    given = ForwardInput(version=measure.version)

    def forward(session):
        return actions.transmit(session, measure.id, given)

    for who in ("hugo", "amelie", "ines"):
        refused(house, forward, actions.NotItsTurn, (who,))
    refused(house, forward, Hidden, ("sophie",))
    with house.acting("yannick") as session:
        forward(session)
    assert of(house, measure).stage is Stage.AT_SAS


def test_a_deputy_transmits_and_the_head_once_the_seat_is_empty(house, sierre):
    measure = house.a_measure_at(Stage.TO_TRANSMIT, case=sierre)
    given = ForwardInput(version=measure.version)
    with house.store.system(Reason.SET_UP) as session:
        session.get_one(Membership, house.membership("yannick")).active = False
    with house.acting("ines") as session:
        actions.transmit(session, measure.id, given)
    assert of(house, measure).stage is Stage.AT_SAS

    case = house.case(state=State.COACHING)
    measure = house.a_measure_at(Stage.TO_TRANSMIT, case=case)
    house.deputy("hugo", "gaelle")
    with house.acting("gaelle") as session:
        actions.transmit(session, measure.id, ForwardInput(version=measure.version))
    assert of(house, measure).stage is Stage.AT_SAS


def test_whoever_is_also_in_charge_prepares_and_transmits_in_one_act_of_two_steps(house, case):
    measure = house.a_measure_at(Stage.DRAFT, case=case)
    with house.acting("hugo") as session:
        actions.prepare(session, measure.id, PreparationInput(version=1, transmit="yes"))
    steps = house.all(MeasureStep, MeasureStep.measure_id == measure.id)
    assert {(each.number, each.move) for each in steps} == {
        (1, Move.PROPOSE),
        (2, Move.PREPARE),
        (3, Move.TRANSMIT),
    }
    assert of(house, measure).stage is Stage.AT_SAS


def test_nobody_transmits_for_the_one_in_charge(house, sierre):
    measure = house.a_measure_at(Stage.DRAFT, case=sierre)
    given = PreparationInput(version=1, transmit="yes")
    refused(
        house,
        lambda session: actions.prepare(session, measure.id, given),
        actions.NotItsTurn,
        ("hugo",),
    )


def test_a_follow_up_named_by_the_orp_transmits_and_reads_no_note(house):
    case = house.case(by="bastien", state=State.COACHING, tandem=("amelie", "hugo"))
    with house.store.system(Reason.SET_UP) as session:
        session.get_one(CaseSocial, case.id).cms_membership_id = house.membership("yannick")
    measure = house.a_measure_at(Stage.TO_TRANSMIT, case=case)
    house.note(case, "amelie", "Elle dort mal.")
    with house.acting("yannick") as session:
        assert session.exec(select(JournalText)).all() == []
        actions.transmit(session, measure.id, ForwardInput(version=measure.version))
    assert told(house, Subject.YOUR_TURN) == {
        house.membership("yannick"),
        house.institution["sas"],
    }


# The opinion


@pytest.mark.parametrize("leaning", [Leaning.WITH_RESERVATIONS, Leaning.UNFAVOURABLE])
def test_an_opinion_that_is_not_plainly_favourable_says_why(leaning):
    with pytest.raises(ValidationError):
        OpinionInput(version=1, leaning=leaning)
    assert OpinionInput(version=1, leaning=Leaning.FAVOURABLE).text == ""


@pytest.mark.parametrize("who", [CLERK, ("hugo",), ("laurent",), ("valerie",)])
def test_only_the_sas_gives_the_opinion(house, case, who):
    measure = house.a_measure_at(Stage.AT_SAS, case=case)
    given = OpinionInput(version=measure.version, leaning=Leaning.FAVOURABLE)
    refused(
        house,
        lambda session: actions.give_opinion(session, measure.id, given),
        (Hidden, actions.NotItsTurn),
        who,
    )


def test_against_an_unfavourable_opinion_only_with_a_reason_and_the_sas_is_told(house, case):
    """A-07: the text requires an opinion, not a favourable one."""
    measure = house.a_measure_at(Stage.AT_COMMUNE, case=case, leaning=Leaning.UNFAVOURABLE)
    why = refused(
        house,
        lambda session: actions.decide_by_commune(
            session, measure.id, DecisionInput(version=measure.version, **GRANT)
        ),
        actions.NotPossible,
        CLERK,
    )
    assert why.field == "reason"
    decide(house, measure, **GRANT, reason="Le projet est solide.")
    assert told(house, Subject.OPINION_NOT_FOLLOWED) == {house.institution["sas"]}


@pytest.mark.parametrize("leaning", [Leaning.FAVOURABLE, Leaning.WITH_RESERVATIONS])
def test_otherwise_no_reason_is_asked_and_the_sas_is_not_disturbed(house, case, leaning):
    measure = house.a_measure_at(Stage.GRANTED, case=case, leaning=leaning)
    assert measure.decided == Decimal("1200.00")
    assert told(house, Subject.OPINION_NOT_FOLLOWED) == set()
    assert told(house, Subject.DECIDED) == {house.membership("hugo"), house.membership("amelie")}


# The decision


def test_only_the_commune_of_domicile_decides(house, case):
    """VS-23: "approuvées par cette dernière"."""
    measure = house.a_measure_at(Stage.AT_COMMUNE, case=case)

    def approve(session):
        return actions.decide_by_commune(
            session, measure.id, DecisionInput(version=measure.version, **GRANT)
        )

    for who in (("jerome",), ("cecile", "saviese"), ("laurent",)):
        refused(house, approve, Hidden, who)
    for who in (("hugo",), ("sophie",), ("valerie",), ("amelie",), ("claire",)):
        refused(house, approve, actions.NotItsTurn, who)


def test_a_decision_is_signed_by_name_and_keeps_the_way_and_the_edition(house, case):
    with house.store.system(Reason.SET_UP) as session:
        seat = session.get_one(Membership, house.membership("cecile", "sion"))
        seat.title = "secrétaire communale"
    measure = house.a_measure_at(Stage.GRANTED, case=case, amount="900.50")
    (decision,) = house.all(Decision)
    assert (decision.signed_name, decision.signed_title, decision.amount) == (
        "Cécile Rossier",
        "secrétaire communale",
        Decimal("900.50"),
    )
    assert decision.reference == f"{case.reference}-6266-1"
    assert (decision.edition, decision.institution_id, decision.sas_id) == (
        "vs-tandem",
        house.institution["sion"],
        house.institution["sas"],
    )
    assert [(each["act"], each["by"], each["rule"]) for each in decision.way] == [
        ("prepare", "tandem-social-worker", "VS-33"),
        ("transmit", "announcing-social-worker", "VS-34"),
        ("opinion", "sas", "VS-22"),
        ("approve", "commune", "VS-23"),
        ("pay", "commune", "VS-24"),
        ("account", "commune", "VS-25"),
    ]
    assert [each["institution"] for each in decision.way][2:4] == [
        "Service de l’action sociale",
        "Commune de Sion",
    ]
    assert (measure.decided, measure.stage) == (Decimal("900.50"), Stage.GRANTED)


def test_the_commune_grants_at_most_what_was_asked(house, case):
    measure = house.a_measure_at(Stage.AT_COMMUNE, case=case, asked="500.00")
    more = DecisionInput(version=measure.version, outcome=Outcome.GRANTED, amount=Decimal("500.01"))
    why = refused(
        house,
        lambda session: actions.decide_by_commune(session, measure.id, more),
        actions.NotPossible,
        CLERK,
    )
    assert why.field == "amount"
    decide(house, measure, outcome=Outcome.GRANTED, amount=Decimal("0.00"))
    assert of(house, measure).decided == Decimal("0.00")


def test_a_refusal_says_why_and_grants_nothing(house, case):
    with pytest.raises(ValidationError):
        DecisionInput(version=1, outcome=Outcome.REFUSED)
    with pytest.raises(ValidationError):
        DecisionInput(version=1, outcome=Outcome.GRANTED)
    measure = house.a_measure_at(Stage.AT_COMMUNE, case=case)
    made = decide(house, measure, **REFUSE, amount=Decimal("3.00"))
    assert (made.amount, of(house, measure).decided, of(house, measure).stage) == (
        None,
        None,
        Stage.REFUSED,
    )


def test_a_lias_measure_cannot_start_before_it_is_approved(house, case):
    """VS-23. On the first day itself it may still be approved; a day later a new date is needed."""
    measure = house.a_measure_at(Stage.AT_COMMUNE, case=case, starts_in=5)
    given = DecisionInput(version=measure.version, **GRANT)
    with living_at(moment_of(measure.starts_on + timedelta(days=1))):
        refused(
            house,
            lambda session: actions.decide_by_commune(session, measure.id, given),
            actions.NotPossible,
            CLERK,
        )
        no = DecisionInput(version=measure.version, **REFUSE)
        with house.store.session(house.actor(*CLERK), writes=True) as session:
            assert actions.decide_by_commune(session, measure.id, no).outcome is Outcome.REFUSED
    with living_at(moment_of(measure.starts_on)):
        decide(house, measure)
    assert of(house, measure).stage is Stage.GRANTED


def test_the_second_clerk_is_told_who_decided_and_when(house, case):
    measure = house.a_measure_at(Stage.GRANTED, case=case)
    (decision,) = house.all(Decision)
    for given in (GRANT, REFUSE):
        why = refused(
            house,
            lambda session, given=given: actions.decide_by_commune(
                session, measure.id, DecisionInput(version=measure.version, **given)
            ),
            actions.AlreadyDecided,
            CLERK,
        )
        assert (why.by, why.at) == ("Cécile Rossier", decision.at)


def test_whoever_read_an_older_page_decides_on_nothing(house, case):
    """Sent back and put before the commune again, it is not what was on the page any more."""
    measure = house.a_measure_at(Stage.AT_COMMUNE, case=case)
    with house.acting(*CLERK) as session:
        actions.send_back(
            session,
            measure.id,
            ReturnInput(version=measure.version, to=Stage.AT_SAS, text="Et le transport ?"),
        )
    with house.acting("sophie") as session:
        given = OpinionInput(version=measure.version + 1, leaning=Leaning.FAVOURABLE)
        actions.give_opinion(session, measure.id, given)
    old = DecisionInput(version=measure.version, **GRANT)
    refused(
        house,
        lambda session: actions.decide_by_commune(session, measure.id, old),
        actions.ChangedMeanwhile,
        CLERK,
    )
    decide(house, of(house, measure))
    opinions = sorted(house.all(Opinion), key=lambda each: each.number)
    assert house.all(Decision)[0].opinion_id == opinions[-1].id


# LMMT and tandem


def test_the_lmmt_decides_what_the_tandem_may_not(house, case):
    """VS-20, VS-21: submitted by the tandem, decided by the LMMT; nobody else."""
    measure = house.a_measure_at(Stage.DRAFT, case=case, decider=Decider.LMMT)
    grant = DecisionInput(version=1, **GRANT)
    refused(
        house,
        lambda session: actions.decide_by_tandem(session, measure.id, grant),
        actions.NotItsTurn,
        ("amelie",),
    )
    with house.acting("amelie") as session:
        actions.submit(session, measure.id, ForwardInput(version=1, text="Merci."))
    grant = DecisionInput(version=2, **GRANT)
    for who in (("sophie",), CLERK):
        refused(
            house,
            lambda session: actions.decide_by_lmmt(session, measure.id, grant),
            Hidden,
            who,
        )
    with house.acting("laurent") as session:
        made = actions.decide_by_lmmt(session, measure.id, grant)
    assert made.reference == f"{case.reference}-LMMT-1"
    assert made.opinion_id is None
    assert [(each["act"], each["by"], each["rule"]) for each in made.way] == [
        ("submit", "tandem", "VS-20"),
        ("decide", "lmmt", "VS-21"),
    ]


@pytest.mark.parametrize("who", ["amelie", "hugo"])
def test_either_of_the_tandem_decides_what_is_delegated(house, case, who):
    """VS-19: "Les tandems peuvent décider directement des MMT dont ils sont pleinement compétents"."""
    measure = house.a_measure_at(Stage.DRAFT, case=case, decider=Decider.TANDEM)
    with house.acting(who) as session:
        made = actions.decide_by_tandem(session, measure.id, DecisionInput(version=1, **GRANT))
    assert made.reference == f"{case.reference}-ORP-1"
    assert of(house, measure).stage is Stage.GRANTED


def test_a_tandem_does_not_submit_what_it_decides_itself(house, case):
    measure = house.a_measure_at(Stage.DRAFT, case=case, decider=Decider.TANDEM)
    for act in (actions.submit, actions.transmit):
        refused(
            house,
            lambda session, act=act: act(session, measure.id, ForwardInput(version=1)),
            actions.NotItsTurn,
            ("amelie",),
        )


# Questions back


@pytest.mark.parametrize(
    ("start", "who", "to"),
    [
        (Stage.TO_TRANSMIT, ("hugo",), Stage.DRAFT),
        (Stage.AT_SAS, ("sophie",), Stage.TO_TRANSMIT),
        (Stage.AT_SAS, ("sophie",), Stage.DRAFT),
        (Stage.AT_COMMUNE, CLERK, Stage.AT_SAS),
        (Stage.AT_COMMUNE, CLERK, Stage.TO_TRANSMIT),
        (Stage.AT_COMMUNE, CLERK, Stage.DRAFT),
    ],
)
def test_each_step_may_ask_an_earlier_one_with_a_comment(house, case, start, who, to):
    measure = house.a_measure_at(start, case=case)
    with house.acting(*who) as session:
        given = ReturnInput(version=measure.version, to=to, text="Il manque l’horaire.")
        actions.send_back(session, measure.id, given)
    now = of(house, measure)
    assert now.stage is to
    assert (
        now.turn_id
        == {
            Stage.DRAFT: house.membership("hugo"),
            Stage.TO_TRANSMIT: house.membership("hugo"),
            Stage.AT_SAS: house.institution["sas"],
        }[to]
    )
    (step,) = house.all(MeasureStep, MeasureStep.move == Move.RETURN)
    assert step.text == "Il manque l’horaire."


def test_nothing_is_sent_back_without_a_comment_nor_forward(house, case):
    with pytest.raises(ValidationError):
        ReturnInput(version=1, to=Stage.DRAFT, text=" ")
    measure = house.a_measure_at(Stage.AT_SAS, case=case)
    given = ReturnInput(version=measure.version, to=Stage.AT_COMMUNE, text="Voilà.")
    refused(
        house,
        lambda session: actions.send_back(session, measure.id, given),
        actions.NotItsTurn,
        ("sophie",),
    )


def test_the_lmmt_asks_the_tandem(house, case):
    measure = house.a_measure_at(Stage.AT_LMMT, case=case, decider=Decider.LMMT)
    with house.acting("laurent") as session:
        given = ReturnInput(version=measure.version, to=Stage.DRAFT, text="Quel employeur ?")
        actions.send_back(session, measure.id, given)
    assert of(house, measure).turn_id == house.membership("amelie")
    assert told(house, Subject.RETURNED) == {house.membership("amelie")}


# Withdrawal


def test_the_institution_that_decided_takes_it_back_until_the_measure_starts(house, case):
    measure = house.a_measure_at(Stage.GRANTED, case=case)
    take_back = WithdrawalInput(version=measure.version, reason="Erreur de montant.")

    def withdraw(session):
        return actions.withdraw(session, measure.id, take_back)

    for who in (("sophie",), ("hugo",), ("valerie",)):
        refused(house, withdraw, actions.NotItsTurn, who)
    with house.acting(*CLERK) as session:
        withdraw(session)
    now = of(house, measure)
    assert (now.stage, now.decided) == (Stage.AT_COMMUNE, None)
    (decision,) = house.all(Decision)
    assert decision.withdrawn_by == house.membership("cecile", "sion")
    assert decision.withdrawal_reason == "Erreur de montant."
    assert told(house, Subject.DECISION_WITHDRAWN) == {
        house.membership("hugo"),
        house.membership("amelie"),
        house.institution["sas"],
    }
    decide(house, now)
    assert {each.reference for each in house.all(Decision)} == {
        f"{case.reference}-6266-1",
        f"{case.reference}-6266-2",
    }


def test_once_it_has_started_a_decision_stays(house, case):
    measure = house.a_measure_at(Stage.GRANTED, case=case, starts_in=3)
    given = WithdrawalInput(version=measure.version, reason="Trop tard.")
    with living_at(moment_of(measure.starts_on)):
        refused(
            house,
            lambda session: actions.withdraw(session, measure.id, given),
            actions.NotPossible,
            CLERK,
        )


def test_once_something_was_paid_a_decision_stays(house, case):
    measure = house.a_measure_at(Stage.GRANTED, case=case)
    with house.store.system(Reason.SET_UP) as session:
        session.get_one(Measure, measure.id).paid = Decimal("0.05")
    given = WithdrawalInput(version=measure.version, reason="Trop tard.")
    refused(
        house,
        lambda session: actions.withdraw(session, measure.id, given),
        actions.NotPossible,
        CLERK,
    )


def test_of_the_tandem_the_institution_that_decided_withdraws(house, case):
    measure = house.a_measure_at(Stage.GRANTED, case=case, decider=Decider.TANDEM)
    given = WithdrawalInput(version=measure.version, reason="Cours annulé.")
    refused(
        house,
        lambda session: actions.withdraw(session, measure.id, given),
        actions.NotItsTurn,
        ("hugo",),
    )
    with house.acting("amelie") as session:
        actions.withdraw(session, measure.id, given)
    assert of(house, measure).stage is Stage.DRAFT


# Consent


@pytest.mark.parametrize(
    ("stage", "decider", "who"),
    [
        (Stage.AT_SAS, Decider.COMMUNE, "sophie"),
        (Stage.AT_COMMUNE, Decider.COMMUNE, "cecile"),
        (Stage.AT_LMMT, Decider.LMMT, "laurent"),
    ],
)
def test_a_revoked_procuration_stops_a_waiting_measure_and_empties_the_inbox(
    house, case, stage, decider, who
):
    from cii.measures.queries import inbox, measures_of

    measure = house.a_measure_at(stage, case=case, decider=decider)
    with house.store.session(house.actor(who), writes=False) as session:
        assert [each.id for each in inbox(session)] == [measure.id]
    house.revoke(case)
    with house.store.session(house.actor(who), writes=True) as session:
        assert inbox(session) == []
        assert measures_of(session, case.id) == []
        given = ReturnInput(version=measure.version, to=Stage.DRAFT, text="Encore là ?")
        with pytest.raises(Hidden):
            actions.send_back(session, measure.id, given)


@pytest.mark.parametrize("suspended", [True, False])
def test_the_tandem_is_told_that_nothing_moves(house, case, suspended):
    """Suspended by the revocation, or on the night when a procuration has ended and nobody noticed yet."""
    from cii.cases.models import Case
    from cii.measures.queries import inbox

    measure = house.a_measure_at(Stage.DRAFT, case=case)
    house.revoke(case)
    if suspended:
        with house.store.system(Reason.SET_UP) as session:
            row = session.get_one(Case, case.id)
            row.state, row.state_before = State.SUSPENDED, State.COACHING
            session.add(row)
    refused(
        house,
        lambda session: actions.prepare(session, measure.id, PreparationInput(version=1)),
        actions.Stopped,
        ("hugo",),
    )
    if suspended:
        with house.store.session(house.actor("hugo"), writes=False) as session:
            assert inbox(session) == []


def test_nothing_is_put_before_whom_the_person_closed_the_measures(house):
    from cii.access.actor import Kind
    from cii.consent.topics import NEEDS, Topic
    from tests.house import Consent

    for closed, decider, act in (
        (Kind.SAS, Decider.COMMUNE, actions.prepare),
        (Kind.COMMUNE, Decider.COMMUNE, actions.prepare),
        (Kind.LMMT, Decider.LMMT, actions.submit),
    ):
        topics = {**NEEDS, closed: NEEDS[closed] & ~Topic.MEASURES}
        case = house.case(state=State.COACHING, consent=Consent(topics=topics))
        measure = house.a_measure_at(Stage.DRAFT, case=case, decider=decider)
        given = (PreparationInput if act is actions.prepare else ForwardInput)(version=1)
        refused(
            house,
            lambda session, act=act, measure=measure, given=given: act(session, measure.id, given),
            actions.NotPossible,
            ("hugo",),
        )


# The trail


def test_each_act_enters_the_trail_once(house, case):
    measure = house.a_measure_at(Stage.GRANTED, case=case)
    events = house.all(AuditEvent, AuditEvent.subject_id == measure.id)
    assert [(each.act, each.ground) for each in sorted(events, key=lambda each: each.id)] == [
        (Act.MEASURE_PROPOSED, "VS-17"),
        (Act.MEASURE_PREPARED, "VS-33"),
        (Act.MEASURE_TRANSMITTED, "VS-34"),
        (Act.OPINION_GIVEN, "VS-22"),
        (Act.MEASURE_GRANTED, "VS-23"),
    ]
