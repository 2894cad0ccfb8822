"""Importing the people of an office's file: by an administrator on the screen, or by the command."""

from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlmodel import select

import cii
from cii.access.actor import Seat
from cii.access.system import Reason
from cii.audit.models import Act, AuditEvent
from cii.organisations import screens
from cii.organisations.models import Membership, Person
from cii.organisations.people_import import import_people

PROFESSIONALS = (Path(cii.__file__).parent / "demo" / "professionnels.csv").read_bytes()
TITLES = "institution;nom;prenom;courriel;fonction;langue"
ROW = "ORP Sion;Rey;Nadia;nadia.rey@orp-sion.example;conseillère ou conseiller ORP;fr"


def file(*rows, titles=TITLES, encoding="utf-8"):
    return "\r\n".join([titles, *rows, ""]).encode(encoding)


@pytest.fixture
def import_file(canton):
    """Import as the command does."""

    def run(content):
        with canton.system(Reason.IMPORT) as session:
            return import_people(session, content)

    return run


def counts(report):
    return report.created, report.updated, report.unchanged


def said(report):
    return [(each.line, each.column, str(each.phrase)) for each in report.errors]


def all_of(store, model):
    with store.system(Reason.CHECK, writes=False) as session:
        return session.exec(select(model)).all()


def test_the_thirty_professionals_are_entered_and_a_second_time_nothing_changes(
    canton, import_file
):
    assert counts(import_file(PROFESSIONALS)) == (30, 0, 0)
    assert counts(import_file(PROFESSIONALS)) == (0, 0, 30)
    people = {each.email: each for each in all_of(canton, Person)}
    seats = {each.person_id: each for each in all_of(canton, Membership)}
    assert len(people) == len(seats) == 30
    assert [each.seat for each in seats.values()].count(Seat.HEAD) == 10
    ursula = people["ursula.amherd1@orp-haut-valais.example"]
    assert (ursula.name, ursula.language) == ("Ursula Amherd", "de")
    assert seats[ursula.id].title == "conseillère ou conseiller ORP"
    acts = [each for each in all_of(canton, AuditEvent) if each.act is Act.PERSON_CHANGED]
    assert len(acts) == 30


def test_a_changed_name_or_function_is_an_update(canton, import_file):
    import_file(PROFESSIONALS)
    changed = PROFESSIONALS.decode().replace("Favre;Amélie", "Favre-Rey;Amélie")
    changed = changed.replace(
        "nicolas.deleze2@orp-sion.example;conseillère ou conseiller ORP",
        "nicolas.deleze2@orp-sion.example;gestion des personnes",
    )
    assert counts(import_file(changed.encode())) == (0, 2, 28)
    people = {each.email: each for each in all_of(canton, Person)}
    assert people["amelie.favre1@orp-sion.example"].last_name == "Favre-Rey"
    seats = {each.person_id: each.seat for each in all_of(canton, Membership)}
    assert seats[people["nicolas.deleze2@orp-sion.example"].id] is Seat.ADMIN


def test_the_language_that_somebody_chose_stays(canton, import_file):
    import_file(file(ROW))
    with canton.system(Reason.SET_UP) as session:
        person = session.get(Person, all_of(canton, Person)[0].id)
        person.language = "de"
        session.add(person)
    assert counts(import_file(file(ROW))) == (0, 0, 1)
    assert all_of(canton, Person)[0].language == "de"


def test_one_address_in_two_institutions_is_one_person_with_two_seats(canton, import_file):
    rows = (
        "Commune de Sion;Rossier;Cécile;cecile@sion.example;administration communale;fr",
        "Commune de Savièse;Rossier;Cécile;CECILE@sion.example;administration communale;fr",
    )
    assert counts(import_file(file(*rows))) == (2, 0, 0)
    assert len(all_of(canton, Person)) == 1
    assert len(all_of(canton, Membership)) == 2


@pytest.mark.parametrize(
    "content",
    [
        file(ROW, encoding="utf-8-sig"),
        file(ROW, encoding="cp1252"),
        file(ROW).replace(b";", b","),
        file(ROW).replace(b";", b"\t"),
        file(
            "RAV Sion;Rey;Nadia;nadia.rey@orp-sion.example;Beraterin;Deutsch",
            titles="Institution;Name;Vorname;E-Mail;Funktion;Sprache",
        ),
        file("  orp  sion ;Rey;Nadia; Nadia.Rey@ORP-Sion.example ;conseillère;FR"),
        file("", ROW, ""),
    ],
)
def test_the_file_comes_as_offices_save_it(canton, import_file, content):
    assert counts(import_file(content)) == (1, 0, 0)
    assert all_of(canton, Person)[0].email == "nadia.rey@orp-sion.example"


