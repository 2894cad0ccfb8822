"""Announcements become cases: many rows at a time, as if each had been announced on its own day."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import SQLModel

from cii.access.system import SystemSession
from cii.audit.models import Act, AuditEvent
from cii.cases.actions import (
    announced_values,
    next_references,
    past_measures,
    the_bureau,
)
from cii.cases.eligibility import Announced, standing_of
from cii.cases.importing.reading import Announcement
from cii.cases.lifecycle import State
from cii.cases.models import (
    ORIGINS,
    Case,
    CaseEmployment,
    CaseNeed,
    CaseSocial,
    CaseStep,
    PastMeasure,
)
from cii.consent.derive import derive_by_system
from cii.consent.models import CasePart, PartKind, Procuration, ProcurationLine, SignedForm
from cii.consent.topics import NEEDS
from cii.foundation.clock import moment_of
from cii.foundation.days import months_after
from cii.foundation.ids import new_id
from cii.foundation.texts import N_, texts

PURPOSE: Final = N_(
    "Coordonner entre les institutions nommées la réinsertion professionnelle de la personne"
)
EXPLAINED: Final = N_("par l’institution qui annonce, avant l’import")
RULE: Final = "VS-08"


@dataclass(frozen=True, slots=True)
class Importer:
    """For whom announcements are imported: a person at a screen, or nobody at the command.

    `within` is the only institution whose announcements are taken; None for all.
    """

    day: date
    procuration_months: int
    person: UUID | None = None
    institution: UUID | None = None
    within: UUID | None = None
    run: UUID | None = None


@dataclass(frozen=True, slots=True)
class _Prepared:
    """An announcement with the values of its rows, by table."""

    announcement: Announcement
    case_id: UUID
    values: Mapping[type[SQLModel], dict[str, Any]]
    past_measures: list[dict[str, Any]]
    state: State


def states_of(announcements: Iterable[Announcement], importer: Importer) -> Counter[State]:
    """How many of them are announced, and how many to complete."""
    return Counter(_prepare(each, importer).state for each in announcements)


def land(
    system: SystemSession, announcements: Sequence[Announcement], importer: Importer
) -> Counter[State]:
    """Write the cases of these announcements; how many are announced, and how many to complete.

    The number of queries does not depend on how many there are. The transaction is the caller's.
    """
    if not announcements:
        return Counter()
    prepared = [_prepare(each, importer) for each in announcements]
    _insert(system, Case, _cases(system, prepared))
    for table in prepared[0].values:
        _insert(system, table, [each.values[table] for each in prepared])
    _insert(system, PastMeasure, [row for each in prepared for row in each.past_measures])
    _insert(system, CasePart, list(_parts(prepared, the_bureau(system))))
    _insert_procurations(system, [each for each in prepared if _signed(each)], importer)
    _insert(system, CaseStep, [_step(each, importer) for each in prepared])
    _insert(system, AuditEvent, [_event(each, importer) for each in prepared])
    derive_by_system(system, [each.case_id for each in prepared])
    return Counter(each.state for each in prepared)


def _insert(system: SystemSession, table: type[SQLModel], rows: list[dict[str, Any]]) -> None:
    if rows:
        # The table itself: by its class, rows with and without a value would go one by one.
        system.execute(sa.insert(table.__table__), rows)  # type: ignore[attr-defined]


def _prepare(announcement: Announcement, importer: Importer) -> _Prepared:
    case_id, office = new_id(), announcement.office.id
    values = announced_values(case_id, office, announcement.given)
    measures = past_measures(case_id, office, announcement.given)
    # Judged as the rows will be, without making them: that would cost more than all the rest.
    social, employment, need = (
        SimpleNamespace(**values[table]) for table in (CaseSocial, CaseEmployment, CaseNeed)
    )
    announced: Any = (social, employment, need, [SimpleNamespace(**row) for row in measures])
    signed_on = announcement.given.signed_on
    state = standing_of(
        Announced(*announced),
        importer.day,
        has_procuration=signed_on is not None
        and signed_on <= importer.day <= _valid_until(signed_on, importer),
    )
    return _Prepared(announcement, case_id, values, measures, state)


def _signed(each: _Prepared) -> bool:
    return each.announcement.given.signed_on is not None


def _valid_until(signed_on: date, importer: Importer) -> date:
    return months_after(signed_on, importer.procuration_months)


def _cases(system: SystemSession, prepared: Sequence[_Prepared]) -> list[dict[str, Any]]:
    years = Counter(each.announcement.given.announced_on.year for each in prepared)
    references = {year: iter(next_references(system, year, n)) for year, n in years.items()}
    return [
        {
            "id": each.case_id,
            "reference": next(references[given.announced_on.year]),
            "origin": ORIGINS[office.kind],
            "announcing_institution_id": office.id,
            "announcing_membership_id": each.announcement.membership,
            "office_reference": given.reference,
            "state": each.state,
            "since": moment_of(given.announced_on),
            "announced_on": given.announced_on,
        }
        for each in prepared
        for given, office in [(each.announcement.given, each.announcement.office)]
    ]


def _parts(prepared: Iterable[_Prepared], bureau: UUID) -> Iterable[dict[str, Any]]:
    for each in prepared:
        announcement = each.announcement
        for part, institution, membership in (
            (PartKind.ANNOUNCING, announcement.office.id, announcement.membership),
            (PartKind.BUREAU, bureau, None),
        ):
            yield {
                "case_id": each.case_id,
                "institution_id": institution,
                "membership_id": membership,
                "part": part,
                "starts_on": announcement.given.announced_on,
            }


def _insert_procurations(
    system: SystemSession, signed: Sequence[_Prepared], importer: Importer
) -> None:
    procurations, forms, lines = [], [], []
    for each in signed:
        given, office = each.announcement.given, each.announcement.office.id
        assert given.signed_on is not None
        own = {"procuration_id": new_id(), "case_id": each.case_id}
        procurations.append(
            {
                "id": own["procuration_id"],
                "case_id": each.case_id,
                "signed_on": given.signed_on,
                "valid_from": given.signed_on,
                "valid_until": _valid_until(given.signed_on, importer),
                "recorded_by": importer.person,
                "recorded_for": office,
            }
        )
        say = texts(given.language).say
        forms.append(
            own
            | {
                "institution_id": office,
                "purpose": say(PURPOSE),
                "explained": say(EXPLAINED),
                "language": given.language,
            }
        )
        lines += [own | {"kind": kind, "topics": NEEDS[kind]} for kind in given.opened_to]
    _insert(system, Procuration, procurations)
    _insert(system, SignedForm, forms)
    _insert(system, ProcurationLine, lines)


def _step(each: _Prepared, importer: Importer) -> dict[str, Any]:
    return {
        "case_id": each.case_id,
        "state": each.state,
        "at": moment_of(each.announcement.given.announced_on),
        "person_id": importer.person,
        "institution_id": importer.institution or each.announcement.office.id,
        "ground": RULE,
    }


def _event(each: _Prepared, importer: Importer) -> dict[str, Any]:
    return {
        "act": Act.IMPORTED,
        "person_id": importer.person,
        "institution_id": importer.institution,
        "case_id": each.case_id,
        "subject_id": importer.run,
        "ground": RULE,
    }
