"""Whatever happens to a case, in whatever order: the access table says what a recount of the story says.

The story is kept beside the database, in words of its own, and every reader's every coming day is
counted from it. The acts are the product's own.
"""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
import time_machine
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cii.access.models import CaseAccess
from cii.access.store import Store
from cii.access.system import Reason
from cii.cases.lifecycle import State
from cii.cases.models import Case, CaseIdentity
from cii.consent import actions, deputies
from cii.consent.derive import differences
from cii.consent.inputs import DeputyInput, ProcurationInput, RevocationInput
from cii.consent.models import Channel, PartKind
from cii.consent.topics import Topic
from cii.foundation.clock import ZURICH, today
from cii.organisations.actions import NotPossible
from cii.organisations.models import Deputyship
from tests.access.story import ALL_OPEN, Given, Paper, Story
from tests.house import INSTITUTIONS, House

NOON = datetime(2026, 3, 2, 12, tzinfo=ZURICH)
HORIZON = 25

# Who can be given which part, and by whom it is then held.
PARTS: list[tuple[PartKind, str, str]] = [
    (PartKind.TANDEM_ORP, "orp_sion", "amelie"),
    (PartKind.TANDEM_ORP, "orp_sierre", "bastien"),
    (PartKind.TANDEM_CMS, "cms_sion", "gaelle"),
    (PartKind.TANDEM_CMS, "cms_sierre", "yannick"),
    (PartKind.BUREAU, "bureau", ""),
    (PartKind.OPINION, "sas", ""),
    (PartKind.APPROVAL, "sion", ""),
    (PartKind.DECISION, "lmmt", ""),
]
ABSENCES = [("hugo", "gaelle"), ("gaelle", "hugo"), ("amelie", "nicolas"), ("nicolas", "amelie")]


class Telling:
    """Acts, done by the product and told in the story."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.store = house.store
        self.story = Story(house.case(by="hugo", state=State.COACHING, consent=None, days_ago=0))
        # The tandem of the cast is there from the first day; the bureau as well.
        day = today()
        self.story.parts = [
            Given(PartKind.ANNOUNCING, "cms_sion", "hugo", day),
            Given(PartKind.BUREAU, "bureau", "", day),
            Given(PartKind.TANDEM_ORP, "orp_sion", "amelie", day),
            Given(PartKind.TANDEM_CMS, "cms_sion", "hugo", day),
        ]

    @property
    def id(self) -> UUID:
        return self.story.case.id

    def session(self, who: str) -> Any:
        return self.store.session(self.house.actor(who), writes=True)

    def give(self, choice: tuple[PartKind, str, str], delay: int) -> None:
        part, institution, person = choice
        if any(
            (each.part, each.institution, each.person) == choice
            and (each.last is None or each.last >= today())
            for each in self.story.parts
        ):
            # Nobody is given what he or she has.
            return
        first = today() + timedelta(days=delay)
        with self.session("hugo") as session:
            actions.give_part(
                session,
                self.id,
                self.house.institution[institution],
                part,
                first,
                self.house.membership(person, institution) if person else None,
            )
            session.commit()
        self.story.parts.append(Given(part, institution, person, first))

    def end(self, part: PartKind, delay: int) -> None:
        last = today() + timedelta(days=delay)
        open_ones = [each for each in self.story.parts if each.part is part and each.last is None]
        if any(each.first > last for each in open_ones):
            return
        with self.session("hugo") as session:
            actions.keep_parts(session, self.id, [self.stay(each, last) for each in open_ones])
            session.commit()
        for each in open_ones:
            each.last = last

    def stay(self, given: Given, last: date) -> actions.Stay:
        institution = self.house.institution[given.institution]
        seat = self.house.membership(given.person, given.institution) if given.person else None
        return actions.Stay(institution, given.part, last, seat)

    def sign(self, delay: int, length: int, opened: frozenset[str]) -> None:
        first = today() + timedelta(days=delay)
        last = first + timedelta(days=length)
        paper = ProcurationInput(
            signed_on=min(first, today()),
            valid_from=first,
            valid_until=last,
            purpose="Coordonner le retour à l’emploi.",
            explained="Lue ensemble.",
            language="fr",
            opened=sorted(opened),
        )
        with self.session("hugo") as session:
            actions.record_procuration(session, self.id, paper, None)
            session.commit()
        self.story.papers.append(Paper(first, last, opened))

    def revoke(self) -> None:
        with self.session("hugo") as session:
            actions.revoke(session, self.id, RevocationInput(channel=Channel.PHONE))
            session.commit()
        for each in self.story.papers:
            each.revoked = True

    def go_away(self, who: tuple[str, str], delay: int, length: int) -> None:
        absent, deputy = who
        first = today() + timedelta(days=delay)
        last = first + timedelta(days=length)
        given = DeputyInput(deputy=self.house.membership(deputy), starts_on=first, ends_on=last)
        try:
            with self.session(absent) as session:
                key = deputies.name_deputy(session, given).id
                session.commit()
        except NotPossible:
            return
        self.story.absences[key] = (absent, deputy, first, last)

    def come_back(self, which: int) -> None:
        running = [key for key, each in self.story.absences.items() if each[3] >= today()]
        if not running:
            return
        key = running[which % len(running)]
        absent, deputy, first, _ = self.story.absences.pop(key)
        with self.session(absent) as session:
            deputies.end_deputy(session, key)
            session.commit()
        if first < today():
            self.story.absences[key] = (absent, deputy, first, today() - timedelta(days=1))

    def check(self) -> None:
        """Each reader's each coming day."""
        lines = self.house.all(CaseAccess, CaseAccess.case_id == self.id)
        readers = {
            (person, institution): self.house.membership(person, institution)
            for person, institution in self.house.seats
        } | {("", institution): self.house.institution[institution] for institution in INSTITUTIONS}
        for (person, institution), reader in readers.items():
            mine = [line for line in lines if line.reader_id == reader]
            for number in range(HORIZON):
                on = today() + timedelta(days=number)
                holding = [line for line in mine if line.valid_from <= on <= line.valid_until]
                assert len(holding) <= 1
                said = {
                    topic.name.lower()  # type: ignore[union-attr]
                    for topic in Topic
                    if holding and topic & holding[0].topics
                }
                assert said == self.story.sight(person, institution, on), (person, institution, on)


