"""What the page of a measure shows to its reader: the essentials, whose turn it is, what one can do, who sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from cii.access.actor import Actor, Kind
from cii.access.guard import GuardedSession
from cii.access.permissions import May, may
from cii.cases.queries import CaseHeader, header
from cii.consent.models import Procuration
from cii.consent.queries import Sight, current_procuration, who_sees_briefly
from cii.consent.topics import OPENABLE, TOPIC_LABELS, Topic
from cii.files.queries import Attached, files_of
from cii.foundation.clock import local
from cii.foundation.days import ago
from cii.foundation.texts import N_, Texts, texts
from cii.measures.actions import holds
from cii.measures.lifecycle import (
    MOVE_LABELS,
    SIDE_LABELS,
    STAGE_LABELS,
    STEPS,
    WAITING,
    Move,
    Side,
    Stage,
    side_at,
)
from cii.measures.models import (
    LEANING_LABELS,
    OUTCOME_LABELS,
    PROVIDER_LABELS,
    Leaning,
    Measure,
    Outcome,
)
from cii.measures.queries import (
    MOVABLE,
    URGENT_DAYS,
    Decided,
    DecisionPage,
    Given,
    Moved,
    decision_page,
    steps_of,
)
from cii.measures.ways import kept_route
from cii.measures.words import ACT_LABELS, BY_LABELS, LAW_NAMES, PAYER_LABELS
from cii.programmes.routing import LAWS, Act, By, Decider, Payer, Step
from cii.programmes.rules import Rule, rule

# At which stage each step of the law is done.
_STAGE_OF_ACT = {
    (Decider.COMMUNE, Act.PREPARE): Stage.DRAFT,
    (Decider.COMMUNE, Act.TRANSMIT): Stage.TO_TRANSMIT,
    (Decider.COMMUNE, Act.OPINION): Stage.AT_SAS,
    (Decider.COMMUNE, Act.APPROVE): Stage.AT_COMMUNE,
    (Decider.LMMT, Act.SUBMIT): Stage.DRAFT,
    (Decider.LMMT, Act.DECIDE): Stage.AT_LMMT,
    (Decider.TANDEM, Act.DECIDE): Stage.DRAFT,
}
_ORDER = (Stage.DRAFT, Stage.TO_TRANSMIT, Stage.AT_SAS, Stage.AT_COMMUNE, Stage.AT_LMMT)

# Which rule makes it a side's turn.
_RULE_OF_SIDE = {
    Side.TANDEM_SOCIAL_WORKER: "VS-33",
    Side.SOCIAL_WORKER_IN_CHARGE: "VS-34",
    Side.SAS: "VS-22",
    Side.COMMUNE: "VS-23",
    Side.LMMT: "VS-21",
}
_RULE_OF_PAYER = {Payer.COMMUNE: "VS-24"}

# What follows from here, for whoever waits or has just acted.
_NEXT: Mapping[tuple[Decider, Stage], tuple[str, ...]] = {
    (Decider.COMMUNE, Stage.DRAFT): (
        N_("L’assistante sociale ou l’assistant social en charge transmet la mesure au SAS."),
        N_("Le SAS donne son préavis."),
        N_("La commune de domicile approuve ou refuse."),
    ),
    (Decider.COMMUNE, Stage.TO_TRANSMIT): (
        N_("Le SAS donne son préavis."),
        N_("La commune de domicile approuve ou refuse."),
    ),
    (Decider.COMMUNE, Stage.AT_SAS): (N_("La commune de domicile approuve ou refuse."),),
    (Decider.COMMUNE, Stage.AT_COMMUNE): (N_("Le tandem et le SAS sont avertis de la décision."),),
    (Decider.COMMUNE, Stage.GRANTED): (
        N_("Le tandem organise la mesure avec la personne."),
        N_("La commune saisit ses paiements et les inscrit au décompte du trimestre."),
    ),
    (Decider.LMMT, Stage.DRAFT): (N_("La LMMT décide."),),
    (Decider.LMMT, Stage.AT_LMMT): (N_("Le tandem est averti de la décision."),),
    (Decider.LMMT, Stage.GRANTED): (N_("Le tandem organise la mesure avec la personne."),),
    (Decider.TANDEM, Stage.GRANTED): (N_("Le tandem organise la mesure avec la personne."),),
}
_AFTER_A_REFUSAL = (N_("Le tandem cherche avec la personne une autre solution."),)


class Named(Protocol):
    """A measure whose commune of domicile is known by name."""

    @property
    def commune(self) -> str:
        """The name of the commune."""


@dataclass(frozen=True, slots=True)
class WayStep:
    """One step of the law: who, what, by which rule; whether it is done or waits now."""

    who: str
    act: str
    rule: Rule
    name: str = ""
    is_done: bool = False
    is_now: bool = False


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of a measure's history."""

    move: Move
    at: datetime
    by: str
    institution: str
    to: str | None
    text: str
    leaning: str | None

    @property
    def is_mark(self) -> bool:
        """Whether it is a decision or an opinion."""
        return self.move in {Move.GRANT, Move.REFUSE, Move.GIVE_OPINION, Move.WITHDRAW}


