"""The one place that knows the library for htmx's headers."""

from flask import Flask
from htmx_flask import Htmx, request


def set_up(app: Flask) -> None:
    """Let requests know whether htmx sent them."""
    Htmx(app)


def wanted_fragment() -> str | None:
    """The id of the element that htmx will replace; None when a whole page is wanted."""
    if "HTTP_HX_REQUEST" not in request.environ:
        return None
    htmx = request.htmx
    if not htmx or htmx.boosted or htmx.history_restore_request:
        return None
    target: str | None = htmx.target
    return target
