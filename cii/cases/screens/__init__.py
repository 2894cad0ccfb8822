"""The screens of a case's life, one file for each kind of work; all on one blueprint."""

from flask import Blueprint

screens = Blueprint("cases", __name__)

from cii.cases.screens import (  # noqa: E402, F401 - each file adds its routes to the blueprint
    admission,
    announcements,
    documents,
    imports,
    lists,
    procurations,
    tandem,
    work,
)
