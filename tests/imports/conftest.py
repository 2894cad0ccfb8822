"""The canton with its communes, its offices, the thirty professionals and a bureau CII, on the day of the files."""

import csv
import io
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from openpyxl import Workbook
from sqlalchemy import event
from sqlmodel import select

import cii
from cii.access.actor import Actor, Seat
from cii.access.store import Store
from cii.access.system import Reason
from cii.cases.importing.reading import COLUMN_TITLES
from cii.foundation.clock import living_at, today
from cii.organisations.models import Institution, Membership, Person
from cii.organisations.people_import import import_people
from cii.organisations.setup import set_up_canton
from cii.signin.actions import start_session
from tests.house import avs
from tests.pages import PageClient
from tests.postgres import APP, Cluster

DATA = Path(__file__).parents[1] / "data"
SIXTY = (DATA / "annonces.csv").read_bytes()
TWENTY = (DATA / "annonces-erreurs.csv").read_bytes()
PROFESSIONALS = (Path(cii.__file__).parent / "demo" / "professionnels.csv").read_bytes()

# The announcements were exported in autumn 2026; a year later their procurations have ended.
EXPORTED = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

CLAIRE = "claire.zufferey@bureau.example"
STEFAN = "stefan.imhof@bureau.example"
INES = "ines.darbellay1@cms-martigny.example"
BASTIEN = "bastien.rey2@cms-martigny.example"

# A row without fault: Inès Darbellay of the CMS Martigny announces somebody.
GOOD = {
    "reference": "M-1",
    "annonce_par": "CMS Martigny",
    "professionnel": INES,
    "date_annonce": "02.11.2026",
    "nom": "Roduit",
    "prenom": "Maël",
    "date_naissance": "14.03.1985",
    "numero_avs": "756.1234.5678.97",
    "commune_ofs": "6136",
    "langue": "fr",
    "telephone": "+41 79 000 00 00",
    "regimes": "LIAS",
    "suivi_orp": "non",
    "suivi_cms": "oui",
    "motif": "cumul de facteurs de risque",
    "facteurs_de_risque": "dettes;santé",
    "difficultes": "activité limitée adaptée",
    "insertion": "aucune",
    "potentiel": "oui : bonne maîtrise du métier",
    "coaching_intensif": "oui : suivi ordinaire insuffisant",
    "mesure_prealable": "",
    "mesure_prealable_fin": "",
    "verification_employabilite": "01.10.2026",
    "verification_resultat": "intégration professionnelle indiquée",
    "procuration_signee_le": "01.11.2026",
    "procuration_institutions": "ORP;CMS;bureau CII;commune;SAS;LMMT",
}


def csv_of(*rows: Mapping[str, str], titles=COLUMN_TITLES, delimiter=";") -> str:
    """A file of these rows; what a row does not say is as in the good one, of another person each."""
    out = io.StringIO()
    writer = csv.DictWriter(out, titles, delimiter=delimiter)
    writer.writeheader()
    numbers = [GOOD["numero_avs"], *(avs(number) for number in range(2, len(rows) + 1))]
    writer.writerows(
        {title: (GOOD | {"numero_avs": number} | row)[title] for title in titles}
        for row, number in zip(rows, numbers, strict=False)
    )
    return out.getvalue()


def file_of(*rows: Mapping[str, str]) -> bytes:
    """The same, as it is sent."""
    return csv_of(*rows).encode()


def many(count: int, **cells: str) -> bytes:
    """A file of so many good rows, each of another person."""
    return file_of(
        *(
            {"numero_avs": avs(number)} | cells | {"reference": f"M-{number}"}
            for number in range(1, count + 1)
        )
    )


def workbook_of(content: bytes) -> bytes:
    """The same table as an XLSX file."""
    book = Workbook()
    assert book.active is not None
    for row in csv.reader(io.StringIO(content.decode(), newline=""), delimiter=";"):
        book.active.append(row)
    for cell in (cell for row in book.active.rows for cell in row):
        # What looks like a formula is a text here.
        cell.data_type = "s"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@dataclass
