"""The matrix: everybody x every route and method x every state of consent, a canary in every text.

Who may meet a canary is told by the story of its case (story.py), who may use a route by a table
written by hand (routes.py). Whatever the product answers, in a page, a file or a header: no canary
that is not open to the reader, and the same "no such page" for what is hidden and what is not there.
"""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from cii.access.actor import Kind, Seat
from cii.access.guard import GuardedSession
from cii.access.models import CaseAccess
from cii.access.system import Reason, SystemSession
from cii.app import create_app
from cii.cases.lifecycle import State
from cii.consent.models import PartKind
from cii.consent.topics import NEEDS, OPENABLE, Topic
from cii.delivery.actions import set_bounced
from cii.delivery.desk import leave_token
from cii.delivery.sending import deliver
from cii.files.storage import Shelf
from cii.foundation.clock import now, today
from cii.foundation.quarters import Quarter
from cii.mails import KINDS
from cii.organisations.models import Deputyship
from cii.outbox.lifecycle import State as MailState
from cii.outbox.models import Message, Pace
from cii.settings import read_settings
from cii.web.templates import TEMPLATES
from tests.access.canaries import Aviary, Word, fill, fill_outside_of_cases, untold
from tests.access.routes import READING, WRITING, Route, routes
from tests.access.story import Given, Paper, Story
from tests.conftest import SECRET
from tests.delivery.house import tell, wishes
from tests.house import PEOPLE, CaseFile, Consent, House
from tests.pages import PageClient
from tests.postgres import APP, Cluster

# In which institution each of the cast acts here: a clerk of two communes in the one concerned.
CAST = {who: seats[0][0] for who, (_, _, _, seats) in PEOPLE.items()}
PARTNERS = (("sion", PartKind.APPROVAL), ("sas", PartKind.OPINION), ("lmmt", PartKind.DECISION))
# Whoever has no part in any case is the same stranger to all of them: four states tell.
WITH_A_PART = {
    *("hugo", "valerie", "amelie", "nicolas", "patrick", "claire", "stefan"),
    *("cecile", "sophie", "laurent"),
}
FOR_STRANGERS = ("draft", "none", "valid", "revoked")

_EVERYTHING = dict.fromkeys(NEEDS, Topic(sum(OPENABLE)))
_STRUCK_OUT = {**NEEDS, Kind.ORP: NEEDS[Kind.ORP] & ~(Topic.HEALTH | Topic.IDENTITY)}
_ONE_KIND = {Kind.SAS: NEEDS[Kind.SAS]}
STATES: dict[str, tuple[Consent, ...]] = {
    "draft": (),
    "none": (),
    "to come": (Consent(starts=1),),
    "valid": (Consent(),),
    "expired": (Consent(ends=-1),),
    "revoked": (Consent(revoked=True),),
    "struck out": (Consent(topics=_STRUCK_OUT),),
    "one kind alone": (Consent(topics=_ONE_KIND),),
    "beyond the need": (Consent(topics=_EVERYTHING),),
    "replaced": (Consent(), Consent(starts=0, topics=_ONE_KIND)),
}


@dataclass
class Matrix:
    """The product with one case in each state of consent; who met what, person by person."""

    app: Flask
    house: House
    aviary: Aviary = field(default_factory=Aviary)
    cases: dict[str, tuple[CaseFile, dict[str, UUID]]] = field(default_factory=dict)
    others: dict[str, Any] = field(default_factory=dict)
    walked: dict[str, "Walk"] = field(default_factory=dict)


@dataclass
class Walk:
    """What one person met on a walk through all routes."""

    wrong: list[str] = field(default_factory=list)
    met: set[tuple[str, str]] = field(default_factory=set)
    met_in_blocks: set[tuple[str, str]] = field(default_factory=set)
    cells: int = 0


def _build(app: Flask) -> Matrix:
    matrix = Matrix(app, House(app.extensions["store"], app).furnish())
    house, aviary = matrix.house, matrix.aviary
    shelf = Shelf.of(app.extensions["settings"])
    house.deputy("amelie", "nicolas")
    for state, papers in STATES.items():
        case = _announce(house, aviary, state)
        _sign(house, aviary, case, papers)
        matrix.cases[state] = case, fill(house, shelf, aviary, case)
        house.derive(case)
    matrix.others = fill_outside_of_cases(house, aviary) | {
        "person_id": house.person["nicolas"],
        "membership_id": house.membership("nicolas"),
        "institution_id": house.institution["orp_sion"],
        "deputyship_id": house.all(Deputyship)[0].id,
        "name": "no-such-file.css",
        "code": "language-course",
        "year": today().year,
        "number": Quarter.of(today()).number,
        "kind": "xlsx",
        "side": "orp",
    }
    matrix.others |= _returned_mail(app, house, matrix.cases["valid"][0])
    return matrix


