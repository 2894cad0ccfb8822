"""Whoever does whatever in whatever order: the product allows what the description allows, and nothing else.

The oracle beside it is written from the description of the product, in words of its own; it does not read the
product's table of moves. STORIES says how many stories of some seventy acts are told.
"""

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from cii.access.store import Store
from cii.access.system import Reason
from cii.cases.lifecycle import State
from cii.consent.derive import differences
from cii.foundation.clock import living_at, moment_of, today
from cii.measures import actions
from cii.measures.inputs import (
    AbandonInput,
    ChangeInput,
    DecisionInput,
    ForwardInput,
    OpinionInput,
    PreparationInput,
    ProposalInput,
    ReturnInput,
    WithdrawalInput,
)
from cii.measures.lifecycle import Stage
from cii.measures.models import Decision, Leaning, Measure, MeasureStep, Opinion, Outcome, Provider
from cii.measures.queries import inbox
from cii.programmes.routing import Regime
from tests.house import Consent, House

STEPS = 12  # of six acts each
RUNS = int(os.environ.get("STORIES", "20"))

CAST = [
    ("amelie", "orp_sion"),
    ("hugo", "cms_sion"),
    ("nicolas", "orp_sion"),
    ("gaelle", "cms_sion"),
    ("patrick", "orp_sion"),
    ("valerie", "cms_sion"),
    ("yannick", "cms_sierre"),
    ("ines", "cms_sierre"),
    ("sophie", "sas"),
    ("laurent", "lmmt"),
    ("cecile", "sion"),
    ("cecile", "saviese"),
    ("jerome", "saviese"),
    ("claire", "bureau"),
]
STAGES = {
    "draft": Stage.DRAFT,
    "prepared": Stage.TO_TRANSMIT,
    "with the SAS": Stage.AT_SAS,
    "with the commune": Stage.AT_COMMUNE,
    "with the LMMT": Stage.AT_LMMT,
    "granted": Stage.GRANTED,
    "refused": Stage.REFUSED,
    "given up": Stage.ABANDONED,
}
LAWS = {
    "LIAS": ("language-course", Regime.LIAS),
    "LEMC": ("qualification-programme", Regime.LEMC),
    "LACI, delegated": ("course", Regime.LACI),
    "LACI, not delegated": ("afo", Regime.LACI),
}
OFTEN = ["LIAS", "LIAS", *LAWS]
ASKED = Decimal("1000.00")