class Canton:
    """The canton of one test: who works there, and what is in the database."""

    store: Store
    app: Flask | None = None

    def actor(self, email: str) -> Actor:
        """Somebody who acts today for his or her institution."""
        with self.store.system(Reason.CHECK, writes=False) as session:
            person, membership, institution = session.exec(
                select(Person, Membership, Institution)
                .join(Membership, Membership.person_id == Person.id)
                .join(Institution, Institution.id == Membership.institution_id)
                .where(Person.email == email)
            ).one()
        return Actor(
            person.id,
            membership.id,
            institution.id,
            institution.kind,
            membership.seat,
            today(),
            person.language,
            person.name,
            institution.name,
        )

    def client(self, email: str) -> PageClient:
        """A browser in which somebody is signed in."""
        assert self.app is not None
        settings = self.app.extensions["settings"]
        with self.store.system(Reason.SIGN_IN) as session:
            person = session.exec(select(Person).where(Person.email == email)).one()
            token = start_session(
                session, settings, person, how="test", browser="test", address="127.0.0.1"
            )
        assert token is not None
        client = PageClient(self.app)
        client.set_session(token)
        return client

    def all(self, model: Any, *conditions: Any) -> list[Any]:
        """All rows of a table, seen by the system."""
        with self.store.system(Reason.CHECK, writes=False) as session:
            return list(session.exec(select(model).where(*conditions)).all())

    def one(self, model: Any, *conditions: Any) -> Any:
        """The only such row."""
        (row,) = self.all(model, *conditions)
        return row

    def change(self, model: Any, *conditions: Any, **values: Any) -> None:
        """Change rows as the system."""
        with self.store.system(Reason.SET_UP) as session:
            for row in session.exec(select(model).where(*conditions)).all():
                row.sqlmodel_update(values)
                session.add(row)

    @contextmanager
    def queries(self) -> Iterator[list[str]]:
        """Every statement that reaches the database meanwhile."""
        asked: list[str] = []

        def note(connection: Any, cursor: Any, sql: str, *_: Any) -> None:
            asked.append(sql)

        event.listen(self.store.engine, "before_cursor_execute", note)
        try:
            yield asked
        finally:
            event.remove(self.store.engine, "before_cursor_execute", note)


def furnish(store: Store) -> None:
    """Enter the communes, the offices, the thirty professionals and two people of the bureau CII."""
    with store.system(Reason.SET_UP) as session:
        set_up_canton(session)
        assert import_people(session, PROFESSIONALS).errors == ()
        bureau = session.exec(select(Institution).where(Institution.name == "Bureau CII")).one()
        for email, first, last, language in (
            (CLAIRE, "Claire", "Zufferey", "fr"),
            (STEFAN, "Stefan", "Imhof", "de"),
        ):
            person = Person(email=email, first_name=first, last_name=last, language=language)
            session.add(person)
            session.flush()
            session.add(Membership(person_id=person.id, institution_id=bureau.id, seat=Seat.MEMBER))


@pytest.fixture(autouse=True)
def exported() -> Iterator[None]:
    """It is the day on which the files were exported."""
    with living_at(EXPORTED):
        yield


@pytest.fixture(scope="session")
def canton_file(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the canton; each test gets a copy."""
    path = tmp_path_factory.mktemp("canton") / "cii.db"
    shutil.copyfile(empty_database, path)
    store = Store(f"sqlite:///{path}")
    furnish(store)
    store.close()
    return path


@pytest.fixture(scope="session")
def canton_template(postgres: Cluster) -> Iterator[str]:
    """The name of a PostgreSQL database with the canton, of which each test gets a copy."""
    with postgres.database() as name:
        store = Store(postgres.url(APP, name))
        furnish(store)
        store.close()
        yield name


@pytest.fixture
def database(request: pytest.FixtureRequest, canton_file: Path, tmp_path: Path) -> Iterator[str]:
    """The address of this test's canton: SQLite, or PostgreSQL for a test marked with it."""
    if request.node.get_closest_marker("postgres") is None:
        shutil.copyfile(canton_file, tmp_path / "cii.db")
        yield f"sqlite:///{tmp_path / 'cii.db'}"
        return
    cluster = request.getfixturevalue("postgres")
    with cluster.database(template=request.getfixturevalue("canton_template")) as name:
        yield cluster.url(APP, name)


@pytest.fixture
def canton(request: pytest.FixtureRequest, store: Store) -> Canton:
    """The canton in this test's database; with `app` its people have browsers."""
    app = request.getfixturevalue("app") if "app" in request.fixturenames else None
    return Canton(store, app)
