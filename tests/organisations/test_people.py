"""People and their seats, as somebody who manages them enters and changes them."""

from uuid import uuid4

import pytest

from cii.access.actor import Seat
from cii.audit.models import Act, AuditEvent
from cii.organisations.models import Membership, Person

NEW = {
    "first_name": "Nadia",
    "last_name": "Rey",
    "email": "Nadia.Rey@orp-sion.example",
    "language": "fr",
    "seat": "member",
}


@pytest.fixture
def odile(app, house):
    """Manages the people of the ORP Sion."""
    return house.client("odile")


@pytest.fixture
def pia(app, house):
    """Runs the platform."""
    return house.client("pia")


def person_of(house, email):
    return house.all(Person, Person.email == email)[0]


def address_of(house, key):
    return f"/people/{house.person[key]}"


def seat_address(house, key, institution=None):
    return f"{address_of(house, key)}/seats/{house.membership(key, institution)}"


def test_who_manages_people_sees_those_of_the_own_institution(odile):
    page = odile.get("/people")
    assert page.title == "Personnes"
    for name in ("Délèze Nicolas", "Dayer Patrick", "Favre Amélie", "Pralong Odile"):
        assert name in page.links
    assert "Darbellay" not in page.main


def test_the_platform_sees_the_people_of_all_institutions_by_name(pia):
    names = [
        each
        for each in pia.get("/people").links
        if each in {"Aebi Regula", "Délèze Hugo", "Zufferey Claire"}
    ]
    assert names == ["Aebi Regula", "Délèze Hugo", "Zufferey Claire"]


@pytest.mark.parametrize("words", ["deleze", "Délèze", "hugo d", "D hugo", "hugo@example"])
def test_a_search_minds_neither_accents_nor_the_order_of_names(pia, words):
    pia.get("/people")
    found = pia.submit("/people", {"q": words})
    assert "Délèze Hugo" in found.links
    assert "Aebi Regula" not in found.links


@pytest.mark.parametrize("words", ["%", "_", "\\", "'", "%%%", "zzz"])
def test_a_search_for_signs_finds_nobody_and_breaks_nothing(pia, words):
    pia.get("/people")
    assert "Aucune personne ne correspond" in pia.submit("/people", {"q": words}).main


def test_the_list_goes_on_where_it_stopped(house, pia):
    house.add(
        *(
            Person(first_name="Zoé", last_name=f"Abbet {n:03}", email=f"zoe{n}@example.ch")
            for n in range(120)
        )
    )
    seen = []
    page = pia.get("/people")
    while True:
        seen += [words for words in page.links if words.startswith("Abbet ")]
        if "Personnes suivantes" not in page.links:
            break
        page = pia.click("Personnes suivantes")
    assert seen == [f"Abbet {n:03} Zoé" for n in range(120)]


def test_the_list_costs_the_same_number_of_queries_however_long(house, pia, queries):
    pia.get("/people")
    with queries() as few:
        pia.get("/people?q=rossier")
    with queries() as many:
        pia.get("/people")
    assert len(many) == len(few)


def test_somebody_new_is_entered_with_a_seat_in_the_own_institution(house, odile):
    odile.get("/people/new")
    page = odile.submit(
        "/people/new", {**NEW, "title": "conseillère en personnel", "activity_rate": "62,5 %"}
    )
    assert page.title == "Nadia Rey"
    assert "Inscription enregistrée : Nadia Rey." in page.main
    assert "conseillère en personnel" in page.main
    assert "62,5 %" in page.main
    person = person_of(house, "nadia.rey@orp-sion.example")
    seat = house.all(Membership, Membership.person_id == person.id)[0]
    assert seat.institution_id == house.institution["orp_sion"]
    assert seat.seat is Seat.MEMBER
    acts = house.all(AuditEvent, AuditEvent.subject_id == person.id)
    assert [each.act for each in acts] == [Act.PERSON_CHANGED]
    assert acts[0].person_id == house.person["odile"]


def test_the_platform_chooses_the_institution_of_somebody_new(house, pia):
    pia.get("/people/new")
    assert "institution_id" in pia.submit("/people/new", NEW, status=422).errors
    sierre = str(house.institution["orp_sierre"])
    page = pia.submit("/people/new", {"institution_id": sierre})
    assert "ORP Sierre" in page.main


def test_a_form_says_beside_each_field_what_is_missing_and_keeps_what_was_typed(odile):
    odile.get("/people/new")
    page = odile.submit(
        "/people/new", {"last_name": "Rey", "email": "nadia", "activity_rate": "120"}, status=422
    )
    assert set(page.errors) == {"first_name", "email", "activity_rate"}
    form = page.form("/people/new")
    assert form.value("last_name") == "Rey"
    assert form.value("email") == "nadia"
    assert form.value("activity_rate") == "120"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("first_name", "x" * 81),
        ("first_name", "<script>alert(1)</script>"),
        ("last_name", "=1+1"),
        ("email", "a@b@c.ch"),
        ("email", "x" * 200 + "@example.ch"),
        ("phone", "bonjour"),
        ("language", "it"),
        ("seat", "king"),
        ("title", "x" * 121),
        ("activity_rate", "-1"),
        ("activity_rate", "1e2"),
        ("activity_rate", "NaN"),
        ("surprise", "x"),
    ],
)
def test_what_does_not_fit_a_field_is_refused_beside_it(house, odile, field, value):
    before = house.count(Person)
    page = odile.post("/people/new", {**NEW, field: value}, status=422)
    assert field in page.errors or (field == "surprise" and "n’existe pas" in page.main)
    assert house.count(Person) == before


