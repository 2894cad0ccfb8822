"""The updates of a case: their history, one of them to write or to read, what its reader gets."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import Response, current_app, request

from cii.access.actor import Actor
from cii.access.guard import GuardedSession, Hidden
from cii.access.permissions import May, may
from cii.access.screens import access
from cii.cases.actions import note_reading
from cii.cases.lifecycle import NotAllowed, State
from cii.cases.queries import CaseHeader, header
from cii.cases.tabs import tabs_of
from cii.coaching.actions import ChangedMeanwhile, writes
from cii.coaching.inputs import topic_key
from cii.coaching.queries import beside, parts_held
from cii.coaching.screens.labels import labels, topic_choices
from cii.consent.models import PartKind
from cii.consent.queries import who_sees_briefly
from cii.consent.topics import OPENABLE, Topic
from cii.delivery.desk import ReaderDesk
from cii.delivery.models import ReaderCertificate
from cii.delivery.readers import Reader
from cii.foundation.clock import now
from cii.foundation.ids import new_id
from cii.foundation.texts import N_, Phrase
from cii.monthly.actions import (
    NothingWritten,
    add_addendum,
    is_writable,
    note_update_reading,
    publish,
    save,
    say_nothing_new,
)
from cii.monthly.editing import rearranged
from cii.monthly.emails import entries_of, subject, written
from cii.monthly.inputs import AddendumInput, UpdateInput, month_in, month_key
from cii.monthly.models import (
    SETTLED,
    SOURCE_LABELS,
    UPDATE_PART_LABELS,
    UPDATE_STATE_LABELS,
    DigestMode,
    SourceKind,
    Update,
    UpdateElement,
    UpdatePart,
    UpdateState,
)
from cii.monthly.queries import (
    FollowUp,
    addenda_of,
    announcer_of,
    elements_of,
    history,
    proposed,
    readings,
    reads_coaching,
    settings_of,
    trouble_of,
    update_of,
    version_of,
)
from cii.monthly.schedule import due_day, month_of
from cii.monthly.screens import screens
from cii.monthly.sources import Prepared
from cii.organisations.models import Person
from cii.programmes.rules import rule
from cii.web.forms import Form, act, form
from cii.web.pages import page, redirect, say_done

_NOT_OWED = Phrase(
    "Rien n’est enregistré : le dossier n’est pas en coaching aujourd’hui, ou la mise à jour est déjà remise."
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A paragraph as the form shows it."""

    key: UUID
    part: str
    topic: str
    text: str
    label: str
    fixed: str | None


def _month(text: str) -> date:
    month = month_in(text)
    if month is None:
        raise Hidden("Update")
    return month


def _may_write(session: GuardedSession, case: CaseHeader) -> bool:
    return (
        may(session.actor, May.WRITE_UPDATE)
        and writes(parts_held(session, case.id))
        and case.opens(Topic.COACHING)
    )


# The history


@screens.get("/cases/<uuid:case_id>/updates")
@access(May.READ_UPDATES, records=True)
def updates(session: GuardedSession, case_id: UUID) -> Response:
    """The monthly updates of a case: what is to be written now, and what was."""
    case = header(session, case_id)
    note_reading(session, case_id, "updates")
    found = history(session, case_id)
    month = month_of(session.actor.day)
    can_write = _may_write(session, case) and case.state is State.COACHING
    there = {each.update.month for each in found}
    settings = settings_of(session, case.announcing_institution)
    return page(
        "monthly/updates.html",
        case=case,
        tabs=tabs_of(session.actor, case),
        tab="updates",
        found=found,
        can_write=can_write,
        now_due=(month, due_day(month, settings)) if can_write and month not in there else None,
        announcer=case.announcing,
        writable={
            each.update.id
            for each in found
            if can_write and is_writable(each.update, each.update.month, session.actor.day)
        },
        open_states=(UpdateState.TO_WRITE, UpdateState.DRAFT),
        settled=SETTLED,
        labels=UPDATE_STATE_LABELS,
        month_key=month_key,
        day=session.actor.day,
        trouble=trouble_of(session, case_id),
        rule=rule("VS-27"),
    )


# One update


