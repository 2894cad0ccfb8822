"""The screens of coaching: the journal of a case, its plan; all on one blueprint."""

from flask import Blueprint

from cii.foundation.texts import Phrase

screens = Blueprint("coaching", __name__)

NOT_COACHED = Phrase("Rien n’est enregistré : le dossier n’est pas en coaching aujourd’hui.")

from cii.coaching.screens import journal, plan  # noqa: E402, F401 - each file adds its routes to the blueprint