def test_nobody_is_entered_in_an_institution_that_one_does_not_manage(house, odile):
    sierre = str(house.institution["orp_sierre"])
    page = odile.post("/people/new", {**NEW, "institution_id": sierre}, status=422)
    assert page.title == "Inscrire une personne"
    assert house.count(Person, Person.email == "nadia.rey@orp-sion.example") == 0


def test_somebody_who_works_elsewhere_receives_a_seat_beside_the_old_one(house, odile):
    odile.post(
        "/people/new",
        {**NEW, "first_name": "Bastien", "last_name": "Darbellay", "email": "bastien@example.ch"},
    )
    seats = house.all(Membership, Membership.person_id == house.person["bastien"])
    assert {each.institution_id for each in seats} == {
        house.institution["orp_sierre"],
        house.institution["orp_sion"],
    }


def test_an_address_belongs_to_one_person(odile):
    page = odile.post("/people/new", {**NEW, "email": "bastien@example.ch"}, status=422)
    assert page.errors["email"] == "Erreur : Cette adresse appartient à Bastien Darbellay."


def test_sending_the_same_form_again_enters_nobody_twice(house, odile):
    odile.post("/people/new", NEW)
    page = odile.post("/people/new", NEW, status=422)
    assert "a déjà une place" in page.errors["email"]
    assert house.count(Person, Person.email == "nadia.rey@orp-sion.example") == 1


def test_name_address_and_language_are_changed_and_the_list_follows(house, odile):
    odile.get(address_of(house, "amelie"))
    page = odile.submit(
        address_of(house, "amelie"),
        {"last_name": "Évéquoz", "language": "de", "phone": "+41 27 000 00 00"},
    )
    assert page.title == "Amélie Évéquoz"
    assert "Évéquoz Amélie" in odile.get("/people?q=evequoz").links


def test_the_address_of_a_colleague_is_refused(house, odile):
    odile.get(address_of(house, "amelie"))
    page = odile.submit(address_of(house, "amelie"), {"email": "NICOLAS@example.ch"}, status=422)
    assert page.errors["email"] == "Erreur : Cette adresse appartient à Nicolas Délèze."
    assert page.form(address_of(house, "amelie")).value("email") == "NICOLAS@example.ch"


@pytest.mark.parametrize("key", ["bastien", "claire", "pia"])
def test_somebody_of_another_institution_does_not_exist_for_who_manages_people(house, odile, key):
    odile.get(address_of(house, key), status=404)
    odile.post(address_of(house, key), {**NEW}, status=404)
    odile.post(f"{address_of(house, key)}/active", {"act": "deactivate"}, status=404)
    odile.get(seat_address(house, key), status=404)
    odile.post(seat_address(house, key), {"seat": "member"}, status=404)
    odile.post(f"{seat_address(house, key)}/active", {"act": "close"}, status=404)
    odile.get(f"/people/{uuid4()}", status=404)


def test_a_seat_is_found_under_its_own_person_alone(house, odile):
    odile.get(f"{address_of(house, 'amelie')}/seats/{house.membership('nicolas')}", status=404)


def test_whoever_works_elsewhere_too_keeps_name_address_and_access(house, odile):
    """Otherwise one institution could take over an account that opens another institution's cases."""
    house.add(
        Membership(
            person_id=house.person["bastien"],
            institution_id=house.institution["orp_sion"],
            seat=Seat.MEMBER,
        )
    )
    page = odile.get(address_of(house, "bastien"))
    assert "l’administration de la plateforme" in page.main
    assert "ORP Sierre" not in page.main
    assert "Inviter à se connecter" not in page.main
    odile.post(address_of(house, "bastien"), NEW, status=404)
    odile.post(f"{address_of(house, 'bastien')}/active", {"act": "deactivate"}, status=404)
    assert person_of(house, "bastien@example.ch").first_name == "Bastien"


@pytest.mark.parametrize("key", ["amelie", "patrick", "claire", "sophie", "cecile", "regula"])
def test_whoever_works_with_cases_manages_nobody(app, house, key):
    client = house.client(key)
    for address in (
        "/people",
        "/people/new",
        "/people/import",
        "/institutions",
        address_of(house, key),
    ):
        client.get(address, status=404)
    client.post("/people/new", NEW, status=404)


