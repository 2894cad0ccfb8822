"""Builds the demo canton: thirty people and sixty announcements imported, then carried through their lives.

Every case gets its state, its tandem and its journal by the product's own acts, done by the cast, each
on its day in the past; only notices that somebody would long have put away are marked as seen.
"""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from uuid import UUID

from sqlmodel import select

from cii.access.actor import ROLE_LABELS, Actor, Kind, Seat, role_of
from cii.access.guard import GuardedSession
from cii.access.store import Store
from cii.access.system import Reason, SystemSession
from cii.cases import actions as cases
from cii.cases.importing import import_announcements
from cii.cases.inputs import QuestionInput, RefusalInput, TandemInput
from cii.cases.lifecycle import State
from cii.cases.models import Case, CaseEmployment, CaseIdentity, Tandem
from cii.coaching import actions as coaching
from cii.coaching.inputs import AppointmentInput, NoteInput, ObjectiveInput
from cii.coaching.models import Domain, NoteKind
from cii.consent.inputs import RevocationInput
from cii.consent.models import Channel
from cii.consent.topics import Topic
from cii.delivery.sending import deliver
from cii.demo.accounts import Accounts
from cii.demo.measures import Measures
from cii.foundation.calendar import last_working_day
from cii.foundation.clock import living_at, moment_of, now, today
from cii.foundation.days import format_day, months_after
from cii.foundation.ids import new_id
from cii.mails import KINDS
from cii.measures.setup import enter_catalogue
from cii.monthly import actions as monthly
from cii.monthly.inputs import UpdateInput
from cii.monthly.models import MonthlySettings
from cii.monthly.queries import announcer_of, proposed, update_of, version_of
from cii.monthly.rounds import hand_over_what_is_due, open_updates
from cii.monthly.schedule import digest_moment, month_of
from cii.organisations.models import Commune, Institution, Membership, Person
from cii.organisations.people_import import import_people
from cii.organisations.setup import set_up_canton
from cii.outbox.models import Notice
from cii.programmes.routing import Origin
from cii.settings import Settings

FOLDER = Path(__file__).parent
# The files were written for this day; they are moved so that their last announcement is always recent.
WRITTEN_FOR = date(2026, 11, 22)
_DAYS = (
    "date_annonce",
    "mesure_prealable_fin",
    "verification_employabilite",
    "procuration_signee_le",
)

# Who works in the canton beside the thirty of the file: institution, seat, first and last name, language, title.
_OTHERS = (
    ("Bureau CII", Seat.MEMBER, "Claire", "Zufferey", "fr", "coordinatrice CII"),
    ("Bureau CII", Seat.MEMBER, "Stefan", "Imhof", "de", "IIZ-Koordinator"),
    (
        "Commune de Martigny",
        Seat.MEMBER,
        "Sophie",
        "Bender",
        "fr",
        "déléguée aux affaires sociales",
    ),
    ("Commune de Leytron", Seat.MEMBER, "Sophie", "Bender", "fr", "déléguée aux affaires sociales"),
    (
        "Commune d’Isérables",
        Seat.MEMBER,
        "Sophie",
        "Bender",
        "fr",
        "déléguée aux affaires sociales",
    ),
    ("Commune de Saillon", Seat.MEMBER, "Sophie", "Bender", "fr", "déléguée aux affaires sociales"),
    ("Commune de Sion", Seat.MEMBER, "Marc", "Theler", "fr", "secrétaire communal"),
    ("Commune d’Evolène", Seat.MEMBER, "Marc", "Theler", "fr", "secrétaire communal"),
    ("Commune de Brigue-Glis", Seat.MEMBER, "Nadja", "Escher", "de", "Gemeindeschreiberin"),
    ("Commune de Lalden", Seat.MEMBER, "Nadja", "Escher", "de", "Gemeindeschreiberin"),
    (
        "Service de l’action sociale (SAS)",
        Seat.MEMBER,
        "Anne",
        "Fournier",
        "fr",
        "collaboratrice scientifique",
    ),
    (
        "Service de logistique des mesures du marché du travail (LMMT)",
        Seat.MEMBER,
        "Luc",
        "Vouilloz",
        "fr",
        "conseiller LMMT",
    ),
    ("ORP Sion", Seat.ADMIN, "Odile", "Pralong", "fr", "gestion des personnes"),
    (
        "Administration de la plateforme",
        Seat.ADMIN,
        "Pia",
        "Rudaz",
        "fr",
        "administration de la plateforme",
    ),
)


