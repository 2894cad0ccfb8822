"""Words that occur nowhere else, one in each text of a case, and who may meet them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pypdf import PdfReader
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString
from werkzeug.test import TestResponse

from cii.access.guard import RULES
from cii.access.system import Reason
from cii.audit.models import Act, AuditEvent
from cii.cases.importing.reading import COLUMN_TITLES
from cii.cases.lifecycle import State
from cii.cases.models import CaseAnswer, ImportRow, ImportRun
from cii.consent.topics import OPENABLE, Topic
from cii.files.models import StoredFile
from cii.files.storage import Shelf
from cii.foundation.clock import now, today
from cii.monthly.models import Addendum, Update, UpdateElement, UpdatePart, UpdateState
from cii.outbox.models import Notice, Subject
from cii.signin.models import Credential, IdentityProvider
from tests.access.story import Story
from tests.house import CaseFile, House

_WORD = re.compile(r"zq\d{4}qz", re.IGNORECASE)
_AVS = re.compile(r"756\.?\d{4}\.?\d{4}\.?\d{2}")

# Columns of text that are not written by anybody: codes, numbers, sums.
_CODES = {
    ("audit_event", "details"),
    ("case_employment", "regimes"),
    ("case_identity", "avs_number"),
    ("case_identity", "language"),
    ("cases", "programme"),
    ("cases", "reference"),
    ("message_case", "case_reference"),
    ("message_case", "kind"),
    ("notice", "case_reference"),
    ("signed_form", "language"),
    ("stored_file", "media_type"),
    ("stored_file", "sha256"),
}
# What was signed cannot be changed: its words are given when it is written.
_SIGNED = {"signed_form", "revocation_ground"}

# To which topic the words of a table belong; None where only the authors meet them.
_TOPICS: dict[str, set[str] | None] = {
    "announcement_draft": None,
    "addendum": {"notes"},
    "appointment": set(),
    "case_answer": None,
    "case_employment": {"employment"},
    "case_identity": {"identity"},
    "case_need": {"coaching"},
    "case_social": {"social"},
    "case_step": {"case"},
    "cases": {"case"},
    "journal_draft": None,
    "journal_text": {"notes"},
    "objective": set(),
    "past_measure": {"employment"},
    "stored_file": set(),
    "update_element": {"notes"},
}


@dataclass(frozen=True)
class Word:
    """A canary: where it stands, the topics that must all be open to meet it, and who wrote it."""

    place: str
    case: UUID | None
    topics: frozenset[str] | None
    institutions: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    outside: bool = False


@dataclass
class Aviary:
    """All canaries of a database."""

    words: dict[str, Word] = field(default_factory=dict)
    stories: dict[UUID, Story] = field(default_factory=dict)

    def new(self, word: Word) -> str:
        """A word that was not there before."""
        text = f"zq{len(self.words):04d}qz"
        self.words[text] = word
        return text

    def found_in(self, answer: TestResponse) -> Iterator[Word]:
        """The canaries in an answer: its headers, its text, and the text of its pages where it is a PDF."""
        said = f"{answer.headers} {_text_of(answer)}"
        for text in {*map(str.lower, _WORD.findall(said))}:
            yield self.words[text]
        for number in set(_AVS.findall(said)):
            known = self.words.get(number.replace(".", ""))
            if known:
                yield known

    def may_meet(self, who: str, home: str, sight: set[str], word: Word) -> bool:
        """What the description of the product says: a part, and what one wrote oneself or an open topic."""
        if word.outside:
            return who in word.people or home in word.institutions
        if "case" not in sight:
            return False
        if who in word.people or home in word.institutions:
            return True
        return word.topics is not None and word.topics <= sight


def _text_of(answer: TestResponse) -> str:
    if answer.mimetype == "application/pdf":
        return " ".join(page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages)
    return answer.data.decode("utf-8", "replace")


def fill(house: House, shelf: Shelf, aviary: Aviary, case: CaseFile) -> dict[str, Any]:
    """Write about everything in a case and put a canary in every text; the keys of the last rows.

    Hugo (CMS Sion) announced it; he wrote about health, social aid and money, Amélie (ORP Sion) about the rest.
    """
    keys: dict[str, Any] = {"case_id": case.id}
    for topic in OPENABLE:
        by = "hugo" if topic & (Topic.HEALTH | Topic.SOCIAL | Topic.FINANCES) else "amelie"
        keys["entry_id"] = house.note(case, by, "x", topic=topic)
        keys["objective_id"] = house.objective(case, by, "x", topic=topic)
        keys["appointment_id"] = house.appointment(case, by, about="x", place="x", topic=topic)
        keys["file_id"] = house.file(case, by, "x.pdf", topic=topic).id
    for who in ("hugo", "amelie"):
        house.note_draft(case, who, "x")
    keys["month"] = _write_update(house, case)
    notice = Notice(
        reader_id=house.membership("amelie"),
        subject=Subject.TANDEM_NAMED,
        case_id=case.id,
        case_reference=case.reference,
    )
    answer = CaseAnswer(
        case_id=case.id,
        state=State.TO_COMPLETE,
        person_id=house.person["claire"],
        institution_id=house.institution["bureau"],
        addressee_id=house.institution["cms_sion"],
        text="x",
        next_steps="x",
    )
    event = AuditEvent(act=Act.CASE_READ, person_id=house.person["hugo"], case_id=case.id)
    house.add(notice, answer, event)
    keys["notice_id"] = notice.id
    _plant(house, aviary, case)
    _plant_bytes(house, shelf, aviary, case)
    aviary.words[case.avs_number] = Word(
        "AVS number", case.id, frozenset({"identity"}), frozenset({"cms_sion"})
    )
    return keys


def _write_update(house: House, case: CaseFile) -> str:
    """A monthly update of Amélie's with a paragraph and an addendum under each topic; its month as addresses name it."""
    month = today().replace(day=1)
    update = Update(
        case_id=case.id,
        month=month,
        due_on=today(),
        state=UpdateState.PUBLISHED,
        institution_id=house.institution["orp_sion"],
        author_id=house.person["amelie"],
        published_at=now(),
    )
    house.add(update)
    for position, topic in enumerate(OPENABLE):
        by = house.actor(
            "hugo" if topic & (Topic.HEALTH | Topic.SOCIAL | Topic.FINANCES) else "amelie"
        )
        own = {
            "update_id": update.id,
            "case_id": case.id,
            "institution_id": by.institution,
            "person_id": by.person,
            "topic": Topic.COACHING | Topic.NOTES | topic,
            "text": "x",
        }
        house.add(
            UpdateElement(part=UpdatePart.EVOLUTION, position=position, **own), Addendum(**own)
        )
    return f"{month:%Y-%m}"


