"""Importing on the screen: choose the file, see it read, see what it holds, import it or give up."""

from datetime import timedelta

import pytest
from sqlmodel import select

from cii.access.actor import Kind
from cii.audit.models import Act, AuditEvent
from cii.cases.importing import sweep_imports
from cii.cases.lifecycle import State
from cii.cases.models import Case, ImportRow, ImportRun
from cii.foundation.clock import living_at, now
from cii.jobs import JOBS
from cii.organisations.models import Institution, Membership, Person
from tests.imports.conftest import (
    BASTIEN,
    CLAIRE,
    EXPORTED,
    GOOD,
    INES,
    SIXTY,
    STEFAN,
    TWENTY,
    file_of,
    many,
    workbook_of,
)

IMPORT = "/announcements/import"


@pytest.fixture
def bureau(app, canton):
    """Claire of the bureau CII, at her browser."""
    return canton.client(CLAIRE)


def upload(client, content, name="annonces.csv", status=200):
    client.get(IMPORT)
    return client.submit(IMPORT, {"file": (content, name)}, status=status)


def read(client):
    """Press « Continuer » until the file is read, as a browser without scripts does."""
    while client.page.find("progress"):
        client.submit(client.page.path)
    return client.page


def preview(client, content, name="annonces.csv"):
    upload(client, content, name)
    return read(client)


def buttons(page):
    return page.texts("button", class_="govuk-button")


def test_the_bureau_imports_the_sixty_announcements(canton, bureau):
    page = preview(bureau, SIXTY)
    assert page.title == "annonces.csv"
    assert "60 lignes lues" in page.main
    assert "58 nouvelles annonces, prêtes pour le bureau CII" in page.main
    assert "2 nouvelles annonces, à compléter" in page.main
    assert buttons(page) == ["Importer tout", "Abandonner"]
    assert canton.all(Case) == []
    page = bureau.submit(page.path, press="Importer tout")
    assert "L’import est terminé" in page.main
    assert page.links["58 annonces transmises au bureau CII"] == "/cases?state=announced"
    assert page.links["2 annonces à compléter"] == "/cases?state=to-complete"
    assert len(canton.all(Case)) == 60


def test_the_result_leads_to_the_cases_that_are_to_complete(canton, bureau):
    page = bureau.submit(preview(bureau, SIXTY).path, press="import")
    waiting = canton.all(Case, Case.state == State.TO_COMPLETE)
    assert {each.office_reference for each in waiting} == {"A-2026-007", "A-2026-018"}
    for case in waiting:
        assert page.links[case.reference] == f"/cases/{case.id}"


def test_what_was_imported_is_forgotten_as_rows_and_remembered_as_cases(canton, bureau):
    bureau.submit(preview(bureau, SIXTY).path, press="import")
    assert canton.all(ImportRow) == []
    run = canton.one(ImportRun)
    assert (run.announced, run.to_complete, run.known, run.wrong) == (58, 2, 0, 0)
    events = canton.all(AuditEvent, AuditEvent.act == Act.IMPORTED)
    assert {each.subject_id for each in events} == {run.id}
    assert {each.person_id for each in events} == {canton.actor(CLAIRE).person}
    assert len(events) == 60


def test_the_same_file_again_changes_nothing_and_says_so(canton, bureau):
    bureau.submit(preview(bureau, SIXTY).path, press="import")
    page = preview(bureau, SIXTY)
    assert "Toutes ces annonces sont déjà importées" in page.main
    assert "60 annonces déjà importées, inchangées" in page.main
    assert buttons(page) == ["Abandonner"]
    assert len(canton.all(Case)) == 60


def test_the_twenty_rows_show_each_error_and_cannot_be_imported_whole(canton, bureau):
    page = preview(bureau, TWENTY, "annonces-erreurs.csv")
    assert "16 lignes sont à corriger" in page.main
    assert "4 nouvelles annonces, prêtes pour le bureau CII" in page.main
    assert buttons(page) == ["Abandonner", "Importer seulement les lignes justes"]
    rows = page.find("table")[0]
    lines = [each.text for each in rows.iter() if each.tag == "th" and each.get("scope") == "row"]
    assert lines == [f"ligne {line}" for line in (2, 3, 4, 5, 5, *range(6, 18))]
    assert canton.all(Case) == []


