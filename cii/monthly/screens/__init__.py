"""The screens of the monthly update: writing and reading it, what is late, what one follows, the e-mail's settings."""

from flask import Blueprint

screens = Blueprint("monthly", __name__)

from cii.monthly.screens import following, late, mail, updates  # noqa: E402, F401 - each file adds its routes
