"""The matrix: everybody x every route and method x every state of consent, with canary words in every topic.

An oracle of its own, written from the product description and not from the code, says which words
somebody may meet. Whatever the product answers, in whatever page, file or header, no other canary is in it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest
from flask import Flask
from werkzeug.test import Client

from cii.access.actor import Kind
from cii.access.models import ALWAYS, CaseAccess
from cii.cases.lifecycle import State
from cii.cases.models import (
    CaseAnswer,
    CaseEmployment,
    CaseIdentity,
    CaseNeed,
    CaseSocial,
    PastMeasure,
)
from cii.consent.models import PartKind
from cii.consent.topics import NEEDS, Topic
from cii.foundation.clock import today
from tests.house import CaseFile, Consent, House

ALL = (
    Topic.IDENTITY,
    Topic.EMPLOYMENT,
    Topic.TRAINING,
    Topic.SOCIAL,
    Topic.FINANCES,
    Topic.HEALTH,
    Topic.COACHING,
    Topic.MEASURES,
)
# product.md, "Consent": what a kind may need at most.
MOST = {
    Kind.ORP: set(ALL),
    Kind.CMS: set(ALL),
    Kind.COMMUNE: {Topic.IDENTITY, Topic.MEASURES},
    Kind.SAS: {Topic.IDENTITY, Topic.MEASURES, Topic.FINANCES},
    Kind.LMMT: {Topic.IDENTITY, Topic.EMPLOYMENT, Topic.TRAINING, Topic.MEASURES},
    Kind.BUREAU: {Topic.IDENTITY, Topic.EMPLOYMENT, Topic.SOCIAL, Topic.COACHING, Topic.MEASURES},
}
_NO_HEALTH = {**NEEDS, Kind.ORP: NEEDS[Kind.ORP] & ~(Topic.HEALTH | Topic.FINANCES)}
_ONLY_CMS = {Kind.CMS: NEEDS[Kind.CMS]}
_BEYOND_NEED = dict.fromkeys(NEEDS, Topic(sum(ALL)))

# Every state in which a procuration can be, and whether it opens anything today.
STATES: dict[str, tuple[Consent | None, bool]] = {
    "none": (None, False),
    "future": (Consent(starts=1), False),
    "first day": (Consent(starts=0), True),
    "valid": (Consent(), True),
    "last day": (Consent(starts=-300, ends=0), True),
    "expired": (Consent(starts=-300, ends=-1), False),
    "revoked": (Consent(revoked=True), False),
    "struck out": (Consent(topics=_NO_HEALTH), True),
    "other kinds": (Consent(topics=_ONLY_CMS), True),
    "beyond the need": (Consent(topics=_BEYOND_NEED), True),
}

# Who has which part in every case of the matrix; everybody else has none.
PARTS = {
    "hugo": "cms_sion",  # announced it and is in the tandem
    "valerie": "cms_sion",  # heads his centre
    "amelie": "orp_sion",  # is in the tandem
    "patrick": "orp_sion",  # heads her office
    "claire": "bureau",
    "stefan": "bureau",
    "cecile": "sion",  # the commune before which a measure stands
    "sophie": "sas",
    "laurent": "lmmt",
}
STRANGERS = (
    "nicolas",
    "gaelle",
    "bastien",
    "melanie",
    "ursula",
    "yannick",
    "jerome",
    "regula",
    "odile",
    "pia",
)
KINDS = {
    "cms_sion": Kind.CMS,
    "orp_sion": Kind.ORP,
    "bureau": Kind.BUREAU,
    "sion": Kind.COMMUNE,
    "sas": Kind.SAS,
    "lmmt": Kind.LMMT,
}


@dataclass(frozen=True)
class Word:
    """A canary: which topic it belongs to, who wrote it, whether it is the text of a note."""

    text: str
    topic: Topic | None
    author: str
    is_note: bool = False
    only: frozenset[str] = frozenset()


@dataclass
class Cell:
    """One case of the matrix, its state of consent, its canaries and its keys."""

    state: str
    case: CaseFile
    words: list[Word] = field(default_factory=list)
    keys: dict[str, UUID] = field(default_factory=dict)

    def may_meet(self, who: str, word: Word) -> bool:
        """What product.md says: a part, and one's own writing or a topic opened today that the kind may need."""
        home = PARTS.get(who)
        if home is None:
            return False
        if word.only:
            return home in word.only
        if word.author == home:
            return True
        consent, opens = STATES[self.state]
        kind = KINDS[home]
        if consent is None or not opens or word.topic not in MOST[kind]:
            return False
        if not consent.opened().get(kind, Topic(0)) & word.topic:
            return False
        return not word.is_note or kind in {Kind.ORP, Kind.CMS}