def test_wrong_cells_are_shown_harmless_short_and_without_avs_number(bureau):
    page = preview(bureau, TWENTY)
    assert '<td data-l="Écrit">&lt;script&gt;alert(1)&lt;/script&gt;</td>' in page.html
    assert "=HYPERLINK(&#34;http://127.0.0.1/&#34;;&#34;x&#34;)" in page.html
    assert "756.1234.5678.90" not in page.html
    assert "x" * 40 + "…" in page.html
    assert "x" * 41 not in page.html


def test_pressing_import_on_a_page_that_is_old_imports_nothing(canton, bureau):
    page = preview(bureau, TWENTY)
    bureau.post(page.path, {"act": "import"})
    assert canton.all(Case) == []
    assert "16 lignes sont à corriger" in bureau.page.main


def test_a_file_that_is_not_read_to_its_end_cannot_be_imported(canton, bureau):
    path = upload(bureau, SIXTY).path
    for act in ("import", "import-right", "", "something"):
        bureau.post(path, {"act": act})
        assert canton.all(Case) == []
        assert bureau.page.find("progress")


def test_the_right_rows_are_imported_on_request(canton, bureau):
    page = bureau.submit(preview(bureau, TWENTY).path, press="Importer seulement les lignes justes")
    assert "4 annonces transmises au bureau CII" in page.main
    assert "16 lignes avec des erreurs, laissées de côté" in page.main
    assert len(canton.all(Case)) == 4


def test_a_corrected_file_brings_the_rest(canton, bureau):
    bureau.submit(
        preview(bureau, file_of({}, {"reference": "M-2", "nom": ""})).path, press="import-right"
    )
    page = preview(bureau, file_of({}, {"reference": "M-2", "nom": "Rey"}))
    assert "1 nouvelle annonce, prête pour le bureau CII" in page.main
    assert "1 annonce déjà importée, inchangée" in page.main
    bureau.submit(page.path, press="import")
    assert len(canton.all(Case)) == 2


def test_giving_up_leaves_nothing(canton, bureau):
    page = bureau.submit(preview(bureau, SIXTY).path, press="Abandonner")
    assert "L’import est abandonné : rien n’a été enregistré." in page.main.replace("\u00a0", " ")
    assert canton.all(ImportRun) == canton.all(ImportRow) == canton.all(Case) == []


def test_a_repeated_submission_is_harmless(canton, bureau):
    path = preview(bureau, SIXTY).path
    first = bureau.post(path, {"act": "import"})
    for act in ("import", "import-right", "continue", "abandon", "import"):
        bureau.post(path, {"act": act})
    assert bureau.get(path).main == first.main
    assert len(canton.all(Case)) == 60
    assert len(canton.all(AuditEvent, AuditEvent.act == Act.IMPORTED)) == 60


def test_a_file_is_read_in_steps_with_its_progress(bureau):
    page = upload(bureau, many(1_200))
    seen = []
    while page.find("progress"):
        (bar,) = page.find("progress")
        seen.append((bar.get("value"), bar.get("max")))
        page = bureau.submit(page.path, press="Continuer")
    assert seen == [("0", "1200"), ("500", "1200"), ("1000", "1200")]
    assert "1200 nouvelles annonces" in page.main


def test_with_scripts_the_page_reads_on_by_itself(bureau):
    page = upload(bureau, many(600))
    (form,) = page.find("form", action=page.path)
    assert form.get("hx-trigger") == "load"
    assert form.get("hx-post") == page.path
    assert form.get("hx-target") == "#import_state"
    htmx = {"HX-Request": "true", "HX-Target": "import_state"}
    step = bureau.post(page.path, {"act": "continue"}, headers=htmx)
    assert not step.whole
    assert "500 lignes lues sur 600" in step.text
    assert step.find("form", hx_trigger="load")
    step = bureau.post(page.path, {"act": "continue"}, headers=htmx)
    assert not step.find("progress")
    assert "Le fichier peut être importé" in step.text
    # What was swapped in is what a fresh page shows.
    assert step.text in bureau.get(page.path).main


