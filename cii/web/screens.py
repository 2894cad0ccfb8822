"""Help in place, data protection, accessibility, the rules the product applies; whether the service is up."""

from flask import Blueprint, Response
from werkzeug.exceptions import NotFound

from cii.access.screens import public
from cii.programmes.rules import load_edition
from cii.web.pages import page

screens = Blueprint("web", __name__)

TOPICS = ("data-protection", "accessibility")


@screens.get("/help")
@public
def help_page() -> Response:
    """How the product works, in a page."""
    return page("help/help.html")


@screens.get("/help/<topic>")
@public
def help_topic(topic: str) -> Response:
    """One topic of the help."""
    if topic not in TOPICS:
        raise NotFound
    return page(f"help/{topic.replace('-', '_')}.html")


@screens.get("/help/rules")
@public
def rules() -> Response:
    """Every rule of the Valais tandem, with its sentence in the source text."""
    return page("help/rules.html", edition=load_edition("vs-tandem"))


@screens.get("/up")
@public
def up() -> Response:
    """The service answers."""
    return Response("up", mimetype="text/plain")
