"""What offices write in a cell, and what it means."""

from datetime import date

import pytest

from cii.access.actor import Kind
from cii.access.store import Store
from cii.access.system import Reason
from cii.cases.importing.landing import Importer, states_of
from cii.cases.importing.reading import Known, check, look_up, read_rows
from cii.cases.lifecycle import State
from cii.foundation.cells import TableError
from cii.foundation.texts import texts
from cii.programmes.eligibility import Difficulty, Ground, InsertionStatus, PastMeasureKind, Regime
from tests.imports.conftest import COLUMN_TITLES, GOOD, csv_of, file_of

DAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def lookups(canton_file):
    store = Store(f"sqlite:///{canton_file}")
    with store.system(Reason.CHECK, writes=False) as session:
        found = look_up(session, None)
    store.close()
    return found


@pytest.fixture
def checked(lookups):
    return lambda **cells: check(GOOD | cells, lookups, Known({}, {}))


@pytest.fixture
def given(checked):
    def read(**cells):
        result = checked(**cells)
        assert result.errors == {}
        return result.announcement.given

    return read


@pytest.fixture
def errors(checked):
    def read(**cells):
        found = checked(**cells).errors
        return {column: str(phrase).replace("\u00a0", " ") for column, phrase in found.items()}

    return read


@pytest.mark.parametrize("yes", ["oui", "Oui", "OUI", "ja", "Ja."])
@pytest.mark.parametrize("no", ["non", "Non", "nein"])
def test_yes_and_no_in_both_languages(given, yes, no):
    read = given(suivi_orp=no, suivi_cms=yes)
    assert (read.followed_by_orp, read.followed_by_cms) == (False, True)


@pytest.mark.parametrize(
    ("cell", "regimes"),
    [
        ("LIAS", [Regime.LIAS]),
        ("lias", [Regime.LIAS]),
        ("LACI;LEMC", [Regime.LACI, Regime.LEMC]),
        ("LACI ; LIAS", [Regime.LACI, Regime.LIAS]),
        ("LACI, LIAS", [Regime.LACI, Regime.LIAS]),
        ("LACI/LIAS", [Regime.LACI, Regime.LIAS]),
        ("LACI;LACI", [Regime.LACI]),
        ("AVIG;GES", [Regime.LACI, Regime.LIAS]),
        ("BMAG", [Regime.LEMC]),
    ],
)
def test_regimes_are_written_in_either_language_one_or_several(given, cell, regimes):
    assert given(regimes=cell).regimes == regimes


@pytest.mark.parametrize(
    ("cell", "ground"),
    [
        ("cumul de facteurs de risque", Ground.RISK_CUMULATION),
        ("Cumul de facteurs de risques", Ground.RISK_CUMULATION),
        ("PROBLEMATIQUE MULTIPLE COMPLEXE", Ground.COMPLEX_MULTIPLE),
        ("Häufung von Risikofaktoren", Ground.RISK_CUMULATION),
        ("komplexe Mehrfachproblematik", Ground.COMPLEX_MULTIPLE),
    ],
)
def test_the_ground_is_known_without_accents_and_in_german(given, cell, ground):
    assert given(motif=cell).ground is ground


def test_risk_factors_that_are_known_become_keys_and_others_stay_words(given):
    read = given(
        facteurs_de_risque="garde d’enfants;Garde d'enfants;SANTÉ;âge;dettes ;permis de séjour, incertain"
    )
    assert read.risk_factors == ["childcare", "health", "debts"]
    assert read.other_risk_factor == "âge; permis de séjour, incertain"


def test_risk_factors_are_known_in_german(given):
    german = texts("de")
    read = given(facteurs_de_risque=f"{german.say('dettes')};{german.say('santé')}")
    assert read.risk_factors == ["debts", "health"]


