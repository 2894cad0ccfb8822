"""The measures of the demo canton: at every stage, each moved by the one whose turn it is, on its day in the past."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from cii.access.actor import Kind, Seat
from cii.access.guard import GuardedSession
from cii.access.store import Store
from cii.access.system import Reason
from cii.cases.models import Case, Tandem
from cii.foundation.quarters import Quarter
from cii.measures import actions
from cii.measures.inputs import (
    AbandonInput,
    DecisionInput,
    ForwardInput,
    OpinionInput,
    PreparationInput,
    ProposalInput,
    ReturnInput,
)
from cii.measures.lifecycle import Stage
from cii.measures.models import Leaning, Measure, Outcome, Provider
from cii.programmes.routing import Decider, Origin, Regime


class Sitting(Protocol):
    """Somebody's seat, as the canton knows it."""

    @property
    def membership(self) -> UUID:
        """Its key."""

    @property
    def institution(self) -> UUID:
        """Where it is."""

    @property
    def kind(self) -> Kind:
        """Of which kind."""

    @property
    def seat(self) -> Seat:
        """What somebody is there."""


Acting = Callable[[Any, date], AbstractContextManager[GuardedSession]]


@dataclass(frozen=True)
class _Story:
    """A measure of a case (by the office's own reference), proposed so many days ago, and how far it has come.

    `starts` counts from today. `last_quarter`: everything happened before the end of the last quarter.
    """

    case: str
    code: str
    title: str
    organiser: str
    goal: str
    ends_up: Stage
    ago: int = 20
    starts: int = 30
    lasts: int = 60
    asked: str = "1800.00"
    amount: str = ""
    choice: Regime | None = None
    choice_reason: str = ""
    leaning: Leaning = Leaning.FAVOURABLE
    opinion: str = ""
    reason: str = ""
    question: str = ""
    last_quarter: bool = False

    @property
    def gives_up(self) -> bool:
        """Whether the tandem gives it up while it waits."""
        return self.ends_up is Stage.ABANDONED


