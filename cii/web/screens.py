"""The help, accessibility, the rules the product applies; whether the service is up."""

from flask import Blueprint, Response

from cii.access.screens import public
from cii.programmes.rules import load_edition
from cii.programmes.words import told
from cii.web.pages import page

screens = Blueprint("web", __name__)


@screens.get("/help")
@public
def help_page() -> Response:
    """How the product works, in a page."""
    return page("help/help.html")


@screens.get("/help/accessibility")
@public
def accessibility() -> Response:
    """What is checked so that everybody can use the product, and how to report an obstacle."""
    return page("help/accessibility.html")


@screens.get("/help/rules")
@public
def rules() -> Response:
    """Every rule of the Valais tandem, with its sentence in the source text and what the product makes of it."""
    return page("help/rules.html", edition=load_edition("vs-tandem"), told=told("vs-tandem"))


@screens.get("/up")
@public
def up() -> Response:
    """The service answers."""
    return Response("up", mimetype="text/plain")