@screens.route("/cases/<uuid:case_id>/update/<month>", methods=["GET", "POST"])
@access(May.READ_UPDATES, write=May.WRITE_UPDATE, records=True)
def update(session: GuardedSession, case_id: UUID, month: str) -> Response:
    """Write the update of a month, as long as it is not handed over; afterwards, and for others, read it."""
    case, of = header(session, case_id), _month(month)
    found = update_of(session, case_id, of)
    may_write = _may_write(session, case)
    if request.method == "POST":
        if not may_write:
            raise Hidden("Update")
        return _write(session, case, of)
    if may_write and case.state is State.COACHING and is_writable(found, of, session.actor.day):
        note_reading(session, case_id, "write-update")
        return _edit_page(session, case, of, found)
    if found is None:
        raise Hidden("Update")
    if found.state in SETTLED and PartKind.ANNOUNCING in parts_held(session, case_id):
        note_update_reading(session, found)
    else:
        note_reading(session, case_id, "update")
    return _read_page(session, case, found)


def _write(session: GuardedSession, case: CaseHeader, month: date) -> Response:
    sent, verb = form(UpdateInput), act()
    if sent.input is None:
        return _edit_page(session, case, month, update_of(session, case.id, month), 422, sent=sent)
    given = rearranged(sent.input, verb, _candidates(session, case, month))
    try:
        if verb in {"", "publish"}:
            publish(session, case.id, month, given)
        else:
            save(session, case.id, month, given)
    except ChangedMeanwhile:
        return _conflict(session, case, month, sent)
    except NothingWritten:
        sent.refuse("", Phrase("Écrivez au moins un élément, ou choisissez « Rien de nouveau »."))
        return _edit_page(session, case, month, update_of(session, case.id, month), 422, sent=sent)
    except NotAllowed:
        sent.refuse("", _NOT_OWED)
        return _edit_page(session, case, month, update_of(session, case.id, month), 409, sent=sent)
    path = f"/cases/{case.id}/update/{month_key(month)}"
    if verb in {"", "publish"}:
        say_done(N_("La mise à jour est publiée. Elle peut être corrigée jusqu’à sa remise."))
        return redirect(f"/cases/{case.id}/updates")
    if verb == "preview":
        return redirect(f"{path}/preview")
    say_done(N_("La mise à jour est enregistrée."))
    return redirect(path)


def _candidates(session: GuardedSession, case: CaseHeader, month: date) -> dict[UUID, Prepared]:
    language = announcer_of(session, case.id).language
    return {each.key(case.id, month): each for each in proposed(session, case.id, language)}


def _conflict(
    session: GuardedSession, case: CaseHeader, month: date, sent: Form[UpdateInput]
) -> Response:
    """Show the first's paragraphs; the second's stand in the form, with those of the first that are not in it."""
    update = update_of(session, case.id, month)
    theirs = elements_of(session, update.id) if update else []
    return _edit_page(session, case, month, update, 409, sent=sent, theirs=theirs)


def _edit_page(
    session: GuardedSession,
    case: CaseHeader,
    month: date,
    update: Update | None,
    status: int = 200,
    *,
    sent: Form[UpdateInput] | None = None,
    theirs: list[UpdateElement] | None = None,
) -> Response:
    actor = session.actor
    stored = elements_of(session, update.id) if update else []
    candidates = _candidates(session, case, month)
    fresh = update is None or update.state is UpdateState.TO_WRITE
    if sent:
        shown = _typed(sent, stored, candidates, actor)
        shown += [_stored(each, actor) for each in theirs or () if each.id not in _keys(shown)]
    elif fresh and not stored:
        shown = [_proposed(key, each, actor) for key, each in candidates.items()]
    else:
        shown = [_stored(each, actor) for each in stored]
    settings = settings_of(session, case.announcing_institution)
    return page(
        "monthly/update.html",
        status,
        case=case,
        tabs=tabs_of(actor, case),
        tab="updates",
        month_of_update=month,
        month_key=month_key(month),
        update=update,
        due_on=update.due_on if update else due_day(month, settings),
        day=actor.day,
        form=sent or Form(UpdateInput),
        version=version_of(stored),
        parts=[
            (part, UPDATE_PART_LABELS[part], [each for each in shown if each.part == part.value])
            for part in UpdatePart
        ],
        blank={part: new_id() for part in UpdatePart},
        others=[
            (key, each, labels(actor.language).topics.get(_about(each.topic)))
            for key, each in candidates.items()
            if key not in _keys(shown)
        ],
        theirs=theirs,
        their_name=_author(session, update) if theirs is not None else None,
        topics=topic_choices(beside(session, case.id), actor.language),
        coaching=topic_key(Topic.COACHING),
        published=update is not None and update.state is UpdateState.PUBLISHED,
        nothing_new=update is not None and update.state is UpdateState.NOTHING_NEW,
        state_label=UPDATE_STATE_LABELS[update.state if update else UpdateState.TO_WRITE],
        rule=rule("VS-27"),
        source_labels=SOURCE_LABELS,
    )


