"""A run is one person's file, on both databases: read in steps, finished once, whoever else is at it."""

import threading
from contextvars import copy_context
from dataclasses import replace

import pytest
from sqlmodel import select

from cii.access.guard import Hidden
from cii.access.store import Store
from cii.cases.importing.runs import abandon_run, finish_run, read_on, start_run
from cii.cases.lifecycle import NotAllowed, State
from cii.cases.models import Case, ImportRow, ImportRun
from cii.settings import read_settings
from tests.house import avs
from tests.imports.conftest import CLAIRE, INES, SIXTY, STEFAN, TWENTY, file_of, many

SETTINGS = read_settings({}, demo=True)
BOTH = pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
def act(canton):
    """Do one step of a run in a transaction of its own, as a request does."""

    def run(email, do, *arguments, store=None, **options):
        with (store or canton.store).session(canton.actor(email), writes=True) as session:
            result = do(session, *arguments, **options)
            session.commit()
            return result

    return run


@pytest.fixture
def preview(act):
    """Take a file in and read it to its end; the key of the run."""

    def run(content, email=CLAIRE):
        started = act(email, start_run, "annonces.csv", content)
        while started.rows_read < started.rows:
            started = act(email, read_on, SETTINGS, started.id)
        return started

    return run


@BOTH
def test_a_run_counts_what_it_read_and_what_it_imported(canton, act, preview):
    run = preview(SIXTY)
    assert (run.rows, run.rows_read, run.wrong, run.known) == (60, 60, 0, 0)
    assert (run.announced, run.to_complete) == (58, 2)
    run = act(CLAIRE, finish_run, SETTINGS, run.id)
    assert (run.announced, run.to_complete, run.known) == (58, 2, 0)
    assert run.finished_at is not None
    assert canton.all(ImportRow) == []
    assert len(canton.all(Case, Case.state == State.ANNOUNCED)) == 58


@BOTH
def test_the_twenty_are_kept_with_their_errors_until_they_are_given_up(canton, act, preview):
    run = preview(TWENTY)
    assert (run.wrong, run.announced, run.to_complete) == (16, 4, 0)
    assert {row.line for row in canton.all(ImportRow) if row.errors} == set(range(2, 18))
    assert all(bool(row.errors) == row.wrong for row in canton.all(ImportRow))
    with pytest.raises(NotAllowed):
        act(CLAIRE, finish_run, SETTINGS, run.id)
    act(CLAIRE, abandon_run, run.id)
    assert canton.all(ImportRun) == canton.all(ImportRow) == canton.all(Case) == []


@BOTH
def test_a_run_finished_by_three_clicks_at_once_is_imported_once(canton, database, act, preview):
    run = preview(many(40))
    ready, results = threading.Barrier(3), []

    def click():
        store = Store(database)
        ready.wait()
        results.append(act(CLAIRE, finish_run, SETTINGS, run.id, store=store))
        store.close()

    threads = [threading.Thread(target=copy_context().run, args=(click,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each.announced for each in results] == [40, 40, 40]
    assert len({each.finished_at for each in results}) == 1
    assert len(canton.all(Case)) == 40


@BOTH
def test_two_people_finish_the_same_file_at_once(canton, database, act, preview):
    runs = {CLAIRE: preview(many(40)), STEFAN: preview(many(40), STEFAN)}
    ready, results = threading.Barrier(2), []

    def click(email):
        store = Store(database)
        ready.wait()
        results.append(act(email, finish_run, SETTINGS, runs[email].id, store=store))
        store.close()

    threads = [threading.Thread(target=copy_context().run, args=(click, email)) for email in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted((each.announced, each.known) for each in results) == [(0, 40), (40, 0)]
    assert len(canton.all(Case)) == 40


@BOTH
def test_a_run_belongs_to_one_person(act, preview):
    run = preview(file_of({}))
    for email in (STEFAN, INES):
        for do in (read_on, finish_run):
            with pytest.raises(Hidden):
                act(email, do, SETTINGS, run.id)
        with pytest.raises(Hidden):
            act(email, abandon_run, run.id)


@BOTH
def test_a_run_is_not_seen_by_the_same_person_acting_for_another_institution(canton, preview):
    preview(TWENTY, INES)
    here = canton.actor(INES)
    there = replace(here, institution=canton.actor("hugo.emery1@cms-sierre.example").institution)
    for actor, runs, rows in ((here, 1, 20), (there, 0, 0)):
        with canton.store.session(actor, writes=False) as session:
            assert len(session.exec(select(ImportRun)).all()) == runs
            assert len(session.exec(select(ImportRow)).all()) == rows


@BOTH
def test_an_institution_imports_its_own_rows_only(canton, act, preview):
    elsewhere = {"annonce_par": "CMS Sierre", "professionnel": "hugo.emery1@cms-sierre.example"}
    run = preview(file_of({}, elsewhere | {"reference": "S-1"}), INES)
    assert (run.announced, run.wrong) == (1, 1)
    act(INES, finish_run, SETTINGS, run.id, only_right=True)
    assert canton.one(Case).office_reference == "M-1"


@BOTH
def test_rows_of_another_institution_do_not_tell_whom_it_announced(canton, act, preview):
    """Whoever tries references with somebody's AVS number reads the same errors, announced there or not."""
    elsewhere = {"annonce_par": "CMS Sierre", "professionnel": "hugo.emery1@cms-sierre.example"}
    tried = file_of(*(elsewhere | {"reference": f"S-{n}", "numero_avs": avs(7)} for n in (1, 2, 3)))

    def answer():
        run = preview(tried, INES)
        found = canton.all(ImportRow, ImportRow.run_id == run.id)
        act(INES, abandon_run, run.id)
        return [(row.line, row.errors) for row in sorted(found, key=lambda each: each.line)]

    before = answer()
    announced = preview(file_of(elsewhere | {"reference": "S-2", "numero_avs": avs(7)}))
    act(CLAIRE, finish_run, SETTINGS, announced.id)
    assert len(canton.all(Case)) == 1
    assert answer() == before
