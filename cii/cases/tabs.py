"""The pages of one case, and which of them an actor gets."""

from functools import cache
from typing import NamedTuple

from cii.access.actor import Actor, Kind, Role
from cii.access.permissions import ROLES, May
from cii.cases.lifecycle import State
from cii.cases.queries import CaseHeader
from cii.consent.topics import Topic
from cii.foundation.texts import N_

_ANNOUNCED_TOPICS = Topic.IDENTITY | Topic.SOCIAL | Topic.EMPLOYMENT | Topic.COACHING


class Tab(NamedTuple):
    """One page of a case; its path continues the path of the case."""

    key: str
    label: str
    path: str


def tabs_of(actor: Actor, header: CaseHeader) -> tuple[Tab, ...]:
    """The pages of this case on which the actor can find something."""
    coached = bool(header.tandem)
    # Whoever works in the tandem's two kinds of institution may have written something in a plan.
    plans = actor.kind in {Kind.ORP, Kind.CMS} or header.opens(Topic.COACHING)
    announced = actor.institution == header.announcing_institution or bool(
        header.topics & _ANNOUNCED_TOPICS
    )
    return _tabs(actor.role, header.state is State.DRAFT, coached, coached and plans, announced)


@cache
def _tabs(role: Role, draft: bool, coached: bool, plan: bool, announced: bool) -> tuple[Tab, ...]:
    """The pages for a role; a draft has no journal yet, and before there is a tandem nobody proposes anything."""
    may = ROLES[role]
    journal = N_("Journal") if May.READ_JOURNAL in may else N_("Dossier")
    tabs = (
        ("journal", journal, "", not draft),
        ("plan", N_("Objectifs et rendez-vous"), "/plan", plan),
        ("updates", N_("Mises à jour"), "/updates", plan and May.READ_UPDATES in may),
        ("measures", N_("Mesures"), "/measures", coached and May.READ_MEASURES in may),
        ("announcement", N_("Annonce"), "/announcement", announced),
        ("admission", N_("Admission"), "/admission", May.ADMIT in may),
        ("documents", N_("Documents"), "/documents", May.READ_DOCUMENTS in may),
        ("consent", N_("Qui voit quoi"), "/consent", True),
    )
    return tuple(Tab(key, label, path) for key, label, path, there in tabs if there)
