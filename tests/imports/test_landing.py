"""Imported announcements are cases like any other: the same states, parts, rights and trail."""

import threading
from contextvars import copy_context
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import select

from cii.access.models import CaseAccess
from cii.access.store import Store
from cii.access.system import Reason
from cii.audit.models import Act, AuditEvent
from cii.cases import actions
from cii.cases.importing import import_announcements, landing
from cii.cases.lifecycle import State
from cii.cases.models import Case, CaseIdentity, CaseNumber, CaseStep
from cii.consent.derive import derive_by_system
from cii.consent.models import CasePart, PartKind, Procuration, SignedForm
from cii.consent.topics import Topic
from cii.foundation.cells import Problem
from cii.foundation.clock import moment_of
from cii.foundation.texts import texts
from cii.organisations.models import Deputyship, Membership, Person
from cii.programmes.routing import Origin
from tests.imports.conftest import BASTIEN, CLAIRE, GOOD, INES, SIXTY, file_of, many


@pytest.fixture
def land(canton, settings):
    """Import a file as the command does."""

    def run(content, **options):
        return import_announcements(canton.store, settings, content, **options)

    return run


def counts(report):
    return report.announced, report.to_complete, report.known


def test_a_case_has_the_day_of_its_announcement_and_the_next_number_of_that_year(canton, land):
    with canton.store.system(Reason.SET_UP) as session:
        session.add(CaseNumber(year=2026, last=41))
    land(
        file_of(
            {"reference": "M-1"},
            {"reference": "M-2"},
            {"reference": "M-3", "date_annonce": "30.12.2025"},
        )
    )
    cases = {each.office_reference: each for each in canton.all(Case)}
    assert {key: each.reference for key, each in cases.items()} == {
        "M-1": "VS-2026-0042",
        "M-2": "VS-2026-0043",
        "M-3": "VS-2025-0001",
    }
    assert cases["M-1"].announced_on == date(2026, 11, 2)
    # Midnight of Valais, in winter.
    assert cases["M-1"].since == datetime(2026, 11, 1, 23, 0, tzinfo=UTC)
    assert cases["M-1"].origin is Origin.SOCIAL_AID
    with canton.store.system(Reason.IMPORT) as session:
        assert actions.next_reference(session, 2026) == "VS-2026-0044"


def test_the_announcing_professional_and_the_bureau_have_a_part_from_that_day(canton, land):
    land(file_of({}))
    ines, claire = canton.actor(INES), canton.actor(CLAIRE)
    parts = {part.part: part for part in canton.all(CasePart)}
    assert set(parts) == {PartKind.ANNOUNCING, PartKind.BUREAU}
    assert parts[PartKind.ANNOUNCING].institution_id == ines.institution
    assert parts[PartKind.ANNOUNCING].membership_id == ines.membership
    assert parts[PartKind.BUREAU].institution_id == claire.institution
    assert parts[PartKind.BUREAU].membership_id is None
    assert {part.starts_on for part in parts.values()} == {date(2026, 11, 2)}
    case = canton.one(Case)
    assert case.announcing_membership_id == ines.membership


def test_the_procuration_decides_what_the_bureau_sees(canton, land):
    land(
        file_of(
            {"reference": "open"},
            {"reference": "closed", "procuration_institutions": "ORP;CMS"},
            {"reference": "unsigned", "procuration_signee_le": "", "procuration_institutions": ""},
        )
    )
    with canton.store.session(canton.actor(CLAIRE), writes=False) as session:
        references = set(session.exec(select(Case.office_reference)).all())
        named = set(
            session.exec(
                select(Case.office_reference).join(CaseIdentity, CaseIdentity.case_id == Case.id)
            ).all()
        )
    assert references == {"open", "closed", "unsigned"}
    assert named == {"open"}