@dataclass(frozen=True)
class _Seat:
    person: UUID
    membership: UUID
    institution: UUID
    kind: Kind
    seat: Seat
    language: str
    name: str
    institution_name: str
    place: str


def is_there(store: Store) -> bool:
    """Whether somebody already lives in this database."""
    with store.system(Reason.SET_UP, writes=False) as session:
        return session.exec(select(Person.id).limit(1)).first() is not None


def build(store: Store, settings: Settings) -> None:
    """Build the canton in an empty database; a few seconds."""
    with store.system(Reason.SET_UP) as session:
        set_up_canton(session)
        enter_catalogue(session)
        report = import_people(session, (FOLDER / "professionnels.csv").read_bytes())
        if report.errors:
            raise ValueError(f"the demo's people do not import: {report.errors[0]}")
        session.flush()
        _enter_others(session)
    moved = timedelta(days=(today() - WRITTEN_FOR).days // 7 * 7)
    landed = import_announcements(store, settings, _moved(moved))
    if landed.errors:
        raise ValueError(f"the demo's announcements do not import: {landed.errors[0]}")
    _Life(store, settings).live()


def cast(store: Store) -> Iterator[str]:
    """One line for each of the people worth meeting first."""
    wanted = (
        "Inès Darbellay",
        "Claire Zufferey",
        "Amélie Favre",
        "Hugo Délèze",
        "Sophie Bender",
        "Anne Fournier",
        "Pia Rudaz",
    )
    with store.system(Reason.SET_UP, writes=False) as session:
        seats = _seats(session)
    for name in wanted:
        found = [seat for seat in seats if seat.name == name]
        if found:
            places = ", ".join(seat.institution_name for seat in found)
            yield f"{name:<16} {ROLE_LABELS[role_of(found[0].kind, found[0].seat)]}, {places}"


def _enter_others(session: SystemSession) -> None:
    institutions = {each.name: each for each in session.exec(select(Institution)).all()}
    people: dict[str, Person] = {}
    for place, seat, first, last, language, title in _OTHERS:
        name = f"{first} {last}"
        if name not in people:
            people[name] = Person(
                first_name=first,
                last_name=last,
                email=f"{first}.{last}@demo.example".lower(),
                language=language,
                phone="+41 27 000 00 00",
            )
            session.add(people[name])
            session.flush()
        institution = institutions.get(place) or _by_commune(institutions, place)
        session.add(
            Membership(
                person_id=people[name].id, institution_id=institution.id, seat=seat, title=title
            )
        )


def _by_commune(institutions: dict[str, Institution], place: str) -> Institution:
    name = place.removeprefix("Commune de ").split("-")[0]
    return next(
        each for key, each in institutions.items() if each.kind is Kind.COMMUNE and name[:4] in key
    )


def _moved(by: timedelta) -> bytes:
    text = (FOLDER / "annonces.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    made = io.StringIO()
    writer = csv.DictWriter(made, fieldnames=list(rows[0]), delimiter=";")
    writer.writeheader()
    for row in rows:
        for column in _DAYS:
            if row[column]:
                day = datetime.strptime(row[column], "%d.%m.%Y").date()  # noqa: DTZ007 - a day has no zone
                row[column] = format_day(day + by)
        writer.writerow(row)
    return made.getvalue().encode()


def _seats(session: SystemSession) -> list[_Seat]:
    rows = session.exec(
        select(Person, Membership, Institution)
        .join_from(Membership, Person, Person.id == Membership.person_id)
        .join(Institution, Institution.id == Membership.institution_id)
        .order_by(Institution.name, Person.last_name)
    ).all()
    return [
        _Seat(
            person.id,
            membership.id,
            institution.id,
            institution.kind,
            membership.seat,
            person.language,
            person.name,
            institution.name,
            institution.name_de if person.language == "de" else institution.name,
        )
        for person, membership, institution in rows
    ]


class _Life:
    """Carries the imported cases through their lives, each act on its day by the one whose act it is."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store, self.settings = store, settings
        # The acts live in the past; what is planned lies ahead of the day on which the canton is built.
        self.today = today()
        with store.system(Reason.SET_UP, writes=False) as session:
            self.seats = _seats(session)
            self.cases = [
                (case, identity.commune_number, set(employment.regimes))
                for case, identity, employment in session.exec(
                    select(Case, CaseIdentity, CaseEmployment)
                    .join_from(Case, CaseIdentity, CaseIdentity.case_id == Case.id)
                    .join(CaseEmployment, CaseEmployment.case_id == Case.id)
                    .order_by(Case.office_reference)
                )
            ]
            self.regions = {each.number: each.district_fr for each in session.exec(select(Commune))}
        self.bureau = [seat for seat in self.seats if seat.kind is Kind.BUREAU]
        self.load: dict[UUID, int] = {}

    def live(self) -> None:
        """Every case as far as its number carries it; all ten stages appear."""
        ready = [
            case
            for case, _, _ in self.cases
            if case.state is State.ANNOUNCED and case.office_reference != "A-2026-024"
        ]
        for place, case in enumerate(ready):
            stage = place % 10
            if stage >= 2:
                self._examine(case, stage)
        coached = [case for case in ready if self._state(case) is State.COACHING]
        for place, case in enumerate(coached):
            self._coach(case, place)
        Measures(self.store, self.seats, self._acting, self.today).tell(coached)
        Accounts(self.store, self.seats, self._acting, self.today).tell()
        self._write_updates(coached)
        self._revoke(coached[-1])
        self._put_away_old_notices()

    def _examine(self, case: Case, stage: int) -> None:
        coordinator = self.bureau[stage % len(self.bureau)]
        first = case.announced_on or self.today
        if stage == 2:
            with self._acting(coordinator, first + timedelta(days=5)) as session:
                question = "Quel emploi la personne a-t-elle occupé en dernier, et jusqu’à quand ?"
                cases.ask_to_complete(session, case.id, QuestionInput(question=question))
            return
        if stage == 3 and case.origin is Origin.ORP:
            with self._acting(coordinator, first + timedelta(days=6)) as session:
                cases.refuse(
                    session,
                    case.id,
                    RefusalInput(
                        reason="Une formation à plein temps vient de commencer ; un coaching intensif ferait double emploi.",
                        next_steps="Reprendre contact à la fin de la formation.",
                    ),
                )
            return
        with self._acting(coordinator, first + timedelta(days=4)) as session:
            cases.admit(session, case.id)
        if stage == 4:
            return
        orp, cms = self._pair(case)
        with self._acting(coordinator, first + timedelta(days=7)) as session:
            cases.name_tandem(session, case.id, TandemInput(orp=orp.membership, cms=cms.membership))
        if stage == 5:
            return
        with self._acting(orp, first + timedelta(days=10)) as session:
            cases.start_coaching(session, case.id)

    def _pair(self, case: Case) -> tuple[_Seat, _Seat]:
        announcer = next(
            seat for seat in self.seats if seat.membership == case.announcing_membership_id
        )
        return self._next(Kind.ORP, announcer), self._next(Kind.CMS, announcer)

    def _next(self, kind: Kind, announcer: _Seat) -> _Seat:
        # The tandem works in the announcing institution's region and language; the least loaded of them.
        members = [seat for seat in self.seats if seat.kind is kind and seat.seat is Seat.MEMBER]
        region = announcer.institution_name.split(" ", 1)[1].split("-")[0]
        near = [seat for seat in members if region in seat.institution_name] or [
            seat for seat in members if seat.language == announcer.language
        ]
        chosen = min(near, key=lambda seat: (self.load.get(seat.membership, 0), seat.name))
        self.load[chosen.membership] = self.load.get(chosen.membership, 0) + 1
        return chosen

    def _coach(self, case: Case, place: int) -> None:
        orp, cms = self._tandem(case)
        start = (case.announced_on or self.today) + timedelta(days=11)
        last = self.today - timedelta(days=1 + place % 4)
        for number, (kind, domain, topic, significant, text, text_de) in enumerate(
            _NOTES[place % 3 :]
        ):
            day = start + timedelta(days=9 * number)
            if day > last:
                break
            who = (orp, cms)[number % 2]
            with self._acting(who, day) as session:
                coaching.publish(
                    session,
                    case.id,
                    NoteInput(
                        form_key=new_id(),
                        text=text_de if who.language == "de" else text,
                        kind=kind,
                        day=day,
                        domain=domain,
                        topic=topic,
                        significant=significant,
                    ),
                )
        with self._acting(orp, start) as session:
            german = orp.language == "de"
            coaching.set_objective(
                session,
                case.id,
                ObjectiveInput(
                    form_key=new_id(),
                    goal="Praktikum im ersten Arbeitsmarkt finden"
                    if german
                    else "Trouver un stage sur le premier marché du travail",
                    domain=Domain.PLACEMENT,
                    due_on=self.today + timedelta(days=20 - 12 * (place % 3)),
                ),
            )
        with self._acting(cms, self.today) as session:
            coaching.arrange(
                session,
                case.id,
                AppointmentInput(
                    form_key=new_id(),
                    day=self.today + timedelta(days=1 + place % 9),
                    hour=time(9 + place % 7),
                    minutes=60,
                    place=cms.place,
                    about="Standortgespräch" if cms.language == "de" else "Point de situation",
                ),
            )

    def _write_updates(self, coached: list[Case]) -> None:
        """Month by month: most are written, some say that nothing is new, one is missing; then the mails leave."""
        started = {
            case.id: (case.announced_on or self.today) + timedelta(days=10) for case in coached
        }
        # Two months show how it looks.
        month = months_after(month_of(self.today), -2)
        while month < month_of(self.today):
            for place, case in enumerate(coached):
                day = last_working_day(month) - timedelta(days=place % 3)
                if started[case.id] < day:
                    self._write_update(case, place, day)
            leaves = digest_moment(month, MonthlySettings(institution_id=coached[0].id))
            if leaves < now():
                with living_at(leaves + timedelta(minutes=1)):
                    hand_over_what_is_due(self.store, now())
                    deliver(self.store, self.settings, KINDS)
                    if months_after(month, 1) < month_of(self.today):
                        self._read_updates(coached, month, leaves.date() + timedelta(days=1))
            month = months_after(month, 1)
        with self.store.system(Reason.SCHEDULE) as session:
            open_updates(session, self.today)

    def _write_update(self, case: Case, place: int, day: date) -> None:
        month = month_of(day)
        with self._acting(self._tandem(case)[place % 2], day) as session:
            language = announcer_of(session, case.id).language
            found = [each for each in proposed(session, case.id, language) if each.day <= day]
            if not found:
                monthly.say_nothing_new(session, case.id, month)
                return
            written = UpdateInput(
                version=version_of(()),
                paragraph=tuple(each.key(case.id, month) for each in found),
                part=tuple(each.part for each in found),
                topic=(Topic.COACHING,) * len(found),
                text=tuple(each.text for each in found),
            )
            # Somebody began and was called away: one is late, and its reader is told.
            is_late = place % 5 == 4 and months_after(month, 1) == month_of(self.today)
            act = monthly.save if is_late else monthly.publish
            act(session, case.id, month, written)

    def _read_updates(self, coached: list[Case], month: date, day: date) -> None:
        by_key = {seat.membership: seat for seat in self.seats}
        for case in coached:
            with self._acting(by_key[case.announcing_membership_id], day) as session:
                update = update_of(session, case.id, month)
                if update is not None and update.sent_at is not None:
                    monthly.note_update_reading(session, update)

    def _revoke(self, case: Case) -> None:
        announcer = next(
            seat for seat in self.seats if seat.membership == case.announcing_membership_id
        )
        with self._acting(announcer, self.today - timedelta(days=2)) as session:
            cases.revoke_procuration(session, case.id, RevocationInput(channel=Channel.LETTER))

    def _put_away_old_notices(self) -> None:
        with self.store.system(Reason.SET_UP) as session:
            before = moment_of(self.today - timedelta(days=21))
            for notice in session.exec(select(Notice).where(Notice.at < before)):
                notice.seen_at = notice.at
                session.add(notice)

    def _tandem(self, case: Case) -> tuple[_Seat, _Seat]:
        with self.store.system(Reason.SET_UP, writes=False) as session:
            tandem = session.get_one(Tandem, case.id)
        by_key = {seat.membership: seat for seat in self.seats}
        return by_key[tandem.orp_membership_id], by_key[tandem.cms_membership_id]

    def _state(self, case: Case) -> State:
        with self.store.system(Reason.SET_UP, writes=False) as session:
            return session.get_one(Case, case.id).state

    @contextmanager
    def _acting(self, seat: _Seat, day: date) -> Iterator[GuardedSession]:
        """Somebody acts on a day, in the morning."""
        actor = Actor(
            person=seat.person,
            membership=seat.membership,
            institution=seat.institution,
            kind=seat.kind,
            seat=seat.seat,
            day=min(day, self.today),
            language=seat.language,
            name=seat.name,
            institution_name=seat.institution_name,
        )
        with (
            living_at(moment_of(actor.day, time(9, 30))),
            self.store.session(actor, writes=True) as session,
        ):
            yield session
            session.commit()


_NOTES = (
    (
        NoteKind.INTERVIEW,
        Domain.EVALUATION,
        Topic.COACHING,
        True,
        "Premier entretien à trois. La personne veut retrouver un emploi à temps partiel, de préférence dans la logistique. Suite : bilan des compétences.",
        "Erstes Gespräch zu dritt. Die Person will wieder Teilzeit arbeiten, am liebsten in der Logistik. Weiter: Standortbestimmung.",
    ),
    (
        NoteKind.PHONE,
        Domain.QUALIFICATION,
        Topic.COACHING,
        False,
        "Rappel : les certificats de travail manquent encore. Elle les apporte au prochain rendez-vous.",
        "Erinnerung: Die Arbeitszeugnisse fehlen noch. Sie bringt sie zum nächsten Termin mit.",
    ),
    (
        NoteKind.INTERVIEW,
        Domain.INSERTION,
        Topic.HEALTH,
        False,
        "Douleurs au dos après de longues stations debout ; le médecin recommande des postes alternés.",
        "Rückenschmerzen nach langem Stehen; der Arzt empfiehlt wechselnde Arbeitshaltungen.",
    ),
    (
        NoteKind.EMPLOYER,
        Domain.PLACEMENT,
        Topic.EMPLOYMENT,
        True,
        "Visite chez un transporteur de la région : prêt à proposer un stage de deux semaines.",
        "Besuch bei einem Transportunternehmen der Region: bereit, ein zweiwöchiges Praktikum anzubieten.",
    ),
    (
        NoteKind.EMAIL,
        Domain.QUALIFICATION,
        Topic.TRAINING,
        False,
        "Inscription au test de langue confirmée.",
        "Anmeldung zum Sprachtest bestätigt.",
    ),
    (
        NoteKind.INTERVIEW,
        Domain.PLACEMENT,
        Topic.COACHING,
        True,
        "Le stage a commencé. Premier retour positif : ponctuelle, motivée, apprend vite.",
        "Das Praktikum hat begonnen. Erste Rückmeldung positiv: pünktlich, motiviert, lernt schnell.",
    ),
    (
        NoteKind.NOTE,
        Domain.INSERTION,
        Topic.FINANCES,
        False,
        "Budget revu avec le CMS : les frais de transport du stage sont couverts jusqu’à la fin du mois.",
        "Budget mit dem SMZ überprüft: Die Fahrkosten des Praktikums sind bis Ende Monat gedeckt.",
    ),
)
