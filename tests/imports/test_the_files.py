"""The two files of an office: sixty announcements that land, twenty rows of which sixteen are wrong."""

from datetime import date

import pytest

from cii.access.actor import Kind
from cii.cases.importing import import_announcements
from cii.cases.lifecycle import State
from cii.cases.models import Case, CaseEmployment, CaseIdentity, CaseSocial, ImportRun, PastMeasure
from cii.consent.models import Procuration, ProcurationLine
from cii.consent.topics import NEEDS
from cii.foundation.texts import texts
from tests.imports.conftest import SIXTY, TWENTY, workbook_of

# Read from annonces-erreurs.csv by eye: line of the file, column, what is said.
EXPECTED_ERRORS = [
    # -101: the last of the thirteen digits should be a 7.
    (2, "numero_avs", "Ce numéro AVS contient une faute de frappe : vérifiez-le chiffre par chiffre."),
    # -102: 351 is the city of Berne.
    (3, "commune_ofs", "Aucune commune du Valais ne porte ce numéro OFS. Écrivez par exemple 6266 pour Sion."),
    # -103: born on 31.02.1990.
    (4, "date_naissance", "La date 31.02.1990 n’existe pas."),
    # -104: born in 2031; its name "Y?lmaz" has lost a letter on the way to Windows-1252.
    (5, "nom", "Une lettre s’est perdue à la place du point d’interrogation. Écrivez le nom à nouveau."),
    (5, "date_naissance", "Cette date est à venir : indiquez aujourd’hui ou un jour passé."),
    # -105: LACI and AVS; AVS is no regime of social assistance or unemployment.
    (6, "regimes", "Écrivez LACI, LEMC ou LIAS ; plusieurs régimes avec un point-virgule."),
    # -106: no name.
    (7, "nom", "Indiquez le nom."),
    # -107: followed by nobody.
    (8, "suivi_cms", "La personne doit être suivie par l’ORP ou par le CMS (VS-09)."),
    # -108: a formula as a name.
    (9, "nom", "Un nom s’écrit avec des lettres, des espaces, des traits d’union ou des apostrophes."),
    # -109: a script as a first name.
    (10, "prenom", "Un nom s’écrit avec des lettres, des espaces, des traits d’union ou des apostrophes."),
    # -111 twice: which of both is meant, nobody can tell.
    (11, "reference", "Cette référence figure aussi à la ligne 12."),
    (12, "reference", "Cette référence figure aussi à la ligne 11."),
    # -112: there is no ORP Genève.
    (13, "annonce_par", "Aucun ORP ni CMS ne porte ce nom. Écrivez-le comme dans CII, par exemple « CMS Bas-Valais »."),
    # -113: signed on 01.01.2030.
    (14, "procuration_signee_le", "Cette date est à venir : indiquez aujourd’hui ou un jour passé."),
    # -114: "pas encore" as a date.
    (15, "mesure_prealable_fin", "Écrivez la date comme 31.12.2026."),
    # -115: Italian.
    (16, "langue", "La langue des lettres est le français (fr) ou l’allemand (de)."),
    # -116: a name of five thousand letters.
    (17, "nom", "80 caractères au plus."),
]  # fmt: skip


def said(report):
    return [
        (each.line, each.column, str(each.phrase).replace("\u00a0", " ")) for each in report.errors
    ]


def case(canton, reference):
    return canton.one(Case, Case.office_reference == reference)


def opened(canton, reference):
    key = case(canton, reference).id
    return {
        line.kind: line.topics
        for line in canton.all(ProcurationLine, ProcurationLine.case_id == key)
    }


def test_the_sixty_announcements_land_completely(canton, settings):
    report = import_announcements(canton.store, settings, SIXTY)
    assert report.errors == ()
    assert (report.rows, report.announced, report.to_complete, report.known) == (60, 58, 2, 0)
    states = {each.office_reference: each.state for each in canton.all(Case)}
    assert len(states) == 60
    to_complete = {key for key, state in states.items() if state is State.TO_COMPLETE}
    # -007 has no procuration; -018 is under LACI and has taken part in no measure before.
    assert to_complete == {"A-2026-007", "A-2026-018"}
    assert set(states.values()) == {State.TO_COMPLETE, State.ANNOUNCED}


def test_an_announcement_without_procuration_is_to_complete_and_opens_nothing(canton, settings):
    import_announcements(canton.store, settings, SIXTY)
    assert case(canton, "A-2026-007").state is State.TO_COMPLETE
    assert opened(canton, "A-2026-007") == {}


def test_an_announcement_without_an_earlier_measure_is_to_complete(canton, settings):
    import_announcements(canton.store, settings, SIXTY)
    key = case(canton, "A-2026-018").id
    assert canton.all(PastMeasure, PastMeasure.case_id == key) == []
    assert opened(canton, "A-2026-018") == NEEDS


def test_integration_that_is_not_indicated_is_announced_for_the_bureau_to_refuse(canton, settings):
    import_announcements(canton.store, settings, SIXTY)
    found = case(canton, "A-2026-024")
    assert found.state is State.ANNOUNCED
    employment = canton.one(CaseEmployment, CaseEmployment.case_id == found.id)
    assert employment.integration_indicated is False
    assert employment.employability_verified_on == date(2026, 3, 2)


def test_a_procuration_that_leaves_institutions_out_opens_nothing_to_them(canton, settings):
    import_announcements(canton.store, settings, SIXTY)
    assert case(canton, "A-2026-031").state is State.ANNOUNCED
    assert opened(canton, "A-2026-031") == {
        kind: NEEDS[kind] for kind in (Kind.ORP, Kind.CMS, Kind.BUREAU)
    }


