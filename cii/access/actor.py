"""Who acts: one person, for one institution, in one role, on one day."""

from dataclasses import dataclass, field
from datetime import date
from functools import cache
from uuid import UUID

from cii.foundation.choice import Choice
from cii.foundation.texts import N_


class Kind(Choice):
    """Kinds of institution that work with a case, and the platform that runs the product."""

    ORP = "orp"
    CMS = "cms"
    COMMUNE = "commune"
    SAS = "sas"
    LMMT = "lmmt"
    BUREAU = "bureau"
    OAI = "oai"
    CEA = "cea"
    PROVIDER = "provider"
    PLATFORM = "platform"


KIND_LABELS = {
    Kind.ORP: N_("ORP"),
    Kind.CMS: N_("CMS"),
    Kind.COMMUNE: N_("commune"),
    Kind.SAS: N_("SAS"),
    Kind.LMMT: N_("LMMT"),
    Kind.BUREAU: N_("bureau CII"),
    Kind.OAI: N_("office AI"),
    Kind.CEA: N_("Collectivité européenne d’Alsace"),
    Kind.PROVIDER: N_("prestataire"),
    Kind.PLATFORM: N_("administration de la plateforme"),
}

# In these institutions everybody works from the same inbox; elsewhere a case has a named professional.
SHARED_INBOX = frozenset({Kind.COMMUNE, Kind.SAS, Kind.LMMT, Kind.BUREAU})


class Seat(Choice):
    """What somebody is within his or her institution."""

    MEMBER = "member"
    HEAD = "head"
    ADMIN = "admin"


class Role(Choice):
    """What somebody may do follows from the institution's kind and the seat in it."""

    ORP_ADVISER = "orp-adviser"
    SOCIAL_WORKER = "social-worker"
    HEAD = "head"
    CLERK = "clerk"
    SAS_ADVISER = "sas-adviser"
    LMMT_ADVISER = "lmmt-adviser"
    COORDINATOR = "coordinator"
    PARTNER = "partner"
    PEOPLE_ADMIN = "people-admin"
    ADMINISTRATOR = "administrator"


ROLE_LABELS = {
    Role.ORP_ADVISER: N_("conseillère ou conseiller ORP"),
    Role.SOCIAL_WORKER: N_("assistante sociale ou assistant social"),
    Role.HEAD: N_("direction"),
    Role.CLERK: N_("administration communale"),
    Role.SAS_ADVISER: N_("collaboration SAS"),
    Role.LMMT_ADVISER: N_("collaboration LMMT"),
    Role.COORDINATOR: N_("coordination CII"),
    Role.PARTNER: N_("partenaire d’un autre programme"),
    Role.PEOPLE_ADMIN: N_("gestion des personnes"),
    Role.ADMINISTRATOR: N_("administration de la plateforme"),
}

_MEMBERS = {
    Kind.ORP: Role.ORP_ADVISER,
    Kind.CMS: Role.SOCIAL_WORKER,
    Kind.COMMUNE: Role.CLERK,
    Kind.SAS: Role.SAS_ADVISER,
    Kind.LMMT: Role.LMMT_ADVISER,
    Kind.BUREAU: Role.COORDINATOR,
}


@cache
def role_of(kind: Kind, seat: Seat) -> Role:
    """The role that a seat in an institution of this kind gives."""
    if seat is Seat.ADMIN:
        return Role.ADMINISTRATOR if kind is Kind.PLATFORM else Role.PEOPLE_ADMIN
    if kind is Kind.PLATFORM:
        return Role.ADMINISTRATOR
    if seat is Seat.HEAD and kind in {Kind.ORP, Kind.CMS}:
        return Role.HEAD
    return _MEMBERS.get(kind, Role.PARTNER)


NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts; frozen, one for each request.

    `reader` is the key under which case_access lists what this actor can see: the institution for
    heads and shared inboxes, the membership for a named professional (and his or her deputy).
    """

    person: UUID
    membership: UUID
    institution: UUID
    kind: Kind
    seat: Seat
    day: date
    language: str = "fr"
    name: str = ""
    institution_name: str = ""
    seats: int = 1  # institutions for which this person can act in this session
    role: Role = field(init=False, compare=False)  # what this seat gives

    def __post_init__(self) -> None:
        object.__setattr__(self, "role", role_of(self.kind, self.seat))

    @property
    def reader(self) -> UUID:
        """The key of this actor in case_access."""
        return reader_of(self.kind, self.seat, self.institution, self.membership)

    @property
    def administers(self) -> bool:
        """Whether this actor may change what is open to everybody: people and institutions."""
        return self.seat is Seat.ADMIN or self.kind is Kind.PLATFORM

    @property
    def administers_everything(self) -> bool:
        """Whether he or she may do so for every institution, and not for the own one alone."""
        return self.kind is Kind.PLATFORM

    @property
    def administration(self) -> str:
        """The same for the policies of the database: "everything", "own" or ""."""
        if self.administers_everything:
            return "everything"
        return "own" if self.administers else ""


def reader_of(kind: Kind, seat: Seat, institution: UUID, membership: UUID) -> UUID:
    """The key in case_access: the institution, or one membership of it.

    An administrator has a key under which nothing is ever listed: an adviser who becomes one may
    still be named in cases.
    """
    if seat is Seat.ADMIN or kind is Kind.PLATFORM:
        return NOBODY
    return institution if seat is Seat.HEAD or kind in SHARED_INBOX else membership
