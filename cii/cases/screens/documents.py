"""The documents of a case: a list with their topics, and one more."""

from uuid import UUID

from flask import Response

from cii.access.guard import GuardedSession
from cii.access.permissions import May, may
from cii.access.screens import access
from cii.cases.actions import note_reading
from cii.cases.queries import CaseHeader, header
from cii.cases.screens import screens
from cii.cases.tabs import tabs_of
from cii.consent.queries import topics_in
from cii.consent.topics import ALL, NEEDS, TOPIC_LABELS, Topic
from cii.files.actions import add_file
from cii.files.inputs import DocumentInput
from cii.files.queries import files_of
from cii.files.screens import shelf, uploaded
from cii.foundation.texts import N_, Phrase, WrongInput
from cii.programmes.rules import rule
from cii.web.forms import Form, form
from cii.web.pages import page, redirect, say_done


@screens.get("/cases/<uuid:case_id>/documents")
@access(May.READ_DOCUMENTS, records=True)
def documents(session: GuardedSession, case_id: UUID) -> Response:
    """The documents that the actor sees."""
    case = header(session, case_id)
    note_reading(session, case_id, "documents")
    return _page(session, case, form(DocumentInput))


@screens.post("/cases/<uuid:case_id>/documents")
@access(May.ADD_DOCUMENT)
def add_document(session: GuardedSession, case_id: UUID) -> Response:
    """Attach a document under one of the topics that are open to the actor."""
    case = header(session, case_id)
    sent = form(DocumentInput)
    upload = uploaded(sent)
    if sent.input and upload:
        if not sent.input.topic & _offered(session, case):
            sent.refuse("topic", Phrase("Choisissez une des réponses proposées."))
        else:
            try:
                add_file(session, shelf(), case_id, sent.input.topic, *upload)
            except WrongInput as wrong:
                sent.refuse("file", wrong.phrase)
            else:
                say_done(N_("Le document est enregistré."))
                return redirect(f"/cases/{case_id}/documents")
    return _page(session, case, sent)


def _offered(session: GuardedSession, case: CaseHeader) -> Topic:
    """The topics under which the actor can write: those open to it.

    Without a procuration only the announcing institution writes, under all that its kind may need.
    """
    if case.topics & ALL:
        return case.topics & ALL
    if case.announcing_institution == session.actor.institution:
        return NEEDS[session.actor.kind]
    return Topic(0)


def _page(session: GuardedSession, case: CaseHeader, sent: Form[DocumentInput]) -> Response:
    topics = topics_in(_offered(session, case)) if may(session.actor, May.ADD_DOCUMENT) else []
    return page(
        "files/documents.html",
        422 if sent.errors else 200,
        case=case,
        tab="documents",
        tabs=tabs_of(session.actor, case),
        files=files_of(session, case.id),
        topic_labels=TOPIC_LABELS,
        topics=topics,
        megabytes=shelf().megabytes,
        form=sent,
        rule=rule("VS-40"),
    )