NOTHING_OF_THE_PERSON = frozenset({"orp.measures"})
SOON = st.integers(0, 12)
OPENED = st.frozensets(st.sampled_from(sorted(ALL_OPEN)), min_size=1)
ACTS = st.one_of(
    st.tuples(st.just("give"), st.sampled_from(PARTS), st.integers(-3, 12)),
    st.tuples(st.just("end"), st.sampled_from([each[0] for each in PARTS]), SOON),
    st.tuples(st.just("sign"), st.integers(-5, 12), SOON, OPENED),
    st.tuples(st.just("sign"), st.integers(-5, 12), SOON, OPENED),
    st.tuples(st.just("revoke")),
    st.tuples(st.just("go_away"), st.sampled_from(ABSENCES), SOON, SOON),
    st.tuples(st.just("come_back"), st.integers(0, 3)),
    st.tuples(st.just("night"), st.integers(1, 6)),
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(acts=st.lists(ACTS, min_size=1, max_size=12))
@example(acts=[("go_away", ("amelie", "nicolas"), 0, 0), ("night", 3)])
@example(acts=[("sign", 8, 9, ALL_OPEN), ("sign", 2, 12, NOTHING_OF_THE_PERSON)])
def test_whatever_happens_the_access_table_says_what_the_story_says(
    house: House, acts: list[tuple[Any, ...]]
) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        with house.store.system(Reason.SET_UP) as session:
            session.execute(sa.delete(Deputyship))
        telling = Telling(house)
        telling.check()
        for number, (act, *details) in enumerate(acts):
            # Each act has its own moment: the last procuration recorded is known by it.
            clock.shift(timedelta(seconds=number + 1))
            if act == "night":
                clock.shift(timedelta(days=details[0]))
            else:
                getattr(telling, act)(*details)
            telling.check()
        with house.store.system(Reason.CHECK, writes=False) as session:
            assert telling.id not in differences(session)


# A second before and a second after midnight in Valais


def _sees(house: House, store: Store, who: str, model: Any) -> bool:
    with store.session(house.actor(who), writes=False) as session:
        return session.scalars(sa.select(model)).first() is not None


MIDNIGHTS = [
    pytest.param(date(2026, 3, 12), id="an ordinary day"),
    pytest.param(date(2026, 3, 29), id="the day on which the clocks go forward"),
    pytest.param(date(2026, 10, 25), id="the day on which the clocks go back"),
    pytest.param(date(2027, 1, 1), id="new year"),
]


@pytest.mark.parametrize("border", MIDNIGHTS)
@pytest.mark.parametrize(
    ("what", "before", "after"),
    [
        ("the part begins", False, True),
        ("the part ended the day before", True, False),
        ("the procuration begins", False, True),
        ("the procuration expired the day before", True, False),
        ("the replacing procuration begins", True, False),
        ("the absence begins", False, True),
        ("the absence ended the day before", True, False),
    ],
)
def test_a_right_begins_and_ends_at_midnight_in_valais(
    house: House, store: Store, border: date, what: str, before: bool, after: bool
) -> None:
    day_before = border - timedelta(days=1)
    with time_machine.travel(
        datetime.combine(day_before, time(23, 59, 59), ZURICH), tick=False
    ) as clock:
        telling = Telling(house)
        who, model = _prepare(telling, what)
        assert _sees(house, store, who, model) == before
        clock.move_to(datetime.combine(border, time(0, 0, 0), ZURICH))
        assert _sees(house, store, who, model) == after


def _prepare(telling: Telling, what: str) -> tuple[str, Any]:
    """Bring about that something begins tomorrow or ends today; who notices, and by which rows."""
    if what == "the part begins":
        telling.give((PartKind.OPINION, "sas", ""), 1)
        return "sophie", Case
    if what == "the part ended the day before":
        telling.give((PartKind.OPINION, "sas", ""), 0)
        telling.end(PartKind.OPINION, 0)
        return "sophie", Case
    if what == "the procuration begins":
        telling.sign(1, 30, ALL_OPEN)
        return "amelie", CaseIdentity
    if what == "the procuration expired the day before":
        telling.sign(0, 0, ALL_OPEN)
        return "amelie", CaseIdentity
    if what == "the replacing procuration begins":
        telling.sign(0, 30, ALL_OPEN)
        telling.sign(1, 30, NOTHING_OF_THE_PERSON)
        return "amelie", CaseIdentity
    telling.go_away(("amelie", "nicolas"), 1 if what == "the absence begins" else 0, 0)
    return "nicolas", Case
