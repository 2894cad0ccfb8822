"""Who works in German reads German: words, names of offices, and nothing of the French beside them."""

import pytest

from cii.cases.lifecycle import State

FRENCH_OFFICES = ("ORP Sion", "CMS Sion-Hérens-Conthey", "Bureau CII", "ORP Haut-Valais")


@pytest.fixture
def stefan(app, house):
    """Coordinates at the bureau CII, in German."""
    return house.client("stefan")


def test_offices_have_their_german_names_wherever_the_bureau_looks(house, stefan):
    announced, admitted = house.case(), house.case(state=State.ADMITTED)
    pages = (
        stefan.get("/"),
        stefan.get("/cases"),
        stefan.post("/cases/search", {"q": "Morard"}),
        stefan.get(f"/cases/{announced.id}/announcement"),
        stefan.get(f"/cases/{admitted.id}/admission"),
        stefan.get(f"/cases/{announced.id}"),
    )
    for page in pages:
        assert "SMZ Sitten-Ering-Gundis" in page.main, page.path
        assert not [name for name in FRENCH_OFFICES if name in page.main], page.path


def test_an_adviser_announces_in_german(app, house):
    page = house.client("ursula").get("/announcements/new")
    assert "Eine Person melden" in page.main
    assert "RAV Oberwallis – Amherd Ursula" in page.main
    assert "SMZ Siders – Moulin Yannick" in page.main
    assert not [name for name in FRENCH_OFFICES if name in page.main]


def test_what_was_just_done_is_said_in_german(app, house):
    ursula = house.client("ursula")
    ursula.get("/announcements/new")
    page = ursula.submit(fields={"last_name": "Zurbriggen"}, press="save")
    assert "Der Entwurf ist gespeichert." in page.main


def test_a_wrong_answer_is_explained_in_german(app, house):
    ursula = house.client("ursula")
    ursula.get("/announcements/new")
    page = ursula.submit(fields={"avs_number": "756.1"}, press="announce", status=422)
    assert "Die AHV-Nummer hat dreizehn Ziffern" in page.main
    assert "Geben Sie das Geburtsdatum an." in page.main


def test_a_page_that_is_not_there_says_so_in_german(app, house):
    page = house.client("ursula").get("/nothing", status=404)
    assert "Diese Seite gibt es nicht" in page.main
