"""The screens of measures: proposing, each side's acts, the inboxes, the catalogue; all on one blueprint."""

from flask import Blueprint

screens = Blueprint("measures", __name__)

from cii.measures.screens import catalogue, inboxes, measure, proposals  # noqa: E402, F401 - each file adds its routes to the blueprint
