"""Words that occur nowhere else, one in each text of a case, and who may meet them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from io import BytesIO
from typing import Any
from uuid import UUID
from zipfile import ZipFile

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
from cii.foundation.quarters import Quarter
from cii.measures.lifecycle import Move, Stage
from cii.measures.models import (
    Decision,
    Leaning,
    Measure,
    MeasureStep,
    MeasureType,
    Opinion,
    Outcome,
    Payment,
    Provider,
    Statement,
    StatementLine,
    StatementState,
)
from cii.monthly.models import Addendum, Update, UpdateElement, UpdatePart, UpdateState
from cii.outbox.models import Notice, Subject
from cii.programmes.routing import Decider, Payer, Regime
from cii.signin.models import Credential, IdentityProvider
from tests.access.story import Story
from tests.house import CaseFile, House

_WORD = re.compile(r"zq\d{4}qz", re.IGNORECASE)
_AVS = re.compile(r"756\.?\d{4}\.?\d{4}\.?\d{2}")

# Columns of text that are not written by anybody: codes, numbers, sums.
_CODES = {
    ("audit_event", "details"),
    ("case_access", "state"),
    ("case_employment", "regimes"),
    ("case_identity", "avs_number"),
    ("case_identity", "language"),
    ("cases", "programme"),
    ("cases", "reference"),
    ("decision", "edition"),
    ("decision", "reference"),
    ("decision", "way"),
    ("measure", "code"),
    ("measure", "edition"),
    ("measure", "regimes"),
    ("measure_step", "rule"),
    ("due_period", "job"),
    ("message", "answer"),
    ("message", "facts"),
    ("message", "key"),
    ("message", "kind"),
    ("message_case", "case_reference"),
    ("message_case", "kind"),
    ("notice", "case_reference"),
    ("signed_form", "language"),
    ("statement_line", "code"),
    ("statement_line", "decision_reference"),
    ("stored_file", "media_type"),
    ("stored_file", "sha256"),
}
# What was signed cannot be changed: its words are given when it is written.
_SIGNED = {"signed_form", "revocation_ground", "measure_step", "opinion", "decision", "payment"}

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
    "measure": {"measures"},
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
        """The canaries in an answer: its headers, its text, and the text of its pages where it is a PDF, of its parts where it is a workbook."""
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
    if answer.data.startswith(b"PK\x03\x04"):
        with ZipFile(BytesIO(answer.data)) as book:
            return " ".join(book.read(part).decode("utf-8", "replace") for part in book.namelist())
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
    keys["measure_id"] = _decide_on_a_measure(house, aviary, case)
    keys["payment_id"] = _pay(house, aviary, keys["measure_id"])
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


def _decide_on_a_measure(house: House, aviary: Aviary, case: CaseFile) -> UUID:
    """A measure of Amélie's, judged by the SAS and granted by the commune of Sion; never put before the LMMT.

    What was signed cannot be changed: its words are given when it is written.
    """

    def word(place: str, *authors: str) -> str:
        return aviary.new(Word(place, case.id, frozenset({"measures"}), frozenset(authors)))

    amelie, sophie, cecile = (house.actor(who) for who in ("amelie", "sophie", "cecile"))
    measure = Measure(
        case_id=case.id,
        institution_id=amelie.institution,
        proposed_by=amelie.membership,
        code="language-course",
        type_id=house.all(MeasureType, MeasureType.code == "language-course")[0].id,
        provider=Provider.JOINT,
        title="x",
        organiser="x",
        goal="x",
        starts_on=today() + timedelta(days=20),
        ends_on=today() + timedelta(days=80),
        asked=Decimal("1200.00"),
        regimes=["LIAS"],
        commune_number=6266,
        regime=Regime.LIAS,
        decider=Decider.COMMUNE,
        payer=Payer.COMMUNE,
        edition="vs-tandem",
        turn_id=house.membership("hugo"),
        social_worker_id=house.membership("hugo"),
    )
    house.add(measure)
    measure.sas_id, measure.authority_id = sophie.institution, cecile.institution
    opinion = Opinion(
        measure_id=measure.id,
        number=4,
        case_id=case.id,
        institution_id=sophie.institution,
        authority_id=cecile.institution,
        membership_id=sophie.membership,
        leaning=Leaning.FAVOURABLE,
        text=word("opinion.text", "sas"),
    )
    decision = Decision(
        measure_id=measure.id,
        case_id=case.id,
        reference=f"{case.reference}-6266-1",
        institution_id=cecile.institution,
        sas_id=sophie.institution,
        membership_id=cecile.membership,
        signed_name=word("decision.signed_name", "sion"),
        signed_title=word("decision.signed_title", "sion"),
        outcome=Outcome.GRANTED,
        amount=Decimal("1000.00"),
        reason=word("decision.reason", "sion"),
        opinion_id=opinion.id,
        regime=Regime.LIAS,
        payer=Payer.COMMUNE,
        edition="vs-tandem",
        way=[],
    )
    withdrawn = Decision(
        **decision.model_dump(
            exclude={
                "id",
                "at",
                "reference",
                "reason",
                "withdrawn_at",
                "withdrawn_by",
                "withdrawal_reason",
            }
        ),
        reference=f"{case.reference}-6266-0",
        reason=word("decision.reason", "sion"),
        withdrawn_at=now(),
        withdrawn_by=cecile.membership,
        withdrawal_reason=word("decision.withdrawal_reason", "sion"),
    )
    with house.store.system(Reason.SET_UP) as session:
        for stage, *papers in (
            (Stage.TO_TRANSMIT,),
            (Stage.AT_SAS, opinion),
            (Stage.AT_COMMUNE, withdrawn, decision),
            (Stage.GRANTED,),
        ):
            row = session.get_one(Measure, measure.id)
            row.sas_id, row.authority_id = measure.sas_id, measure.authority_id
            row.stage, row.decided = stage, decision.amount if stage is Stage.GRANTED else None
            row.version += 1
            session.flush()
            for paper in papers:
                session.add(paper)
                session.flush()
        for number, actor, move, text in (
            (1, amelie, Move.PROPOSE, word("measure_step.text", "orp_sion")),
            (4, sophie, Move.GIVE_OPINION, word("measure_step.text", "sas", "sion")),
            (5, cecile, Move.GRANT, word("measure_step.text", "sion")),
        ):
            session.add(
                MeasureStep(
                    measure_id=measure.id,
                    number=number,
                    case_id=case.id,
                    move=move,
                    stage=Stage.GRANTED,
                    rule="VS-17",
                    institution_id=actor.institution,
                    membership_id=actor.membership,
                    person_id=actor.person,
                    addressee_id=cecile.institution if actor is sophie else None,
                    text=text,
                )
            )
    return measure.id


def _pay(house: House, aviary: Aviary, measure_id: UUID) -> UUID:
    """A payment of Sion's: its voucher stays with Sion, whatever becomes of the case."""
    own = frozenset({"sion"})
    (decision,) = house.all(
        Decision, Decision.measure_id == measure_id, Decision.withdrawn_at.is_(None)
    )
    quarter = Quarter.of(today())
    payment = Payment(
        measure_id=measure_id,
        decision_id=decision.id,
        case_id=decision.case_id,
        institution_id=decision.institution_id,
        sas_id=decision.sas_id,
        paid_on=today(),
        year=quarter.year,
        quarter=quarter.number,
        amount=Decimal("10.00"),
        voucher=aviary.new(Word("payment.voucher", decision.case_id, None, own, outside=True)),
        entered_by=decision.membership_id,
    )
    with house.store.system(Reason.SET_UP) as session:
        session.add(payment)
        session.get_one(Measure, measure_id).paid = payment.amount
    return payment.id


