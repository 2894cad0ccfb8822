"""Named reads of files: those of a case that the actor sees, with who added them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from cii.access.guard import GuardedSession
from cii.consent.topics import Topic
from cii.files.models import StoredFile
from cii.organisations.models import Institution, Person


@dataclass(frozen=True, slots=True)
class Attached:
    """One file in the list of a case."""

    id: UUID
    name: str
    media_type: str
    size: int
    topic: Topic
    added_at: datetime
    by: str
    institution: str


def files_of(session: GuardedSession, case_id: UUID) -> list[Attached]:
    """The files of a case that the actor sees, the last added first."""
    german = session.actor.language == "de"
    rows = session.execute(
        sa.select(
            StoredFile.id,
            StoredFile.name,
            StoredFile.media_type,
            StoredFile.size,
            StoredFile.topic,
            StoredFile.added_at,
            Person.first_name,
            Person.last_name,
            Institution.name_de if german else Institution.name,
        )
        .join_from(StoredFile, Person, Person.id == StoredFile.added_by)
        .join(Institution, Institution.id == StoredFile.institution_id)
        .where(StoredFile.case_id == case_id)
        .order_by(StoredFile.added_at.desc(), StoredFile.id.desc())
    ).all()
    return [
        Attached(key, name, media_type, size, topic, at, f"{first} {last}", institution)
        for key, name, media_type, size, topic, at, first, last, institution in rows
    ]
