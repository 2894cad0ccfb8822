"""Every screen declares who may use it: a route without `access` or `public` stops the start-up.

`access` opens the guarded session of the request, hands it to the screen as its first argument and
commits once at the end: a reading request cannot write, a writing one is one transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import Forbidden, NotFound, Unauthorized

from cii.access.actor import Actor
from cii.access.guard import Hidden
from cii.access.permissions import May, may
from cii.access.store import Store

READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Declared:
    """What a route declared: the permission to read, the permission to write; None for public."""

    read: May | None
    write: May | None
    records: bool


def access(read: May, write: May | None = None, *, records: bool = False) -> Callable[..., Any]:
    """Declare the permissions of a screen; `records` for a page whose reading enters the trail."""

    def declare(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def screen(**arguments: Any) -> Response:
            writes = request.method not in READING
            needed = (write or read) if writes else read
            actor: Actor | None = g.get("actor")
            if actor is None:
                raise Unauthorized
            if not may(actor, needed):
                raise Forbidden
            store: Store = current_app.extensions["store"]
            with store.session(actor, writes=writes, records=records) as session:
                try:
                    answer: Response = view(session, **arguments)
                    if answer.status_code < 400:
                        session.commit()
                    else:
                        # What was asked for is undone; that its page was shown is recorded by itself.
                        g.shown = session.shown
                except Hidden as hidden:
                    raise NotFound(str(hidden)) from hidden
            return answer

        screen.access = Declared(read, write or read, records)  # type: ignore[attr-defined]
        return screen

    return declare


def public(view: Callable[..., Any]) -> Callable[..., Any]:
    """Declare that a route is for everybody: signing in, static files, the state of the service."""
    view.access = Declared(None, None, False)  # type: ignore[attr-defined]
    return view


class Undeclared(Exception):
    """A route does not say who may use it."""


def check_every_route_is_declared(app: Flask) -> None:
    """At start-up: every route has `access` or `public`."""
    forgotten = sorted(
        name for name, view in app.view_functions.items() if not hasattr(view, "access")
    )
    if forgotten:
        raise Undeclared(f"routes without @access or @public: {', '.join(forgotten)}")