def _returned_mail(app: Flask, house: House, case: CaseFile) -> dict[str, Any]:
    """A mail about a case that was written and came back."""
    wishes(house, "hugo", Pace.AT_ONCE)
    tell(house, "hugo", case)
    assert deliver(house.store, app.extensions["settings"], KINDS) == 1
    (mail,) = house.all(Message, Message.state == MailState.SENT)
    with house.store.system(Reason.DELIVER) as session:
        set_bounced(session, mail, now())
    return {"message_id": mail.id, "token": leave_token(app.extensions["secret"], mail.id)}


def _announce(house: House, aviary: Aviary, state: str) -> CaseFile:
    is_draft = state == "draft"
    case = house.case(
        state=State.DRAFT if is_draft else State.COACHING,
        consent=None,
        parts=() if is_draft else PARTNERS,
    )
    began = today() - timedelta(days=60)
    held = [(PartKind.ANNOUNCING, "cms_sion", "hugo")]
    if not is_draft:
        held += [
            (PartKind.BUREAU, "bureau", ""),
            (PartKind.TANDEM_ORP, "orp_sion", "amelie"),
            (PartKind.TANDEM_CMS, "cms_sion", "hugo"),
            *((part, institution, "") for institution, part in PARTNERS),
        ]
    away = ("amelie", "nicolas", today(), today() + timedelta(days=7))
    aviary.stories[case.id] = Story(
        case,
        parts=[Given(part, institution, person, began) for part, institution, person in held],
        absences={case.id: away},
    )
    return case


def _sign(house: House, aviary: Aviary, case: CaseFile, papers: tuple[Consent, ...]) -> None:
    before = None
    for paper in papers:
        word = {
            name: aviary.new(Word(f"{place}.{name}", case.id, topics, frozenset({"cms_sion"})))
            for place, name, topics in (
                ("signed_form", "purpose", frozenset({"identity"})),
                ("signed_form", "explained", frozenset({"identity"})),
                ("revocation_ground", "reason", None),
            )
        }
        before = house.consent(case, replace(paper, **word), replaces=before, derive=False)
        opened = frozenset(
            f"{kind.value}.{topic.name.lower()}"  # type: ignore[union-attr]
            for kind, topics in paper.opened().items()
            for topic in OPENABLE
            if topic & topics
        )
        first, last = (today() + timedelta(days=days) for days in (paper.starts, paper.ends))
        aviary.stories[case.id].papers.append(Paper(first, last, opened, paper.revoked))


@pytest.fixture(scope="module")
def matrix_on_sqlite(
    empty_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Matrix]:
    folder = tmp_path_factory.mktemp("matrix")
    shutil.copyfile(empty_database, folder / "cii.db")
    yield from _open(f"sqlite:///{folder / 'cii.db'}", folder)


@pytest.fixture(scope="module")
def matrix_on_postgresql(
    postgres: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Matrix]:
    with postgres.database() as name:
        yield from _open(postgres.url(APP, name), tmp_path_factory.mktemp("matrix"))


def _open(url: str, folder: Path) -> Iterator[Matrix]:
    app = create_app(read_settings({}, var=folder, database_url=url, secret=SECRET))
    yield _build(app)
    app.extensions["store"].close()


DATABASES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))


@pytest.fixture(params=DATABASES)
def matrix(request: pytest.FixtureRequest) -> Matrix:
    found: Matrix = request.getfixturevalue(f"matrix_on_{request.param}")
    return found


@contextmanager
def nothing_stays() -> Iterator[None]:
    """Every transaction runs to its end and is undone: each cell meets the same world."""

    def undo(session: Any) -> None:
        session.flush()
        session.expunge_all()
        session.rollback()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(GuardedSession, "commit", undo)
        patch.setattr(SystemSession, "commit", undo)
        yield


