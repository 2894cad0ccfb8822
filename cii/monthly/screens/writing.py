"""Writing an update: prepared, edited paragraph by paragraph without JavaScript, published, or "nothing new"."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import Response, request

from cii.access.actor import Actor
from cii.access.guard import GuardedSession, Hidden
from cii.access.permissions import May
from cii.access.screens import access
from cii.cases.actions import note_reading
from cii.cases.lifecycle import NotAllowed, State
from cii.cases.queries import CaseHeader, header
from cii.cases.tabs import tabs_of
from cii.coaching.actions import ChangedMeanwhile
from cii.coaching.inputs import topic_key
from cii.coaching.queries import parts_held
from cii.coaching.screens.labels import labels
from cii.consent.models import PartKind
from cii.consent.topics import OPENABLE, Topic
from cii.foundation.ids import new_id
from cii.foundation.texts import N_, Phrase
from cii.monthly.actions import (
    NothingWritten,
    is_writable,
    note_update_reading,
    publish,
    save,
    say_nothing_new,
)
from cii.monthly.editing import rearranged
from cii.monthly.inputs import UpdateInput, month_key
from cii.monthly.models import (
    SETTLED,
    SOURCE_LABELS,
    UPDATE_PART_LABELS,
    UPDATE_STATE_LABELS,
    SourceKind,
    Update,
    UpdateElement,
    UpdatePart,
    UpdateState,
)
from cii.monthly.queries import (
    announcer_of,
    elements_of,
    proposed,
    settings_of,
    update_of,
    version_of,
)
from cii.monthly.schedule import due_day, month_of
from cii.monthly.screens import screens
from cii.monthly.screens.reading import read_page
from cii.monthly.screens.shared import (
    NOT_OWED,
    author_of,
    may_write,
    month_of_address,
    topics_to_choose,
)
from cii.monthly.sources import Prepared
from cii.programmes.rules import rule
from cii.web.forms import Form, act, form
from cii.web.pages import page, redirect, say_done


@dataclass(frozen=True, slots=True)
class Shown:
    """A paragraph as the form shows it."""

    key: UUID
    part: str
    topic: str
    text: str
    label: str
    fixed: str | None


@screens.route("/cases/<uuid:case_id>/update/<month>", methods=["GET", "POST"])
@access(May.READ_UPDATES, write=May.WRITE_UPDATE, records=True)
def update(session: GuardedSession, case_id: UUID, month: str) -> Response:
    """Write the update of a month, as long as it is not handed over; afterwards, and for others, read it."""
    case, of = header(session, case_id), month_of_address(month)
    found = update_of(session, case_id, of)
    writes_it = may_write(session, case)
    if request.method == "POST":
        if not writes_it or (found is None and of != month_of(session.actor.day)):
            raise Hidden("Update")
        return _write(session, case, of)
    if writes_it and case.state is State.COACHING and is_writable(found, of, session.actor.day):
        note_reading(session, case_id, "write-update")
        return _edit_page(session, case, of, found)
    if found is None:
        raise Hidden("Update")
    if found.state in SETTLED and PartKind.ANNOUNCING in parts_held(session, case_id):
        note_update_reading(session, found)
    else:
        note_reading(session, case_id, "update")
    return read_page(session, case, found)


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
        sent.refuse("", NOT_OWED)
        return _edit_page(session, case, month, update_of(session, case.id, month), 409, sent=sent)
    path = f"{case.path}/update/{month_key(month)}"
    if verb in {"", "publish"}:
        say_done(N_("La mise à jour est publiée. Elle peut être corrigée jusqu’à sa remise."))
        return redirect(f"{case.path}/updates")
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
        shown += [
            stored_paragraph(each, actor) for each in theirs or () if each.id not in _keys(shown)
        ]
    elif fresh and not stored:
        shown = [_proposed(key, each, actor) for key, each in candidates.items()]
    else:
        shown = [stored_paragraph(each, actor) for each in stored]
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
        stored=bool(stored),
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
        their_name=author_of(session, update) if theirs is not None else None,
        topics=topics_to_choose(session, case.id),
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


def stored_paragraph(row: UpdateElement, actor: Actor) -> Shown:
    """A paragraph as it is stored."""
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
    known = {each.id: stored_paragraph(each, actor) for each in stored}
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


@screens.post("/cases/<uuid:case_id>/update/<month>/nothing-new")
@access(May.READ_UPDATES, write=May.WRITE_UPDATE)
def nothing_new(session: GuardedSession, case_id: UUID, month: str) -> Response:
    """Nothing new this month: one click, also from the list of what waits."""
    case, of = header(session, case_id), month_of_address(month)
    if not may_write(session, case):
        raise Hidden("Update")
    back = "/" if request.form.get("back") == "work" else f"/cases/{case_id}/updates"
    try:
        say_nothing_new(session, case_id, of)
    except NotAllowed:
        empty = Form(UpdateInput)
        empty.refuse("", NOT_OWED)
        found = update_of(session, case_id, of)
        return _edit_page(session, case, of, found, 409, sent=empty)
    say_done(
        N_("{name} : rien de nouveau ce mois-ci. La personne qui suit le dossier le lira."),
        name=case.name,
    )
    return redirect(back)