@dataclass
class Told:
    """The description of the product, as far as one measure has come."""

    in_charge: str
    law: str = "LIAS"
    starts_on: date = date.max
    place: str = "draft"
    leaning: Leaning | None = None
    granted: Decimal | None = None
    decided_for: str = ""
    opinions: int = 0
    decisions: int = 0
    steps: int = 1
    deputies: set[str] = field(default_factory=set)
    consent: bool = True

    @property
    def tandem(self) -> set[str]:
        return {"amelie", "hugo"} | (self.deputies & {"nicolas", "gaelle"})

    @property
    def tandems_social_worker(self) -> set[str]:
        return {"hugo"} | (self.deputies & {"gaelle"})

    @property
    def whoever_is_in_charge(self) -> set[str]:
        if self.in_charge == "hugo":
            return self.tandems_social_worker
        return {"yannick"}

    @property
    def is_over(self) -> bool:
        return self.place in {"granted", "refused", "given up"}

    @property
    def goes_to(self) -> str:
        """ "LEMC: LMMT. LACI: LMMT if ... AFO ... else the tandem. LIAS: ... commune"."""
        return {
            "LIAS": "commune",
            "LEMC": "lmmt",
            "LACI, delegated": "tandem",
            "LACI, not delegated": "lmmt",
        }[self.law]

    def may(self, who: str, home: str, act: str, how: dict, day: date) -> bool:
        """Whether the description lets somebody do this now."""
        if not self.consent:
            return False
        if act == "change":
            return self.place == "draft" and who in self.tandem
        if act == "abandon":
            return not self.is_over and who in self.tandem
        if act == "prepare":
            return (
                self.goes_to == "commune"
                and self.place == "draft"
                and who in self.tandems_social_worker
                and self.starts_on >= day
                and (not how["transmit"] or who in self.whoever_is_in_charge)
            )
        if act == "submit":
            return self.goes_to == "lmmt" and self.place == "draft" and who in self.tandem
        if act == "transmit":
            return self.place == "prepared" and who in self.whoever_is_in_charge
        if act == "opinion":
            return self.place == "with the SAS" and home == "sas"
        if act == "return":
            earlier = {
                "prepared": (who in self.whoever_is_in_charge, {"draft"}),
                "with the SAS": (home == "sas", {"draft", "prepared"}),
                "with the commune": (home == "sion", {"draft", "prepared", "with the SAS"}),
                "with the LMMT": (home == "lmmt", {"draft"}),
            }
            is_theirs, places = earlier.get(self.place, (False, set()))
            return is_theirs and how["to"] in places
        if act == "withdraw":
            return (
                self.place in {"granted", "refused"}
                and home == self.decided_for
                and self._decides(who, home)
                and day < self.starts_on
            )
        assert act in {"decide for the tandem", "decide for the LMMT", "decide for the commune"}
        return self._may_decide(who, home, act, how, day)

    def _decides(self, who: str, home: str) -> bool:
        if self.goes_to == "tandem":
            return who in self.tandem
        return home == {"commune": "sion", "lmmt": "lmmt"}[self.goes_to]

    def _may_decide(self, who: str, home: str, act: str, how: dict, day: date) -> bool:
        here = {
            "decide for the tandem": ("tandem", "draft"),
            "decide for the LMMT": ("lmmt", "with the LMMT"),
            "decide for the commune": ("commune", "with the commune"),
        }[act]
        if here != (self.goes_to, self.place) or not self._decides(who, home):
            return False
        if how["refuses"]:
            return True
        if how["amount"] > ASKED:
            return False
        if self.goes_to != "commune":
            return True
        # "A LIAS measure cannot start before approval"; against an unfavourable opinion with a reason.
        against = self.leaning is Leaning.UNFAVOURABLE
        return day <= self.starts_on and (not against or bool(how["reason"]))

    def happens(self, home: str, act: str, how: dict) -> None:
        """What is told after the act was done."""
        self.steps += 1
        if act == "abandon":
            self.place = "given up"
        elif act == "prepare":
            self.place = "with the SAS" if how["transmit"] else "prepared"
            self.steps += 1 if how["transmit"] else 0
        elif act == "submit":
            self.place = "with the LMMT"
        elif act == "transmit":
            self.place = "with the SAS"
        elif act == "opinion":
            self.place, self.leaning = "with the commune", how["leaning"]
            self.opinions += 1
        elif act == "return":
            self.place = how["to"]
        elif act == "withdraw":
            back = {"commune": "with the commune", "lmmt": "with the LMMT", "tandem": "draft"}
            self.place, self.granted = back[self.goes_to], None
        elif act.startswith("decide"):
            self.place = "refused" if how["refuses"] else "granted"
            self.granted = None if how["refuses"] else how["amount"]
            self.decided_for = home
            self.decisions += 1

    def waits_for(self) -> set[str]:
        """In whose inbox it lies: by name, and of the head of the office where it waits for somebody by name."""
        if not self.consent:
            return set()
        head = {"amelie": "patrick", "hugo": "valerie", "yannick": "ines"}
        stands_in = {"amelie": "nicolas", "hugo": "gaelle"}
        if self.place in {"draft", "prepared"}:
            of_cms = self.goes_to == "commune"
            named = self.in_charge if self.place == "prepared" else ("hugo" if of_cms else "amelie")
            return {named, head[named]} | ({stands_in.get(named, "")} & self.deputies)
        return {
            "with the SAS": {"sophie"},
            "with the LMMT": {"laurent"},
            "with the commune": {"cecile"},
        }.get(self.place, set())


# How something is done; each act takes of it what it needs.
WAYS = {
    "transmit": [False, True],
    "leaning": [*Leaning, Leaning.UNFAVOURABLE],
    "to": ["draft", "prepared", "with the SAS", "with the commune"],
    "refuses": [False, True],
    "amount": [Decimal("0.00"), Decimal("400.05"), ASKED, ASKED, Decimal("1000.01")],
    "reason": ["", "", "Le projet est solide."],
}
BEGINNINGS = st.fixed_dictionaries(
    {
        "law": st.sampled_from(OFTEN),
        "starts_in": st.integers(0, 8),
        "comes": st.integers(0, 4),
        "how": st.fixed_dictionaries(
            {name: st.sampled_from(values) for name, values in WAYS.items()}
        ),
    }
)
ACTS = [
    "change",
    "abandon",
    "prepare",
    "submit",
    "transmit",
    "opinion",
    "return",
    "withdraw",
    "decide for the tandem",
    "decide for the LMMT",
    "decide for the commune",
]
ONWARD = [act for act in ACTS if act not in {"change", "abandon"}]
KINDS = {
    "anything": 2,
    "what is allowed": 6,
    "what is almost allowed": 6,
    "on an old page": 1,
    "something else": 1,
}


