"""The way of a measure: the facts of its case put to the law's question (VS-18 to VS-25, VS-33, VS-34)."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import select

from cii.access.actor import Kind
from cii.access.guard import GuardedSession
from cii.cases.models import Case, CaseEmployment, CaseIdentity, CaseSocial, Tandem
from cii.consent.models import ProcurationLine
from cii.consent.queries import current_procuration
from cii.consent.topics import TOPIC_LABELS, Topic
from cii.foundation.texts import N_, Phrase, WrongInput
from cii.measures.catalogue import catalogue_today, entry_of
from cii.measures.inputs import RouteInput
from cii.measures.models import Measure, MeasureType
from cii.organisations.models import Institution
from cii.programmes.catalogue import CatalogueEntry
from cii.programmes.routing import Origin, Regime, Route, RouteQuestion, route


class NotPossible(WrongInput):
    """The law or the facts stand in the way: beside which field of the form, and what would change it."""

    def __init__(self, field: str, phrase: Phrase) -> None:
        super().__init__(phrase)
        self.field = field


@dataclass(frozen=True, slots=True)
class Facts:
    """What the way of a measure depends on and the case knows."""

    origin: Origin
    regimes: frozenset[Regime]
    commune: int
    cms_follow_up: bool
    in_charge: UUID
    """The seat of the social worker in charge of the person: who announced, else who follows, else the tandem's."""


def facts_of(session: GuardedSession, case: Case) -> Facts:
    """The facts of a case; NotPossible names the topic that the person has not opened to the actor."""
    identity = session.get(CaseIdentity, case.id)
    employment = session.get(CaseEmployment, case.id)
    if identity is None:
        raise _closed(Topic.IDENTITY)
    if employment is None:
        raise _closed(Topic.EMPLOYMENT)
    follows = None
    if case.origin is Origin.ORP:
        social = session.get(CaseSocial, case.id)
        if social is None:
            raise _closed(Topic.SOCIAL)
        follows = social.cms_membership_id if social.followed_by_cms else None
    tandem = session.get_one(Tandem, case.id)
    by_who_announced = case.origin is Origin.SOCIAL_AID
    return Facts(
        case.origin,
        frozenset(map(Regime, employment.regimes)),
        identity.commune_number,
        follows is not None,
        case.announcing_membership_id
        if by_who_announced
        else (follows or tandem.cms_membership_id),
    )


def _closed(topic: Topic) -> NotPossible:
    return NotPossible(
        "",
        Phrase(
            N_(
                "La personne n’a pas ouvert à votre institution le thème « {topic} » : la voie de la mesure ne peut pas être établie. Une nouvelle procuration peut l’ouvrir."
            ),
            topic=Phrase(TOPIC_LABELS[topic]),
        ),
    )


def find_route(given: RouteInput, facts: Facts, catalogue: Mapping[str, CatalogueEntry]) -> Route:
    """The way of what is typed, by the catalogue of the day; NotPossible for a measure that is not in it."""
    if given.code not in catalogue:
        raise NotPossible("code", Phrase("Choisissez une des réponses proposées."))
    question = RouteQuestion(
        origin=facts.origin,
        regimes=frozenset(given.regimes) or facts.regimes,
        measure=given.code,
        commune=facts.commune,
        article_59d=given.article_59d,
        outside_canton=given.outside_canton,
        choice=given.choice,
        cms_follow_up=facts.cms_follow_up,
    )
    return route(question, catalogue)


def kept_question(session: GuardedSession, measure: Measure) -> RouteQuestion:
    """The question that the measure's own row keeps; whoever sees the measure may ask it."""
    case = session.get_one(Case, measure.case_id)
    tandem = session.get_one(Tandem, measure.case_id)
    return RouteQuestion(
        origin=case.origin,
        regimes=frozenset(map(Regime, measure.regimes)),
        measure=measure.code,
        commune=measure.commune_number,
        article_59d=measure.article_59d,
        outside_canton=measure.outside_canton,
        choice=measure.choice,
        cms_follow_up=measure.social_worker_id not in {None, tandem.cms_membership_id},
    )


def kept_route(session: GuardedSession, measure: Measure) -> Route:
    """The way of a measure, by the entry of the catalogue under which it was found."""
    entry = entry_of(session.get_one(MeasureType, measure.type_id))
    return route(kept_question(session, measure), {measure.code: entry})


def route_today(session: GuardedSession, measure: Measure) -> Route | None:
    """The way that the measure would have by today's catalogue; None when that has it no more."""
    catalogue = catalogue_today(session)
    if measure.code not in catalogue:
        return None
    return route(kept_question(session, measure), catalogue)


def office_of(session: GuardedSession, kind: Kind) -> Institution:
    """The canton's one service of this kind: the SAS, the LMMT. LookupError when none is set up."""
    found = session.exec(
        select(Institution)
        .where(Institution.kind == kind, Institution.active)
        .order_by(Institution.name)
    ).first()
    if found is None:
        raise LookupError(f"no {kind.value} is set up")
    return found


def commune_of(session: GuardedSession, number: int) -> Institution:
    """The commune's institution; NotPossible while it does not take part."""
    found = session.exec(
        select(Institution).where(Institution.commune_number == number, Institution.active)
    ).first()
    if found is None:
        raise NotPossible(
            "",
            Phrase(
                N_("La commune de domicile ne participe pas encore : avertissez le bureau CII.")
            ),
        )
    return found


def check_opened(session: GuardedSession, case_id: UUID, institutions: list[Institution]) -> None:
    """NotPossible unless the procuration of today opens the measures to these institutions (VS-40)."""
    procuration = current_procuration(session, case_id, session.actor.day)
    for institution in institutions:
        line = (
            session.get(ProcurationLine, (procuration.id, institution.kind))
            if procuration
            else None
        )
        if line is None or not line.topics & Topic.MEASURES:
            raise NotPossible(
                "",
                Phrase(
                    N_(
                        "La personne n’a pas ouvert les mesures à cette institution : {institution}. La mesure ne peut pas lui être soumise. Une nouvelle procuration peut l’ouvrir."
                    ),
                    institution=institution.name_de
                    if session.actor.language == "de"
                    else institution.name,
                ),
            )