_STORIES = (
    # Two wait for the commune of Saillon, whose clerk works for three others as well; one of them starts soon.
    _Story(
        "A-2026-040",
        "language-course",
        "Français A2, intensif",
        "Centre de formation de Martigny",
        "Comprendre les consignes de sécurité au travail et mener un entretien d’embauche.",
        Stage.AT_COMMUNE,
        starts=6,
        asked="1450.00",
        opinion="Le niveau est évalué, le cours correspond au projet.",
    ),
    _Story(
        "A-2026-040",
        "stage",
        "Stage de magasinier",
        "Transports du Rhône SA",
        "Vérifier la résistance physique sur un poste de logistique.",
        Stage.AT_COMMUNE,
        ago=12,
        starts=34,
        lasts=90,
        asked="900.00",
        leaning=Leaning.WITH_RESERVATIONS,
        opinion="Prévoir un point de situation avec l’employeur après deux semaines.",
    ),
    # The same clerk granted these last quarter and refused one.
    _Story(
        "A-2026-010",
        "language-course",
        "Français B1",
        "Centre de formation de Martigny",
        "Écrire un courrier simple et téléphoner au travail.",
        Stage.GRANTED,
        lasts=120,
        asked="2400.00",
        amount="2400.00",
        last_quarter=True,
    ),
    _Story(
        "A-2026-041",
        "aits",
        "Initiation au travail en cuisine",
        "Auberge du Rosel",
        "Apprendre un métier chez un employeur prêt à engager.",
        Stage.GRANTED,
        lasts=150,
        asked="6000.00",
        amount="4500.00",
        reason="Pour la première moitié ; la suite après un bilan.",
        last_quarter=True,
    ),
    _Story(
        "A-2026-041",
        "insertion-other",
        "Atelier de jardinage",
        "Ateliers de la plaine",
        "Retrouver un rythme de travail.",
        Stage.REFUSED,
        ago=45,
        starts=10,
        asked="3200.00",
        leaning=Leaning.UNFAVOURABLE,
        opinion="Aucun lien avec le projet professionnel retenu au bilan.",
        reason="La mesure ne rapproche pas la personne du marché du travail.",
    ),
    _Story(
        "A-2026-010",
        "stage",
        "Stage en blanchisserie",
        "Blanchisserie de la plaine",
        "Reprendre une activité régulière à mi-temps.",
        Stage.AT_SAS,
        ago=6,
        starts=25,
        asked="600.00",
    ),
    # An unfavourable opinion waits for its commune.
    _Story(
        "A-2026-032",
        "course",
        "Permis de cariste",
        "Centre de formation de Sion",
        "Répondre aux offres d’emploi de la logistique.",
        Stage.AT_COMMUNE,
        ago=18,
        starts=21,
        asked="1980.00",
        leaning=Leaning.UNFAVOURABLE,
        opinion="Le certificat médical recommande d’éviter ce poste.",
    ),
    _Story(
        "A-2026-032",
        "language-course",
        "Français B2",
        "Centre de langues de Sion",
        "Préparer l’examen d’une formation d’auxiliaire de santé.",
        Stage.DRAFT,
        ago=2,
        starts=40,
        asked="1250.00",
    ),
    # Prepared by the tandem, to be transmitted by the one in charge.
    _Story(
        "A-2026-053",
        "stage",
        "Stage en librairie",
        "Librairie du Grand-Pont",
        "Essayer la vente avant une formation.",
        Stage.TO_TRANSMIT,
        ago=5,
        starts=28,
        asked="450.00",
    ),
    # A question of the SAS came back to the social worker.
    _Story(
        "A-2026-057",
        "language-course",
        "Français A1",
        "Centre de formation de Martigny",
        "Se faire comprendre au travail.",
        Stage.TO_TRANSMIT,
        ago=13,
        starts=24,
        asked="1600.00",
        question="Combien de leçons par semaine, et qui paie le transport ?",
    ),
    # In German.
    _Story(
        "A-2026-030",
        "stage",
        "Praktikum in der Küche",
        "Gasthaus zur Brücke",
        "Den Einstieg in die Gastronomie erproben.",
        Stage.AT_COMMUNE,
        ago=16,
        starts=19,
        asked="800.00",
        opinion="Das Praktikum entspricht dem vereinbarten Ziel.",
    ),
    _Story(
        "A-2026-021",
        "language-course",
        "Deutsch B1",
        "Sprachschule Oberwallis",
        "Im Verkauf arbeiten können.",
        Stage.AT_SAS,
        ago=9,
        starts=22,
        asked="1350.00",
        choice=Regime.LIAS,
        choice_reason="Der Kurs des SMZ beginnt vier Wochen früher.",
    ),
    # LMMT and tandem.
    _Story(
        "A-2026-011",
        "qualification-programme",
        "Programme de qualification en horlogerie",
        "Atelier de qualification de Sion",
        "Obtenir une attestation reconnue par la branche.",
        Stage.AT_LMMT,
        ago=11,
        starts=9,
        asked="5200.00",
    ),
    _Story(
        "A-2026-042",
        "afo",
        "Formation d’installatrice-électricienne",
        "Électricité de l’Entremont SA",
        "Obtenir un premier diplôme.",
        Stage.AT_LMMT,
        ago=23,
        starts=50,
        lasts=700,
        asked="18000.00",
    ),
    _Story(
        "A-2026-042",
        "course",
        "Techniques de recherche d’emploi",
        "Centre de formation de Martigny",
        "Mettre à jour le dossier de candidature.",
        Stage.GRANTED,
        ago=40,
        starts=-12,
        lasts=30,
        asked="980.00",
        amount="980.00",
    ),
    _Story(
        "A-2026-009",
        "specific-course",
        "Schweisskurs MAG",
        "Metallwerkstatt Visp",
        "Im Metallbau wieder Arbeit finden.",
        Stage.REFUSED,
        ago=60,
        starts=15,
        asked="3900.00",
        reason="Ein Standardkurs deckt den Bedarf.",
    ),
    _Story(
        "A-2026-020",
        "stage",
        "Stage en garderie",
        "Garderie du Bois-Noir",
        "Vérifier le choix du métier.",
        Stage.ABANDONED,
        ago=30,
        starts=14,
        asked="300.00",
        reason="La garderie s’est retirée.",
    ),
    # The person takes the procuration back while this one waits for the commune.
    _Story(
        "A-2026-060",
        "language-course",
        "Français B1",
        "Centre de langues de Sion",
        "Suivre une formation d’aide de cuisine.",
        Stage.AT_COMMUNE,
        ago=25,
        starts=17,
        asked="1250.00",
    ),
)
# Days from one act to the next.
_PACE = {
    Stage.DRAFT: 2,
    Stage.TO_TRANSMIT: 1,
    Stage.AT_SAS: 4,
    Stage.AT_COMMUNE: 5,
    Stage.AT_LMMT: 6,
}