class Walker:
    """One person on the way through all cells; a stranger who is not signed in without a name."""

    def __init__(self, matrix: Matrix, who: str = "") -> None:
        self.matrix, self.who = matrix, who
        self.home = CAST.get(who, "")
        self.actor = matrix.house.actor(who, self.home) if who else None
        self.client: PageClient = (
            matrix.house.new_client(who, self.home) if who else matrix.house.stranger()
        )
        self.token = self.client.token()
        cookie = self.client.client.get_cookie("cii-session")
        self.session = cookie.value if cookie else ""
        self.walk = Walk()

    def sight(self, case_id: UUID | None) -> set[str]:
        """What the story lets this person see of a case today."""
        if self.actor is None or case_id is None or self.actor.seat is Seat.ADMIN:
            return set()
        by_inbox = self.actor.reader == self.actor.institution
        story = self.matrix.aviary.stories[case_id]
        return story.sight("" if by_inbox else self.who, self.home, today())

    def through_everything(self) -> Walk:
        """Every route and method, with the keys of each case."""
        adapter = self.matrix.app.url_map.bind("localhost")
        expected = routes()
        sights = {case.id: self.sight(case.id) for case, _ in self.matrix.cases.values()}
        states = STATES if self.who in WITH_A_PART else FOR_STRANGERS
        with nothing_stays():
            for rule in self.matrix.app.url_map.iter_rules():
                of_a_case = {"case_id", "file_id", "notice_id", "measure_id"} & set(rule.arguments)
                for state in states if of_a_case else ("valid",):
                    case, keys = self.matrix.cases[state]
                    known = {**self.matrix.others, **keys}
                    path_keys = {name: known[name] for name in rule.arguments}
                    for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                        path = adapter.build(rule.endpoint, path_keys, method=method)
                        route = expected[method, rule.rule]
                        sight = sights[case.id] if of_a_case else None
                        for block in ("", *route.blocks):
                            cell = f"{state}: {method} {path}" + (f" #{block}" if block else "")
                            answer = self._ask(method, path, route, block)
                            self._judge(cell, method, route, state, sight, answer)
                            self._look_for_canaries(cell, answer, sights, case.id, block)
        return self.walk

    def _ask(self, method: str, path: str, route: Route, block: str) -> TestResponse:
        self.walk.cells += 1
        browser = self.client.client
        headers = {"HX-Request": "true", "HX-Target": block} if block else {}
        if method == "GET":
            answer = browser.get(path, headers=headers)
        else:
            fields = {"form_token": self.token, **route.fields}
            answer = browser.post(path, data=fields, headers=headers)
        if self.session and "Set-Cookie" in answer.headers:
            self.client.set_session(self.session)
        return answer

    def _judge(
        self,
        cell: str,
        method: str,
        route: Route,
        state: str,
        sight: set[str] | None,
        answer: TestResponse,
    ) -> None:
        wanted = route.answers or (READING if method == "GET" else WRITING)
        if route.public:
            fits = answer.status_code in wanted
        elif self.actor is None:
            fits = answer.status_code == 303 and answer.location.startswith("/sign-in")
        elif self._may(route, state, sight):
            fits = answer.status_code in wanted
        else:
            fits = answer.status_code == 404
        if not fits:
            self.walk.wrong.append(f"{cell}: {answer.status_code}")
        if method == "GET" and (unnamed := blocks_on(answer) - set(route.blocks)):
            self.walk.wrong.append(f"{cell}: its row names no block {', '.join(unnamed)}")

    def _may(self, route: Route, state: str, sight: set[str] | None) -> bool:
        assert self.actor is not None
        if self.actor.role not in route.roles or (route.people and self.who not in route.people):
            return False
        if sight is None:
            return True
        if route.only_draft and state != "draft":
            return False
        case, _ = self.matrix.cases[state]
        held = {
            each.part
            for each in self.matrix.aviary.stories[case.id].parts
            if each.institution == self.home
        }
        if "case" not in sight and not route.people:
            return False
        if route.parts and not route.parts & held:
            return False
        own = bool(route.author) and route.author == self.home
        needed = route.topics or ({"nobody else's"} if route.author else set())
        return own or needed <= sight

    def _look_for_canaries(
        self,
        cell: str,
        answer: TestResponse,
        sights: dict[UUID, set[str]],
        asked: UUID,
        block: str,
    ) -> None:
        for word in self.matrix.aviary.found_in(answer):
            sight = sights[word.case] if word.case else set()
            if not self.matrix.aviary.may_meet(self.who, self.home, sight, word):
                self.walk.wrong.append(f"{cell}: meets {word.place} of {word.topics}")
            elif word.case == asked:
                self.walk.met.add((cell.partition(":")[0], word.place))
            if block:
                self.walk.met_in_blocks.add((block, word.place))


def blocks_on(answer: TestResponse) -> set[str]:
    """The blocks of a page that it lets htmx replace."""
    if answer.mimetype != "text/html":
        return set()
    return set(re.findall(r'hx-target="#(\w+)"', answer.text))


def walk(matrix: Matrix, who: str) -> Walk:
    """The walk of one person, taken once for all tests."""
    if who not in matrix.walked:
        matrix.walked[who] = Walker(matrix, who).through_everything()
    return matrix.walked[who]


def test_every_route_and_method_has_its_row(app: Flask) -> None:
    """A new route fails here until somebody has said who may use it."""
    there = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert there == set(routes())