def test_the_announcing_professional_reads_the_case_and_a_colleague_does_not(canton, land):
    land(file_of({}))
    for email, seen in ((INES, ["Roduit"]), (BASTIEN, [])):
        with canton.store.session(canton.actor(email), writes=False) as session:
            assert session.exec(select(CaseIdentity.last_name)).all() == seen


def test_whoever_stands_in_for_the_announcing_professional_reads_the_case(canton, land):
    ines, bastien = canton.actor(INES), canton.actor(BASTIEN)
    with canton.store.system(Reason.SET_UP) as session:
        session.add(
            Deputyship(
                institution_id=ines.institution,
                absent_id=ines.membership,
                deputy_id=bastien.membership,
                starts_on=date(2026, 11, 20),
                ends_on=date(2026, 11, 30),
                named_by=ines.person,
            )
        )
    land(file_of({}))
    with canton.store.session(bastien, writes=False) as session:
        assert session.exec(select(CaseIdentity.last_name)).all() == ["Roduit"]


def test_the_access_table_is_what_a_new_derivation_says(canton, land):
    land(SIXTY)

    def lines():
        return {
            (line.reader_id, line.case_id, line.valid_from, line.valid_until, line.topics)
            for line in canton.all(CaseAccess)
        }

    before = lines()
    with canton.store.system(Reason.DERIVE_ACCESS) as session:
        derive_by_system(session, session.exec(select(Case.id)).all())
    assert lines() == before
    assert len({case for _, case, *_ in before}) == 60
    assert any(topics & Topic.IDENTITY for *_, topics in before)


def test_what_was_signed_is_said_in_the_language_of_the_person(canton, land):
    land(file_of({}, {"reference": "M-2", "langue": "de"}))
    office = canton.actor(INES).institution
    forms = {each.language: each for each in canton.all(SignedForm)}
    assert forms["fr"].purpose == (
        "Coordonner entre les institutions nommées la réinsertion professionnelle de la personne"
    )
    assert forms["de"].purpose == (
        "Die berufliche Wiedereingliederung der Person unter den genannten Institutionen abstimmen"
    )
    assert {each.institution_id for each in forms.values()} == {office}
    for procuration in canton.all(Procuration):
        assert procuration.recorded_for == office
        assert procuration.recorded_by is None
        assert procuration.valid_from == procuration.signed_on == date(2026, 11, 1)
        assert procuration.valid_until == date(2027, 11, 1)


def test_every_import_stands_in_the_trail_of_its_case(canton, land):
    land(file_of({}, {"reference": "M-2"}))
    cases = {each.id for each in canton.all(Case)}
    events = canton.all(AuditEvent, AuditEvent.act == Act.IMPORTED)
    assert {each.case_id for each in events} == cases
    steps = canton.all(CaseStep)
    assert {each.case_id for each in steps} == cases
    assert {each.state for each in steps} == {State.ANNOUNCED}
    assert {each.at for each in steps} == {moment_of(date(2026, 11, 2))}


def test_an_imported_case_lives_on_like_any_other(canton, land):
    land(file_of({}))
    with canton.store.session(canton.actor(CLAIRE), writes=True) as session:
        (key,) = session.exec(select(Case.id)).all()
        actions.admit(session, key)
        session.commit()
    assert canton.one(Case).state is State.ADMITTED


def test_an_imported_announcement_to_complete_is_completed_by_its_author(canton, land):
    land(file_of({"procuration_signee_le": "", "procuration_institutions": ""}))
    assert canton.one(Case).state is State.TO_COMPLETE
    with canton.store.session(canton.actor(INES), writes=True) as session:
        (key,) = session.exec(select(Case.id)).all()
        assert actions.standing(session, session.find(Case, key)) is State.TO_COMPLETE


def test_new_rows_of_a_file_that_is_known_in_part_are_imported(canton, land):
    land(many(2))
    assert counts(land(many(5))) == (3, 0, 2)
    assert len(canton.all(Case)) == 5


