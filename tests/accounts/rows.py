"""Measures that a commune granted, written without going through the tandem, the SAS and the commune."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, time
from decimal import Decimal
from uuid import UUID

from sqlmodel import select

from cii.access.actor import Actor
from cii.access.guard import GuardedSession
from cii.access.system import Reason
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
from cii.measures.setup import enter_catalogue
from cii.programmes.routing import Decider, Payer, Regime
from tests.house import CaseFile, House


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
) -> UUID:
    """A LIAS measure that the commune granted on a day, after a favourable opinion; its key."""
    moment = moment_of(on, time(10))
    authority, sas = house.institution[commune], house.institution["sas"]
    with house.store.system(Reason.SET_UP) as system:
        entry = system.exec(
            select(MeasureType).where(MeasureType.code == "language-course")
        ).first()
        if entry is None:
            enter_catalogue(system)
        type_id = system.exec(
            select(MeasureType.id).where(MeasureType.code == "language-course")
        ).one()
        measure = Measure(
            case_id=case.id,
            institution_id=house.institution["cms_sion"],
            proposed_by=house.membership("hugo"),
            proposed_at=moment,
            code="language-course",
            type_id=type_id,
            provider=Provider.CMS,
            title="Cours de français B1",
            organiser="Université populaire",
            goal="Comprendre les consignes de sécurité.",
            starts_on=starts or on,
            ends_on=ends or starts or on,
            asked=francs(amount),
            regimes=["LIAS"],
            commune_number=6266,
            regime=Regime.LIAS,
            decider=Decider.COMMUNE,
            payer=Payer.COMMUNE,
            edition="vs-tandem",
            since=moment,
            social_worker_id=house.membership("hugo"),
        )
        for stage in (Stage.DRAFT, Stage.TO_TRANSMIT, Stage.AT_SAS):
            measure.stage = stage
            if stage is Stage.AT_SAS:
                measure.sas_id, measure.authority_id = sas, authority
            system.add(measure)
            system.flush()
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
        system.add(opinion)
        system.flush()
        measure.stage = Stage.AT_COMMUNE
        system.flush()
        system.add(
            Decision(
                measure_id=measure.id,
                case_id=case.id,
                reference=f"{case.reference}-{measure.id.hex[-6:]}",
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
        )
        system.flush()
        measure.stage, measure.decided = Stage.GRANTED, francs(amount)
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