def _plant(house: House, aviary: Aviary, case: CaseFile) -> None:
    with house.store.system(Reason.SET_UP) as session:
        for model in RULES:
            table = sa.inspect(model).local_table
            if ("case_id" not in table.c and table.name != "cases") or table.name in _SIGNED:
                continue
            key = table.c.id if table.name == "cases" else table.c.case_id
            texts = [column.name for column in table.c if is_text(table.name, column)]
            if not texts or table.name == "audit_event":
                continue
            for row in session.scalars(sa.select(model).where(key == case.id)):
                for name in texts:
                    setattr(row, name, _worded(house, aviary, row, table.name, name, case))
                session.add(row)


def is_text(table: str, column: Any) -> bool:
    """Whether somebody writes words into a column."""
    words = isinstance(column.type, (AutoString, sa.JSON)) or type(column.type) is sa.String
    return words and (table, column.name) not in _CODES


def _worded(
    house: House, aviary: Aviary, row: SQLModel, table: str, column: str, case: CaseFile
) -> Any:
    key = getattr(row, "institution_id", getattr(row, "announcing_institution_id", None))
    authors = {name for name, known in house.institution.items() if known == key}
    people: set[str] = set()
    topics = _TOPICS[table]
    own_topic = getattr(row, "topic", None)
    if topics is not None and own_topic is not None:
        topics = topics | {each.name.lower() for each in OPENABLE if each & own_topic}  # type: ignore[union-attr]
    if table == "journal_draft":
        people = {name for name, known in house.person.items() if known == row.person_id}  # type: ignore[attr-defined]
    if table == "case_answer":
        authors |= {"cms_sion"}
    text = aviary.new(
        Word(
            f"{table}.{column}",
            case.id,
            None if topics is None else frozenset(topics),
            frozenset(authors),
            frozenset(people),
        )
    )
    before = getattr(row, column)
    if isinstance(before, list):
        return [text]
    if isinstance(before, dict):
        return dict.fromkeys(before or {"text": ""}, text)
    return f"{text}.pdf" if table == "stored_file" else text


def _plant_bytes(house: House, shelf: Shelf, aviary: Aviary, case: CaseFile) -> None:
    with house.store.system(Reason.SET_UP) as session:
        for file in session.scalars(sa.select(StoredFile).where(StoredFile.case_id == case.id)):
            (topic,) = (each.name.lower() for each in OPENABLE if each & file.topic)  # type: ignore[union-attr]
            authors = {
                name for name, known in house.institution.items() if known == file.institution_id
            }
            body = aviary.new(
                Word("bytes of a file", case.id, frozenset({topic}), frozenset(authors))
            ).encode()
            path = shelf.path_of(file.id)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
            file.media_type, file.size = "image/png", len(body)
            file.sha256 = sha256(body).hexdigest()
            session.add(file)


def fill_outside_of_cases(house: House, aviary: Aviary) -> dict[str, UUID]:
    """Canaries in what belongs to no case: an import of Hugo's, credentials, an identity provider."""

    def word(place: str, *people: str) -> str:
        return aviary.new(Word(place, None, None, people=frozenset(people), outside=True))

    run = ImportRun(
        person_id=house.person["hugo"],
        institution_id=house.institution["cms_sion"],
        file_name=word("import_run.file_name", "hugo"),
        rows=1,
    )
    house.add(
        run,
        ImportRow(
            run_id=run.id,
            line=2,
            person_id=run.person_id,
            institution_id=run.institution_id,
            cells=dict.fromkeys(COLUMN_TITLES, word("import_row.cells", "hugo")),
            errors=[],
        ),
        Credential(
            person_id=house.person["amelie"], password_hash=word("credential.password_hash")
        ),
        IdentityProvider(
            institution_id=house.institution["orp_sion"],
            issuer=f"https://{word('identity_provider.issuer', 'pia')}.example",
            client_id=word("identity_provider.client_id", "pia"),
            secret_name="CII_OIDC_TEST",
        ),
    )
    return {"run_id": run.id}


def untold(aviary: Aviary) -> set[str]:
    """The texts of guarded tables in which no canary sits: the matrix would not notice them."""
    planted = {word.place for word in aviary.words.values()}
    return {
        f"{table.name}.{column.name}"
        for table in (sa.inspect(model).local_table for model in RULES)
        for column in table.c
        if is_text(table.name, column) and f"{table.name}.{column.name}" not in planted
    }