def _keys(shown: Iterable[Shown]) -> set[UUID]:
    return {each.key for each in shown}


def _about(topic: Topic) -> Topic:
    """What a text is about besides the coaching."""
    return next((each for each in OPENABLE if each & topic & ~Topic.COACHING), Topic.COACHING)


def _shown(
    actor: Actor, key: UUID, part: UpdatePart, topic: Topic, source: SourceKind, text: str
) -> Shown:
    about = _about(topic)
    is_fixed = source is not SourceKind.TYPED and about is not Topic.COACHING
    return Shown(
        key=key,
        part=part.value,
        topic=topic_key(Topic.COACHING if is_fixed else about),
        text=text,
        label=SOURCE_LABELS[source],
        fixed=labels(actor.language).topics[about] if is_fixed else None,
    )


def _stored(row: UpdateElement, actor: Actor) -> Shown:
    return _shown(actor, row.id, row.part, row.topic, row.source, row.text)


def _proposed(key: UUID, each: Prepared, actor: Actor) -> Shown:
    return _shown(actor, key, each.part, each.topic, each.source, each.text)


def _typed(
    sent: Form[UpdateInput],
    stored: Iterable[UpdateElement],
    candidates: dict[UUID, Prepared],
    actor: Actor,
) -> list[Shown]:
    """What was sent, shown again as it was typed."""
    known = {each.id: _stored(each, actor) for each in stored}
    known |= {
        key: _proposed(key, each, actor) for key, each in candidates.items() if key not in known
    }
    shown = []
    for key, part, topic, text in _sent_rows(sent):
        before = known.get(key)
        shown.append(
            Shown(
                key=key,
                part=part,
                topic=topic,
                text=text,
                label=before.label if before else SOURCE_LABELS[SourceKind.TYPED],
                fixed=before.fixed if before else None,
            )
        )
    return shown


def _sent_rows(sent: Form[UpdateInput]) -> Iterable[tuple[UUID, str, str, str]]:
    columns = [_as_list(sent.value(name)) for name in ("paragraph", "part", "topic", "text")]
    parts = {each.value for each in UpdatePart}
    seen: set[UUID] = set()
    for key, part, topic, text in zip(*columns, strict=False):
        try:
            read = UUID(key)
        except ValueError:
            continue
        if text.strip() and part in parts and read not in seen:
            seen.add(read)
            yield read, part, topic, text


