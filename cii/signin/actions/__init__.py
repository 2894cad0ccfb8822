"""What signing in does: sessions, passwords, attempts, invitations, identity providers."""

from cii.signin.actions.passwords import set_password
from cii.signin.actions.sessions import (
    act_for,
    end_all_sessions,
    end_session,
    find_session,
    memberships_of,
    note_use,
    speak,
    start_session,
    sweep,
)

__all__ = [
    "act_for",
    "end_all_sessions",
    "end_session",
    "find_session",
    "memberships_of",
    "note_use",
    "set_password",
    "speak",
    "start_session",
    "sweep",
]
