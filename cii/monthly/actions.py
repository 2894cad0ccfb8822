"""The acts of the monthly update: write, publish, say that nothing is new, add, read; settings and pause.

What the worker does by itself (owe, remind, hand over) stands in `rounds.py`.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlmodel import select

from cii.access.guard import GuardedSession, Hidden
from cii.access.system import Reason, joined_system_session
from cii.audit.actions import record
from cii.audit.models import Act
from cii.cases.lifecycle import NotAllowed, State
from cii.cases.models import Case
from cii.cases.queries import find_case
from cii.coaching.actions import ChangedMeanwhile, writes
from cii.coaching.queries import parts_held
from cii.consent.derive import touch
from cii.consent.topics import Topic
from cii.foundation.clock import now
from cii.foundation.ids import id_of_form
from cii.monthly.inputs import AddendumInput, Paragraph, SettingsInput, UpdateInput, month_key
from cii.monthly.models import (
    OPEN,
    SETTLED,
    Addendum,
    DigestPause,
    MonthlySettings,
    SourceKind,
    Update,
    UpdateElement,
    UpdatePart,
    UpdateReading,
    UpdateState,
)
from cii.monthly.queries import (
    announcer_of,
    elements_of,
    proposed,
    reads_coaching,
    settings_of,
    update_of,
    version_of,
)
from cii.monthly.schedule import due_day, month_of
from cii.monthly.sources import Prepared

WRITABLE = frozenset({UpdateState.TO_WRITE, UpdateState.DRAFT, *SETTLED})


class NothingWritten(Exception):
    """An update without a single paragraph is not published: there is "nothing new" for that."""


def of_text(topic: Topic) -> Topic:
    """The topics of a text of the tandem: the coaching, what it is about, and that it is a text."""
    return Topic.COACHING | topic | Topic.NOTES


def _case_of_writer(session: GuardedSession, case_id: UUID) -> Case:
    case = find_case(session, case_id)
    if not (writes(parts_held(session, case_id)) and reads_coaching(session, case_id)):
        raise Hidden("Update")
    return case


def is_writable(update: Update | None, month: date, day: date) -> bool:
    """Whether the update of a month can still be written: until it is handed over, and not before its month."""
    if update is None:
        return month == month_of(day)
    return update.state in WRITABLE and update.sent_at is None


def _to_write(session: GuardedSession, case: Case, month: date) -> Update:
    """The update of this month, opened where the worker has not done so yet; NotAllowed where nothing is owed."""
    update = update_of(session, case.id, month)
    if not is_writable(update, month, session.actor.day):
        if update is None:
            raise Hidden("Update")
        raise NotAllowed("this update was handed over")
    if case.state is not State.COACHING:
        raise NotAllowed(f"no update is owed for a case that is {case.state.value}")
    if update is None:
        settings = settings_of(session, case.announcing_institution_id)
        update = Update(case_id=case.id, month=month, due_on=due_day(month, settings))
        session.add(update)
        session.flush()
    return update


def _by_actor(session: GuardedSession, update: Update, state: UpdateState) -> None:
    update.state = state
    update.institution_id = session.actor.institution
    update.author_id = session.actor.person
    session.add(update)


def save(session: GuardedSession, case_id: UUID, month: date, given: UpdateInput) -> Update:
    """Save the paragraphs as they were submitted; those that the actor does not see stay as they are (VS-27).

    A draft stays one, what is published is corrected. ChangedMeanwhile when the other of the tandem
    saved something else first; NotAllowed once it is handed over, or where nothing is owed.
    """
    case = _case_of_writer(session, case_id)
    update = _to_write(session, case, month)
    before = elements_of(session, update.id)
    language = announcer_of(session, case_id).language
    candidates = {each.key(case_id, month): each for each in proposed(session, case_id, language)}
    wanted = _rows(session, update, given, before, candidates)
    if version_of(wanted) == version_of(before):
        return update
    if given.version != version_of(before):
        raise ChangedMeanwhile
    _write(session, before, wanted)
    state = UpdateState.DRAFT if update.state is UpdateState.TO_WRITE else update.state
    _by_actor(session, update, state)
    record(session, Act.UPDATE_SAVED, case_id=case.id, subject_id=update.id, ground="VS-27")
    return update


def _rows(
    session: GuardedSession,
    update: Update,
    given: UpdateInput,
    before: Sequence[UpdateElement],
    candidates: Mapping[UUID, Prepared],
) -> list[UpdateElement]:
    """The paragraphs as they shall stand: rows that are there with their new words, and new rows."""
    there = {each.id: each for each in before}
    parts = list(UpdatePart)
    rows = []
    for position, each in enumerate(
        sorted(given.paragraphs, key=lambda paragraph: parts.index(paragraph.part))
    ):
        row = there.get(each.key) or there.get(_key_of_typed(session, update, each.key))
        rows.append(
            _changed(row, each, position)
            if row
            else _new(session, update, each, position, candidates.get(each.key))
        )
    return rows


def _key_of_typed(session: GuardedSession, update: Update, key: UUID) -> UUID:
    actor = session.actor
    return id_of_form(key, actor.person, actor.institution, update.case_id, update.month)


def _changed(row: UpdateElement, given: Paragraph, position: int) -> UpdateElement:
    topic = of_text(given.topic)
    if row.source is not SourceKind.TYPED:
        # What was said of one's health stays under health, whatever else it is put under.
        topic |= row.topic
    values = {"part": given.part, "position": position, "topic": topic, "text": given.text}
    return UpdateElement(**{**row.model_dump(), **values})


def _new(
    session: GuardedSession,
    update: Update,
    given: Paragraph,
    position: int,
    source: Prepared | None,
) -> UpdateElement:
    topic = of_text(given.topic)
    return UpdateElement(
        id=given.key if source else _key_of_typed(session, update, given.key),
        update_id=update.id,
        case_id=update.case_id,
        institution_id=session.actor.institution,
        person_id=session.actor.person,
        part=given.part,
        position=position,
        topic=topic | source.topic if source else topic,
        source=source.source if source else SourceKind.TYPED,
        source_id=source.source_id if source else None,
        text=given.text,
    )


def _write(
    session: GuardedSession, before: Sequence[UpdateElement], wanted: Sequence[UpdateElement]
) -> None:
    there = {each.id: each for each in before}
    kept = {each.id for each in wanted}
    for row in before:
        if row.id not in kept:
            session.delete(row)
    hidden = _known_elsewhere(session, kept - set(there))
    for each in wanted:
        if each.id not in there:
            # The other of the tandem took the same paragraph, and put it under a topic that is closed here.
            if each.id not in hidden:
                session.add(each)
            continue
        row = there[each.id]
        if (row.topic, row.text) != (each.topic, each.text):
            row.topic, row.text, row.changed_at = each.topic, each.text, now()
        row.part, row.position = each.part, each.position
        session.add(row)


def _known_elsewhere(session: GuardedSession, keys: set[UUID]) -> set[UUID]:
    with joined_system_session(session, Reason.CHECK) as system:
        return set(system.exec(select(UpdateElement.id).where(UpdateElement.id.in_(keys))))


def publish(session: GuardedSession, case_id: UUID, month: date, given: UpdateInput) -> Update:
    """Save and publish: the reader finds it in the product at once, and in the next digest (VS-27).

    NothingWritten without a paragraph. Publishing what is published changes nothing but its words.
    """
    update = save(session, case_id, month, given)
    if not elements_of(session, update.id):
        raise NothingWritten
    if update.state is not UpdateState.PUBLISHED:
        _settle(session, update, UpdateState.PUBLISHED)
        record(
            session,
            Act.UPDATE_PUBLISHED,
            case_id=case_id,
            subject_id=update.id,
            ground="VS-27",
            month=month_key(month),
        )
    return update


def say_nothing_new(session: GuardedSession, case_id: UUID, month: date) -> Update:
    """Tell the reader that there is nothing new this month; a draft stays where it is, unseen (VS-27).

    NotAllowed for what is published already.
    """
    case = _case_of_writer(session, case_id)
    update = _to_write(session, case, month)
    if update.state is UpdateState.NOTHING_NEW:
        return update
    if update.state is UpdateState.PUBLISHED:
        raise NotAllowed("this update says something already")
    _settle(session, update, UpdateState.NOTHING_NEW)
    record(
        session,
        Act.NOTHING_NEW,
        case_id=case_id,
        subject_id=update.id,
        ground="VS-27",
        month=month_key(month),
    )
    return update


def _settle(session: GuardedSession, update: Update, state: UpdateState) -> None:
    update.published_at = now()
    _by_actor(session, update, state)
    # It tells everything since the last one: what was owed for earlier months is not asked for any more.
    for earlier in session.exec(
        select(Update).where(
            Update.case_id == update.case_id,
            Update.month < update.month,
            Update.state.in_(OPEN),
        )
    ):
        earlier.state = UpdateState.MISSED
        session.add(earlier)
    touch(session, update.case_id, Topic.COACHING)


def add_addendum(
    session: GuardedSession, case_id: UUID, month: date, given: AddendumInput
) -> Addendum:
    """Add something to an update that was handed over; the same form sent twice is one addendum."""
    case = _case_of_writer(session, case_id)
    update = update_of(session, case.id, month)
    if update is None:
        raise Hidden("Update")
    if update.sent_at is None or case.state is not State.COACHING:
        raise NotAllowed("it is corrected itself as long as it was not handed over")
    actor = session.actor
    key = id_of_form(given.form_key, actor.person, actor.institution, update.id, given.text)
    existing = session.get(Addendum, key)
    if existing is not None:
        return existing
    addendum = Addendum(
        id=key,
        update_id=update.id,
        case_id=case.id,
        institution_id=actor.institution,
        person_id=actor.person,
        topic=of_text(given.topic),
        text=given.text,
    )
    session.add(addendum)
    touch(session, case.id, Topic.COACHING)
    record(session, Act.ADDENDUM_ADDED, case_id=case.id, subject_id=update.id, ground="VS-27")
    return addendum


def note_update_reading(session: GuardedSession, update: Update) -> None:
    """Record that the actor opened an update; the tandem is shown it."""
    session.add(
        UpdateReading(
            update_id=update.id,
            case_id=update.case_id,
            institution_id=session.actor.institution,
            person_id=session.actor.person,
        )
    )
    record(session, Act.UPDATE_READ, case_id=update.case_id, subject_id=update.id, ground="VS-27")


# The e-mail


def change_settings(session: GuardedSession, given: SettingsInput) -> MonthlySettings:
    """Change when the professionals of the actor's institution get their updates, and how much the e-mail says.

    What is owed already keeps its day.
    """
    settings = settings_of(session, session.actor.institution)
    for name, value in given.model_dump().items():
        setattr(settings, name, value)
    session.add(settings)
    record(
        session,
        Act.MONTHLY_MAIL_CHANGED,
        subject_id=session.actor.institution,
        ground="A-03",
        **given.model_dump(mode="json"),
    )
    return settings


def pause_digest(session: GuardedSession) -> None:
    """Read the updates in the product alone from now on."""
    if session.get(DigestPause, session.actor.person) is None:
        session.add(DigestPause(person_id=session.actor.person))


def resume_digest(session: GuardedSession) -> None:
    """Get the e-mail again, from the next month on."""
    pause = session.get(DigestPause, session.actor.person)
    if pause is not None:
        session.delete(pause)
