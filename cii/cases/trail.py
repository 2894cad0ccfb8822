"""Who opened a case, and what was done in it: read from the trail."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from cii.access.guard import GuardedSession
from cii.audit.models import Act, AuditEvent
from cii.foundation.texts import N_
from cii.organisations.models import Institution, Person

PAGE = 50
READINGS = (
    Act.CASE_READ,
    Act.UPDATE_READ,
    Act.FILE_READ,
    Act.AVS_REVEALED,
    Act.PROCURATION_PRINTED,
    Act.DECISION_PRINTED,
)

# The page of a case that was opened, as note_reading names it.
PAGE_LABELS = {
    "case": N_("page du dossier"),
    "journal": N_("journal"),
    "plan": N_("objectifs et rendez-vous"),
    "announcement": N_("annonce"),
    "admission": N_("admission"),
    "documents": N_("documents"),
    "consent": N_("qui voit quoi"),
    "readers": N_("qui a consulté le dossier"),
}


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the trail of a case."""

    at: datetime
    id: UUID
    act: Act
    name: str | None
    institution: str | None
    page: str
    reason: str


def events(
    session: GuardedSession,
    case_id: UUID,
    *,
    readings: bool = True,
    after: tuple[datetime, UUID] | None = None,
    limit: int = PAGE,
) -> list[Event]:
    """The acts on a case that the actor may know of, the newest first; `after` continues behind a line."""
    german = session.actor.language == "de"
    statement = (
        sa.select(
            AuditEvent.at,
            AuditEvent.id,
            AuditEvent.act,
            Person.first_name,
            Person.last_name,
            Institution.name_de if german else Institution.name,
            AuditEvent.details,
            AuditEvent.ground,
        )
        .join_from(AuditEvent, Person, Person.id == AuditEvent.person_id, isouter=True)
        .outerjoin(Institution, Institution.id == AuditEvent.institution_id)
        .where(AuditEvent.case_id == case_id)
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
        .limit(limit)
    )
    if readings:
        statement = statement.where(AuditEvent.act.in_(READINGS))
    if after:
        statement = statement.where(sa.tuple_(AuditEvent.at, AuditEvent.id) < sa.tuple_(*after))
    return [_event(*row) for row in session.execute(statement)]


def _event(
    at: datetime,
    key: UUID,
    act: Act,
    first_name: str | None,
    last_name: str | None,
    institution: str | None,
    details: dict[str, Any],
    ground: str,
) -> Event:
    return Event(
        at=at,
        id=key,
        act=act,
        name=f"{first_name} {last_name}" if last_name else None,
        institution=institution,
        page=PAGE_LABELS.get(str(details.get("page", "")), ""),
        # Only for the full AVS number does the person write a reason; elsewhere it is a rule.
        reason=ground if act is Act.AVS_REVEALED else "",
    )