class Measures:
    """Tells the stories, act by act."""

    def __init__(self, store: Store, seats: Iterable[Sitting], acting: Acting, today: date) -> None:
        self.store, self.acting, self.today = store, acting, today
        members = [each for each in seats if each.seat is Seat.MEMBER]
        self.by_key = {each.membership: each for each in members}
        self.of_institution = {each.institution: each for each in members}
        self.of_kind = {each.kind: each for each in members}

    def tell(self, cases: Iterable[Case]) -> None:
        """Every story whose case is there."""
        known = {case.office_reference: case for case in cases}
        # In the order of time: an authority's part in a case begins with the first measure put before it.
        for story in sorted(_STORIES, key=self._first_day):
            if story.case in known:
                self._tell(known[story.case], story)

    def _first_day(self, story: _Story) -> date:
        if story.last_quarter:
            return Quarter.of(self.today).after(-1).last - timedelta(days=30)
        return self.today - timedelta(days=story.ago)

    def _tell(self, case: Case, story: _Story) -> None:
        with self.store.system(Reason.SET_UP, writes=False) as session:
            tandem = session.get_one(Tandem, case.id)
        orp, cms = self.by_key[tandem.orp_membership_id], self.by_key[tandem.cms_membership_id]
        day, starts = self._first_day(story), self.today + timedelta(story.starts)
        if story.last_quarter:
            starts = day + timedelta(days=18)
        social = case.origin is Origin.SOCIAL_AID or story.choice is Regime.LIAS
        with self.acting(cms if social else orp, day) as session:
            proposal = ProposalInput(
                **{name: getattr(story, name) for name in _PROPOSED},
                provider=Provider.CMS if social else Provider.ORP,
                starts_on=starts,
                ends_on=starts + timedelta(days=story.lasts),
                asked=Decimal(story.asked),
            )
            measure = actions.propose(session, case.id, proposal)
        until = Stage.AT_SAS if story.question or story.gives_up else story.ends_up
        while measure.stage is not until:
            day += timedelta(days=_PACE[measure.stage])
            measure = self._carry_on(measure, story, day, orp, cms)
        if story.question:
            with self.acting(self.of_kind[Kind.SAS], day + timedelta(days=3)) as session:
                back = ReturnInput(
                    version=measure.version, to=Stage.TO_TRANSMIT, text=story.question
                )
                actions.send_back(session, measure.id, back)
        if story.gives_up:
            with self.acting(cms, day + timedelta(days=2)) as session:
                given = AbandonInput(version=measure.version, reason=story.reason)
                actions.abandon(session, measure.id, given)

    def _carry_on(
        self, measure: Measure, story: _Story, day: date, orp: Sitting, cms: Sitting
    ) -> Measure:
        who, act = self._next(measure, story, orp, cms)
        with self.acting(who, day) as session:
            act(session)
        with self.store.system(Reason.SET_UP, writes=False) as session:
            return session.get_one(Measure, measure.id)

    def _next(
        self, measure: Measure, story: _Story, orp: Sitting, cms: Sitting
    ) -> tuple[Sitting, Callable[[GuardedSession], object]]:
        """Whose turn it is, and the act that brings the measure on."""
        key, version = measure.id, measure.version
        onward = ForwardInput(version=version)
        if measure.stage is Stage.TO_TRANSMIT:
            assert measure.social_worker_id is not None
            who = self.by_key[measure.social_worker_id]
            return who, lambda session: actions.transmit(session, key, onward)
        if measure.stage is Stage.AT_SAS:
            given = OpinionInput(version=version, leaning=story.leaning, text=story.opinion)
            who = self.of_kind[Kind.SAS]
            return who, lambda session: actions.give_opinion(session, key, given)
        refused = story.ends_up is Stage.REFUSED
        decision = DecisionInput(
            version=version,
            outcome=Outcome.REFUSED if refused else Outcome.GRANTED,
            amount=None if refused else Decimal(story.amount or story.asked),
            reason=story.reason,
        )
        if measure.stage is Stage.AT_COMMUNE:
            assert measure.authority_id is not None
            who = self.of_institution[measure.authority_id]
            return who, lambda session: actions.decide_by_commune(session, key, decision)
        if measure.stage is Stage.AT_LMMT:
            who = self.of_kind[Kind.LMMT]
            return who, lambda session: actions.decide_by_lmmt(session, key, decision)
        if measure.decider is Decider.COMMUNE:
            ready = PreparationInput(version=version)
            return cms, lambda session: actions.prepare(session, key, ready)
        if measure.decider is Decider.LMMT:
            return orp, lambda session: actions.submit(session, key, onward)
        return orp, lambda session: actions.decide_by_tandem(session, key, decision)


_PROPOSED = ("code", "title", "organiser", "goal", "choice", "choice_reason")
