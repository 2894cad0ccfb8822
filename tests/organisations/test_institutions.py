"""The institutions that take part, as the platform's administrator keeps them."""

from uuid import uuid4

import pytest

from cii.audit.models import Act, AuditEvent
from cii.organisations.models import Institution

NEW = {"kind": "provider", "name": "Trajets Sàrl", "name_de": "Wege GmbH", "language": "fr"}


@pytest.fixture
def pia(app, house):
    """Runs the platform."""
    return house.client("pia")


def address_of(house, key):
    return f"/institutions/{house.institution[key]}"


def test_all_institutions_are_listed_by_kind_with_the_number_of_people(pia):
    page = pia.get("/institutions")
    rows = page.texts("tr")[1:]
    assert rows[0].startswith("ORP Haut-Valais RAV Oberwallis ORP 1")
    assert any(row.startswith("ORP Sion RAV Sitten ORP 4") for row in rows)
    assert len(rows) == 12


def test_the_list_is_narrowed_to_a_kind(pia):
    pia.get("/institutions")
    page = pia.click("CMS")
    assert len(page.texts("tr")[1:]) == 2
    assert "Aucune institution de ce genre" in pia.get("/institutions?kind=cea").main
    assert len(pia.get("/institutions?kind=nothing").texts("tr")[1:]) == 12


def test_an_institution_is_entered_renamed_and_recorded(house, pia):
    pia.get("/institutions/new")
    page = pia.submit("/institutions/new", NEW)
    page = page.links["Trajets Sàrl"]
    pia.get(page)
    page = pia.submit(page, {"name": "Trajets et compagnie"})
    assert "Trajets et compagnie" in page.links
    found = house.all(Institution, Institution.name == "Trajets et compagnie")[0]
    acts = house.all(AuditEvent, AuditEvent.subject_id == found.id)
    assert {each.act for each in acts} == {Act.INSTITUTION_CHANGED}
    assert len(acts) == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "commune"),
        ("kind", "platform"),
        ("kind", "king"),
        ("kind", ""),
        ("name", ""),
        ("name", "x" * 121),
        ("name", "orp  SION"),
        ("name_de", "RAV Sitten"),
        ("name_de", "ORP Sion"),
        ("language", "it"),
    ],
)
def test_what_does_not_fit_is_refused_beside_the_field(house, pia, field, value):
    before = house.count(Institution)
    page = pia.post("/institutions/new", {**NEW, field: value}, status=422)
    assert set(page.errors) == {field}
    assert house.count(Institution) == before


def test_the_same_form_again_enters_nothing_twice(house, pia):
    pia.post("/institutions/new", NEW)
    assert "name" in pia.post("/institutions/new", NEW, status=422).errors


def test_communes_follow_the_register_and_are_not_changed_by_hand(house, pia):
    assert "Commune de Sion" not in pia.get("/institutions").links
    pia.get(address_of(house, "sion"), status=404)
    pia.post(address_of(house, "sion"), {"name": "x", "name_de": "y", "language": "fr"}, status=404)
    pia.post(f"{address_of(house, 'sion')}/active", {"act": "deactivate"}, status=404)
    pia.get(f"/institutions/{uuid4()}", status=404)


def test_closing_an_institution_ends_the_access_of_its_people(house, pia):
    amelie = house.client("amelie")
    amelie.get("/")
    pia.get(address_of(house, "orp_sion"))
    pia.submit(f"{address_of(house, 'orp_sion')}/active", press="Fermer l’institution")
    assert amelie.get("/").path.startswith("/sign-in")
    pia.get(address_of(house, "orp_sion"))
    page = pia.submit(f"{address_of(house, 'orp_sion')}/active", press="Rouvrir l’institution")
    assert "L’institution est rouverte." in page.main


def test_nobody_closes_the_institution_he_or_she_acts_for(house, pia):
    address = f"{address_of(house, 'platform')}/active"
    page = pia.post(address, {"act": "deactivate"}, status=422)
    assert "Vous agissez vous-même pour cette institution." in page.main


def test_who_manages_people_of_one_institution_keeps_no_institutions(app, house):
    odile = house.client("odile")
    for address in ("/institutions", "/institutions/new", address_of(house, "orp_sion")):
        odile.get(address, status=404)
    odile.post("/institutions/new", NEW, status=404)
