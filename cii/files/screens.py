"""Opening a file: always as a download, never as a page of ours, always recorded."""

import logging
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, request

from cii.access.guard import GuardedSession
from cii.access.permissions import May
from cii.access.screens import access
from cii.files.actions import read_file
from cii.files.storage import Missing, Shelf
from cii.foundation.texts import N_, Phrase
from cii.web.forms import Form
from cii.web.pages import download, page

screens = Blueprint("files", __name__)
log = logging.getLogger(__name__)


def shelf() -> Shelf:
    """Where the product keeps its files."""
    return Shelf.of(current_app.extensions["settings"])


@screens.get("/files/<uuid:file_id>")
@access(May.READ_DOCUMENTS, records=True)
def stored_file(session: GuardedSession, file_id: UUID) -> Response:
    """The file, for the browser to save."""
    try:
        file, body = read_file(session, shelf(), file_id)
    except Missing as missing:
        log.error("a file cannot be read: %s", missing)
        return page(
            "layouts/message.html",
            404,
            title=N_("Ce document ne peut pas être lu"),
            advice=N_("Ses données manquent sur le serveur. Avertissez le bureau CII."),
        )
    return download(body, file.name, file.media_type)


def uploaded(sent: Form[Any], name: str = "file") -> tuple[str, bytes] | None:
    """The name and the bytes of the file that came with a form; what is wrong with it is said beside the field."""
    upload = request.files.get(name)
    if upload is None or not upload.filename:
        sent.refuse(name, Phrase("Choisissez un fichier."))
        return None
    if sent.errors:
        # No browser fills a file in again.
        sent.refuse(name, Phrase("Choisissez le fichier encore une fois."))
        return None
    return upload.filename, upload.read()