@pytest.mark.parametrize("key", ["odile", "pia"])
def test_administrators_see_no_case(app, house, key):
    case = house.case()
    client = house.client(key)
    for address in (
        "/cases",
        f"/cases/{case.id}",
        f"/cases/{case.id}/consent",
        "/announcements/new",
    ):
        client.get(address, status=404)
    assert case.last_name not in client.get("/").main


def test_a_person_is_invited_from_his_or_her_page(house, odile):
    odile.get(address_of(house, "amelie"))
    page = odile.submit(f"{address_of(house, 'amelie')}/invitation")
    assert "Amélie Favre" in page.main


# Access ends on the next request


def test_closing_the_access_ends_every_session(house, odile):
    amelie = house.client("amelie")
    amelie.get("/")
    odile.get(address_of(house, "amelie"))
    page = odile.submit(f"{address_of(house, 'amelie')}/active", press="Fermer l’accès")
    assert ": Amélie Favre." in page.main
    assert amelie.get("/").path.startswith("/sign-in")
    assert "Favre Amélie" not in odile.get("/people").links
    assert "Favre Amélie" in odile.get("/people?inactive=1").links
    odile.get(address_of(house, "amelie"))
    odile.submit(f"{address_of(house, 'amelie')}/active", press="Rouvrir l’accès")
    assert "Favre Amélie" in odile.get("/people").links


def test_closing_one_seat_leaves_the_other(house, pia):
    savièse, sion = house.client("cecile", "saviese"), house.client("cecile", "sion")
    pia.get(seat_address(house, "cecile", "saviese"))
    pia.submit(f"{seat_address(house, 'cecile', 'saviese')}/active", press="Fermer la place")
    assert savièse.get("/").path.startswith("/sign-in")
    assert sion.get("/").path == "/measures"
    pia.get(seat_address(house, "cecile", "saviese"))
    pia.submit(f"{seat_address(house, 'cecile', 'saviese')}/active", press="Rouvrir la place")
    assert (
        house.count(Membership, Membership.active, Membership.person_id == house.person["cecile"])
        == 2
    )


def test_a_new_seat_counts_from_the_next_request(house, odile):
    house.case(by="amelie", first_name="Lucie", last_name="Morard")
    nicolas = house.client("nicolas")
    assert "Morard" not in nicolas.get("/cases").main
    odile.get(seat_address(house, "nicolas"))
    odile.submit(seat_address(house, "nicolas"), {"seat": "head", "title": "directeur"})
    assert "Morard" in nicolas.get("/cases").main


def test_an_adviser_who_becomes_an_administrator_sees_none_of_his_or_her_cases(house, odile):
    case = house.case(by="amelie")
    amelie = house.client("amelie")
    assert "Morard" in amelie.get("/cases").main
    odile.get(seat_address(house, "amelie"))
    odile.submit(seat_address(house, "amelie"), {"seat": "admin"})
    amelie.get(f"/cases/{case.id}", status=404)
    assert "Morard" not in amelie.get("/").main


@pytest.mark.parametrize("seat", ["member", "head"])
def test_nobody_opens_cases_to_himself_or_herself(house, odile, seat):
    odile.get(seat_address(house, "odile"))
    page = odile.submit(seat_address(house, "odile"), {"seat": seat}, status=422)
    assert (
        page.errors["seat"] == "Erreur : Seule une autre personne peut changer votre propre place."
    )


def test_the_platform_gives_itself_no_seat_in_an_office(house, pia):
    pia.get(f"{address_of(house, 'pia')}/seats/new")
    page = pia.submit(
        f"{address_of(house, 'pia')}/seats/new",
        {"institution_id": str(house.institution["orp_sion"])},
        status=422,
    )
    assert "seat" in page.errors
    assert house.count(Membership, Membership.person_id == house.person["pia"]) == 1


def test_nobody_closes_the_own_access(house, pia):
    page = pia.post(f"{address_of(house, 'pia')}/active", {"act": "deactivate"}, status=422)
    assert "Seule une autre personne peut changer" in page.main
    page = pia.post(f"{seat_address(house, 'pia')}/active", {"act": "close"}, status=422)
    assert "Seule une autre personne peut changer" in page.main
    assert pia.get("/people").path == "/people"


def test_the_platform_gives_a_second_seat(house, pia):
    address = f"{address_of(house, 'jerome')}/seats/new"
    sion = str(house.institution["sion"])
    pia.get(address)
    page = pia.submit(address, {"institution_id": sion, "title": "remplaçant"})
    assert "Commune de Sion" in page.main
    pia.get(address)
    page = pia.submit(address, {"institution_id": sion}, status=422)
    assert "a déjà une place" in page.errors["institution_id"]


def test_giving_seats_elsewhere_belongs_to_the_platform(house, odile):
    odile.get(f"{address_of(house, 'amelie')}/seats/new", status=404)


def test_the_platform_has_administrators_only(house, pia):
    page = pia.post(
        "/people/new", {**NEW, "institution_id": str(house.institution["platform"])}, status=422
    )
    assert "seat" in page.errors
