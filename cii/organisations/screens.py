"""The screens of organisations."""

from flask import Blueprint

screens = Blueprint("organisations", __name__)