def test_a_known_row_stays_known_when_its_professional_has_left(canton, land):
    land(file_of({}))
    canton.change(Person, Person.email == INES, active=False)
    assert counts(land(file_of({}))) == (0, 0, 1)


def test_a_known_row_with_other_answers_changes_nothing(canton, land):
    land(file_of({}))
    assert counts(land(file_of({"nom": "Rey", "regimes": "LACI"}))) == (0, 0, 1)
    assert canton.one(CaseIdentity).last_name == "Roduit"


def test_a_reference_that_belongs_to_another_person_is_an_error(canton, land):
    land(file_of({}))
    report = land(file_of({"numero_avs": "756.5627.9955.64"}))
    assert [(each.line, each.column, str(each.phrase)) for each in report.errors] == [
        (
            2,
            "reference",
            "Une autre personne a déjà été annoncée sous cette référence. Donnez-en une nouvelle.",
        )
    ]
    assert len(canton.all(Case)) == 1


def test_two_institutions_may_use_the_same_reference_in_two_files(canton, land):
    land(file_of({}))
    report = land(
        file_of({"annonce_par": "CMS Sierre", "professionnel": "hugo.emery1@cms-sierre.example"})
    )
    assert counts(report) == (1, 0, 0)


def test_an_adviser_who_has_left_announces_nobody(canton, land):
    canton.change(Membership, Membership.id == canton.actor(INES).membership, active=False)
    report = land(file_of({}))
    assert [(each.line, each.column) for each in report.errors] == [(2, "professionnel")]


def test_one_wrong_row_among_many_stops_all(canton, land):
    report = land(
        file_of(*({"reference": f"M-{n}"} for n in range(30)), {"reference": "M-x", "nom": ""})
    )
    assert [(each.line, each.column) for each in report.errors] == [(32, "nom")]
    assert canton.all(Case) == []
    assert [each.last for each in canton.all(CaseNumber)] == [0]


def test_a_line_with_too_few_cells_is_an_error_of_the_line(land):
    content = file_of({}).decode().replace(GOOD["procuration_signee_le"] + ";", "", 1)
    (error,) = land(content.encode()).errors
    assert (error.line, error.column) == (2, None)
    assert str(error.phrase).replace("\u00a0", " ") == (
        "Cellules dans la ligne : 25 au lieu de 26. Vérifiez les séparateurs et les guillemets."
    )


def test_a_file_that_is_no_table_is_one_error(land):
    (error,) = land(b"%PDF-1.7 ...").errors
    assert error == Problem(1, None, error.phrase)
    assert (
        str(error.phrase)
        == "Ce fichier n’est ni un CSV ni un XLSX\u00a0: enregistrez-le dans un de ces formats."
    )


def test_the_number_of_queries_does_not_grow_with_the_rows(canton, land):
    land(file_of({"reference": "the first of the year"}))
    with canton.queries() as few:
        land(many(3))
    with canton.queries() as many_more:
        land(many(480))
    assert len(many_more) == len(few)


