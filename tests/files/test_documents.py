"""The documents of a case: added under a topic, listed, downloaded; their bytes follow the transaction."""

import io
import logging
import os
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest

from cii.access.actor import Kind
from cii.access.system import Reason
from cii.audit.models import Act, AuditEvent
from cii.cases.lifecycle import State
from cii.cases.models import Case
from cii.consent.models import PartKind
from cii.consent.topics import NEEDS, Topic
from cii.files.actions import add_file, remove_forgotten
from cii.files.models import StoredFile
from cii.files.storage import Shelf
from cii.foundation.clock import now
from cii.jobs import sweep_files
from tests.files import specimens
from tests.house import Consent, House


@pytest.fixture
def house(app, store) -> House:
    return House(store, app).furnish()


@pytest.fixture
def shelf(app) -> Shelf:
    return Shelf.of(app.extensions["settings"])


@pytest.fixture
def case(house):
    return house.case(state=State.COACHING)


def add(house, case, who="hugo", *, topic="employment", file=None, status=200):
    client = house.client(who)
    client.get(f"/cases/{case.id}/documents")
    file = file or (specimens.pdf(), "Certificat.pdf")
    return client.submit(None, {"topic": topic, "file": file}, status=status)


def files_in(shelf: Shelf) -> list[Path]:
    return [path for path in shelf.folder.rglob("*") if path.is_file()]


def test_a_document_is_added_listed_and_downloaded(house, case, shelf):
    page = add(house, case)
    assert "Le document est enregistré." in page.main
    assert "Certificat.pdf emploi Hugo Délèze" in page.main
    answer = house.client("amelie").get(page.links["Certificat.pdf"])
    with pikepdf.open(io.BytesIO(answer.body)) as document:
        assert len(document.pages) == 1
    (path,) = files_in(shelf)
    assert path.stat().st_mode & 0o077 == 0, "nobody else on the machine reads it"
    assert house.count(AuditEvent, AuditEvent.act == Act.FILE_ADDED) == 1
    (read,) = house.all(AuditEvent, AuditEvent.act == Act.FILE_READ)
    assert (read.person_id, read.case_id) == (house.person["amelie"], case.id)


def test_a_download_is_never_shown_as_a_page_of_ours(house, case):
    page = add(house, case, file=(specimens.pdf(), "Rapport d’été; filename=x.pdf"))
    (link,) = [href for href in page.links.values() if href.startswith("/files/")]
    headers = house.client("hugo").get(link).headers
    assert headers["Content-Disposition"].startswith("attachment;")
    assert headers["Content-Type"] == "application/pdf"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("sandbox")
    assert headers["Cache-Control"] == "no-store"


def test_a_stranger_gets_the_same_answer_as_for_a_file_that_does_not_exist(house, case):
    page = add(house, case)
    (link,) = [href for href in page.links.values() if href.startswith("/files/")]
    bastien = house.client("bastien")
    there = bastien.get(link, status=404)
    nowhere = bastien.get(f"/files/{case.id}", status=404)
    assert there.main == nowhere.main
    assert house.stranger().client.get(link).status_code == 303


def test_only_topics_that_are_open_are_offered_and_taken(house):
    case = house.case(
        state=State.COACHING,
        consent=Consent(topics={**NEEDS, Kind.ORP: Topic.IDENTITY | Topic.HEALTH}),
    )
    amelie = house.client("amelie")
    form = amelie.get(f"/cases/{case.id}/documents").form()
    assert form.options["topic"] == ["", "identity", "health"]
    upload = (io.BytesIO(specimens.pdf()), "x.pdf")
    page = amelie.post(
        f"/cases/{case.id}/documents", {"topic": "finances", "file": upload}, status=422
    )
    assert set(page.errors) == {"topic"}
    assert house.count(StoredFile) == 0


def test_without_a_procuration_the_announcing_institution_alone_adds(house):
    case = house.case(state=State.TO_COMPLETE, consent=None)
    add(house, case)
    house.client("claire").post(f"/cases/{case.id}/documents", {"topic": "identity"}, status=404)
    assert "Certificat.pdf" not in house.client("claire").get(f"/cases/{case.id}/documents").html


@pytest.mark.parametrize("who", ["claire", "cecile", "sophie", "laurent"])
def test_bureau_and_partners_read_and_do_not_add(house, who):
    case = house.case(
        state=State.COACHING,
        parts=(("sion", PartKind.APPROVAL), ("sas", PartKind.OPINION), ("lmmt", PartKind.DECISION)),
    )
    add(house, case, topic="measures")
    client = house.client(who)
    page = client.get(f"/cases/{case.id}/documents")
    assert "Certificat.pdf" in page.main
    assert "Ajouter un document" not in page.main
    client.post(f"/cases/{case.id}/documents", {"topic": "measures"}, status=404)