def _as_list(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def _author(session: GuardedSession, update: Update | None) -> str | None:
    person = session.get(Person, update.author_id) if update and update.author_id else None
    return person.name if person else None


def _read_page(
    session: GuardedSession,
    case: CaseHeader,
    update: Update,
    status: int = 200,
    *,
    addendum: Form[AddendumInput] | None = None,
) -> Response:
    may_write = _may_write(session, case)
    settled = update.state in SETTLED
    # A draft is the tandem's; it is a file of the case, not a message, until somebody publishes it.
    shows = update.state is UpdateState.PUBLISHED or (may_write and not settled)
    found = elements_of(session, update.id) if shows else []
    can_add = may_write and update.sent_at is not None and case.state is State.COACHING
    return page(
        "monthly/read.html",
        status,
        case=case,
        tabs=tabs_of(session.actor, case),
        tab="updates",
        update=update,
        parts=[
            (UPDATE_PART_LABELS[part], [each.text for each in found if each.part is part])
            for part in UpdatePart
        ],
        addenda=addenda_of(session, update.id) if settled else [],
        author=_author(session, update),
        readings=[read for key, read in readings(session, case.id) if key == update.id],
        settled=settled,
        nothing_new=update.state is UpdateState.NOTHING_NEW,
        state_label=UPDATE_STATE_LABELS[update.state],
        of_tandem=may_write,
        form=addendum or Form(AddendumInput, {"form_key": str(new_id()), "topic": "coaching"})
        if can_add
        else None,
        topics=topic_choices(beside(session, case.id), session.actor.language) if can_add else [],
        month_key=month_key(update.month),
    )


@screens.post("/cases/<uuid:case_id>/update/<month>/nothing-new")
@access(May.READ_UPDATES, write=May.WRITE_UPDATE)
def nothing_new(session: GuardedSession, case_id: UUID, month: str) -> Response:
    """Nothing new this month: one click, also from the list of what waits."""
    case, of = header(session, case_id), _month(month)
    if not _may_write(session, case):
        raise Hidden("Update")
    back = "/" if request.form.get("back") == "work" else f"/cases/{case_id}/updates"
    try:
        say_nothing_new(session, case_id, of)
    except NotAllowed:
        empty = Form(UpdateInput)
        empty.refuse("", _NOT_OWED)
        found = update_of(session, case_id, of)
        return _edit_page(session, case, of, found, 409, sent=empty)
    say_done(
        N_("{name} : rien de nouveau ce mois-ci. La personne qui suit le dossier le lira."),
        name=case.name,
    )
    return redirect(back)


@screens.post("/cases/<uuid:case_id>/update/<month>/addendum")
@access(May.READ_UPDATES, write=May.WRITE_UPDATE)
def addendum(session: GuardedSession, case_id: UUID, month: str) -> Response:
    """Add something to an update that was handed over."""
    case, of = header(session, case_id), _month(month)
    found = update_of(session, case_id, of)
    if found is None or not _may_write(session, case):
        raise Hidden("Update")
    sent = form(AddendumInput)
    if sent.input is None:
        if sent.error("form_key"):
            sent.typed["form_key"] = str(new_id())
        return _read_page(session, case, found, 422, addendum=sent)
    try:
        add_addendum(session, case_id, of, sent.input)
    except NotAllowed:
        sent.refuse("", _NOT_OWED)
        return _read_page(session, case, found, 409, addendum=sent)
    say_done(N_("Le complément est ajouté. Il part avec le prochain courriel."))
    return redirect(f"/cases/{case_id}/update/{month}")


# What the reader gets


@screens.get("/cases/<uuid:case_id>/update/<month>/preview")
@access(May.WRITE_UPDATE, records=True)
def preview(session: GuardedSession, case_id: UUID, month: str) -> Response:
    """The update as its reader gets it today: in his or her language, what the procuration opens, link or full."""
    case, of = header(session, case_id), _month(month)
    found = update_of(session, case_id, of)
    if found is None or not _may_write(session, case) or not reads_coaching(session, case_id):
        raise Hidden("Update")
    note_reading(session, case_id, "preview-update")
    reader = announcer_of(session, case_id)
    desk, mode = _desk_of(session, reader), settings_of(session, reader.institution).mode
    full = mode is DigestMode.FULL and desk.may_carry_content
    seen = _as_seen_by_reader(session, case, found, reader.institution)
    entries = entries_of(session, [seen], of, {found.id}, full=full, language=reader.language)
    inside = entries_of(session, [seen], of, {found.id}, full=True, language=reader.language)
    is_open = seen.opens(Topic.COACHING)
    return page(
        "monthly/preview.html",
        case=case,
        tabs=tabs_of(session.actor, case),
        tab="updates",
        update=found,
        month_key=month_key(of),
        reader=reader,
        mode=mode,
        full=full,
        wishes_full=mode is DigestMode.FULL,
        is_open=is_open,
        nothing_new=found.state is UpdateState.NOTHING_NEW,
        parts=next((news.parts for news in inside[case_id].news if is_open), ()),
        subject=subject(of, reader.language),
        text=written(desk, of, entries).text if is_open else "",
        can_publish=found.state is not UpdateState.PUBLISHED and found.sent_at is None,
    )


def _as_seen_by_reader(
    session: GuardedSession, case: CaseHeader, update: Update, institution: UUID
) -> FollowUp:
    sight = next(
        (each for each in who_sees_briefly(session, case.id) if each.institution == institution),
        None,
    )
    topics = sight.open if sight else Topic(0)
    shown = Update(**{**update.model_dump(), "state": _as_published(update)})
    return FollowUp(
        case_id=case.id,
        reference=case.reference,
        state=case.state,
        topics=topics | Topic.CASE,
        name=case.name if case.last_name else None,
        tandem=case.tandem,
        updates=[shown],
    )


def _as_published(update: Update) -> UpdateState:
    nothing = update.state is UpdateState.NOTHING_NEW
    return UpdateState.NOTHING_NEW if nothing else UpdateState.PUBLISHED


def _desk_of(session: GuardedSession, reader: Any) -> ReaderDesk:
    """The desk of the reader, to say what his or her mail would say; nothing is read with these eyes here."""
    certificate = session.get(ReaderCertificate, reader.person)
    valid = certificate is not None and certificate.valid_from <= now() <= certificate.valid_until
    return ReaderDesk(
        current_app.extensions["store"],
        current_app.extensions["settings"],
        Reader(
            reader.email,
            (reader.actor(session.actor.day),),
            certificate.der if valid and certificate else None,
        ),
    )