def test_difficulties_and_insertion(given):
    read = given(
        difficultes="Activite limitee adaptee;aptitude au placement discutable",
        insertion="Partielle",
    )
    assert read.difficulties == [
        Difficulty.LIMITED_ADAPTED_ACTIVITY,
        Difficulty.DOUBTFUL_PLACEMENT_APTITUDE,
    ]
    assert read.insertion is InsertionStatus.PARTIAL
    read = given(difficultes="fragliche Vermittlungsfähigkeit", insertion="keine")
    assert read.difficulties == [Difficulty.DOUBTFUL_PLACEMENT_APTITUDE]
    assert read.insertion is InsertionStatus.NONE


@pytest.mark.parametrize(
    ("cell", "answer", "reason"),
    [
        ("oui : deux employeurs prêts à l'essayer", True, "deux employeurs prêts à l'essayer"),
        ("oui\u00a0: motivé", True, "motivé"),
        ("Oui, motivé", True, "motivé"),
        ("ja: Ausbildung als Köchin: Bern", True, "Ausbildung als Köchin: Bern"),
        ("oui – motivé", True, "motivé"),
        ("oui\nmotivé", True, "motivé"),
        ("oui", True, ""),
        ("non", False, ""),
        ("nein: zu krank", False, "zu krank"),
    ],
)
def test_an_answer_and_its_reasons_stand_in_one_cell(given, cell, answer, reason):
    read = given(potentiel=cell, coaching_intensif=cell)
    assert (read.potential, read.potential_reason) == (answer, reason)
    assert (read.intensive_coaching, read.intensive_coaching_reason) == (answer, reason)


@pytest.mark.parametrize(
    ("cell", "kind", "name"),
    [
        ("mesure du programme de base", PastMeasureKind.BASIC_PROGRAMME, "mesure du programme de base"),
        ("Mesure du programme de base : Bewerbungskurs", PastMeasureKind.BASIC_PROGRAMME, "Bewerbungskurs"),
        ("vérification de l'employabilité", PastMeasureKind.EMPLOYABILITY_VERIFICATION, "vérification de l'employabilité"),
        ("Massnahme des Grundprogramms", PastMeasureKind.BASIC_PROGRAMME, "Massnahme des Grundprogramms"),
    ],
)  # fmt: skip
def test_the_earlier_measure_has_a_kind_and_a_name(given, cell, kind, name):
    read = given(mesure_prealable=cell, mesure_prealable_fin="31.07.2026")
    assert (read.past_measure, read.past_measure_name) == (kind, name)
    assert read.past_measure_ended_on == date(2026, 7, 31)


@pytest.mark.parametrize(
    ("cell", "indicated"),
    [
        ("intégration professionnelle indiquée", True),
        ("Intégration professionnelle non indiquée", False),
        ("indiquée", True),
        ("berufliche Eingliederung nicht angezeigt", False),
    ],
)
def test_the_result_of_the_verification(given, cell, indicated):
    assert given(verification_resultat=cell).integration_indicated is indicated


@pytest.mark.parametrize(
    ("cell", "kinds"),
    [
        ("ORP;CMS;bureau CII;commune;SAS;LMMT", [Kind.ORP, Kind.CMS, Kind.BUREAU, Kind.COMMUNE, Kind.SAS, Kind.LMMT]),
        ("orp, cms, Bureau", [Kind.ORP, Kind.CMS, Kind.BUREAU]),
        ("RAV;SMZ;IIZ-Büro;Gemeinde;DSW;LAM-Stelle", [Kind.ORP, Kind.CMS, Kind.BUREAU, Kind.COMMUNE, Kind.SAS, Kind.LMMT]),
    ],
)  # fmt: skip
def test_the_institutions_of_the_procuration(given, cell, kinds):
    assert given(procuration_institutions=cell).opened_to == kinds


@pytest.mark.parametrize("cell", ["6136", " 6136 "])
def test_the_commune_by_its_number(given, cell):
    assert given(commune_ofs=cell.strip()).commune == 6136


@pytest.mark.parametrize("cell", ["fr", "FR", "français", "Französisch"])
def test_french_is_written_in_several_ways(given, cell):
    assert given(langue=cell).language == "fr"