@dataclass(slots=True)
class Shown:
    """The page of a measure for one reader."""

    measure: DecisionPage
    case: CaseHeader
    acts: frozenset[str]
    way: list[WayStep]
    history: list[Happened]
    files: list[Attached]
    payer_name: str
    turn: str
    is_my_turn: bool
    waits: str
    starts_soon: str
    sees: str
    does_not_see: str
    readers: list[str]
    is_partner: bool
    ground: Procuration | None
    adds_files: bool
    asked: Happened | None
    transmits_too: bool
    next: tuple[str, ...]
    returns: list[tuple[str, str]]
    next_waiting: str = ""
    leanings: Mapping[Leaning, str] = field(default_factory=lambda: LEANING_LABELS)
    outcomes: Mapping[Outcome, str] = field(default_factory=lambda: OUTCOME_LABELS)
    stages: Mapping[Stage, str] = field(default_factory=lambda: STAGE_LABELS)
    moves: Mapping[Move, str] = field(default_factory=lambda: MOVE_LABELS)

    @property
    def opinion(self) -> Given | None:
        """The last opinion of the SAS."""
        return self.measure.opinion

    @property
    def decision(self) -> Decided | None:
        """The decision in force."""
        return self.measure.decision

    @property
    def type_name(self) -> str:
        """The type of measure, in the reader's language."""
        return self.measure.type_name

    @property
    def law(self) -> str:
        """The law under which it is granted, by its abbreviation."""
        return LAWS[self.measure.regime]

    @property
    def law_name(self) -> str:
        """The law under which it is granted, in full."""
        return LAW_NAMES[self.measure.regime]

    @property
    def article(self) -> str:
        """The article of that law; empty where it is not known."""
        return self.measure.article.get(self.measure.regime.value, "")

    @property
    def provider(self) -> str:
        """Which institution offers the measure."""
        return PROVIDER_LABELS[self.measure.provider]

    @property
    def is_commune(self) -> bool:
        """Whether the commune of domicile decides and pays."""
        return self.measure.decider is Decider.COMMUNE

    @property
    def is_against(self) -> bool:
        """Whether the SAS gave an unfavourable opinion: an approval then says why (A-07)."""
        return self.opinion is not None and self.opinion.leaning is Leaning.UNFAVOURABLE

    @property
    def in_charge(self) -> str:
        """The social worker in charge of the person."""
        return self.measure.social_worker or ""

    @property
    def payer_rule(self) -> Rule:
        """The sentence of the text on who pays."""
        return rule(_RULE_OF_PAYER.get(self.measure.payer, "VS-18"))

    @property
    def turn_rule(self) -> Rule | None:
        """The sentence of the text on whose turn it is."""
        side = self.measure.side
        if side is None:
            return None
        own = "VS-19" if self.measure.decider is Decider.TANDEM else "VS-20"
        return rule(_RULE_OF_SIDE.get(side, own))


