"""The screens of coaching."""

from flask import Blueprint

screens = Blueprint("coaching", __name__)