def test_the_institution_is_known_by_its_german_name_and_the_professional_by_any_case(checked):
    found = checked(annonce_par="smz martigny", professionnel=GOOD["professionnel"].upper())
    assert found.announcement.office.name == "CMS Martigny"


def test_the_announcing_professional_follows_on_his_or_her_side(given, checked):
    membership = checked().announcement.membership
    read = given(suivi_orp="oui", suivi_cms="oui")
    assert (read.orp_professional, read.cms_professional) == (None, membership)
    read = given(suivi_orp="oui", suivi_cms="non")
    assert (read.orp_professional, read.cms_professional) == (None, None)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"reference": ""}, {"reference": "Indiquez la référence de l’annonce."}),
        ({"reference": "x" * 41}, {"reference": "40 caractères au plus."}),
        ({"annonce_par": ""}, {"annonce_par": "Indiquez l’institution qui annonce."}),
        (
            {"annonce_par": "Commune de Sion"},
            {"annonce_par": "Aucun ORP ni CMS ne porte ce nom. Écrivez-le comme dans CII, par exemple « CMS Bas-Valais »."},
        ),
        ({"professionnel": ""}, {"professionnel": "Indiquez l’adresse électronique de la personne qui annonce."}),
        (
            # He works at the CMS Sierre.
            {"professionnel": "hugo.emery1@cms-sierre.example"},
            {"professionnel": "Personne n’a cette adresse dans « CMS Martigny ». Écrivez celle de la personne qui annonce, comme dans CII."},
        ),
        ({"date_annonce": ""}, {"date_annonce": "Indiquez la date de l’annonce."}),
        ({"date_annonce": "23.11.2026"}, {"date_annonce": "Cette date est à venir : indiquez aujourd’hui ou un jour passé."}),
        ({"date_naissance": "14.03.1919"}, {"date_naissance": "Vérifiez l’année de naissance."}),
        ({"commune_ofs": "Martigny"}, {"commune_ofs": "Aucune commune du Valais ne porte ce numéro OFS. Écrivez par exemple 6266 pour Sion."}),
        ({"commune_ofs": ""}, {"commune_ofs": "Choisissez la commune de domicile."}),
        ({"telephone": "appelez-moi"}, {"telephone": "Écrivez le numéro comme +41 27 000 00 00."}),
        ({"suivi_orp": "peut-être"}, {"suivi_orp": "Écrivez « oui » ou « non »."}),
        ({"motif": "chômage"}, {"motif": "Écrivez « cumul de facteurs de risque » ou « problématique multiple complexe »."}),
        ({"insertion": "un peu"}, {"insertion": "Écrivez « partielle » ou « aucune »."}),
        ({"potentiel": "élevé"}, {"potentiel": "Écrivez « oui : » et les raisons, ou « non »."}),
        ({"potentiel": "oui : " + "x" * 2001}, {"potentiel": "2000 caractères au plus."}),
        (
            {"difficultes": "activité limitée adaptée;âge"},
            {"difficultes": "Écrivez « activité limitée adaptée », « aptitude au placement discutable » ou les deux, avec un point-virgule."},
        ),
        (
            {"mesure_prealable": "cours de français"},
            {"mesure_prealable": "Écrivez « mesure du programme de base » ou « vérification de l’employabilité »."},
        ),
        ({"mesure_prealable_fin": "31.07.2026"}, {"mesure_prealable": "Indiquez la mesure qui s’est terminée à cette date."}),
        ({"verification_employabilite": "01.12.2026"}, {"verification_employabilite": "Cette date est à venir : indiquez aujourd’hui ou un jour passé."}),
        ({"procuration_institutions": ""}, {"procuration_institutions": "Indiquez les institutions que la procuration nomme."}),
        ({"procuration_signee_le": ""}, {"procuration_signee_le": "Indiquez le jour où la procuration a été signée."}),
        (
            {"procuration_institutions": "ORP;caisse de chômage"},
            {"procuration_institutions": "Écrivez ORP, CMS, bureau CII, commune, SAS ou LMMT ; plusieurs institutions avec un point-virgule."},
        ),
    ],
)  # fmt: skip
def test_each_error_stands_at_its_column_and_says_what_to_write(errors, cells, expected):
    assert errors(**cells) == expected