@pytest.mark.parametrize(
    ("fields", "beside"),
    [
        ({}, {"topic", "file"}),
        ({"topic": "health"}, {"file"}),
        ({"topic": "everything", "file": (specimens.pdf(), "x.pdf")}, {"topic", "file"}),
        ({"file": (specimens.pdf(), "x.pdf")}, {"topic", "file"}),
        ({"topic": "health", "file": (b"", "x.pdf")}, {"file"}),
        ({"topic": "health", "file": (b"GIF89a", "x.gif")}, {"file"}),
        ({"topic": "health", "file": "no file at all"}, {"", "file"}),
        ({"topic": "health", "owner": "me", "file": (specimens.pdf(), "x.pdf")}, {"owner", "file"}),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(house, case, shelf, fields, beside):
    fields = {
        name: (io.BytesIO(value[0]), value[1]) if isinstance(value, tuple) else value
        for name, value in fields.items()
    }
    page = house.client("hugo").post(f"/cases/{case.id}/documents", fields, status=422)
    assert set(page.errors) <= beside
    assert "file" in page.errors
    assert house.count(StoredFile) == 0
    assert not shelf.folder.exists() or not files_in(shelf)


def test_a_request_far_over_the_limit_gets_a_clear_page(house, case):
    hugo = house.client("hugo")
    huge = {"topic": "health", "file": (io.BytesIO(bytes(12 * 1024 * 1024)), "x.pdf")}
    token = hugo.token()
    page = hugo.post(f"/cases/{case.id}/documents", {"form_token": token, **huge}, status=413)
    page.response.request.environ["wsgi.input"].close()
    assert "trop grand" in page.main


def test_a_name_with_a_script_in_it_is_a_name(house, case):
    page = add(house, case, file=(specimens.pdf(), "<img src=x onerror=alert(1)>.pdf"))
    assert "_img src=x onerror=alert(1)_.pdf" in page.main


class TestBytes:
    """What lies in the folder is what the database knows of."""

    def test_bytes_of_a_transaction_that_fails_are_taken_back(self, house, case, shelf):
        with house.store.session(house.actor("hugo"), writes=True) as session:
            add_file(session, shelf, case.id, Topic.HEALTH, "x.pdf", specimens.pdf())
            assert len(files_in(shelf)) == 1
            session.rollback()
            assert files_in(shelf) == []

    def test_bytes_of_a_transaction_that_is_only_left_are_taken_back(self, house, case, shelf):
        with house.store.session(house.actor("hugo"), writes=True) as session:
            add_file(session, shelf, case.id, Topic.HEALTH, "x.pdf", specimens.pdf())
        assert files_in(shelf) == []

    def test_what_was_committed_stays_also_when_the_next_transaction_fails(
        self, house, case, shelf
    ):
        with house.store.session(house.actor("hugo"), writes=True) as session:
            add_file(session, shelf, case.id, Topic.HEALTH, "x.pdf", specimens.pdf())
            session.commit()
            add_file(session, shelf, case.id, Topic.HEALTH, "y.pdf", specimens.pdf())
            session.rollback()
        assert [path.name for path in files_in(shelf)] == [str(house.all(StoredFile)[0].id)]

    def test_bytes_that_were_changed_behind_our_back_are_not_given_out(
        self, house, case, shelf, caplog
    ):
        page = add(house, case)
        (path,) = files_in(shelf)
        path.write_bytes(path.read_bytes() + b" ")
        with caplog.at_level(logging.ERROR):
            answer = house.client("hugo").get(page.links["Certificat.pdf"], status=404)
        assert "ne peut pas être lu" in answer.title
        assert "is not what was stored" in caplog.text

    def test_bytes_that_are_gone_are_said_to_be_missing(self, house, case, shelf, caplog):
        page = add(house, case)
        files_in(shelf)[0].unlink()
        with caplog.at_level(logging.ERROR):
            answer = house.client("hugo").get(page.links["Certificat.pdf"], status=404)
        assert "ne peut pas être lu" in answer.title

    def test_forgotten_bytes_are_removed_and_nothing_else_is(self, app, house, case, shelf):
        """A discarded draft leaves bytes without a row; so does a process that is killed."""
        draft = house.case(state=State.DRAFT, consent=None)
        add(house, case)
        add(house, draft)
        with house.store.system(Reason.CHECK) as system:
            system.delete(system.get(Case, draft.id))
        assert len(files_in(shelf)) == 2
        with house.store.system(Reason.SCHEDULE) as system:
            assert remove_forgotten(system, shelf, now() - timedelta(days=1)) == 0
        for path in files_in(shelf):
            os.utime(path, (1_600_000_000, 1_600_000_000))
        sweep_files(house.store, app.extensions["settings"])
        assert [path.name for path in files_in(shelf)] == [str(house.all(StoredFile)[0].id)]
