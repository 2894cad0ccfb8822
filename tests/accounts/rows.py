"""Measures that a commune granted, written without going through the tandem, the SAS and the commune."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, time
from decimal import Decimal
from uuid import UUID

from cii.access.actor import Actor
from cii.access.guard import GuardedSession
from cii.cases.lifecycle import State
from cii.consent.models import PartKind
from cii.foundation.clock import living_at, moment_of
from cii.measures.lifecycle import Stage
from cii.measures.models import (
    Decision,
    Leaning,
    Measure,
    MeasureType,
    Opinion,
    Outcome,
    Provider,
)
from cii.programmes.routing import Decider, Payer, Regime
from tests.house import CaseFile, House

PARTS = (("sion", PartKind.APPROVAL), ("sas", PartKind.OPINION))


def francs(text: str) -> Decimal:
    """An amount with two decimals."""
    return Decimal(text).quantize(Decimal("0.01"))


def coached(house: House, commune: str = "sion", **more: object) -> CaseFile:
    """A case in coaching in which a commune and the SAS take part."""
    parts = ((commune, PartKind.APPROVAL), ("sas", PartKind.OPINION))
    return house.case(state=State.COACHING, parts=parts, days_ago=2000, **more)  # type: ignore[arg-type]


def granted(
    house: House,
    case: CaseFile,
    amount: str,
    *,
    on: date,
    starts: date | None = None,
    ends: date | None = None,
    commune: str = "sion",
    by: str = "cecile",
    reference: str = "",
    asked: str = "",
) -> UUID:
    """A LIAS measure that the commune granted on a day, after a favourable opinion; its key."""
    types = house.all(MeasureType, MeasureType.code == "lias-language-course")
    if not types:
        types = [
            MeasureType(
                code="lias-language-course",
                valid_from=date(2020, 1, 1),
                name="Cours de langue",
                name_de="Sprachkurs",
                regimes=["LIAS"],
            )
        ]
        house.add(types[0])
    moment = moment_of(on, time(10))
    authority, sas = house.institution[commune], house.institution["sas"]
    measure = Measure(
        case_id=case.id,
        institution_id=house.institution["cms_sion"],
        proposed_by=house.membership("hugo"),
        proposed_at=moment,
        code=types[0].code,
        type_id=types[0].id,
        provider=Provider.CMS,
        title="Cours de français B1",
        organiser="Université populaire",
        goal="Comprendre les consignes de sécurité.",
        starts_on=starts or on,
        ends_on=ends or starts or on,
        asked=francs(asked or amount),
        regimes=["LIAS"],
        commune_number=6266,
        regime=Regime.LIAS,
        decider=Decider.COMMUNE,
        payer=Payer.COMMUNE,
        edition="vs-tandem",
        stage=Stage.GRANTED,
        since=moment,
        social_worker_id=house.membership("hugo"),
        sas_id=sas,
        authority_id=authority,
        decided=francs(amount),
        version=5,
    )
    opinion = Opinion(
        measure_id=measure.id,
        number=4,
        case_id=case.id,
        institution_id=sas,
        authority_id=authority,
        membership_id=house.membership("sophie"),
        leaning=Leaning.FAVOURABLE,
        at=moment,
    )
    decision = Decision(
        measure_id=measure.id,
        case_id=case.id,
        reference=reference or f"{case.reference}-{measure.id.hex[-6:]}",
        institution_id=authority,
        sas_id=sas,
        membership_id=house.membership(by, commune),
        signed_name=house.name(by),
        at=moment,
        outcome=Outcome.GRANTED,
        amount=francs(amount),
        opinion_id=opinion.id,
        regime=Regime.LIAS,
        payer=Payer.COMMUNE,
        edition="vs-tandem",
        way=[],
    )
    house.add(measure, opinion, decision)
    return measure.id


@contextmanager
def acting(
    house: House, who: str, institution: str | None = None, *, on: date | None = None
) -> Iterator[GuardedSession]:
    """A session of one of the cast, on a day, committed at the end."""
    actor: Actor = house.actor(who, institution, on)
    with (
        living_at(moment_of(actor.day, time(14))),
        house.store.session(actor, writes=True) as session,
    ):
        yield session
        session.commit()
