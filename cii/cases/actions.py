"""The acts of a case's life: announce, ask, refuse, admit, name the tandem, start, suspend, resume.

Each changes the case, records the act and tells those whose turn it is, in one transaction.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel, select

from cii.access.actor import Kind, Seat
from cii.access.guard import GuardedSession, Hidden
from cii.access.system import Reason, SystemSession, joined_system_session
from cii.audit.actions import record, record_by_system
from cii.audit.models import Act
from cii.cases.eligibility import judge, read_announced, standing_of
from cii.cases.inputs import (
    AnnouncementInput,
    QuestionInput,
    RefusalInput,
    SuccessorInput,
    TandemInput,
)
from cii.cases.lifecycle import SUSPENDABLE, WITH_A_TANDEM, NotAllowed, State, step
from cii.cases.models import (
    ORIGINS,
    AnnouncementDraft,
    Case,
    CaseAnswer,
    CaseEmployment,
    CaseIdentity,
    CaseNeed,
    CaseNumber,
    CaseSocial,
    CaseStep,
    PastMeasure,
    Tandem,
)
from cii.cases.queries import find_case
from cii.consent.actions import (
    Stay,
    give_part,
    keep_parts,
    record_procuration,
    recorded_before,
    revoke,
)
from cii.consent.inputs import ProcurationInput, RevocationInput
from cii.consent.models import CasePart, PartKind
from cii.consent.queries import current_procuration, has_recording_part
from cii.consent.topics import Topic
from cii.files.actions import add_file
from cii.files.storage import Shelf
from cii.foundation.clock import now
from cii.foundation.names import search_key
from cii.organisations.models import Institution, Membership, Person
from cii.outbox.actions import notify, withhold
from cii.outbox.models import Subject
from cii.programmes.eligibility import Difficulty, Verdict


class Incomplete(Exception):
    """The case cannot be admitted: a criterion is not proven or no procuration is valid (A-01)."""


def next_reference(system: SystemSession, year: int) -> str:
    """The next reference of a year, VS-2026-0142."""
    return next_references(system, year, 1)[0]


def next_references(system: SystemSession, year: int, count: int) -> list[str]:
    """The next references of a year, in order; whoever else wants some waits until these are written."""
    if system.get(CaseNumber, year, with_for_update=True) is None:
        # The first of a year: two at once make one row, and the second one counts on.
        with suppress(IntegrityError), system.begin_nested():
            system.add(CaseNumber(year=year))
    number = system.get_one(CaseNumber, year, with_for_update=True, populate_existing=True)
    first, number.last = number.last + 1, number.last + count
    system.flush()
    return [f"VS-{year}-{each:04d}" for each in range(first, number.last + 1)]


def open_draft(session: GuardedSession, case_id: UUID) -> Case:
    """Open a case as a draft of the actor's institution; nobody else sees it (VS-32).

    The form gives the key, so that a repeat opens nothing twice; Hidden if it is somebody else's.
    """
    actor = session.actor
    with joined_system_session(session, Reason.DERIVE_ACCESS) as system:
        if system.get(Case, case_id) is not None:
            raise Hidden("Case")
        # The system's to write: nobody sees a case before somebody has a part in it.
        system.add(
            Case(
                id=case_id,
                reference=next_reference(system, actor.day.year),
                origin=ORIGINS[actor.kind],
                announcing_institution_id=actor.institution,
                announcing_membership_id=actor.membership,
                state=State.DRAFT,
            )
        )
    give_part(session, case_id, actor.institution, PartKind.ANNOUNCING, actor.day, actor.membership)
    return session.find(Case, case_id)


def save_draft(session: GuardedSession, case: Case, typed: dict[str, object]) -> None:
    """Keep what was typed so far, as it was typed."""
    draft = session.get(AnnouncementDraft, case.id)
    if draft is None:
        draft = AnnouncementDraft(case_id=case.id, institution_id=session.actor.institution)
    draft.typed = typed
    draft.saved_at = now()
    session.add(draft)


def discard_draft(session: GuardedSession, case_id: UUID) -> None:
    """Throw a draft away; its reference is not given again."""
    case = find_case(session, case_id)
    if case.state is not State.DRAFT:
        raise NotAllowed("only a draft can be discarded")
    # The rows that follow go with the case (ON DELETE CASCADE).
    session.delete(case)


def announce(session: GuardedSession, case_id: UUID, given: AnnouncementInput) -> Case:
    """Announce a case to the bureau CII, or send a completed announcement again (VS-08, VS-32, A-05).

    What is missing makes it "to complete", never refused; the bureau sees what is missing (A-01).
    """
    case = find_case(session, case_id)
    if case.announcing_institution_id != session.actor.institution:
        raise Hidden("Case")
    first = case.state is State.DRAFT
    if not first and case.state is not State.TO_COMPLETE:
        raise NotAllowed(f"{case.state.value} cannot be announced")
    write_announcement(session, case.id, case.announcing_institution_id, given)
    draft = session.get(AnnouncementDraft, case.id)
    if draft is not None:
        session.delete(draft)
    session.flush()
    if first:
        case.announced_on = session.actor.day
        bureau = the_bureau(session)
        give_part(session, case.id, bureau, PartKind.BUREAU, session.actor.day)
    move(session, case, standing(session, case), "VS-08")
    record(session, Act.ANNOUNCED if first else Act.COMPLETED, case_id=case.id, ground="VS-08")
    _tell_the_bureau(session, case)
    return case


def _tell_the_bureau(session: GuardedSession, case: Case) -> None:
    if case.state is State.ANNOUNCED:
        bureau = the_bureau(session)
        notify(session, {bureau}, Subject.ANNOUNCED, case.id, case.reference)


def the_bureau(session: GuardedSession | SystemSession) -> UUID:
    """The bureau CII: every announcement goes to it (A-05)."""
    bureau = session.exec(
        select(Institution.id)
        .where(Institution.kind == Kind.BUREAU, Institution.active)
        .order_by(Institution.name)
    ).first()
    if bureau is None:
        raise LookupError("no bureau CII is set up")
    return bureau


def standing(session: GuardedSession, case: Case) -> State:
    """Where the case stands by what is announced and signed today."""
    day = session.actor.day
    return standing_of(
        read_announced(session, case.id),
        day,
        has_procuration=current_procuration(session, case.id, day) is not None,
    )


def write_announcement(
    session: GuardedSession, case_id: UUID, institution_id: UUID, given: AnnouncementInput
) -> None:
    """Write an announcement into the rows of its topics."""
    for row in announced_rows(case_id, institution_id, given):
        session.merge(row)
    for earlier in session.exec(select(PastMeasure).where(PastMeasure.case_id == case_id)).all():
        session.delete(earlier)
    session.add_all(PastMeasure(**row) for row in past_measures(case_id, institution_id, given))


def announced_rows(case_id: UUID, institution_id: UUID, given: AnnouncementInput) -> list[SQLModel]:
    """The rows of an announcement, one for each topic."""
    values = announced_values(case_id, institution_id, given)
    return [table(**row) for table, row in values.items()]


def announced_values(
    case_id: UUID, institution_id: UUID, given: AnnouncementInput
) -> dict[type[SQLModel], dict[str, Any]]:
    """What stands in the rows of an announcement, by table."""
    factors = [*given.risk_factors, *([given.other_risk_factor] if given.other_risk_factor else [])]
    own = {"case_id": case_id, "institution_id": institution_id}
    return {
        CaseIdentity: own
        | {
            "first_name": given.first_name,
            "last_name": given.last_name,
            "search_name": search_key(f"{given.last_name} {given.first_name}"),
            "birth_date": given.birth_date,
            "avs_number": given.avs_number,
            "street": given.street,
            "postcode": given.postcode,
            "place": given.place,
            "commune_number": given.commune,
            "language": given.language,
            "phone": given.phone or "",
            "email": given.email or "",
        },
        CaseSocial: own
        | {
            "ground": given.ground,
            "risk_factors": factors,
            "followed_by_cms": given.followed_by_cms,
            "cms_membership_id": given.cms_professional,
        },
        CaseEmployment: own
        | {
            "regimes": [each.value for each in given.regimes],
            "followed_by_orp": given.followed_by_orp,
            "orp_membership_id": given.orp_professional,
            "limited_adapted_activity": Difficulty.LIMITED_ADAPTED_ACTIVITY in given.difficulties,
            "doubtful_placement_aptitude": Difficulty.DOUBTFUL_PLACEMENT_APTITUDE
            in given.difficulties,
            "insertion": given.insertion,
            "potential": given.potential,
            "potential_reason": given.potential_reason,
            "employability_verified_on": given.employability_verified_on,
            "integration_indicated": given.integration_indicated,
        },
        CaseNeed: own
        | {
            "intensive_coaching": given.intensive_coaching,
            "reason": given.intensive_coaching_reason,
        },
    }


def past_measures(
    case_id: UUID, institution_id: UUID, given: AnnouncementInput
) -> list[dict[str, Any]]:
    """What stands in the rows of the earlier measures that an announcement names (VS-10)."""
    if given.past_measure is None:
        return []
    return [
        {
            "case_id": case_id,
            "institution_id": institution_id,
            "kind": given.past_measure,
            "name": given.past_measure_name,
            "ended_on": given.past_measure_ended_on,
        }
    ]


def ask_to_complete(session: GuardedSession, case_id: UUID, given: QuestionInput) -> Case:
    """Send an announcement back with a question (A-01: never a silent refusal)."""
    case = find_case(session, case_id)
    move(session, case, State.TO_COMPLETE, "asked")
    _answer(session, case, given.question)
    record(session, Act.ASKED_TO_COMPLETE, case_id=case.id, ground="VS-14")
    notify(session, announcing_readers(case), Subject.TO_COMPLETE, case.id, case.reference)
    return case


def refuse(session: GuardedSession, case_id: UUID, given: RefusalInput) -> Case:
    """Refuse admission, with a reason and proposed next steps (VS-14)."""
    case = find_case(session, case_id)
    move(session, case, State.REFUSED, "VS-14")
    _answer(session, case, given.reason, given.next_steps)
    record(session, Act.REFUSED_ADMISSION, case_id=case.id, ground="VS-14")
    notify(session, announcing_readers(case), Subject.REFUSED, case.id, case.reference)
    return case


def _answer(session: GuardedSession, case: Case, text: str, next_steps: str = "") -> None:
    session.add(
        CaseAnswer(
            case_id=case.id,
            state=case.state,
            person_id=session.actor.person,
            institution_id=session.actor.institution,
            addressee_id=case.announcing_institution_id,
            text=text,
            next_steps=next_steps,
        )
    )


def admit(session: GuardedSession, case_id: UUID) -> Case:
    """Admit: all criteria VS-08 to VS-14 met and proven, procuration valid. There is no override (A-01)."""
    case = find_case(session, case_id)
    step(case.state, State.ADMITTED)
    announced = read_announced(session, case_id)
    if (
        not announced.is_readable
        or judge(announced, session.actor.day)[1] is not Verdict.COMPLETE
        or current_procuration(session, case_id, session.actor.day) is None
    ):
        raise Incomplete(case.reference)
    move(session, case, State.ADMITTED, "VS-14")
    record(session, Act.ADMITTED, case_id=case.id, ground="VS-14")
    notify(session, announcing_readers(case), Subject.ADMITTED, case.id, case.reference)
    return case


def name_tandem(session: GuardedSession, case_id: UUID, given: TandemInput) -> Case:
    """Name the tandem: one ORP adviser and one CMS social worker (VS-01); Hidden for anybody else."""
    case = find_case(session, case_id)
    orp = _member_of(session, given.orp, Kind.ORP)
    cms = _member_of(session, given.cms, Kind.CMS)
    move(session, case, State.TANDEM_ASSIGNED, "VS-01")
    session.add(
        Tandem(
            case_id=case.id,
            orp_membership_id=orp.id,
            cms_membership_id=cms.id,
            named_by=session.actor.person,
            named_on=session.actor.day,
        )
    )
    give_part(session, case.id, orp.institution_id, PartKind.TANDEM_ORP, session.actor.day, orp.id)
    give_part(session, case.id, cms.institution_id, PartKind.TANDEM_CMS, session.actor.day, cms.id)
    record(session, Act.TANDEM_NAMED, case_id=case.id, ground="VS-01")
    notify(
        session,
        {*announcing_readers(case), orp.id, cms.id},
        Subject.TANDEM_NAMED,
        case.id,
        case.reference,
    )
    return case


# What a capability does for who takes a place in a tandem: the case, who leaves, who comes; app.py lists it.
HandedOver = Callable[[GuardedSession, Case, UUID, UUID], None]


def replace_in_tandem(
    session: GuardedSession, case_id: UUID, given: SuccessorInput, follow: Iterable[HandedOver]
) -> None:
    """Let somebody else take a place in the tandem from today on (VS-01).

    Who leaves sees the case until the end of the day. NotAllowed where he or she has left already, or
    the case is closed.
    """
    case = find_case(session, case_id)
    tandem = session.get(Tandem, case_id)
    if tandem is None or case.state not in WITH_A_TANDEM:
        raise NotAllowed
    if given.leaving == tandem.orp_membership_id:
        part, successor = PartKind.TANDEM_ORP, _member_of(session, given.successor, Kind.ORP)
        tandem.orp_membership_id = successor.id
    elif given.leaving == tandem.cms_membership_id:
        part, successor = PartKind.TANDEM_CMS, _member_of(session, given.successor, Kind.CMS)
        tandem.cms_membership_id = successor.id
    else:
        raise NotAllowed
    session.add(tandem)
    office = session.get_one(Membership, given.leaving).institution_id
    keep_parts(
        session,
        case.id,
        [
            Stay(office, part, session.actor.day, given.leaving),
            Stay(successor.institution_id, part, None, successor.id),
        ],
    )
    for each in follow:
        each(session, case, given.leaving, successor.id)
    record(
        session,
        Act.TANDEM_CHANGED,
        case_id=case.id,
        ground="VS-01",
        left=str(given.leaving),
        came=str(successor.id),
    )
    told = {tandem.orp_membership_id, tandem.cms_membership_id, given.leaving}
    notify(
        session, announcing_readers(case) | told, Subject.TANDEM_CHANGED, case.id, case.reference
    )


def _member_of(session: GuardedSession, membership_id: UUID, kind: Kind) -> Membership:
    row = session.exec(
        select(Membership)
        .join(Institution, Institution.id == Membership.institution_id)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.id == membership_id,
            Membership.seat == Seat.MEMBER,
            Membership.active,
            Person.active,
            Institution.kind == kind,
        )
    ).first()
    if row is None:
        raise Hidden("Membership")
    return row


def start_coaching(session: GuardedSession, case_id: UUID) -> Case:
    """The tandem starts the coaching; needs both members and a valid procuration (VS-01, VS-02, VS-40)."""
    case = find_case(session, case_id)
    tandem = session.get(Tandem, case_id)
    if tandem is None or not _is_tandem_of(session, case_id):
        raise Hidden("Tandem")
    if current_procuration(session, case_id, session.actor.day) is None:
        raise Incomplete(case.reference)
    move(session, case, State.COACHING, "VS-02")
    record(session, Act.COACHING_STARTED, case_id=case.id, ground="VS-02")
    return case


def _is_tandem_of(session: GuardedSession, case_id: UUID) -> bool:
    parts = session.exec(
        select(CasePart.part).where(
            CasePart.case_id == case_id, CasePart.institution_id == session.actor.institution
        )
    ).all()
    return PartKind.TANDEM_ORP in parts or PartKind.TANDEM_CMS in parts


def take_procuration(
    session: GuardedSession,
    shelf: Shelf,
    case_id: UUID,
    given: ProcurationInput,
    name: str,
    scan: bytes,
) -> Case:
    """Record a signed procuration with its scan; sent twice, it is recorded once (VS-40).

    Hidden for an institution that neither announced the case nor is in its tandem; WrongInput with
    a sentence when the scan is no file that CII keeps.
    """
    case = find_case(session, case_id)
    if not has_recording_part(session, case_id):
        raise Hidden("Case")
    if recorded_before(session, case_id, given.key):
        return case
    # The scan shows who the person is: it belongs to that topic.
    file = add_file(session, shelf, case_id, Topic.IDENTITY, name, scan)
    record_procuration(session, case_id, given, file.id)
    return after_new_procuration(session, case_id)


def revoke_procuration(session: GuardedSession, case_id: UUID, given: RevocationInput) -> Case:
    """Record a revocation: access closes at once, the case is suspended, the acting institutions are told (A-09)."""
    case = find_case(session, case_id)
    readers = partner_readers(session, case)
    if not revoke(session, case_id, given):
        return case
    withhold(session, case.id)
    if case.state in SUSPENDABLE:
        _suspend(case)
        session.add(case)
        session.add(_step(session, case, "VS-40"))
        record(session, Act.SUSPENDED, case_id=case.id, ground="VS-40")
    notify(session, readers, Subject.ACCESS_ENDED, case.id, case.reference)
    return case


def partner_readers(session: GuardedSession, case: Case) -> set[UUID]:
    """The inboxes and professionals with a part in the case, except who acts."""
    readers = set()
    for part in session.exec(select(CasePart).where(CasePart.case_id == case.id)).all():
        if part.ends_on is None or part.ends_on >= session.actor.day:
            readers.add(part.membership_id or part.institution_id)
    return readers - {session.actor.membership, session.actor.reader}


def announcing_readers(case: Case) -> set[UUID]:
    """The professional who announced the case."""
    return {case.announcing_membership_id}


def after_new_procuration(session: GuardedSession, case_id: UUID) -> Case:
    """A new procuration returns a suspended case to where it was, and may complete an announcement."""
    case = find_case(session, case_id)
    if current_procuration(session, case_id, session.actor.day) is None:
        return case
    if case.state is State.SUSPENDED:
        _resume(case)
        session.add(case)
        session.add(_step(session, case, "VS-40"))
        record(session, Act.RESUMED, case_id=case.id, ground="VS-40")
        notify(session, partner_readers(session, case), Subject.RESUMED, case.id, case.reference)
    elif (
        case.state is State.TO_COMPLETE
        and not _was_asked(session, case)
        and standing(session, case) is State.ANNOUNCED
    ):
        move(session, case, State.ANNOUNCED, "VS-08")
        record(session, Act.COMPLETED, case_id=case.id, ground="VS-40")
        _tell_the_bureau(session, case)
    return case


def _was_asked(session: GuardedSession, case: Case) -> bool:
    # A question of the bureau CII is answered by sending the announcement again, not by the way.
    last = session.exec(
        select(CaseStep.ground)
        .where(CaseStep.case_id == case.id)
        .order_by(sa.desc(CaseStep.at))
        .limit(1)
    ).first()
    return last == "asked"


def suspend_expired(system: SystemSession, case_ids: Iterable[UUID]) -> int:
    """Suspend cases whose procuration has ended by itself; returns how many (VS-40)."""
    cases = [case for case in _locked(system, case_ids) if case.state in SUSPENDABLE]
    for case in cases:
        _suspend(case)
        system.add(CaseStep(case_id=case.id, state=case.state, ground="VS-40"))
        withhold(system, case.id)
        record_by_system(system, Act.SUSPENDED, case_id=case.id, ground="VS-40")
    return len(cases)


def resume_consented(system: SystemSession, case_ids: Iterable[UUID]) -> int:
    """Return suspended cases to where they were, on the first day of a new procuration; how many."""
    cases = [case for case in _locked(system, case_ids) if case.state is State.SUSPENDED]
    for case in cases:
        _resume(case)
        system.add(CaseStep(case_id=case.id, state=case.state, ground="VS-40"))
        record_by_system(system, Act.RESUMED, case_id=case.id, ground="VS-40")
    return len(cases)


def _locked(system: SystemSession, case_ids: Iterable[UUID]) -> Iterator[Case]:
    for case_id in case_ids:
        case = system.get(Case, case_id, with_for_update=True, populate_existing=True)
        if case is not None:
            yield case


def _suspend(case: Case) -> None:
    case.state_before, case.state, case.since = case.state, State.SUSPENDED, now()


def _resume(case: Case) -> None:
    assert case.state_before is not None, "a suspended case knows where to return to"
    case.state, case.state_before, case.since = case.state_before, None, now()


def move(session: GuardedSession, case: Case, end: State, ground: str) -> None:
    """Take a case to its next state; NotAllowed when there is no such step from where it stands."""
    step(case.state, end)
    case.state, case.since = end, now()
    session.add(case)
    session.add(_step(session, case, ground))


def _step(session: GuardedSession, case: Case, ground: str) -> CaseStep:
    return CaseStep(
        case_id=case.id,
        state=case.state,
        person_id=session.actor.person,
        institution_id=session.actor.institution,
        ground=ground,
    )


def note_reading(session: GuardedSession, case_id: UUID, page: str) -> None:
    """Record that the actor opened a page of a case (VS-40)."""
    record(session, Act.CASE_READ, case_id=case_id, ground="VS-40", page=page)


def reveal_avs(session: GuardedSession, case_id: UUID, reason: str) -> str:
    """The full AVS number, with the reason recorded; Hidden where the identity is not open."""
    identity = session.find(CaseIdentity, case_id)
    record(session, Act.AVS_REVEALED, case_id=case_id, ground=reason)
    return identity.avs_number