@pytest.fixture
def cells(app: Flask, house: House) -> list[Cell]:
    """One case for each state of consent, full of canaries."""
    return [_plant(house, state, number) for number, state in enumerate(STATES)]


def _plant(house: House, state: str, number: int) -> Cell:
    consent, _ = STATES[state]
    letters = f"q{chr(97 + number)}"
    parts = [
        ("sion", PartKind.APPROVAL),
        ("sas", PartKind.OPINION),
        ("lmmt", PartKind.DECISION),
    ]
    name = f"Wident{letters}"
    case = house.case(state=State.COACHING, consent=consent, last_name=name, parts=parts)
    cell = Cell(state, case)

    def word(stem: str, topic: Topic | None, author: str = "cms_sion", **more: object) -> str:
        text = f"W{stem}{letters}"
        cell.words.append(Word(text, topic, author, **more))  # type: ignore[arg-type]
        return text

    cell.words += [
        Word(name, Topic.IDENTITY, "cms_sion"),
        Word(case.avs_number, Topic.IDENTITY, "nobody"),
    ]
    (identity,) = house.all(CaseIdentity, CaseIdentity.case_id == case.id)
    identity.street, identity.email = word("street", Topic.IDENTITY), word("mail", Topic.IDENTITY)
    (social,) = house.all(CaseSocial, CaseSocial.case_id == case.id)
    social.risk_factors = [word("risk", Topic.SOCIAL)]
    (employment,) = house.all(CaseEmployment, CaseEmployment.case_id == case.id)
    employment.potential_reason = word("potential", Topic.EMPLOYMENT)
    (measure,) = house.all(PastMeasure, PastMeasure.case_id == case.id)
    measure.name = word("measure", Topic.EMPLOYMENT)
    (need,) = house.all(CaseNeed, CaseNeed.case_id == case.id)
    need.reason = word("need", Topic.COACHING)
    answer = CaseAnswer(
        case_id=case.id,
        state=State.TO_COMPLETE,
        person_id=house.person["claire"],
        institution_id=house.institution["bureau"],
        addressee_id=house.institution["cms_sion"],
        text=word("answer", None, "bureau", only=frozenset({"bureau", "cms_sion"})),
    )
    house.add(identity, social, employment, measure, need, answer)
    for topic in ALL:
        stem = (topic.name or "").lower()
        by, home = (
            ("hugo", "cms_sion")
            if topic & (Topic.HEALTH | Topic.SOCIAL | Topic.FINANCES)
            else ("amelie", "orp_sion")
        )
        cell.keys["entry_id"] = house.note(
            case, by, word(f"note{stem}", topic, home, is_note=True), topic=topic
        )
        cell.keys["objective_id"] = house.objective(
            case, by, word(f"goal{stem}", topic, home), topic=topic
        )
        cell.keys["appointment_id"] = house.appointment(
            case,
            by,
            about=word(f"about{stem}", topic, home),
            place=word(f"place{stem}", topic, home),
            topic=topic,
        )
        cell.keys["file_id"] = house.file(
            case, by, word(f"file{stem}", topic, home) + ".pdf", topic=topic
        ).id
    house.note_draft(case, "hugo", word("draft", None, "hugo", only=frozenset({"hugo"})))
    cell.keys["case_id"] = case.id
    house.derive(case)
    return cell


def requests(app: Flask, house: House, cell: Cell) -> Iterator[tuple[str, str]]:
    """Every route and method with the keys of this case; a key that nobody thought of fails."""
    others = {
        "person_id": house.person["nicolas"],
        "membership_id": house.membership("nicolas"),
        "institution_id": house.institution["orp_sion"],
        "deputyship_id": uuid4(),
        "notice_id": uuid4(),
        "run_id": uuid4(),
    }
    adapter = app.url_map.bind("localhost")
    for route in app.url_map.iter_rules():
        if route.endpoint in {
            "static_file",
            "signin.sign_out",
            "signin.leave_everywhere",
            "signin.ask_provider",
        }:
            continue
        unknown = set(route.arguments) - set(others) - set(cell.keys)
        assert not unknown, f"{route.rule}: say in this test which keys {unknown} are tried"
        if not (route.arguments or cell.state == "none"):
            continue
        for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"}):
            keys = {name: {**others, **cell.keys}[name] for name in route.arguments}
            yield method, adapter.build(route.endpoint, keys, method=method)


