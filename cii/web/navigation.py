"""The few main ways through the product, for each role."""

from dataclasses import dataclass
from functools import cache

from cii.access.actor import Actor, Role
from cii.access.permissions import ROLES, May
from cii.foundation.texts import N_


@dataclass(frozen=True)
class Way:
    """One entry of the main navigation."""

    path: str
    label: str
    permission: May


WAYS = (
    Way("/", N_("À faire"), May.SEE_WORK),
    # Whoever signs finds first what waits for a signature, and the rest of the work below it.
    Way("/measures", N_("À décider"), May.DECIDE_MEASURE),
    Way("/measures", N_("Préavis"), May.GIVE_OPINION),
    Way("/cases", N_("Dossiers"), May.READ_CASE),
    Way("/measures", N_("Mesures"), May.PROPOSE_MEASURE),
    Way("/measures", N_("Mesures"), May.TRANSMIT_MEASURE),
    Way("/follow-ups", N_("Mes suivis"), May.FOLLOW_CASES),
    Way("/announcements/new", N_("Annoncer"), May.ANNOUNCE),
    Way("/announcements/import", N_("Importer"), May.IMPORT_ANNOUNCEMENTS),
    Way("/statements", N_("Décomptes"), May.READ_STATEMENTS),
    Way("/deputies", N_("Suppléances"), May.NAME_DEPUTY),
    Way("/monthly-mail", N_("Courriel mensuel"), May.SET_MONTHLY_MAIL),
    Way("/people", N_("Personnes"), May.MANAGE_PEOPLE),
    Way("/institutions", N_("Institutions"), May.MANAGE_INSTITUTIONS),
    Way("/catalogue", N_("Catalogue"), May.MANAGE_CATALOGUE),
    Way("/messages", N_("Messages"), May.WATCH_MESSAGES),
)


@cache
def ways_of(role: Role) -> tuple[Way, ...]:
    """The entries that a role may use, each path once."""
    ways: dict[str, Way] = {}
    for way in WAYS:
        if way.permission in ROLES[role]:
            ways.setdefault(way.path, way)
    if _signs(role):
        ways.pop("/")
    return tuple(ways.values())


def _signs(role: Role) -> bool:
    return bool({May.DECIDE_MEASURE, May.GIVE_OPINION} & ROLES[role])


def first_page(actor: Actor) -> str:
    """Where this actor's work begins: the inbox of those who sign measures, "/" for all others."""
    return "/measures" if _signs(actor.role) else "/"


def current_way(role: Role, path: str) -> str:
    """The path of the entry to which a page belongs: the longest that it starts with."""
    fitting = [
        way.path
        for way in ways_of(role)
        if path == way.path or (way.path != "/" and path.startswith(way.path + "/"))
    ]
    return max(fitting, key=len, default="")
