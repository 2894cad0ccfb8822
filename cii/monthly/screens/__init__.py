"""The screens of the monthly update: writing and reading it, what is late, what one follows, the e-mail's settings."""

from flask import Blueprint

screens = Blueprint("monthly", __name__)

from cii.monthly.screens import (  # noqa: E402 - each file adds its routes
    following,  # noqa: F401
    late,  # noqa: F401
    mail,  # noqa: F401
    preview,  # noqa: F401
    reading,  # noqa: F401
    writing,  # noqa: F401
)