class Life(RuleBasedStateMachine):
    """One measure, and everybody who tries something with it."""

    template: Path
    folder: Path
    count = 0

    def __init__(self) -> None:
        super().__init__()
        Life.count += 1
        path = self.folder / f"life-{Life.count}.db"
        shutil.copyfile(self.template, path)
        self.path = path
        self.house = House(Store(f"sqlite:///{path}")).furnish()
        self.moment = moment_of(today(), time(9))

    @initialize(announced_by=st.sampled_from(["hugo", "yannick"]), start=BEGINNINGS)
    def somebody_is_coached(self, announced_by: str, start: dict) -> None:
        self.case = self.house.case(
            by=announced_by, state=State.COACHING, tandem=("amelie", "hugo"), consent=None
        )
        self._sign()
        self.told = Told(announced_by)
        self._propose(**start)

    def _propose(self, law: str, starts_in: int, comes: int, how: dict) -> None:
        """A measure under some law, which may come some of its way at once."""
        code, regime = LAWS[law]
        self.told.law, self.told.starts_on = law, self._day() + timedelta(days=starts_in)
        self.given = {
            "code": code,
            "regimes": [regime],
            "provider": Provider.JOINT,
            "title": "Cours",
            "organiser": "Centre",
            "goal": "Avancer.",
            "starts_on": self.told.starts_on,
            "ends_on": self.told.starts_on + timedelta(days=30),
            "asked": ASKED,
        }
        who = "hugo" if regime is Regime.LIAS else "amelie"
        with living_at(self.moment), self.house.acting(who) as session:
            self.id = actions.propose(session, self.case.id, ProposalInput(**self.given)).id
        for _ in range(comes):
            plain = how | {"transmit": False}
            for somebody, act in self._possible(plain)[:1]:
                if not act.startswith("decide") and act != "return":
                    self._try(somebody, act, plain)

    # One rule for all, and chance within it: the engine leaves whole rules out of a story and keeps
    # its first stories small, and most would then be about nothing.
    @rule(chance=st.integers(0, 2**40), days=st.integers(0, 4))
    def a_few_days_go_by(self, chance: int, days: int) -> None:
        """What somebody does: anything; what he or she may; what is almost allowed; something on an old page."""
        dice = Random(chance)
        for _ in range(6):
            (kind,) = dice.choices(list(KINDS), KINDS.values())
            how = {name: dice.choice(values) for name, values in WAYS.items()}
            if self.told.is_over and self.told.consent and dice.random() < 0.5:
                self.told = Told(self.told.in_charge, deputies=self.told.deputies)
                self._propose(dice.choice(OFTEN), dice.randint(0, 8), dice.randint(0, 4), how)
            who, act = dice.choice(CAST), dice.choice(ACTS)
            if kind == "something else":
                self._something_else(dice.randrange(6))
                continue
            possible = {
                "what is allowed": self._possible,
                "what is almost allowed": self._almost,
                "on an old page": self._possible,
            }.get(kind, lambda _: [])(how)
            acts = sorted({each for _, each in possible})
            if acts:
                act = dice.choice(acts)
                who = dice.choice([each for each, known in possible if known == act])
            if kind != "on an old page":
                self._try(who, act, how)
            elif self.told.steps > 1:
                assert not self._act(who, act, how, version=self.told.steps - 1)
        self.moment += timedelta(days=days)

    def _something_else(self, pick: int) -> None:
        """The person takes the procuration back, or signs again; somebody is away."""
        if not self.told.consent:
            self._sign()
            self.told.consent = True
        elif pick % 3 == 0:
            with living_at(self.moment):
                self.house.revoke(self.case)
            self.told.consent = False
        else:
            pair = (("amelie", "nicolas"), ("hugo", "gaelle"))[pick % 2]
            if pair[1] not in self.told.deputies:
                self.house.deputy(*pair, starts=0, ends=400)
                self.told.deputies.add(pair[1])

    def _possible(self, how):
        day = self._day()
        return [
            (each, act) for each in CAST for act in ONWARD if self.told.may(*each, act, how, day)
        ]

    def _almost(self, how):
        """As if consent, days, amount, opinion and absences did not count: there the rules have their borders."""
        easy = replace(
            self.told,
            consent=True,
            leaning=None,
            deputies={"nicolas", "gaelle"},
            starts_on=date.max,
        )
        plain, day = how | {"amount": ASKED}, self._day()
        return [(each, act) for each in CAST for act in ACTS if easy.may(*each, act, plain, day)]

    def _sign(self) -> None:
        with living_at(self.moment):
            self.case.procurations = [self.house.consent(self.case, Consent(starts=0))]

    def _day(self) -> date:
        with living_at(self.moment):
            return today()

    def _try(self, who, act, how) -> None:
        expected = self.told.may(*who, act, how, self._day())
        assert self._act(who, act, how, version=self.told.steps) is expected, (who, act, how)
        if expected and (act != "change" or self._row().version > self.told.steps):
            self.told.happens(who[1], act, how)

    def _act(self, who, act, how, *, version: int) -> bool:
        """Whether the product did it."""
        on = {"version": version}
        with living_at(self.moment):
            actor = self.house.actor(*who)
            with self.house.store.session(actor, writes=True) as session:
                try:
                    self._do(session, act, how, on)
                except (
                    LookupError,
                    actions.NotItsTurn,
                    actions.NotPossible,
                    actions.ChangedMeanwhile,
                ):
                    return False
                session.commit()
                return True

    def _do(self, session, act, how, on) -> None:
        if act == "change":
            # A start that has passed is the form's business; here another title is given.
            given = self.given | {"title": f"Cours {self.told.steps}"}
            with living_at(moment_of(min(self._day(), self.given["starts_on"]))):
                change = ChangeInput(**given, **on)
            actions.change(session, self.id, change)
        elif act == "abandon":
            actions.abandon(session, self.id, AbandonInput(**on))
        elif act == "prepare":
            given = PreparationInput(**on, transmit=how["transmit"])
            actions.prepare(session, self.id, given)
        elif act == "submit":
            actions.submit(session, self.id, ForwardInput(**on))
        elif act == "transmit":
            actions.transmit(session, self.id, ForwardInput(**on))
        elif act == "opinion":
            given = OpinionInput(**on, leaning=how["leaning"], text="Voilà pourquoi.")
            actions.give_opinion(session, self.id, given)
        elif act == "return":
            given = ReturnInput(**on, to=STAGES[how["to"]], text="Il manque l’horaire.")
            actions.send_back(session, self.id, given)
        elif act == "withdraw":
            actions.withdraw(session, self.id, WithdrawalInput(**on, reason="Erreur."))
        else:
            decide = {
                "decide for the tandem": actions.decide_by_tandem,
                "decide for the LMMT": actions.decide_by_lmmt,
                "decide for the commune": actions.decide_by_commune,
            }[act]
            given = DecisionInput(
                **on,
                outcome=Outcome.REFUSED if how["refuses"] else Outcome.GRANTED,
                amount=how["amount"],
                reason=how["reason"] or ("Non." if how["refuses"] else ""),
            )
            decide(session, self.id, given)

    def _row(self) -> Measure:
        return self.house.all(Measure, Measure.id == self.id)[0]

    @invariant()
    def the_measure_stands_where_it_is_told(self) -> None:
        if not hasattr(self, "told"):
            return
        row = self._row()
        assert row.stage is STAGES[self.told.place]
        assert row.decided == self.told.granted
        assert row.version == self.told.steps
        assert self.house.count(Opinion, Opinion.measure_id == self.id) == self.told.opinions
        of_it = Decision.measure_id == self.id
        assert self.house.count(Decision, of_it) == self.told.decisions
        in_force = self.house.count(Decision, of_it, Decision.withdrawn_at.is_(None))
        assert in_force == (1 if self.told.place in {"granted", "refused"} else 0)

    def teardown(self) -> None:
        if hasattr(self, "told"):
            self._check_at_the_end()
        self.house.store.close()
        for each in (self.path, *self.path.parent.glob(f"{self.path.name}*")):
            with suppress(FileNotFoundError):
                each.unlink()

    def _check_at_the_end(self) -> None:
        numbers = sorted(
            each.number for each in self.house.all(MeasureStep, MeasureStep.measure_id == self.id)
        )
        assert numbers == list(range(1, self.told.steps + 1))
        found = set()
        with living_at(self.moment):
            for who, home in CAST:
                with self.house.store.session(self.house.actor(who, home), writes=False) as session:
                    if inbox(session):
                        found.add(who)
        # The tandem keeps its own writings before its eyes when consent ends; nobody else does.
        own = {"amelie", "hugo", "nicolas", "gaelle", "patrick", "valerie"}
        assert found - (set() if self.told.consent else own) == self.told.waits_for()
        with self.house.store.system(Reason.CHECK, writes=False) as session:
            assert differences(session) == []


@pytest.fixture
def life(empty_database: Path, tmp_path: Path) -> type[Life]:
    Life.template, Life.folder = empty_database, tmp_path
    return Life


def test_the_product_allows_what_the_description_allows(life: type[Life]) -> None:
    run_state_machine_as_test(
        life,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