def test_an_interrupted_import_goes_on_where_it_stopped(canton, bureau):
    upload(bureau, many(1_200))
    bureau.submit(bureau.page.path, press="Continuer")
    page = canton.client(CLAIRE).get(IMPORT)
    (path,) = [path for words, path in page.links.items() if words == "annonces.csv"]
    bureau.get(path)
    assert "500 lignes lues sur 1200" in bureau.page.main
    page = bureau.submit(read(bureau).path, press="import")
    assert "1200 annonces transmises" in page.main


def test_a_run_that_nobody_finishes_is_swept_after_a_day_with_its_rows(canton, bureau):
    upload(bureau, SIXTY)
    assert sweep_imports(canton.store, now() + timedelta(hours=23)) == 0
    assert len(canton.all(ImportRow)) == 60
    assert sweep_imports(canton.store, now() + timedelta(hours=25)) == 1
    assert canton.all(ImportRun) == canton.all(ImportRow) == []


def test_the_worker_sweeps(canton, bureau, settings):
    upload(bureau, SIXTY)
    (job,) = [job for job in JOBS if job.name == "sweep-imports"]
    job.do(canton.store, settings)
    assert len(canton.all(ImportRow)) == 60
    with living_at(EXPORTED + timedelta(days=2)):
        job.do(canton.store, settings)
    assert canton.all(ImportRow) == []


def test_somebody_else_does_not_see_the_run(canton, bureau):
    path = upload(bureau, SIXTY).path
    stefan = canton.client(STEFAN)
    stefan.get(path, status=404)
    stefan.post(path, {"act": "abandon"}, status=404)
    assert "annonces.csv" not in stefan.get(IMPORT).main
    assert len(canton.all(ImportRow)) == 60


def test_a_social_worker_imports_the_own_institution_and_nothing_else(canton, app):
    ines = canton.client(INES)
    page = preview(
        ines,
        file_of(
            {},
            {"reference": "M-2", "professionnel": BASTIEN},
            {
                "reference": "S-1",
                "annonce_par": "CMS Sierre",
                "professionnel": "hugo.emery1@cms-sierre.example",
            },
        ),
    )
    assert "1 ligne est à corriger" in page.main
    assert "Vous importez les annonces de votre institution seulement : CMS Martigny." in (
        page.main.replace("\u00a0", " ")
    )
    page = ines.submit(page.path, press="import-right")
    assert "2 annonces transmises au bureau CII" in page.main
    # Her colleague's case is her colleague's.
    with canton.store.session(canton.actor(INES), writes=False) as session:
        assert session.exec(select(Case.office_reference)).all() == ["M-1"]


@pytest.mark.parametrize("kind", [Kind.COMMUNE, Kind.SAS, Kind.LMMT, Kind.PLATFORM])
def test_who_announces_nobody_does_not_import(canton, app, kind):
    (institution, *_) = canton.all(Institution, Institution.kind == kind)
    canton.change(Person, Person.email == STEFAN, language="fr")
    canton.change(
        Membership, Membership.id == canton.actor(STEFAN).membership, institution_id=institution.id
    )
    client = canton.client(STEFAN)
    client.get(IMPORT, status=404)
    client.post(IMPORT, status=404)


def test_a_row_that_became_wrong_since_the_preview_stops_the_import(canton, bureau):
    page = preview(bureau, file_of({}, {"reference": "M-2", "professionnel": BASTIEN}))
    canton.change(Person, Person.email == BASTIEN, active=False)
    page = bureau.submit(page.path, press="Importer tout")
    assert "le fichier est vérifié une nouvelle fois" in page.main
    assert canton.all(Case) == []
    page = read(bureau)
    assert "1 ligne est à corriger" in page.main
    assert "1 nouvelle annonce" in page.main
    bureau.submit(page.path, press="import-right")
    assert canton.one(Case).office_reference == "M-1"


