"""Attaching a file to a case, and clearing away bytes that belong to nothing any more."""

from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlmodel import select

from cii.access.guard import GuardedSession
from cii.access.system import SystemSession
from cii.audit.actions import record
from cii.audit.models import Act
from cii.consent.derive import touch
from cii.consent.topics import Topic
from cii.files.content import accept, clean_name
from cii.files.models import StoredFile
from cii.files.storage import Shelf
from cii.foundation.ids import new_id


def add_file(
    session: GuardedSession, shelf: Shelf, case_id: UUID, topic: Topic, name: str, data: bytes
) -> StoredFile:
    """Attach a file to a case under one topic; WrongInput with a sentence when it is none that CII keeps."""
    accepted = accept(data, shelf.megabytes)
    file = StoredFile(
        id=new_id(),
        case_id=case_id,
        topic=topic,
        institution_id=session.actor.institution,
        added_by=session.actor.person,
        name=clean_name(name, accepted.media_type),
        media_type=accepted.media_type,
        size=len(accepted.body),
        sha256=sha256(accepted.body).hexdigest(),
    )
    session.add(file)
    session.flush()
    shelf.put(session, file.id, accepted.body)
    record(session, Act.FILE_ADDED, case_id=case_id, subject_id=file.id, ground="VS-40")
    touch(session, case_id, topic)
    return file


def read_file(session: GuardedSession, shelf: Shelf, file_id: UUID) -> tuple[StoredFile, bytes]:
    """A file and its bytes, its reading recorded; Hidden when the actor cannot see it (VS-40)."""
    file = session.find(StoredFile, file_id)
    body = shelf.read(file)
    record(session, Act.FILE_READ, case_id=file.case_id, subject_id=file.id, ground="VS-40")
    return file, body


def remove_forgotten(system: SystemSession, shelf: Shelf, before: datetime) -> int:
    """Remove bytes older than a moment that have no row: a discarded draft's, a killed process's.

    Returns how many. The moment lies well in the past, so that nothing is taken from under an
    upload that is still on its way.
    """
    forgotten = shelf.keys(before.timestamp()) - set(system.exec(select(StoredFile.id)))
    for file_id in forgotten:
        shelf.remove(file_id)
    return len(forgotten)