def _at_once(store_of, settings, content, count=2):
    """Import the same file so many times at the same moment; what each import says."""
    ready, reports = threading.Barrier(count), []

    def work():
        store = store_of()
        ready.wait()
        reports.append(import_announcements(store, settings, content))
        store.close()

    # A thread starts without the day of the test: it takes it along.
    threads = [threading.Thread(target=copy_context().run, args=(work,)) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(counts(report) for report in reports)


@pytest.mark.parametrize("content", [many(40)])
def test_two_imports_of_the_same_file_at_once_import_it_once(canton, database, settings, content):
    assert _at_once(lambda: Store(database), settings, content) == [(0, 0, 40), (40, 0, 0)]
    assert len(canton.all(Case)) == 40


@pytest.mark.postgres
def test_two_imports_at_once_wait_for_each_other_on_postgresql(canton, database, settings):
    assert _at_once(lambda: Store(database), settings, many(40), 3) == [
        (0, 0, 40),
        (0, 0, 40),
        (40, 0, 0),
    ]
    references = [each.reference for each in canton.all(Case)]
    assert sorted(references) == [f"VS-2026-{number:04d}" for number in range(1, 41)]


def test_a_failure_in_the_middle_leaves_nothing(canton, settings, monkeypatch):
    content, landed = many(1_200), []

    def derive(system, case_ids):
        landed.append(len(case_ids))
        if len(landed) == 3:
            raise RuntimeError("the machine stops here")
        derive_by_system(system, case_ids)

    monkeypatch.setattr(landing, "derive_by_system", derive)
    with pytest.raises(RuntimeError, match="stops here"):
        import_announcements(canton.store, settings, content)
    assert landed == [500, 500, 200]
    for table in (Case, CaseIdentity, CasePart, CaseAccess, Procuration, AuditEvent, CaseNumber):
        assert [
            row for row in canton.all(table) if getattr(row, "act", Act.IMPORTED) is Act.IMPORTED
        ] == []
    monkeypatch.undo()
    assert counts(import_announcements(canton.store, settings, content)) == (1_200, 0, 0)


def test_the_day_of_an_import_decides_which_procurations_are_valid(canton, land):
    old = (date(2026, 11, 22) - timedelta(days=366)).strftime("%d.%m.%Y")
    assert counts(
        land(file_of({"procuration_signee_le": old, "verification_employabilite": old}))
    ) == (0, 1, 0)


def problems(report):
    return [(each.line, each.column, texts("fr").say_phrase(each.phrase)) for each in report.errors]


def test_a_person_announced_already_under_another_reference_is_an_error_of_the_row(canton, land):
    land(file_of({}))
    report = land(file_of({"reference": "M-2"}))
    assert problems(report) == [
        (2, "numero_avs", "Cette personne est déjà annoncée sous la référence M-1.")
    ]
    assert len(canton.all(Case)) == 1


def test_a_case_announced_by_the_form_is_named_by_its_own_reference(canton, land):
    land(file_of({}))
    canton.change(Case, office_reference=None)
    ((_, _, words),) = problems(land(file_of({"reference": "M-2"})))
    assert words == "Cette personne est déjà annoncée sous la référence VS-2026-0001."


@pytest.mark.parametrize("state", [State.REFUSED, State.CLOSED])
def test_after_the_end_of_a_case_its_person_is_announced_again(canton, land, state):
    """An office that always exports everything has the old row in its file as well."""
    land(file_of({}))
    canton.change(Case, state=state)
    again = {"reference": "M-2", "numero_avs": GOOD["numero_avs"]}
    assert counts(land(file_of({}, again))) == (1, 0, 1)


def test_another_institution_announces_the_same_person_and_learns_nothing(canton, land):
    land(file_of({}))
    elsewhere = {"annonce_par": "CMS Sierre", "professionnel": "hugo.emery1@cms-sierre.example"}
    assert counts(land(file_of(elsewhere | {"reference": "S-1"}))) == (1, 0, 0)


def test_one_person_under_two_references_of_one_file_is_an_error_of_both_rows(canton, land):
    number = GOOD["numero_avs"]
    rows = [{}, {"reference": "M-2", "numero_avs": number.replace(".", "")}, {"reference": "M-3"}]
    assert problems(land(file_of(*rows))) == [
        (2, "numero_avs", "Cette personne figure aussi à la ligne 3."),
        (3, "numero_avs", "Cette personne figure aussi à la ligne 2."),
    ]
    assert canton.all(Case) == []


def test_a_wrong_number_is_a_wrong_number_however_often_it_stands_there(canton, land):
    rows = [{"reference": f"M-{n}", "numero_avs": "756.1234.5678.90"} for n in (1, 2)]
    assert {words for _, _, words in problems(land(file_of(*rows)))} == {
        "Ce numéro AVS contient une faute de frappe\u00a0: vérifiez-le chiffre par chiffre."
    }