def leaks(answer: bytes, headers: str, who: str, cells: list[Cell]) -> list[str]:
    """The canaries in an answer that this person may not meet."""
    said = answer.decode("utf-8", "replace") + headers
    return [
        f"{word.text} ({cell.state}, {word.topic and word.topic.name})"
        for cell in cells
        for word in cell.words
        if word.text in said and not (cell.may_meet(who, word) or (word.only == {who}))
    ]


def _walk(app: Flask, house: House, cells: list[Cell], who: str) -> tuple[list[str], int]:
    wrong: list[str] = []
    count = 0
    browser = house.client(who, PARTS.get(who))
    client: Client = browser.client
    token = browser.token()
    for cell in cells:
        for method, path in requests(app, house, cell):
            if method == "GET":
                answer = client.get(path)
            else:
                answer = client.post(path, data={"form_token": token, "q": "Wident", "act": "none"})
            count += 1
            found = leaks(answer.data, str(answer.headers), who, cells)
            wrong += [f"{who} {method} {path}: {each}" for each in found]
            if answer.status_code >= 500:
                wrong.append(f"{who} {method} {path}: {answer.status_code}")
            # Unreadable input is refused before anything is looked up; it tells nothing either.
            silent = {404, 400, 422} if method == "POST" else {404}
            if str(cell.case.id) in path and who not in PARTS and answer.status_code not in silent:
                wrong.append(f"{who} {method} {path}: {answer.status_code} for a case of others")
    return wrong, count


@pytest.mark.parametrize("who", [*PARTS, *STRANGERS])
def test_nobody_meets_a_word_that_is_not_open_to_him_or_her(
    app: Flask, house: House, cells: list[Cell], who: str
) -> None:
    wrong, count = _walk(app, house, cells, who)
    assert not wrong, "\n".join(wrong[:40])
    # Guards the test itself: fewer requests than this would mean that routes are left out.
    assert count > 250


@pytest.mark.parametrize("who", ["amelie", "hugo", "claire", "cecile"])
def test_what_is_open_is_there(app: Flask, house: House, cells: list[Cell], who: str) -> None:
    """The other side of the matrix: an answer that shows nothing would pass the first test."""
    pages = {"": "", "announcement": "/announcement", "plan": "/plan", "documents": "/documents"}
    cell = next(each for each in cells if each.state == "valid")
    said = "".join(
        house.client(who, PARTS[who])
        .client.get(f"/cases/{cell.case.id}{path}")
        .get_data(as_text=True)
        for path in pages.values()
    )
    expected = {
        "amelie": (
            "Wident",
            "Wstreet",
            "Wrisk",
            "Wpotential",
            "Wneed",
            "Wnotehealth",
            "Wnotecoaching",
            "Wgoalcoaching",
            "Wfilehealth",
        ),
        "hugo": ("Wident", "Wnotehealth", "Wnotecoaching", "Wanswer", "Wdraft"),
        "claire": ("Wident", "Wrisk", "Wpotential", "Wneed", "Wanswer", "Wfileemployment"),
        "cecile": ("Wident", "Wfilemeasures"),
    }[who]
    letters = "q" + chr(97 + list(STATES).index("valid"))
    for stem in expected:
        assert stem + letters in said, f"{who} should meet {stem}"


def test_the_matrix_notices_a_line_too_many(app: Flask, house: House, cells: list[Cell]) -> None:
    """With one wrong line in the access table for Nicolas, who has no part, the matrix must turn red."""
    cell = next(each for each in cells if each.state == "revoked")
    line = CaseAccess(
        reader_id=house.membership("nicolas"),
        case_id=cell.case.id,
        valid_from=today(),
        valid_until=ALWAYS,
        topics=1023,
    )
    house.add(line)
    wrong, _ = _walk(app, house, cells, "nicolas")
    assert any("Wnotehealth" in each for each in wrong)
    assert any("for a case of others" in each for each in wrong)
