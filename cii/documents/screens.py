"""The screens of documents."""

from flask import Blueprint

screens = Blueprint("documents", __name__)