def test_a_workbook_is_read_as_well(canton, import_file):
    book = Workbook()
    book.active.append(TITLES.split(";"))
    book.active.append(ROW.split(";"))
    content = BytesIO()
    book.save(content)
    assert counts(import_file(content.getvalue())) == (1, 0, 0)


@pytest.mark.parametrize(
    ("row", "column", "sentence"),
    [
        (
            "ORP Genève;Rey;Nadia;n@x.ch;aide;fr",
            "institution",
            "Aucune institution ne porte ce nom.",
        ),
        (";Rey;Nadia;n@x.ch;aide;fr", "institution", "Indiquez l’institution."),
        ("ORP Sion;;Nadia;n@x.ch;aide;fr", "nom", "Indiquez le nom."),
        ("ORP Sion;Rey;;n@x.ch;aide;fr", "prenom", "Indiquez le prénom."),
        ("ORP Sion;Rey;Nadia;;aide;fr", "courriel", "Indiquez l’adresse électronique."),
        (
            "ORP Sion;Rey;Nadia;nadia.rey;aide;fr",
            "courriel",
            "Écrivez l’adresse comme prenom.nom@exemple.ch.",
        ),
        ("ORP Sion;Rey;Nadia;n@x.ch;;fr", "fonction", "Indiquez la fonction."),
        ("ORP Sion;Rey;Nadia;n@x.ch;aide;it", "langue", "Écrivez « fr » ou « de »."),
        ("ORP Sion;Rey;Nadia;n@x.ch;aide;", "langue", "Écrivez « fr » ou « de »."),
        (
            "ORP Sion;=cmd;Nadia;n@x.ch;aide;fr",
            "nom",
            "Un nom s’écrit avec des lettres, des espaces, des traits d’union ou des apostrophes.",
        ),
        (f"ORP Sion;{'x' * 81};Nadia;n@x.ch;aide;fr", "nom", "80 caractères au plus."),
        (f"ORP Sion;Rey;Nadia;n@x.ch;{'x' * 121};fr", "fonction", "120 caractères au plus."),
        (
            "ORP Sion;Rey;Nadia;n@x.ch",
            None,
            "Cellules dans la ligne : 4 au lieu de 6. Vérifiez les séparateurs et les guillemets.",
        ),
    ],
)
def test_an_error_names_its_line_and_column_and_nothing_is_imported(
    canton, import_file, row, column, sentence
):
    plain = [
        (line, at, words.replace("\N{NO-BREAK SPACE}", " "))
        for line, at, words in said(import_file(file(ROW, row)))
    ]
    assert plain == [(3, column, sentence)]
    assert all_of(canton, Person) == []


def test_several_errors_of_one_row_are_all_said(import_file):
    report = import_file(file("ORP Genève;;Nadia;nadia;aide;it"))
    assert {column for _, column, _ in said(report)} == {
        "institution",
        "nom",
        "courriel",
        "langue",
    }


def test_the_same_seat_twice_in_a_file_is_an_error(import_file):
    assert said(import_file(file(ROW, ROW))) == [
        (3, "courriel", "Cette adresse figure déjà à la ligne 2.")
    ]


def test_one_address_with_two_names_is_an_error(import_file):
    other = "ORP Sierre;Roy;Nadia;nadia.rey@orp-sion.example;direction;fr"
    assert said(import_file(file(ROW, other))) == [
        (3, "nom", "La même adresse porte un autre nom à la ligne 2.")
    ]


@pytest.mark.parametrize(
    ("titles", "column"),
    [
        ("institution;nom;prenom;courriel;fonction", "langue"),
        ("institution;nom;prenom;mail;fonction;langue", "courriel"),
        ("institution;nom;prenom;courriel;courriel;fonction;langue", "courriel"),
    ],
)
def test_a_column_that_is_missing_or_stands_twice_is_named(import_file, titles, column):
    report = import_file(file(titles=titles))
    assert [(line, at) for line, at, _ in said(report)] == [(1, column)]


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\x02", b"%PDF-1.7", b"PK\x03\x04broken", b'"open', b"\xff\xfe"]
)
def test_what_is_no_table_is_said_in_a_sentence(canton, import_file, content):
    report = import_file(content)
    assert report.errors
    assert all_of(canton, Person) == []