def shown(session: GuardedSession, row: Measure) -> Shown:
    """Everything that the page of a measure says to this actor."""
    actor = session.actor
    words = texts(actor.language)
    found = decision_page(session, row.id)
    case = header(session, found.case_id)
    sights = who_sees_briefly(session, case.id)
    own = next((sight for sight in sights if sight.institution == actor.institution), None)
    ground = current_procuration(session, case.id, actor.day)
    moves = case.state in MOVABLE and ground is not None
    acts = _acts(session, row, found) if moves else frozenset()
    history = [_happened(each, found) for each in steps_of(session, row.id)]
    return Shown(
        measure=found,
        case=case,
        acts=acts,
        way=[_way_step(each, found, case) for each in kept_route(session, row).steps],
        history=history,
        files=[each for each in files_of(session, case.id) if each.topic & Topic.MEASURES],
        payer_name=_payer_name(found, words),
        turn=turn_of(found.side, found.turn_id, case, found, words),
        is_my_turn=bool(acts & {"prepare", "submit", "transmit", "opinion", "decide"}),
        waits=ago(local(found.since).date(), actor.day, words),
        starts_soon=starts_soon(found.starts_on, found.stage, actor.day, words),
        sees=_topics(own, words, open_ones=True),
        does_not_see=_topics(own, words, open_ones=False),
        readers=_readers(sights, found, actor.language),
        is_partner=decides_here(actor),
        ground=ground,
        adds_files=may(actor, May.ADD_DOCUMENT) and case.opens(Topic.MEASURES),
        asked=_question(history, found),
        transmits_too="prepare" in acts and holds(session, row, Side.SOCIAL_WORKER_IN_CHARGE),
        next=_next(found),
        returns=_returns(found, case, words),
    )


_ACT_OF_MOVE = {
    Move.CHANGE: "change",
    Move.PREPARE: "prepare",
    Move.SUBMIT: "submit",
    Move.TRANSMIT: "transmit",
    Move.GIVE_OPINION: "opinion",
    Move.GRANT: "decide",
    Move.RETURN: "return",
    Move.WITHDRAW: "withdraw",
    Move.ABANDON: "abandon",
}


def _acts(session: GuardedSession, row: Measure, found: DecisionPage) -> frozenset[str]:
    """What the actor can do with it now."""
    sides = {side for side in Side if holds(session, row, side)}
    acts = {
        _ACT_OF_MOVE[step.move]
        for step in STEPS
        if step.start is found.stage
        and found.decider in step.deciders
        and step.side in sides
        and step.move in _ACT_OF_MOVE
    }
    decision = found.decision
    if (
        decision is None
        or decision.institution_id != session.actor.institution
        or found.starts_on <= session.actor.day
        or found.paid
    ):
        acts.discard("withdraw")
    return frozenset(acts)


def _way_step(step: Step, found: DecisionPage, case: CaseHeader) -> WayStep:
    stage = _STAGE_OF_ACT.get((found.decider, step.act))
    over = found.stage in {Stage.GRANTED, Stage.REFUSED}
    now = stage is found.stage or (step.act is Act.PAY and found.stage is Stage.GRANTED)
    done = stage is not None and (
        over or (found.stage in _ORDER and _ORDER.index(stage) < _ORDER.index(found.stage))
    )
    return WayStep(
        BY_LABELS[step.by],
        ACT_LABELS[step.act],
        rule(step.rule_id),
        _name_of(step.by, found, case),
        is_done=done,
        is_now=now,
    )


def _name_of(by: By, found: DecisionPage, case: CaseHeader) -> str:
    if by is By.TANDEM_SOCIAL_WORKER:
        return case.cms.name if case.cms else ""
    if by in {By.ANNOUNCING_SOCIAL_WORKER, By.FOLLOWING_SOCIAL_WORKER}:
        return found.social_worker or ""
    if by is By.TANDEM:
        return ", ".join(each.name for each in case.tandem)
    if by is By.COMMUNE:
        return found.authority or found.commune
    return ""


def turn_of(
    side: Side | None, turn_id: UUID | None, case: CaseHeader, measure: Named, words: Texts
) -> str:
    """Whose turn it is, by name where the page knows it; empty when nothing waits."""
    if side is None:
        return ""
    for each in (*case.tandem, case.announcing):
        if each.membership == turn_id:
            return f"{each.name}, {each.institution}"
    page = measure if isinstance(measure, DecisionPage) else None
    if page and side in {Side.COMMUNE, Side.LMMT} and page.authority:
        return page.authority
    if side is Side.COMMUNE:
        return words.say("la commune de domicile ({name})", name=measure.commune)
    if page and side is Side.SOCIAL_WORKER_IN_CHARGE:
        return _person(page.social_worker, page.social_worker_institution)
    return words.say(SIDE_LABELS[side])