def _account_for_a_quarter(house: House, comment: str) -> UUID:
    """A statement of Sion's that the SAS has answered."""
    sion, sas = (house.institution[name] for name in ("sion", "sas"))
    quarter = Quarter.of(today()).after(-1)
    statement = Statement(
        institution_id=sion, sas_id=sas, year=quarter.year, quarter=quarter.number
    )
    with house.store.system(Reason.SET_UP) as session:
        session.add(statement)
        session.flush()
        session.add(
            StatementLine(
                statement_id=statement.id,
                number=1,
                institution_id=sion,
                sas_id=sas,
                decision_reference="VS-2026-0001-6266-1",
                code="language-course",
                starts_on=quarter.first,
                ends_on=quarter.last,
                decided=Decimal("100.00"),
                paid_before=Decimal("0.00"),
                paid=Decimal("0.00"),
                corrections=Decimal("0.00"),
            )
        )
        session.flush()
        statement.state = StatementState.RETURNED
        statement.sent_at = statement.answered_at = now()
        statement.comment = comment
    return statement.id


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
    """Canaries in what belongs to no case: an import of Hugo's, credentials, an identity provider, a statement."""

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
    own = frozenset({"sion", "sas"})
    comment = aviary.new(Word("statement.comment", None, None, own, outside=True))
    return {"run_id": run.id, "statement_id": _account_for_a_quarter(house, comment)}


def untold(aviary: Aviary) -> set[str]:
    """The texts of guarded tables in which no canary sits: the matrix would not notice them."""
    planted = {word.place for word in aviary.words.values()}
    return {
        f"{table.name}.{column.name}"
        for table in (sa.inspect(model).local_table for model in RULES)
        for column in table.c
        if is_text(table.name, column) and f"{table.name}.{column.name}" not in planted
    }
