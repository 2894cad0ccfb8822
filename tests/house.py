"""The cast of the tests, and cases at any stage of their life, written without going through the screens.

Keys are first names and short names: `house.actor("amelie")`, `house.client("hugo")`,
`house.institution["orp_sion"]`. What a story does itself it does through a client.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Flask
from sqlmodel import SQLModel, select

from cii.access.actor import SHARED_INBOX, Actor, Kind, Seat
from cii.access.guard import GuardedSession
from cii.access.store import Store
from cii.access.system import Reason
from cii.cases.lifecycle import State
from cii.cases.models import (
    AnnouncementDraft,
    Case,
    CaseEmployment,
    CaseIdentity,
    CaseNeed,
    CaseSocial,
    CaseStep,
    PastMeasure,
    Tandem,
)
from cii.coaching.models import (
    Appointment,
    Domain,
    JournalDraft,
    JournalEntry,
    JournalText,
    NoteKind,
    Objective,
)
from cii.consent.derive import derive_by_system
from cii.consent.models import (
    CasePart,
    Channel,
    PartKind,
    Procuration,
    ProcurationLine,
    Revocation,
    RevocationGround,
    SignedForm,
)
from cii.consent.topics import NEEDS, Topic
from cii.files.models import StoredFile
from cii.foundation.clock import now, today
from cii.foundation.ids import new_id
from cii.foundation.names import search_key
from cii.measures import actions as measures
from cii.measures.inputs import (
    DecisionInput,
    ForwardInput,
    OpinionInput,
    PreparationInput,
    ProposalInput,
)
from cii.measures.lifecycle import Stage
from cii.measures.models import Leaning, Measure, Outcome, Provider
from cii.measures.setup import enter_catalogue
from cii.organisations.models import Commune, Deputyship, Institution, Membership, Person
from cii.programmes.eligibility import Ground, InsertionStatus, PastMeasureKind
from cii.programmes.routing import Decider, Origin, Regime
from cii.signin.actions import act_for, start_session
from tests.pages import PageClient

COMMUNES = (
    (6002, "Brig-Glis", "Brigue", "Brig", "de", "3900 3902"),
    (6248, "Sierre", "Sierre", "Siders", "fr", "1958 3960"),
    (6265, "Savièse", "Sion", "Sitten", "fr", "1950 1962 1965"),
    (6266, "Sion", "Sion", "Sitten", "fr", "1950 1958 1991"),
)

# key: kind, French name, German name, commune
INSTITUTIONS: dict[str, tuple[Kind, str, str, int | None]] = {
    "orp_sion": (Kind.ORP, "ORP Sion", "RAV Sitten", None),
    "orp_sierre": (Kind.ORP, "ORP Sierre", "RAV Siders", None),
    "orp_haut_valais": (Kind.ORP, "ORP Haut-Valais", "RAV Oberwallis", None),
    "cms_sion": (Kind.CMS, "CMS Sion-Hérens-Conthey", "SMZ Sitten-Ering-Gundis", None),
    "cms_sierre": (Kind.CMS, "CMS Sierre", "SMZ Siders", None),
    "sion": (Kind.COMMUNE, "Commune de Sion", "Gemeinde Sitten", 6266),
    "saviese": (Kind.COMMUNE, "Commune de Savièse", "Gemeinde Savièse", 6265),
    "sas": (Kind.SAS, "Service de l’action sociale", "Dienststelle für Sozialwesen", None),
    "lmmt": (Kind.LMMT, "Logistique des mesures", "Logistik arbeitsmarktlicher Massnahmen", None),
    "bureau": (Kind.BUREAU, "Bureau CII", "IIZ-Büro", None),
    "oai": (Kind.OAI, "Office AI de Berne", "IV-Stelle Kanton Bern", None),
    "platform": (Kind.PLATFORM, "Plateforme", "Plattform", None),
}

# key: first name, last name, language, seats; the comment is the biography
PEOPLE: dict[str, tuple[str, str, str, tuple[tuple[str, Seat], ...]]] = {
    # Announces and coaches at the ORP Sion; in the tandem of most cases here.
    "amelie": ("Amélie", "Favre", "fr", (("orp_sion", Seat.MEMBER),)),
    # Her colleague across the corridor; stands in for her when she is away.
    "nicolas": ("Nicolas", "Délèze", "fr", (("orp_sion", Seat.MEMBER),)),
    # Heads the ORP Sion and sees all its cases.
    "patrick": ("Patrick", "Dayer", "fr", (("orp_sion", Seat.HEAD),)),
    # Adviser in Sierre; has nothing to do with Sion's cases.
    "bastien": ("Bastien", "Darbellay", "fr", (("orp_sierre", Seat.MEMBER),)),
    # Heads the ORP Sierre.
    "melanie": ("Mélanie", "Emery", "fr", (("orp_sierre", Seat.HEAD),)),
    # Adviser in Brig; works in German.
    "ursula": ("Ursula", "Amherd", "de", (("orp_haut_valais", Seat.MEMBER),)),
    # Social worker at the CMS Sion-Hérens-Conthey; announces most cases here and coaches them.
    "hugo": ("Hugo", "Délèze", "fr", (("cms_sion", Seat.MEMBER),)),
    # His colleague, without a part in his cases.
    "gaelle": ("Gaëlle", "Emery", "fr", (("cms_sion", Seat.MEMBER),)),
    # Heads the CMS Sion-Hérens-Conthey.
    "valerie": ("Valérie", "Fournier", "fr", (("cms_sion", Seat.HEAD),)),
    # Social worker at the CMS Sierre.
    "yannick": ("Yannick", "Moulin", "fr", (("cms_sierre", Seat.MEMBER),)),
    # Heads the CMS Sierre.
    "ines": ("Inès", "Carron", "fr", (("cms_sierre", Seat.HEAD),)),
    # Clerk of two communes: Sion in the morning, Savièse in the afternoon.
    "cecile": ("Cécile", "Rossier", "fr", (("sion", Seat.MEMBER), ("saviese", Seat.MEMBER))),
    # Clerk of Savièse alone.
    "jerome": ("Jérôme", "Luyet", "fr", (("saviese", Seat.MEMBER),)),
    # Adviser at the SAS.
    "sophie": ("Sophie", "Bruchez", "fr", (("sas", Seat.MEMBER),)),
    # Adviser at the LMMT.
    "laurent": ("Laurent", "Mariéthoz", "fr", (("lmmt", Seat.MEMBER),)),
    # Coordinates at the bureau CII: admits, names tandems.
    "claire": ("Claire", "Zufferey", "fr", (("bureau", Seat.MEMBER),)),
    # Speaks German and coordinates with her.
    "stefan": ("Stefan", "Imhof", "de", (("bureau", Seat.MEMBER),)),
    # Works for another programme, in another canton.
    "regula": ("Regula", "Aebi", "de", (("oai", Seat.MEMBER),)),
    # Enters the people of the ORP Sion; sees no case.
    "odile": ("Odile", "Pralong", "fr", (("orp_sion", Seat.ADMIN),)),
    # Runs the platform; sees no case either.
    "pia": ("Pia", "Rudaz", "fr", (("platform", Seat.ADMIN),)),
}


@dataclass(frozen=True)
class Consent:
    """What the person signed, in days from today; `topics` None: all that the form proposes.

    `reason` is what the person said when taking it back.
    """

    starts: int = -30
    ends: int = 335
    topics: Mapping[Kind, Topic] | None = None
    revoked: bool = False
    purpose: str = "Coordonner le retour à l’emploi."
    explained: str = "Lue ensemble, en français."
    reason: str = ""

    def opened(self) -> Mapping[Kind, Topic]:
        """The topics for each kind."""
        return NEEDS if self.topics is None else self.topics


FULL = Consent()


@dataclass
class CaseFile:
    """A case of the tests: its keys, and the names by which one recognises it on a page."""

    id: UUID
    reference: str
    first_name: str
    last_name: str
    avs_number: str
    announced_by: str
    procurations: list[UUID] = field(default_factory=list)


class House:
    """Institutions, people and cases in one database."""

    def __init__(self, store: Store, app: Flask | None = None) -> None:
        self.store = store
        self.app = app
        self.institution: dict[str, UUID] = {}
        self.person: dict[str, UUID] = {}
        self.seats: dict[tuple[str, str], UUID] = {}
        self._clients: dict[tuple[str, str], PageClient] = {}
        self._cases = 0

    def furnish(self) -> "House":
        """Write the communes, the institutions and the people."""
        with self.store.system(Reason.SET_UP) as session:
            for number, name, district_fr, district_de, language, postcodes in COMMUNES:
                session.add(
                    Commune(
                        number=number,
                        name=name,
                        district_fr=district_fr,
                        district_de=district_de,
                        language=language,
                        postcodes=postcodes,
                    )
                )
            session.flush()
            for key, (kind, name, name_de, commune) in INSTITUTIONS.items():
                self.institution[key] = new_id()
                session.add(
                    Institution(
                        id=self.institution[key],
                        kind=kind,
                        name=name,
                        name_de=name_de,
                        commune_number=commune,
                    )
                )
            for key, (first, last, language, _) in PEOPLE.items():
                self.person[key] = new_id()
                session.add(
                    Person(
                        id=self.person[key],
                        first_name=first,
                        last_name=last,
                        language=language,
                        email=f"{key}@example.ch",
                    )
                )
            session.flush()
            for key, (_, _, _, seats) in PEOPLE.items():
                for institution, seat in seats:
                    self.seats[key, institution] = new_id()
                    session.add(
                        Membership(
                            id=self.seats[key, institution],
                            person_id=self.person[key],
                            institution_id=self.institution[institution],
                            seat=seat,
                        )
                    )
            enter_catalogue(session)
        return self

    # People

    def home(self, key: str) -> str:
        """The key of the institution for which somebody acts first."""
        return PEOPLE[key][3][0][0]

    def name(self, key: str) -> str:
        """First and last name of one of the cast."""
        return f"{PEOPLE[key][0]} {PEOPLE[key][1]}"

    def membership(self, key: str, institution: str | None = None) -> UUID:
        """The key of somebody's seat."""
        return self.seats[key, institution or self.home(key)]

    def actor(self, key: str, institution: str | None = None, day: date | None = None) -> Actor:
        """Somebody of the cast, acting today (or on a day) for an institution."""
        first, last, language, seats = PEOPLE[key]
        home = institution or self.home(key)
        kind, name, _, _ = INSTITUTIONS[home]
        return Actor(
            person=self.person[key],
            membership=self.membership(key, home),
            institution=self.institution[home],
            kind=kind,
            seat=dict(seats)[home],
            day=day or today(),
            language=language,
            name=f"{first} {last}",
            institution_name=name,
        )

    def client(self, key: str, institution: str | None = None) -> PageClient:
        """A browser in which somebody is signed in, acting for an institution."""
        home = institution or self.home(key)
        if (key, home) not in self._clients:
            self._clients[key, home] = self.new_client(key, home)
        return self._clients[key, home]

    def stranger(self) -> PageClient:
        """A browser in which nobody is signed in."""
        assert self.app is not None, "the test asks for the product: `app` beside `house`"
        return PageClient(self.app)

    def new_client(self, key: str, institution: str | None = None) -> PageClient:
        """Another browser of the same person, for two at once."""
        client = self.stranger()
        assert self.app is not None
        settings = self.app.extensions["settings"]
        with self.store.system(Reason.SIGN_IN) as session:
            person = session.get(Person, self.person[key])
            assert person is not None
            token = start_session(
                session, settings, person, how="test", browser="test", address="127.0.0.1"
            )
        assert token is not None, f"{key} has no active seat"
        if institution:
            actor = self.actor(key)
            assert act_for(self.store, actor, token, self.membership(key, institution))
        client.set_session(token)
        return client

    # Rows

    def add(self, *rows: SQLModel) -> None:
        """Write rows as the system."""
        with self.store.system(Reason.SET_UP) as session:
            for row in rows:
                session.add(row)
                session.flush()

    def count(self, model: type[SQLModel], *conditions: Any) -> int:
        """How many rows there are, seen by the system."""
        with self.store.system(Reason.CHECK, writes=False) as session:
            statement = select(sa.func.count()).select_from(model).where(*conditions)
            return int(session.exec(statement).one())

    def all(self, model: type[Any], *conditions: Any) -> list[Any]:
        """All rows of a table, seen by the system."""
        with self.store.system(Reason.CHECK, writes=False) as session:
            return list(session.exec(select(model).where(*conditions)).all())

    def derive(self, *cases: "CaseFile | UUID") -> None:
        """Bring the access table up to date after rows were added directly."""
        keys = [each if isinstance(each, UUID) else each.id for each in cases]
        with self.store.system(Reason.DERIVE_ACCESS) as session:
            derive_by_system(session, keys)

    # Cases

    def case(
        self,
        *,
        by: str = "hugo",
        state: State = State.ANNOUNCED,
        tandem: tuple[str, str] | None = None,
        consent: Consent | None = FULL,
        days_ago: int = 60,
        first_name: str = "Lucie",
        last_name: str = "Morard",
        avs_number: str | None = None,
        commune: int = 6266,
        parts: Iterable[tuple[str, PartKind]] = (),
        state_before: State | None = None,
    ) -> CaseFile:
        """A case announced by somebody of the cast, in any state, with what belongs to that state.

        The bureau CII has a part from the announcement on, the tandem (Amélie and Hugo unless said
        otherwise) once it is named; `parts` adds others, as ("sion", PartKind.APPROVAL).
        """
        self._cases += 1
        number = self._cases
        began = today() - timedelta(days=days_ago)
        announcer = self.actor(by)
        coached = state_before if state is State.SUSPENDED and state_before else state
        has_tandem = coached in {
            State.TANDEM_ASSIGNED,
            State.COACHING,
            State.ASSESSED,
            State.CLOSED,
        }
        pair = tandem or (("amelie", "hugo") if has_tandem else None)
        case = Case(
            reference=f"VS-2026-{9000 + number}",
            origin=Origin.ORP if announcer.kind is Kind.ORP else Origin.SOCIAL_AID,
            announcing_institution_id=announcer.institution,
            announcing_membership_id=announcer.membership,
            state=state,
            state_before=state_before or (State.ANNOUNCED if state is State.SUSPENDED else None),
            announced_on=None if state is State.DRAFT else began,
        )
        made = CaseFile(
            id=case.id,
            reference=case.reference,
            first_name=first_name,
            last_name=last_name,
            avs_number=avs_number or avs(number),
            announced_by=by,
        )
        own = {"case_id": case.id, "institution_id": announcer.institution}
        rows: list[SQLModel] = [
            case,
            CaseIdentity(
                **own,
                first_name=first_name,
                last_name=last_name,
                search_name=search_key(f"{last_name} {first_name}"),
                birth_date=date(1985, 3, 14),
                avs_number=made.avs_number,
                street="Rue de Lausanne 12",
                postcode="1950",
                place="Sion",
                commune_number=commune,
                language="fr",
                phone="+41 79 000 00 00",
                email="",
            ),
            CaseSocial(
                **own,
                ground=Ground.RISK_CUMULATION,
                risk_factors=["âge", "dettes"],
                followed_by_cms=True,
                cms_membership_id=self.membership("hugo"),
            ),
            CaseEmployment(
                **own,
                regimes=["LIAS"],
                followed_by_orp=True,
                orp_membership_id=self.membership("amelie"),
                insertion=InsertionStatus.NONE,
                potential=True,
                potential_reason="Motivée, disponible, bien entourée.",
                employability_verified_on=began - timedelta(days=40),
                integration_indicated=True,
            ),
            PastMeasure(
                **own,
                kind=PastMeasureKind.BASIC_PROGRAMME,
                name="Programme d’occupation",
                ended_on=began - timedelta(days=200),
            ),
            CaseNeed(**own, intensive_coaching=True, reason="Plusieurs démarches à la fois."),
            CaseStep(
                case_id=case.id,
                state=state,
                person_id=announcer.person,
                institution_id=announcer.institution,
            ),
        ]
        if state is State.DRAFT:
            rows.append(AnnouncementDraft(**own, typed={"last_name": last_name}))
        given = [(by, None, PartKind.ANNOUNCING)]
        if state is not State.DRAFT:
            given.append(("", "bureau", PartKind.BUREAU))
        if pair:
            rows.append(
                Tandem(
                    case_id=case.id,
                    orp_membership_id=self.membership(pair[0]),
                    cms_membership_id=self.membership(pair[1]),
                    named_by=self.person["claire"],
                    named_on=began,
                )
            )
            given += [(pair[0], None, PartKind.TANDEM_ORP), (pair[1], None, PartKind.TANDEM_CMS)]
        given += [("", institution, part) for institution, part in parts]
        rows += [self._part(case.id, *each, began) for each in given]
        with self.store.system(Reason.SET_UP) as session:
            for row in rows:
                session.add(row)
                session.flush()
        if consent:
            made.procurations.append(self.consent(made, consent, derive=False))
        self.derive(case.id)
        return made

    def _part(
        self, case_id: UUID, person: str, institution: str | None, part: PartKind, starts_on: date
    ) -> CasePart:
        home = institution or self.home(person)
        named = INSTITUTIONS[home][0] not in SHARED_INBOX
        return CasePart(
            case_id=case_id,
            institution_id=self.institution[home],
            membership_id=self.membership(person, home) if named and person else None,
            part=part,
            starts_on=starts_on,
        )

    def consent(
        self,
        case: CaseFile,
        consent: Consent,
        *,
        replaces: UUID | None = None,
        derive: bool = True,
    ) -> UUID:
        """Write a signed procuration; returns its key."""
        announcer = self.actor(case.announced_by)
        day = today()
        procuration = Procuration(
            case_id=case.id,
            signed_on=day + timedelta(days=min(consent.starts, 0)),
            valid_from=day + timedelta(days=consent.starts),
            valid_until=day + timedelta(days=consent.ends),
            replaces_id=replaces,
            recorded_by=announcer.person,
            recorded_for=announcer.institution,
        )
        own = {
            "procuration_id": procuration.id,
            "case_id": case.id,
            "institution_id": announcer.institution,
        }
        rows: list[SQLModel] = [
            procuration,
            SignedForm(
                **own,
                purpose=consent.purpose,
                explained=consent.explained,
                language="fr",
            ),
        ]
        rows += [
            ProcurationLine(
                procuration_id=procuration.id, kind=kind, case_id=case.id, topics=topics
            )
            for kind, topics in consent.opened().items()
            if topics
        ]
        if consent.revoked:
            rows.append(Revocation(**own, recorded_by=announcer.person))
            rows.append(RevocationGround(**own, channel=Channel.PHONE))
        self.add(*rows)
        if derive:
            self.derive(case.id)
        return procuration.id

    def revoke(self, case: CaseFile) -> None:
        """The person takes back all procurations of a case."""
        announcer = self.actor(case.announced_by)
        for procuration in case.procurations:
            of_it: dict[str, Any] = {
                "procuration_id": procuration,
                "case_id": case.id,
                "institution_id": announcer.institution,
            }
            self.add(
                Revocation(**of_it, recorded_by=announcer.person),
                RevocationGround(**of_it, channel=Channel.PHONE),
            )
        self.derive(case)

    def part(
        self,
        case: CaseFile,
        part: PartKind,
        *,
        person: str = "",
        institution: str | None = None,
        starts: int = 0,
    ) -> None:
        """Give an institution or one of the cast a part, from a day counted from today."""
        self.add(self._part(case.id, person, institution, part, today() + timedelta(days=starts)))
        self.derive(case)

    def deputy(self, absent: str, deputy: str, *, starts: int = 0, ends: int = 7) -> None:
        """Somebody stands in for a colleague; days counted from today. The cases follow."""
        self.add(
            Deputyship(
                institution_id=self.institution[self.home(absent)],
                absent_id=self.membership(absent),
                deputy_id=self.membership(deputy),
                starts_on=today() + timedelta(days=starts),
                ends_on=today() + timedelta(days=ends),
                named_by=self.person[absent],
            )
        )
        self.derive(*(each.id for each in self.all(Case)))

    # What stands in a case

    def note(
        self,
        case: CaseFile,
        by: str,
        text: str,
        *,
        topic: Topic = Topic.COACHING,
        days_ago: int = 0,
        significant: bool = False,
    ) -> UUID:
        """A published journal entry; returns its key."""
        actor = self.actor(by)
        entry = JournalEntry(
            case_id=case.id,
            institution_id=actor.institution,
            person_id=actor.person,
            topic=topic,
            kind=NoteKind.INTERVIEW,
            domain=Domain.PLACEMENT,
            day=today() - timedelta(days=days_ago),
            significant=significant,
        )
        words = JournalText(
            entry_id=entry.id,
            version=1,
            case_id=case.id,
            institution_id=actor.institution,
            topic=topic | Topic.NOTES,
            person_id=actor.person,
            text=text,
        )
        self.add(entry, words)
        return entry.id

    def note_draft(self, case: CaseFile, by: str, text: str) -> None:
        """A note that somebody is still writing."""
        self.add(JournalDraft(case_id=case.id, person_id=self.person[by], typed={"text": text}))

    def objective(
        self, case: CaseFile, by: str, goal: str, *, topic: Topic = Topic.COACHING
    ) -> UUID:
        """An open objective; returns its key."""
        actor = self.actor(by)
        objective = Objective(
            case_id=case.id,
            institution_id=actor.institution,
            person_id=actor.person,
            topic=topic,
            goal=goal,
            domain=Domain.PLACEMENT,
            due_on=today() + timedelta(days=30),
            state_since=today(),
        )
        self.add(objective)
        return objective.id

    def appointment(
        self,
        case: CaseFile,
        by: str,
        *,
        about: str = "",
        place: str = "ORP Sion",
        in_days: int = 3,
        topic: Topic = Topic.COACHING,
    ) -> UUID:
        """A planned appointment; returns its key."""
        actor = self.actor(by)
        appointment = Appointment(
            case_id=case.id,
            institution_id=actor.institution,
            person_id=actor.person,
            topic=topic,
            at=now() + timedelta(days=in_days),
            place=place,
            about=about,
        )
        self.add(appointment)
        return appointment.id

    # Measures

    @contextmanager
    def acting(self, key: str, institution: str | None = None) -> Iterator[GuardedSession]:
        """A session in which somebody of the cast acts today; committed at the end."""
        with self.store.session(self.actor(key, institution), writes=True) as session:
            yield session
            session.commit()

    def seat_key(self, membership: UUID | None) -> tuple[str, str]:
        """Who of the cast sits there, and for which institution."""
        return next(seat for seat, known in self.seats.items() if known == membership)

    def a_measure_at(
        self,
        stage: Stage,
        *,
        case: CaseFile | None = None,
        decider: Decider = Decider.COMMUNE,
        asked: str = "1200.00",
        amount: str | None = None,
        starts_in: int = 20,
        lasts: int = 60,
        leaning: Leaning = Leaning.FAVOURABLE,
        opinion: str = "Le cours correspond au projet.",
        reason: str = "",
        title: str = "Français B1",
        organiser: str = "Centre de langues",
        goal: str = "Comprendre les consignes au travail.",
    ) -> Measure:
        """A measure of a case (of Hugo's, unless given), carried to a stage by the acts of those whose turn it is.

        `starts_in` and `lasts` in days from today; `amount` is what is granted, all that was asked unless given.
        """
        case = case or self.case(state=State.COACHING)
        tandem = self.all(Tandem, Tandem.case_id == case.id)[0]
        code, regime = {
            Decider.COMMUNE: ("language-course", Regime.LIAS),
            Decider.LMMT: ("qualification-programme", Regime.LEMC),
            Decider.TANDEM: ("course", Regime.LACI),
        }[decider]
        starts = today() + timedelta(days=starts_in)
        proposal = ProposalInput(
            code=code,
            regimes=[regime],
            provider=Provider.CMS if regime is Regime.LIAS else Provider.ORP,
            title=title,
            organiser=organiser,
            goal=goal,
            starts_on=starts,
            ends_on=starts + timedelta(days=lasts),
            asked=Decimal(asked),
        )
        cms, orp = self.seat_key(tandem.cms_membership_id), self.seat_key(tandem.orp_membership_id)
        with self.acting(*(cms if regime is Regime.LIAS else orp)) as session:
            key = measures.propose(session, case.id, proposal).id
        while (measure := self.all(Measure, Measure.id == key)[0]).stage is not stage:
            if measure.stage in {Stage.GRANTED, Stage.REFUSED}:
                raise AssertionError(f"a measure that is {measure.stage.value} goes nowhere else")
            granted = stage is not Stage.REFUSED
            decision = DecisionInput(
                version=measure.version,
                outcome=Outcome.GRANTED if granted else Outcome.REFUSED,
                amount=Decimal(amount or asked) if granted else None,
                reason=reason or ("" if granted else "Le budget ne le permet pas."),
            )
            self._carry_on(measure, cms, orp, decision, leaning, opinion)
        return measure

    def _carry_on(
        self,
        measure: Measure,
        cms: tuple[str, str],
        orp: tuple[str, str],
        decision: DecisionInput,
        leaning: Leaning,
        opinion: str,
    ) -> None:
        onward = {"version": measure.version}
        if measure.stage is Stage.TO_TRANSMIT:
            with self.acting(*self.seat_key(measure.social_worker_id)) as session:
                measures.transmit(session, measure.id, ForwardInput(**onward))
        elif measure.stage is Stage.AT_SAS:
            with self.acting("sophie") as session:
                given = OpinionInput(**onward, leaning=leaning, text=opinion)
                measures.give_opinion(session, measure.id, given)
        elif measure.stage is Stage.AT_COMMUNE:
            clerk = {6266: ("cecile", "sion"), 6265: ("jerome", "saviese")}[measure.commune_number]
            with self.acting(*clerk) as session:
                measures.decide_by_commune(session, measure.id, decision)
        elif measure.stage is Stage.AT_LMMT:
            with self.acting("laurent") as session:
                measures.decide_by_lmmt(session, measure.id, decision)
        elif measure.decider is Decider.COMMUNE:
            with self.acting(*cms) as session:
                measures.prepare(session, measure.id, PreparationInput(**onward))
        elif measure.decider is Decider.LMMT:
            with self.acting(*orp) as session:
                measures.submit(session, measure.id, ForwardInput(**onward))
        else:
            with self.acting(*orp) as session:
                measures.decide_by_tandem(session, measure.id, decision)

    def file(
        self, case: CaseFile, by: str, name: str, *, topic: Topic = Topic.EMPLOYMENT
    ) -> StoredFile:
        """The cover of an attached file, without its bytes."""
        actor = self.actor(by)
        stored = StoredFile(
            case_id=case.id,
            topic=int(topic),
            institution_id=actor.institution,
            added_by=actor.person,
            name=name,
            media_type="application/pdf",
            size=1234,
            sha256="0" * 64,
        )
        self.add(stored)
        return stored


def avs(number: int) -> str:
    """An invented AVS number with its check digit (756, nine digits, EAN-13)."""
    digits = f"756{number:09d}"
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-weighted % 10}"
