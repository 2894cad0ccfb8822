"""The screens of files."""

from flask import Blueprint

screens = Blueprint("files", __name__)