def test_a_row_shows_all_its_errors_in_the_order_of_the_columns(errors):
    found = errors(nom="", regimes="AVS", date_annonce="hier soir", motif="x", langue="it")
    assert list(found) == ["date_annonce", "nom", "langue", "regimes", "motif"]


def test_an_empty_answer_makes_an_announcement_to_complete_and_no_error(checked):
    importer = Importer(DAY, 12)
    good = checked().announcement
    assert states_of([good], importer) == {State.ANNOUNCED: 1}
    for column in (
        "motif",
        "facteurs_de_risque",
        "difficultes",
        "insertion",
        "potentiel",
        "coaching_intensif",
        "verification_employabilite",
        "verification_resultat",
    ):
        assert states_of([checked(**{column: ""}).announcement], importer) == {State.TO_COMPLETE: 1}


@pytest.mark.parametrize(
    ("signed", "state"),
    [
        ("21.11.2025", State.TO_COMPLETE),
        ("22.11.2025", State.ANNOUNCED),
        ("22.11.2026", State.ANNOUNCED),
    ],
)
def test_a_procuration_is_valid_from_its_signature_for_twelve_months(checked, signed, state):
    announcement = checked(procuration_signee_le=signed).announcement
    assert states_of([announcement], Importer(DAY, 12)) == {state: 1}


def refusal(content):
    with pytest.raises(TableError) as refused:
        read_rows(content)
    assert texts("de").say(refused.value.phrase.text) != refused.value.phrase.text
    return str(refused.value).replace("\u00a0", " ")


def test_titles_are_read_in_any_order_and_however_they_are_written(lookups):
    titles = list(reversed(COLUMN_TITLES))
    content = (
        csv_of({}, titles=titles)
        .replace("date_annonce", "Date annonce")
        .replace("prenom", "PRÉNOM")
    )
    (row,) = read_rows(content.encode()).rows
    assert check(row.cells, lookups, Known({}, {})).errors == {}


def test_a_file_without_a_column_is_refused():
    titles = [title for title in COLUMN_TITLES if title not in {"nom", "langue"}]
    assert refusal(csv_of({}, titles=titles).encode()) == "Ces colonnes manquent : nom, langue."


def test_a_file_with_an_unknown_column_is_refused_rather_than_losing_it():
    content = csv_of({}).replace(
        "procuration_institutions", "procuration_institutions;remarques", 1
    )
    assert refusal(content.encode()) == (
        "Ces colonnes ne sont pas connues : remarques. Corrigez leur titre ou retirez-les."
    )


def test_a_file_with_a_column_twice_is_refused():
    content = csv_of({}).replace("procuration_institutions", "procuration_institutions;Nom", 1)
    assert refusal(content.encode()) == "Ces colonnes figurent plusieurs fois : nom."


def test_a_file_with_a_column_without_title_is_refused():
    content = csv_of({}).replace("telephone;", "telephone;;", 1)
    assert refusal(content.encode()) == "La colonne 12 n’a pas de titre."


def test_a_file_of_titles_alone_is_refused():
    assert refusal(csv_of().encode()) == "Le fichier ne contient aucune annonce."


def test_a_file_of_twenty_thousand_and_one_rows_is_refused():
    rows = csv_of({})
    head, row = rows.splitlines(keepends=True)
    assert refusal((head + row * 20_001).encode()) == (
        "Le fichier contient plus de 20’000 lignes. Partagez-le en plusieurs."
    )


def test_a_reference_that_stands_three_times_is_an_error_of_each_row():
    table = read_rows(file_of({}, {"reference": "M-2"}, {}, {}))
    assert [(each.line, each.phrase.values["line"]) for each in table.problems] == [
        (2, 4),
        (4, 2),
        (5, 2),
    ]
