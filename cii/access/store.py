"""The store: the one engine of a process, and the sessions it gives out."""

from contextlib import AbstractContextManager

from cii.access.actor import Actor
from cii.access.guard import GuardedSession, arm_tripwire
from cii.access.system import Reason, SystemSession, system_session
from cii.foundation.database import create_engine


class Store:
    """Where the data is. Sessions are guarded by an actor; the system's own state a reason."""

    def __init__(self, url: str) -> None:
        self.engine = create_engine(url)
        arm_tripwire(self.engine)

    def session(self, actor: Actor, *, writes: bool, records: bool = False) -> GuardedSession:
        """A guarded session; whoever opened it commits it, otherwise it is rolled back."""
        return GuardedSession(self.engine, actor, writes=writes, records=records)

    def system(
        self, reason: Reason, *, writes: bool = True
    ) -> AbstractContextManager[SystemSession]:
        """The system's own transaction, with its reason."""
        return system_session(self.engine, reason, writes=writes)

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()
