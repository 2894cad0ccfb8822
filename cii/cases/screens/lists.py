"""The list of one's cases, and the search over them."""

from flask import Response, request

from cii.access.guard import GuardedSession
from cii.access.permissions import May
from cii.access.screens import access
from cii.audit.actions import record
from cii.audit.models import Act
from cii.cases.lifecycle import STATE_LABELS, State
from cii.cases.queries import PAGE, Listed, cases, search
from cii.cases.screens import screens
from cii.foundation.fields import printable
from cii.web.pages import page, said
from cii.web.places import behind_moment


@screens.get("/cases")
@access(May.READ_CASE, records=True)
def case_list(session: GuardedSession) -> Response:
    """One's cases, the last changed first."""
    state = _state(request.args.get("state", ""))
    after = behind_moment(request.args.get("after", ""))
    found = cases(session, after=after, state=state, limit=PAGE + 1)
    more = None
    if len(found) > PAGE:
        found = found[:PAGE]
        more = _address(found[-1], state)
    return _list_page(session, found, state=state, more=more)


@screens.post("/cases/search")
@access(May.READ_CASE)
def find_cases(session: GuardedSession) -> Response:
    """Search one's cases; by POST, since a name or an AVS number has no place in an address."""
    words = printable(request.form.get("q", "")).strip()[:100]
    return _list_page(session, search(session, words) if words else cases(session), words=words)


def _list_page(
    session: GuardedSession,
    found: list[Listed],
    *,
    words: str = "",
    state: State | None = None,
    more: str | None = None,
) -> Response:
    record(
        session, Act.LIST_READ, ground="VS-40", cases=[each.id.replace("-", "") for each in found]
    )
    return page(
        "cases/list.html",
        found=found,
        words=words,
        state=state,
        states=tuple(State),
        state_names=said(STATE_LABELS),
        more=more,
    )


def _state(text: str) -> State | None:
    if not text:
        return None
    try:
        return State(text)
    except ValueError:
        return None


def _address(last: Listed, state: State | None) -> str:
    moment = last.changed_at.isoformat().replace("+", "%2B")
    chosen = f"&state={state.value}" if state else ""
    return f"/cases?after={moment}_{last.id}{chosen}"