@pytest.mark.parametrize("who", ["", *CAST])
def test_nobody_meets_what_is_not_open_to_him_or_her(matrix: Matrix, who: str) -> None:
    wrong = walk(matrix, who).wrong
    assert not wrong, f"{len(wrong)} cells:\n" + "\n".join(wrong[:40])


def test_a_canary_sits_in_every_text_of_a_guarded_table(matrix: Matrix) -> None:
    """A new column of words fails here until a canary sits in it."""
    assert untold(matrix.aviary) == {
        # Sentences of the product about a row of an import, made from its cells.
        "import_row.errors",
        # Rule numbers and rights, never what somebody typed about a person.
        "audit_event.ground",
        # Of the sign-in: hashes, addresses, the name of a variable.
        "identity_provider.secret_name",
        "sign_in_attempt.key",
        "signed_in_session.address",
        "signed_in_session.browser",
    }


MET = {
    "hugo": {"case_identity.last_name", "case_social.risk_factors", "journal_text.text"},
    "amelie": {
        "case_identity.last_name",
        "journal_text.text",
        "objective.goal",
        "case_need.reason",
    },
    "nicolas": {"case_identity.last_name", "journal_text.text", "bytes of a file"},
    "patrick": {"case_identity.last_name", "journal_text.text"},
    "claire": {"case_identity.last_name", "case_employment.potential_reason", "case_answer.text"},
    "cecile": {
        "case_identity.last_name",
        "stored_file.name",
        "bytes of a file",
        "payment.voucher",
    },
    "sophie": {"case_identity.last_name", "stored_file.name"},
    "laurent": {"case_identity.last_name", "stored_file.name"},
}


@pytest.mark.parametrize("who", MET)
def test_what_is_open_is_there(matrix: Matrix, who: str) -> None:
    """Answers that show nothing would pass the matrix as well."""
    met = {place for state, place in walk(matrix, who).met if state == "valid"}
    assert met >= MET[who]


@pytest.mark.parametrize(
    ("who", "block", "place"),
    [
        ("amelie", "journal", "journal_text.text"),
        ("claire", "case_list", "case_identity.last_name"),
        ("valerie", "journal", "journal_text.text"),
    ],
)
def test_what_is_open_is_there_in_a_single_block(
    matrix: Matrix, who: str, block: str, place: str
) -> None:
    assert (block, place) in walk(matrix, who).met_in_blocks


def test_whatever_replaces_a_block_has_a_row_that_says_so() -> None:
    """A new form that htmx sends fails here until its route is asked for the block as well."""
    expected = routes()
    forgotten = []
    for template in TEMPLATES.rglob("*.html"):
        for tag in re.findall(r"<[^>]*\bhx-target=[^>]*>", template.read_text("utf-8")):
            method, path = re.findall(r'hx-(get|post)="([^"]+)"', tag)[0]
            target = re.findall(r'hx-target="#(\w+)"', tag) or re.findall(r' id="(\w+)"', tag)
            # A key of the address is any word; what stands at its front may be several.
            pattern = re.sub(r"^\{\{.*?\}\}", ".+", path)
            pattern = re.sub(r"\{\{.*?\}\}", "[^/]+", pattern)
            meant = [
                route
                for (used, rule), route in expected.items()
                if used == method.upper() and re.fullmatch(pattern, rule)
            ]
            if not meant or any(target[0] not in route.blocks for route in meant):
                forgotten.append(f"{template.name}: {method} {path} #{target[0]}")
    assert not forgotten


def test_the_matrix_is_as_large_as_it_says(matrix: Matrix) -> None:
    assert sum(walk(matrix, who).cells for who in ("", *CAST)) >= 6000


@pytest.mark.parametrize("matrix", ["sqlite"], indirect=True)
@pytest.mark.parametrize("who", ["gaelle", "sophie"])
def test_the_matrix_turns_red_where_the_access_table_opens_too_much(
    matrix: Matrix, who: str
) -> None:
    """One line too many for a colleague without a part, or one with every topic for the SAS."""
    case, _ = matrix.cases["none"]
    walker = Walker(matrix, who)
    assert walker.actor is not None
    line = CaseAccess(
        reader_id=walker.actor.reader,
        case_id=case.id,
        valid_from=today(),
        topics=1023,
        state=State.COACHING.value,
    )
    with matrix.house.store.system(Reason.CHECK) as session:
        mine = sa.delete(CaseAccess).where(CaseAccess.reader_id == line.reader_id)
        session.execute(mine.where(CaseAccess.case_id == case.id))
        session.add(line)
    try:
        wrong = walker.through_everything().wrong
    finally:
        matrix.house.derive(case)
    assert any("meets case_identity.last_name" in each for each in wrong)
    assert any("meets case_social" in each or "meets stored_file" in each for each in wrong)