def starts_soon(starts_on: date, stage: Stage, day: date, words: Texts) -> str:
    """Why a waiting measure is urgent: it starts within days, or should have started; empty when it is not."""
    days = (starts_on - day).days
    if stage not in WAITING or days > URGENT_DAYS:
        return ""
    if days < 0:
        return words.say("début prévu dépassé")
    if days == 0:
        return words.say("commence aujourd’hui")
    return words.plural("commence dans {n} jour", "commence dans {n} jours", days)


def _payer_name(found: DecisionPage, words: Texts) -> str:
    if found.payer is Payer.COMMUNE:
        return found.authority or words.say("la commune de domicile ({name})", name=found.commune)
    return words.say(PAYER_LABELS[found.payer])


def _topics(own: Sight | None, words: Texts, *, open_ones: bool) -> str:
    if own is None:
        return ""
    chosen = [topic for topic in OPENABLE if own.sees(topic) is open_ones]
    return ", ".join(words.say(TOPIC_LABELS[topic]) for topic in chosen)


def _readers(sights: list[Sight], found: DecisionPage, language: str) -> list[str]:
    asked = {found.sas_id, found.authority_id, found.institution_id}
    return [
        sight.name_in(language)
        for sight in sights
        if sight.sees(Topic.EVERY_MEASURE)
        or (sight.institution in asked and sight.sees(Topic.MEASURES))
    ]


def _happened(each: Moved, found: DecisionPage) -> Happened:
    given = found.opinion
    said = each.move is Move.GIVE_OPINION and given is not None and given.by == each.name
    return Happened(
        each.move,
        each.at,
        each.name,
        each.institution,
        each.addressee if each.addressee != each.institution else None,
        each.text,
        LEANING_LABELS[given.leaning] if said and given else None,
    )


def _question(history: list[Happened], found: DecisionPage) -> Happened | None:
    """The question with which the measure came back, as long as it waits for its answer."""
    last = next((each for each in reversed(history) if each.move is not Move.CHANGE), None)
    waits = last is not None and last.move in {Move.RETURN, Move.WITHDRAW}
    return last if waits and found.stage in WAITING else None


def _next(found: DecisionPage) -> tuple[str, ...]:
    if found.stage is Stage.REFUSED:
        return _AFTER_A_REFUSAL
    return _NEXT.get((found.decider, found.stage), ())


def _returns(found: DecisionPage, case: CaseHeader, words: Texts) -> list[tuple[str, str]]:
    """To which earlier steps it can be sent back; once where two of them are the same person."""
    ends = [
        step.end
        for step in STEPS
        if step.move is Move.RETURN and step.start is found.stage and found.decider in step.deciders
    ]
    cms = case.cms
    if cms and found.social_worker_id == cms.membership and Stage.DRAFT in ends:
        ends = [end for end in ends if end is not Stage.TO_TRANSMIT]
    labels = {
        Stage.AT_SAS: found.sas or words.say("le SAS"),
        Stage.TO_TRANSMIT: _person(found.social_worker, found.social_worker_institution),
        Stage.DRAFT: _drafts(found, case),
    }
    return [(end.value, labels[end]) for end in ends]


def _drafts(found: DecisionPage, case: CaseHeader) -> str:
    if side_at(found.decider, Stage.DRAFT) is Side.TANDEM_SOCIAL_WORKER and case.cms:
        return _person(case.cms.name, case.cms.institution)
    return _person(found.proposer, found.proposing_institution)


def _person(name: str | None, institution: str | None) -> str:
    return ", ".join(filter(None, (name, institution)))


def decides_here(actor: Actor) -> bool:
    """Whether this actor's first page is an inbox of measures."""
    return actor.kind in {Kind.COMMUNE, Kind.SAS, Kind.LMMT}


def begun(text: str) -> str:
    """The words as a line begins with them."""
    return text[:1].upper() + text[1:]
