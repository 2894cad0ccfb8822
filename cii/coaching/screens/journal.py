"""The page of a case: its journal, the quick note, what stands beside it; corrections and their history."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from itertools import groupby
from uuid import UUID

from flask import Response, request
from markupsafe import Markup

from cii.access.actor import Actor
from cii.access.guard import GuardedSession, Hidden
from cii.access.permissions import May, may
from cii.access.screens import access
from cii.cases.actions import Incomplete, note_reading, start_coaching
from cii.cases.lifecycle import NotAllowed, State
from cii.cases.queries import CaseHeader, header
from cii.cases.tabs import tabs_of
from cii.coaching.actions import (
    WRITABLE,
    ChangedMeanwhile,
    correct,
    own_entry,
    publish,
    save_note_draft,
    writes,
)
from cii.coaching.inputs import (
    CorrectionInput,
    NoteDraftInput,
    NoteInput,
    topic_key,
)
from cii.coaching.models import JournalEntry, NoteKind
from cii.coaching.queries import PAGE, Beside, Noted, beside, journal, parts_held, wordings
from cii.coaching.screens import NOT_COACHED, screens
from cii.coaching.screens.labels import Readers, labels, names_of, topic_choices, topics_said
from cii.consent.topics import ALL, Topic
from cii.foundation.days import format_day
from cii.foundation.ids import new_id
from cii.foundation.texts import N_, Phrase
from cii.web.forms import Form, form
from cii.web.htmx import wanted_fragment
from cii.web.pages import page, piece, redirect, say_done
from cii.web.places import behind_day

# What happens next in a case that is not coached yet, or no longer.
_NEXT = {
    State.ANNOUNCED: N_("Le bureau CII examine l’annonce."),
    State.TO_COMPLETE: N_("L’institution qui a annoncé la personne complète l’annonce."),
    State.REFUSED: N_("L’admission est refusée."),
    State.ADMITTED: N_("Le bureau CII désigne le tandem."),
    State.TANDEM_ASSIGNED: N_("Le tandem commence le coaching."),
    State.SUSPENDED: N_("Le dossier est suspendu. Une nouvelle procuration le rouvre."),
    State.ASSESSED: N_("Le bilan est établi. Le dossier va être clôturé."),
    State.CLOSED: N_("Le dossier est clôturé."),
}


@screens.get("/cases/<uuid:case_id>")
@access(May.READ_CASE, records=True)
def case_page(session: GuardedSession, case_id: UUID) -> Response:
    """A case: the quick note for its tandem, the journal, what comes next, who sees it."""
    case = header(session, case_id)
    if case.state is State.DRAFT:
        return redirect(f"/cases/{case_id}/announcement")
    note_reading(session, case_id, "journal")
    return _case_page(session, case)


@screens.post("/cases/<uuid:case_id>/note")
@access(May.READ_CASE, write=May.WRITE_JOURNAL)
def publish_note(session: GuardedSession, case_id: UUID) -> Response:
    """Publish a note; the page then shows it in the journal."""
    case = header(session, case_id)
    note = form(NoteInput)
    if note.input is not None:
        try:
            publish(session, case_id, note.input)
        except NotAllowed:
            note.refuse("", NOT_COACHED)
            return _case_page(session, case, 409, note=note)
        say_done(N_("La note est publiée."))
        return redirect(f"/cases/{case_id}")
    return _case_page(session, case, 422, note=note)


@screens.post("/cases/<uuid:case_id>/note/draft")
@access(May.READ_CASE, write=May.WRITE_JOURNAL)
def keep_draft(session: GuardedSession, case_id: UUID) -> Response:
    """Keep a note as far as it was typed, after each pause or by its button."""
    case = header(session, case_id)
    draft = form(NoteDraftInput)
    saved_at, problem, status = None, None, 422
    if draft.input is not None:
        try:
            saved_at, status = save_note_draft(session, case_id, draft.input), 200
        except NotAllowed:
            problem, status = NOT_COACHED, 409
    else:
        problem = next(iter(draft.errors.values()))
    if wanted_fragment() != "draft":
        if problem is None:
            say_done(N_("Le brouillon est gardé.") if saved_at else N_("Le brouillon est effacé."))
            return redirect(f"/cases/{case_id}")
        note = Form(NoteInput, draft.typed)
        note.errors = draft.errors or {"": problem}
        return _case_page(session, case, status, note=note)
    return page(
        "coaching/journal.html", status, case=case, saved_at=saved_at, draft_problem=problem
    )


@screens.post("/cases/<uuid:case_id>/start")
@access(May.READ_CASE, write=May.COACH)
def start(session: GuardedSession, case_id: UUID) -> Response:
    """The tandem starts the coaching (VS-02)."""
    case = header(session, case_id)
    if not writes(parts_held(session, case_id)):
        raise Hidden("Tandem")
    if case.state is not State.COACHING:
        try:
            start_coaching(session, case_id)
        except Incomplete:
            problem = Phrase(
                "Aucune procuration n’est valable aujourd’hui : le coaching ne peut pas commencer."
            )
            return _case_page(session, case, 409, problem=problem)
        except NotAllowed:
            problem = Phrase("Le coaching ne peut pas commencer dans l’état actuel du dossier.")
            return _case_page(session, case, 409, problem=problem)
        say_done(N_("Le coaching a commencé."))
    return redirect(f"/cases/{case_id}")


def _case_page(
    session: GuardedSession,
    case: CaseHeader,
    status: int = 200,
    *,
    note: Form[NoteInput] | None = None,
    problem: Phrase | None = None,
) -> Response:
    actor = session.actor
    if note and note.error("form_key"):
        note.typed["form_key"] = str(new_id())
    reads = may(actor, May.READ_JOURNAL)
    asked = request.args
    kind = _kind(asked["kind"]) if "kind" in asked else None
    before = behind_day(asked["before"]) if "before" in asked else None
    entries = journal(session, case.id, before=before, kind=kind, limit=PAGE + 1) if reads else []
    more = _address(case.id, kind, entries[PAGE - 1]) if len(entries) > PAGE else None
    around = beside(session, case.id)
    of_tandem = writes(around.held) and may(actor, May.WRITE_JOURNAL)
    can_write = of_tandem and case.state in WRITABLE
    readers = around.readers(actor.language)
    fresh = can_write and note is None and around.draft is None
    return page(
        "coaching/journal.html",
        status,
        case=case,
        tabs=tabs_of(actor, case),
        tab="journal",
        problem=problem,
        closed=_closed(case),
        next_turn=None if can_write else _NEXT.get(case.state),
        can_start=of_tandem and case.state is State.TANDEM_ASSIGNED,
        can_write=can_write,
        # What was typed is shown again even where it can no longer be published.
        form=note or (_note_form(actor, around) if can_write and not before else None),
        saved_at=around.draft_saved_at if note is None else None,
        draft_problem=None,
        readers=names_of(readers, Topic.COACHING),
        topics=topic_choices(readers, actor.language),
        facts=_fresh_facts(readers, actor.language, format_day(actor.day)) if fresh else None,
        reads=reads,
        months=_by_month(entries[:PAGE]),
        kind=kind,
        labels=labels(actor.language),
        plain_topic=Topic.COACHING,
        before=before,
        more=more,
        beside=around,
        sights=[
            (sight.name_in(actor.language), topics_said(sight.open, actor.language))
            for sight in around.sights
        ],
        said=wanted_fragment() is not None,
    )


def _closed(case: CaseHeader) -> str | None:
    """The sentence for an institution that sees nothing but what it wrote itself."""
    if case.topics & ALL:
        return None
    if case.state is State.SUSPENDED:
        return N_(
            "La procuration n’est plus valable : vous voyez ce que votre institution a écrit."
        )
    return N_(
        "Aucune procuration ne vous ouvre ce dossier aujourd’hui : vous voyez ce que votre institution a écrit."
    )


def _note_form(actor: Actor, around: Beside) -> Form[NoteInput]:
    typed = {"form_key": str(new_id()), **_as_proposed(format_day(actor.day))}
    return Form(NoteInput, {**typed, **(around.draft or {})})


def _as_proposed(day: str) -> dict[str, str]:
    return {
        "kind": NoteKind.INTERVIEW.value,
        "day": day,
        "topic": topic_key(Topic.COACHING),
    }


@lru_cache(maxsize=256)
def _fresh_facts(readers: Readers, language: str, day: str) -> Markup:
    """Kind, day, domain and topic of a note that nobody has begun: on that day the same for all cases with these readers."""
    return piece(
        "coaching/_note_facts.html",
        language,
        form=Form(NoteInput, _as_proposed(day)),
        labels=labels(language),
        topics=topic_choices(readers, language),
    )


def _by_month(entries: Iterable[Noted]) -> list[tuple[date, list[Noted]]]:
    return [
        (month, list(notes))
        for month, notes in groupby(entries, key=lambda each: each.day.replace(day=1))
    ]


def _kind(text: str) -> NoteKind | None:
    try:
        return NoteKind(text)
    except ValueError:
        return None


def _address(case_id: UUID, kind: NoteKind | None, last: Noted) -> str:
    chosen = f"&kind={kind.value}" if kind else ""
    return f"/cases/{case_id}?before={last.day.isoformat()}_{last.id.hex}{chosen}"


# Corrections


@screens.get("/cases/<uuid:case_id>/notes/<uuid:entry_id>")
@access(May.READ_JOURNAL, records=True)
def note_history(session: GuardedSession, case_id: UUID, entry_id: UUID) -> Response:
    """A note with each of its wordings: who wrote it, and when."""
    case = header(session, case_id)
    entry = session.find(JournalEntry, entry_id)
    texts = wordings(session, entry_id)
    if entry.case_id != case_id or not texts:
        raise Hidden("JournalEntry")
    note_reading(session, case_id, "note")
    return page(
        "coaching/note.html",
        case=case,
        tabs=tabs_of(session.actor, case),
        tab="journal",
        entry=entry,
        wordings=texts,
        kind_label=labels(session.actor.language).kinds[entry.kind],
        can_correct=_can_correct(session, case, entry),
    )


def _can_correct(session: GuardedSession, case: CaseHeader, entry: JournalEntry) -> bool:
    return (
        may(session.actor, May.WRITE_JOURNAL)
        and entry.institution_id == session.actor.institution
        and case.state in WRITABLE
        and writes(parts_held(session, case.id))
    )


@screens.route("/cases/<uuid:case_id>/notes/<uuid:entry_id>/correct", methods=["GET", "POST"])
@access(May.WRITE_JOURNAL, records=True)
def correct_note(session: GuardedSession, case_id: UUID, entry_id: UUID) -> Response:
    """Correct a note of one's institution; the earlier wording stays readable."""
    case = header(session, case_id)
    entry = own_entry(session, case_id, entry_id)
    if not writes(parts_held(session, case_id)):
        raise Hidden("JournalEntry")
    correction = form(CorrectionInput, _as_typed(entry, wordings(session, entry_id)[0].text))
    status, theirs = 200, None
    if request.method == "GET":
        note_reading(session, case_id, "correct-note")
    elif correction.input is None:
        status = 422
    else:
        try:
            correct(session, case_id, entry_id, correction.input)
        except NotAllowed:
            status = 409
            correction.refuse("", NOT_COACHED)
        except ChangedMeanwhile:
            # The next attempt is a correction of what the other person wrote, now that it was read.
            status, theirs = 409, wordings(session, entry_id)[0]
            correction.typed["version"] = str(theirs.version)
        else:
            say_done(N_("La note est corrigée. L’ancien texte reste dans l’historique."))
            return redirect(f"/cases/{case_id}")
    return page(
        "coaching/correct.html",
        status,
        case=case,
        tabs=tabs_of(session.actor, case),
        tab="journal",
        form=correction,
        entry=entry,
        theirs=theirs,
        topics=topic_choices(
            beside(session, case_id).readers(session.actor.language), session.actor.language
        ),
        labels=labels(session.actor.language),
    )


def _as_typed(entry: JournalEntry, text: str) -> dict[str, str]:
    return {
        "version": str(entry.version),
        "text": text,
        "kind": entry.kind.value,
        "day": format_day(entry.day),
        "domain": entry.domain.value if entry.domain else "",
        "topic": topic_key(entry.topic),
        "significant": "yes" if entry.significant else "",
    }
