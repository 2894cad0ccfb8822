"""Where the bytes of files lie: a folder beside the database, outside everything that is served."""

import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import event

from cii.access.guard import GuardedSession
from cii.files.models import StoredFile
from cii.settings import Settings

_WRITTEN = "files written by this transaction"


class Missing(Exception):
    """The bytes of a file are not where they should be, or are no longer what was stored."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The folder of all files, and the largest one that it takes, in megabytes."""

    folder: Path
    megabytes: int

    @classmethod
    def of(cls, settings: Settings) -> "Shelf":
        """The shelf that the settings name."""
        return cls(settings.var / "files", settings.file_megabytes)

    def path_of(self, file_id: UUID) -> Path:
        """Where a file lies; its key says nothing of what it is."""
        # The end of a key is random, its beginning is the time: the end spreads files over folders.
        return self.folder / file_id.hex[-2:] / str(file_id)

    def put(self, session: GuardedSession, file_id: UUID, body: bytes) -> None:
        """Write a file before its row is committed; it is removed again if that never happens."""
        path = self.path_of(file_id)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        session.info.setdefault(_WRITTEN, []).append(path)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())

    def read(self, file: StoredFile) -> bytes:
        """The bytes of a file; Missing when they are not those that were stored."""
        try:
            body = self.path_of(file.id).read_bytes()
        except FileNotFoundError:
            raise Missing(str(file.id)) from None
        if sha256(body).hexdigest() != file.sha256:
            raise Missing(f"{file.id} is not what was stored")
        return body

    def remove(self, file_id: UUID) -> None:
        """Remove the bytes of a file whose row is gone."""
        self.path_of(file_id).unlink(missing_ok=True)

    def keys(self, before: float) -> set[UUID]:
        """The keys of all files written before a moment (seconds since 1970)."""
        return {
            UUID(path.name) for path in self.folder.glob("??/*") if path.stat().st_mtime < before
        }


@event.listens_for(GuardedSession, "after_commit")
def _keep(session: Any) -> None:
    session.info.pop(_WRITTEN, None)


@event.listens_for(GuardedSession, "after_transaction_end")
def _take_back(session: Any, transaction: Any) -> None:
    if transaction.parent is None:
        for path in session.info.pop(_WRITTEN, ()):
            path.unlink(missing_ok=True)