def test_two_people_with_the_same_file_import_it_once(canton, bureau):
    stefan = canton.client(STEFAN)
    first, second = preview(bureau, SIXTY), preview(stefan, SIXTY)
    bureau.submit(first.path, press="import")
    page = stefan.submit(second.path, press="import")
    assert "60 Meldungen bereits importiert, unverändert" in page.main
    assert len(canton.all(Case)) == 60


def test_long_lists_of_errors_are_shown_page_by_page(bureau):
    page = preview(bureau, many(120, nom=""))
    assert "120 lignes sont à corriger" in page.main

    def lines():
        rows = bureau.page.texts("th", scope="row")
        return [int(row.removeprefix("ligne ")) for row in rows]

    seen = lines()
    while "Erreurs suivantes" in bureau.page.links:
        bureau.click("Erreurs suivantes")
        seen += lines()
    assert seen == list(range(2, 122))


@pytest.mark.parametrize("after", ["-1", "x", "9" * 30, "٣", ""])
def test_a_strange_place_in_the_list_shows_its_beginning(bureau, after):
    page = preview(bureau, file_of({"nom": ""}))
    assert "Indiquez le nom." in bureau.get(f"{page.path}?after={after}").main


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Le fichier est vide."),
        (
            b"%PDF-1.7",
            "Ce fichier n’est ni un CSV ni un XLSX : enregistrez-le dans un de ces formats.",
        ),
        (b"nom;prenom\r\nRey;Nadia\r\n", "Ces colonnes manquent : reference, annonce_par"),
        (b"PK\x03\x04 not a workbook", "Ce classeur est illisible."),
        (file_of({}) * 2, ""),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_beside_the_field(canton, bureau, content, said):
    if said:
        page = upload(bureau, content, status=422)
        assert page.errors["file"].replace("\u00a0", " ").removeprefix("Erreur : ").startswith(said)
        assert canton.all(ImportRun) == []
    else:
        # The titles in the middle are a row like another, and a wrong one.
        assert "3 lignes sont à corriger" in preview(bureau, content).main


def test_no_file_and_a_foreign_field_are_refused(bureau):
    bureau.get(IMPORT)
    page = bureau.post(IMPORT, status=422)
    assert "Choisissez un fichier CSV ou XLSX." in page.errors["file"]
    page = bureau.post(IMPORT, {"extra": "1"}, status=422)
    assert "Choisissez un fichier CSV ou XLSX." in page.main


def test_a_workbook_is_imported_as_well(canton, bureau):
    bureau.submit(preview(bureau, workbook_of(SIXTY), "annonces.xlsx").path, press="import")
    assert len(canton.all(Case)) == 60


def test_the_name_of_the_file_is_shown_as_a_text(bureau):
    page = preview(bureau, file_of({}), "<script>alert(1)</script>.csv")
    assert page.title == "<script>alert(1)</script>.csv"


def test_everything_is_said_in_german(canton, app):
    stefan = canton.client(STEFAN)
    page = stefan.get(IMPORT)
    assert page.title == "Meldungen importieren"
    assert "Name des RAV oder des SMZ" in page.main
    page = preview(stefan, TWENTY)
    assert "16 Zeilen sind zu korrigieren" in page.main
    assert "Diese Referenz steht auch auf Zeile 12." in page.main
    page = stefan.submit(page.path, press="Nur die richtigen Zeilen importieren")
    assert "4 Meldungen an das IIZ-Büro übermittelt" in page.main


def test_the_page_explains_every_column(bureau):
    page = bureau.get(IMPORT)
    for title in GOOD:
        assert title in page.main


def test_a_step_asks_the_database_as_often_for_ten_rows_as_for_five_hundred(canton, bureau):
    counts = []
    for rows in (10, 500):
        path = upload(bureau, many(rows)).path
        with canton.queries() as asked:
            bureau.post(path, {"act": "continue"})
        counts.append(len(asked))
        bureau.post(path, {"act": "abandon"})
    assert counts[0] == counts[1]