def test_somebody_without_access_is_not_brought_back_by_a_file(canton, import_file):
    import_file(file(ROW))
    with canton.system(Reason.SET_UP) as session:
        person = session.get(Person, all_of(canton, Person)[0].id)
        person.active = False
        session.add(person)
    assert said(import_file(file(ROW))) == [
        (2, "courriel", "L’accès de cette personne est fermé. Rouvrez-le d’abord dans sa fiche.")
    ]


# On the screen


@pytest.fixture
def odile(app, house):
    """Manages the people of the ORP Sion."""
    client = house.client("odile")
    client.get("/people/import")
    return client


@pytest.fixture
def pia(app, house):
    """Runs the platform."""
    client = house.client("pia")
    client.get("/people/import")
    return client


def test_the_screen_first_shows_what_a_file_changes_then_imports_all_of_it(house, odile):
    before = house.count(Person)
    page = odile.submit("choose", {"file": (file(ROW), "personnes.csv")})
    assert "Places nouvelles 1 Places modifiées 0 Sans changement 0" in page.main
    assert house.count(Person) == before
    page = odile.submit("confirm")
    assert "Personnes inscrites : 1. Modifiées : 0. Inchangées : 0." in page.main.replace(
        "\N{NO-BREAK SPACE}", " "
    )
    assert "Rey Nadia" in page.links
    odile.get("/people/import")
    page = odile.submit("choose", {"file": (file(ROW), "personnes.csv")})
    assert "Tout ce que contient ce fichier est déjà inscrit." in page.main


def test_the_screen_shows_errors_by_line_and_column(house, odile):
    before = house.count(Person)
    content = file(ROW, "ORP Sion;<b>x</b>;Nadia;nadia;aide;fr")
    page = odile.submit("choose", {"file": (content, "personnes.csv")}, status=422)
    assert "Le fichier contient 2 erreurs" in page.main
    cells = [each.split(" ", 1)[0] for each in page.texts("tr")[1:]]
    assert cells == ["3", "3"]
    assert not [form for form in page.forms if form.id == "confirm"]
    assert house.count(Person) == before


def test_a_file_may_not_enter_people_elsewhere(house, odile):
    row = "ORP Sierre;Rey;Nadia;nadia.rey@orp-sierre.example;direction;fr"
    page = odile.submit("choose", {"file": (file(row), "personnes.csv")}, status=422)
    assert "dans votre propre institution seulement" in page.main


def test_a_file_may_not_rename_somebody_who_works_elsewhere_too(house, odile):
    row = "ORP Sion;Pirate;Bastien;bastien@example.ch;conseiller;fr"
    page = odile.submit("choose", {"file": (file(row), "personnes.csv")}, status=422)
    assert "seule l’administration de la plateforme peut changer son nom" in page.main


def test_a_file_gives_nobody_a_seat_by_his_or_her_own_hand(house, odile, pia):
    own = "ORP Sion;Pralong;Odile;odile@example.ch;direction;fr"
    page = odile.submit("choose", {"file": (file(own), "personnes.csv")}, status=422)
    assert "Seule une autre personne peut changer votre propre place." in page.main
    other = "ORP Sion;Rudaz;Pia;pia@example.ch;direction;fr"
    page = pia.submit("choose", {"file": (file(other), "personnes.csv")}, status=422)
    assert "Seule une autre personne peut changer votre propre place." in page.main


def test_a_preview_that_was_tampered_with_is_checked_again(house, odile):
    before = house.count(Person)
    page = odile.post("/people/import", {"content": "%%%", "act": "import"}, status=422)
    assert "file" in page.errors
    odile.post("/people/import", {"content": "é" * 10, "act": "import"}, status=422)
    odile.post("/people/import", {"act": "check"}, status=422)
    assert house.count(Person) == before


def test_a_file_that_is_too_large_is_refused(odile, monkeypatch):
    monkeypatch.setattr(screens, "LARGEST_PEOPLE_FILE", 1000)
    page = odile.submit("choose", {"file": (b"x" * 1001, "grand.csv")}, status=422)
    assert "1 Mo" in page.errors["file"].replace("\N{NO-BREAK SPACE}", " ")
