"""The pages of one case, and which of them an actor gets."""

from typing import NamedTuple

from cii.access.actor import Actor, Kind
from cii.access.permissions import May, may
from cii.cases.lifecycle import State
from cii.cases.queries import CaseHeader
from cii.consent.topics import Topic
from cii.foundation.texts import N_

_ANNOUNCED_TOPICS = Topic.IDENTITY | Topic.SOCIAL | Topic.EMPLOYMENT | Topic.COACHING


class Tab(NamedTuple):
    """One page of a case."""

    key: str
    label: str
    path: str


def tabs_of(actor: Actor, header: CaseHeader) -> list[Tab]:
    """The pages of this case on which the actor can find something; a draft has no journal yet."""
    journal = N_("Journal") if may(actor, May.READ_JOURNAL) else N_("Dossier")
    tabs = (
        ("journal", journal, "", header.state is not State.DRAFT),
        ("plan", N_("Objectifs et rendez-vous"), "/plan", _has_plan(actor, header)),
        ("updates", N_("Mises à jour"), "/updates", _has_updates(actor, header)),
        ("measures", N_("Mesures"), "/measures", _has_measures(actor, header)),
        ("announcement", N_("Annonce"), "/announcement", _sees_announcement(actor, header)),
        ("admission", N_("Admission"), "/admission", may(actor, May.ADMIT)),
        ("documents", N_("Documents"), "/documents", may(actor, May.READ_DOCUMENTS)),
        ("consent", N_("Qui voit quoi"), "/consent", True),
    )
    return [
        Tab(key, label, f"/cases/{header.id}{path}") for key, label, path, there in tabs if there
    ]


def _has_plan(actor: Actor, header: CaseHeader) -> bool:
    # Whoever works in the tandem's two kinds of institution may have written something there.
    return bool(header.tandem) and (
        header.opens(Topic.COACHING) or actor.kind in {Kind.ORP, Kind.CMS}
    )


def _has_updates(actor: Actor, header: CaseHeader) -> bool:
    return may(actor, May.READ_UPDATES) and _has_plan(actor, header)


def _has_measures(actor: Actor, header: CaseHeader) -> bool:
    # Before there is a tandem nobody proposes anything.
    return may(actor, May.READ_MEASURES) and bool(header.tandem)


def _sees_announcement(actor: Actor, header: CaseHeader) -> bool:
    return actor.institution == header.announcing_institution or bool(
        header.topics & _ANNOUNCED_TOPICS
    )