def test_the_first_row_is_stored_cell_by_cell(canton, settings):
    import_announcements(canton.store, settings, SIXTY)
    found = case(canton, "A-2026-001")
    assert found.announced_on == date(2026, 9, 19)
    identity = canton.one(CaseIdentity, CaseIdentity.case_id == found.id)
    assert (identity.last_name, identity.first_name) == ("Emery", "Zoé")
    assert identity.birth_date == date(1977, 8, 3)
    assert identity.avs_number == "7565627995564"
    assert identity.commune_number == 6254
    assert identity.phone == "+41 79 216 61 37"
    assert identity.search_name == "emery zoe"
    social = canton.one(CaseSocial, CaseSocial.case_id == found.id)
    assert social.risk_factors == ["separation", "employer-conflict", "language", "health"]
    assert social.followed_by_cms is True
    assert social.cms_membership_id == found.announcing_membership_id
    employment = canton.one(CaseEmployment, CaseEmployment.case_id == found.id)
    assert employment.regimes == ["LIAS"]
    assert employment.followed_by_orp is False
    assert employment.limited_adapted_activity
    assert not employment.doubtful_placement_aptitude
    assert employment.potential is True
    assert (
        employment.potential_reason
        == "a travaillé huit ans dans la logistique, cherche un temps partiel"
    )
    procuration = canton.one(Procuration, Procuration.case_id == found.id)
    # The settings propose twelve months.
    assert (procuration.signed_on, procuration.valid_until) == (
        date(2026, 9, 17),
        date(2027, 9, 17),
    )


def test_the_earlier_measure_keeps_the_words_of_the_office(canton, settings):
    import_announcements(canton.store, settings, SIXTY)
    measure = canton.one(PastMeasure, PastMeasure.case_id == case(canton, "A-2026-003").id)
    assert measure.name == "mesure du programme de base"
    assert measure.ended_on == date(2026, 2, 5)


def test_the_same_file_twice_changes_nothing(canton, settings):
    import_announcements(canton.store, settings, SIXTY)
    before = {each.id: each for each in canton.all(Case)}
    report = import_announcements(canton.store, settings, SIXTY)
    assert (report.rows, report.announced, report.to_complete, report.known) == (60, 0, 0, 60)
    assert {each.id: each for each in canton.all(Case)} == before


def test_each_error_of_the_twenty_rows_is_shown_and_nothing_is_imported(canton, settings):
    report = import_announcements(canton.store, settings, TWENTY)
    assert said(report) == EXPECTED_ERRORS
    assert len({line for line, _, _ in EXPECTED_ERRORS}) == 16
    assert (report.rows, report.announced, report.to_complete, report.known) == (20, 0, 0, 0)
    assert canton.all(Case) == []
    assert canton.all(ImportRun) == []


def test_only_the_four_right_rows_are_imported_on_request(canton, settings):
    report = import_announcements(canton.store, settings, TWENTY, only_right=True)
    assert said(report) == EXPECTED_ERRORS
    assert {each.office_reference for each in canton.all(Case)} == {
        "A-2026-117",
        "A-2026-118",
        "A-2026-119",
        "A-2026-120",
    }


def test_every_error_is_said_in_german_too(canton, settings):
    german = texts("de")
    for error in import_announcements(canton.store, settings, TWENTY).errors:
        assert german.say(error.phrase.text) != error.phrase.text
    (line_13,) = [
        each
        for each in import_announcements(canton.store, settings, TWENTY).errors
        if each.line == 13
    ]
    assert german.say_phrase(line_13.phrase).replace("\u00a0", " ") == (
        "Kein RAV und kein SMZ trägt diesen Namen. Schreiben Sie ihn wie in CII, zum Beispiel «CMS Bas-Valais»."
    )


def test_a_trial_says_the_same_and_writes_nothing(canton, settings):
    trial = import_announcements(canton.store, settings, SIXTY, dry_run=True)
    assert (trial.rows, trial.announced, trial.to_complete, trial.known) == (60, 58, 2, 0)
    assert canton.all(Case) == []
    assert trial == import_announcements(canton.store, settings, SIXTY)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(SIXTY.decode().encode("utf-8-sig"), id="UTF-8 with BOM"),
        pytest.param(SIXTY.decode().encode("cp1252"), id="Windows-1252"),
        pytest.param(workbook_of(SIXTY), id="XLSX"),
        pytest.param(TWENTY, id="the twenty in Windows-1252"),
        pytest.param(workbook_of(TWENTY.decode("cp1252").encode()), id="the twenty as XLSX"),
    ],
)
def test_a_file_says_the_same_however_it_was_saved(canton, settings, content):
    report = import_announcements(canton.store, settings, content)
    if report.rows == 60:
        assert (report.announced, report.to_complete, report.errors) == (58, 2, ())
        names = {each.last_name for each in canton.all(CaseIdentity)}
        assert {"Pfefferlé", "Délèze", "N'Diaye", "da Silva"} <= names
    else:
        assert said(report) == EXPECTED_ERRORS


@pytest.mark.postgres
def test_the_sixty_land_on_postgresql_as_well(canton, settings):
    report = import_announcements(canton.store, settings, SIXTY)
    assert (report.announced, report.to_complete, report.errors) == (58, 2, ())
    again = import_announcements(canton.store, settings, SIXTY)
    assert (again.announced, again.to_complete, again.known) == (0, 0, 60)
