"""The people of the demo canton on the sign-in page: a few telling ones first, then all by kind of institution."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import select

from cii.access.actor import KIND_LABELS, ROLE_LABELS, Kind, Role, reader_of, role_of
from cii.access.models import CaseAccess
from cii.access.system import SystemSession
from cii.foundation.texts import N_
from cii.organisations.models import Institution, Membership, Person

_TELLING = {
    Role.SOCIAL_WORKER: N_("annonce des personnes et les coache en tandem"),
    Role.COORDINATOR: N_("admet les annonces et désigne les tandems"),
    Role.ORP_ADVISER: N_("coache en tandem et tient le journal"),
    Role.CLERK: N_("décide des mesures que paie sa commune, et en établit le décompte"),
    Role.ADMINISTRATOR: N_("gère les institutions, ne voit aucun dossier"),
}
_OTHER_PROGRAMME = N_("Suivre les mandats de coaching de leur propre programme.")
_PURPOSES = {
    Kind.ORP: N_(
        "Annoncer, coacher en tandem, décider des mesures LACI déléguées, lire la mise à jour mensuelle."
    ),
    Kind.CMS: N_("Annoncer, coacher en tandem, préparer et transmettre les mesures LIAS."),
    Kind.COMMUNE: N_(
        "Approuver ou refuser les mesures LIAS, saisir les paiements, établir le décompte trimestriel."
    ),
    Kind.SAS: N_("Donner le préavis sur les mesures LIAS, recevoir les décomptes trimestriels."),
    Kind.LMMT: N_("Décider des mesures LEMC et des mesures LACI non déléguées."),
    Kind.BUREAU: N_("Recevoir les annonces, admettre, former les tandems, suivre les échéances."),
    Kind.OAI: _OTHER_PROGRAMME,
    Kind.CEA: _OTHER_PROGRAMME,
    Kind.PROVIDER: _OTHER_PROGRAMME,
    Kind.PLATFORM: N_(
        "Gérer les institutions, les personnes et les réglages, sans voir aucun dossier."
    ),
}


@dataclass(frozen=True)
class Player:
    """One of the cast, with the seats in the order of the institutions' names."""

    person: Person
    seats: tuple[tuple[Membership, Institution], ...]
    cases: int

    @property
    def kind(self) -> Kind:
        """The kind of institution for which he or she acts first."""
        return self.seats[0][1].kind

    @property
    def role(self) -> Role:
        """The role in which he or she acts first."""
        return role_of(self.kind, self.seats[0][0].seat)

    @property
    def label(self) -> str:
        """The role, in French, to be translated."""
        return ROLE_LABELS[self.role]


@dataclass(frozen=True)
class Group:
    """The cast of one kind of institution, and what they come for."""

    label: str
    purpose: str
    players: list[Player]


@dataclass(frozen=True)
class Cast:
    """Who can be played: the telling ones with their part, then everybody."""

    telling: list[tuple[Player, str]]
    groups: list[Group]


def cast_of(session: SystemSession, language: str) -> Cast:
    """The people of the demo canton; the telling ones have cases and, if they can, speak this language."""
    players = _players(session)

    def tells(player: Player) -> tuple[bool, bool, int]:
        return player.cases > 0, player.person.language == language, player.cases

    telling = [
        (max(fitting, key=tells), part)
        for role, part in _TELLING.items()
        if (fitting := [player for player in players if player.role is role])
    ]
    groups = [
        Group(KIND_LABELS[kind], purpose, fitting)
        for kind, purpose in _PURPOSES.items()
        if (fitting := [player for player in players if player.kind is kind])
    ]
    return Cast(telling, groups)


def _players(session: SystemSession) -> list[Player]:
    cases: dict[UUID, int] = dict(
        session.exec(
            select(CaseAccess.reader_id, sa.func.count()).group_by(CaseAccess.reader_id)
        ).all()
    )
    rows = session.exec(
        select(Person, Membership, Institution)
        .join(Membership, Membership.person_id == Person.id)
        .join(Institution, Institution.id == Membership.institution_id)
        .where(Person.active, Membership.active, Institution.active)
        .order_by(Institution.name, Membership.seat, Person.last_name, Person.first_name)
    ).all()
    seats: dict[UUID, list[tuple[Membership, Institution]]] = {}
    people: dict[UUID, Person] = {}
    for person, membership, institution in rows:
        people[person.id] = person
        seats.setdefault(person.id, []).append((membership, institution))
    return [
        Player(people[key], tuple(held), cases.get(_reader(*held[0]), 0))
        for key, held in seats.items()
    ]


def _reader(membership: Membership, institution: Institution) -> UUID:
    return reader_of(institution.kind, membership.seat, institution.id, membership.id)
