"""A commune with a name in both languages is called by that of the reader."""

import pytest

from cii.access.system import Reason
from cii.organisations.models import Commune
from tests.house import House

SION, LEUK, SAVIESE = 6266, 6110, 6265


@pytest.fixture
def named(app, house: House) -> House:
    with house.store.system(Reason.SET_UP) as session:
        sion = session.get_one(Commune, SION)
        sion.other_name = "Sitten"
        leuk = Commune(number=LEUK, name="Leuk", other_name="Loèche", language="de")
        leuk.district_fr, leuk.district_de = "Loèche", "Leuk"
        session.add_all([sion, leuk])
    return house


@pytest.mark.parametrize(
    ("who", "commune", "name", "other"),
    [
        ("claire", SION, "Sion", "Sitten"),
        ("claire", LEUK, "Loèche", "Leuk"),
        ("stefan", LEUK, "Leuk", "Loèche"),
        ("stefan", SAVIESE, "Savièse", "Loèche"),
    ],
)
def test_every_page_calls_a_commune_by_its_name_in_the_readers_language(
    named: House, who: str, commune: int, name: str, other: str
) -> None:
    case = named.case(commune=commune)
    client = named.client(who)
    for path in (f"/cases/{case.id}", f"/cases/{case.id}/announcement", "/cases"):
        main = client.get(path).main
        assert name in main
        assert other not in main
    assert name in client.post("/cases/search", {"q": "Morard"}).main


def test_the_form_lists_communes_in_the_readers_language_and_its_order(named: House) -> None:
    ursula = named.client("ursula").get("/announcements/new").main
    assert ursula.index("Leuk") < ursula.index("Savièse") < ursula.index("Sitten")
    hugo = named.client("hugo").get("/announcements/new").main
    assert hugo.index("Loèche") < hugo.index("Savièse")
    assert "Sitten" not in hugo
