"""What the database refuses, also to somebody who goes round the product with statements of his or her own."""

from decimal import Decimal

import pytest
import sqlalchemy as sa

from cii.access.system import Reason
from cii.cases.lifecycle import State
from cii.foundation.ids import new_id
from cii.measures.lifecycle import STEPS, Stage
from cii.measures.models import Decision, Leaning, Measure, MeasureStep, Opinion, Outcome
from cii.programmes.routing import Decider, Payer, Regime

ORDER = "a measure goes its way in the order of the text"
SIGNED = "does not change"


def refuses(house, statement, why=None):
    with (
        pytest.raises(sa.exc.DBAPIError, match=why),
        house.store.system(Reason.CHECK) as session,
    ):
        session.connection().execute(statement)


def opinion(house, measure, **given):
    values = {
        "id": new_id(),
        "measure_id": measure.id,
        "number": 50,
        "case_id": measure.case_id,
        "institution_id": house.institution["sas"],
        "authority_id": house.institution["sion"],
        "membership_id": house.membership("sophie"),
        "leaning": Leaning.FAVOURABLE,
    }
    return Opinion(**(values | given))


def decision(house, measure, **given):
    values = {
        "measure_id": measure.id,
        "case_id": measure.case_id,
        "reference": f"R-{new_id()}"[:30],
        "institution_id": house.institution["sion"],
        "sas_id": house.institution["sas"],
        "membership_id": house.membership("cecile", "sion"),
        "signed_name": "Cécile Rossier",
        "outcome": Outcome.GRANTED,
        "amount": Decimal("100.00"),
        "regime": Regime.LIAS,
        "payer": Payer.COMMUNE,
        "edition": "vs-tandem",
        "way": [],
    }
    return Decision(**(values | given))


def inserted(row):
    values = {
        column.name: getattr(row, column.name) for column in sa.inspect(type(row)).local_table.c
    }
    return sa.insert(type(row)).values(values)


def opinion_of(house, measure):
    return next(each.id for each in house.all(Opinion) if each.measure_id == measure.id)


def test_an_opinion_is_given_on_what_is_before_the_sas(either):
    for stage in (Stage.DRAFT, Stage.TO_TRANSMIT, Stage.AT_COMMUNE):
        refuses(either, inserted(opinion(either, either.a_measure_at(stage))), ORDER)
    measure = either.a_measure_at(Stage.AT_SAS)
    elsewhere = opinion(either, measure, institution_id=either.institution["bureau"])
    refuses(either, inserted(elsewhere), ORDER)


def test_a_decision_is_taken_where_the_measure_stands_by_the_authority_it_stands_before(either):
    other = either.a_measure_at(Stage.AT_COMMUNE)
    for stage in (Stage.DRAFT, Stage.TO_TRANSMIT, Stage.AT_SAS):
        measure = either.a_measure_at(stage)
        refuses(either, inserted(decision(either, measure)))
        borrowed = decision(either, measure, opinion_id=opinion_of(either, other))
        refuses(either, inserted(borrowed))
    own = opinion_of(either, other)
    for wrong in (
        {"opinion_id": None},
        {"opinion_id": own, "institution_id": either.institution["saviese"]},
        {"opinion_id": own, "amount": Decimal("1200.01")},
        {"opinion_id": own, "amount": None},
        {"opinion_id": own, "outcome": Outcome.REFUSED, "amount": None},
        {"opinion_id": None, "regime": Regime.LACI},
        {"opinion_id": own, "case_id": either.case(state=State.COACHING).id},
    ):
        refuses(either, inserted(decision(either, other, **wrong)))
    either.add(decision(either, other, opinion_id=own))
    again = decision(either, other, opinion_id=own)
    refuses(either, inserted(again), "uq_decision_in_force|decision.measure_id")


def test_a_measure_moves_only_as_the_text_says(either):
    """Every pair of stages, tried on the row itself: what is not a step is refused."""
    known = {
        (each.start, each.end)
        for each in STEPS
        if Decider.COMMUNE in each.deciders and each.start is not each.end
    }
    # These need a decision, which a statement on the measure alone does not bring.
    with_a_decision = {
        (start, end) for start, end in known if end in {Stage.GRANTED, Stage.REFUSED}
    }
    for start in (Stage.DRAFT, Stage.TO_TRANSMIT, Stage.AT_SAS, Stage.AT_COMMUNE, Stage.GRANTED):
        measure = either.a_measure_at(start)
        for end in set(Stage) - {start}:
            if (start, end) in known - with_a_decision and start is not Stage.GRANTED:
                continue
            moved = (
                sa.update(Measure)
                .where(Measure.id == measure.id)
                .values(
                    stage=end,
                    decided=Decimal("10.00") if end is Stage.GRANTED else None,
                    sas_id=either.institution["sas"],
                    authority_id=either.institution["sion"],
                )
            )
            refuses(either, moved, ORDER)


def test_no_measure_comes_from_nowhere_or_pays_by_one_law_and_is_decided_by_another(either):
    draft = either.a_measure_at(Stage.DRAFT)
    values = draft.model_dump() | {"id": new_id(), "type_id": draft.type_id}
    refuses(either, sa.insert(Measure).values(values | {"stage": Stage.ABANDONED}), ORDER)
    refuses(either, sa.insert(Measure).values(values | {"decider": Decider.TANDEM}), ORDER)
    turned = sa.update(Measure).where(Measure.id == draft.id)
    refuses(either, turned.values(decider=Decider.TANDEM), ORDER)


def test_amounts_stay_within_what_was_asked_and_decided(either):
    measure = either.a_measure_at(Stage.GRANTED, amount="800.00")
    row = sa.update(Measure).where(Measure.id == measure.id)
    refuses(either, row.values(paid=Decimal("800.01")))
    refuses(either, row.values(paid=Decimal("-0.01")))
    refuses(either, row.values(asked=Decimal("-1.00")))
    refuses(either, row.values(decided=Decimal("1200.01")))


def test_what_was_signed_stays(either):
    measure = either.a_measure_at(Stage.GRANTED)
    for model in (MeasureStep, Opinion, Decision):
        refuses(either, sa.delete(model).where(model.measure_id == measure.id), SIGNED)
    for model, values in (
        (MeasureStep, {"text": "autre"}),
        (Opinion, {"leaning": Leaning.UNFAVOURABLE}),
        (Decision, {"amount": Decimal("1.00")}),
        (Decision, {"signed_name": "Quelqu’un d’autre"}),
        (Decision, {"reason": "Une autre"}),
    ):
        changed = sa.update(model).where(model.measure_id == measure.id).values(values)
        refuses(either, changed, SIGNED)


def test_a_number_of_a_step_is_given_once(either):
    measure = either.a_measure_at(Stage.TO_TRANSMIT)
    (step,) = either.all(MeasureStep, MeasureStep.measure_id == measure.id, MeasureStep.number == 2)
    refuses(either, sa.insert(MeasureStep).values(step.model_dump() | {"id": new_id()}))
