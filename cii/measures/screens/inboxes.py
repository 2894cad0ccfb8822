"""The inboxes: what waits for SAS, LMMT, communes and tandems, and what was decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from flask import Response, current_app, request

from cii.access.actor import Actor, Kind
from cii.access.guard import GuardedSession
from cii.access.permissions import May
from cii.access.screens import access
from cii.audit.actions import record
from cii.audit.models import Act
from cii.cases.work import MEASURES, URGENT_MEASURES, todo_list
from cii.foundation.clock import local
from cii.foundation.days import ago
from cii.foundation.texts import N_, Texts, texts
from cii.measures.lifecycle import STAGE_LABELS, Stage
from cii.measures.models import LEANING_LABELS, Leaning, Outcome
from cii.measures.queries import (
    PAGE,
    Listed,
    OwnDecision,
    decided,
    inbox,
    inbox_of_all_seats,
    waiting_elsewhere,
)
from cii.measures.screens import screens
from cii.measures.screens.shown import decides_here, starts_soon
from cii.outbox.models import SUBJECT_LABELS, Subject
from cii.outbox.queries import unseen
from cii.web.pages import page
from cii.web.places import behind_day, behind_moment

_TO_DECIDE = N_("À décider")
_TO_JUDGE = N_("Préavis à donner")
_TO_DO = N_("Mesures à traiter")
_DECIDED = N_("Décidées")
_ELSEWHERE = N_("En attente ailleurs")

_TITLES = {Kind.COMMUNE: _TO_DECIDE, Kind.LMMT: _TO_DECIDE, Kind.SAS: _TO_JUDGE}
_DECIDES = frozenset({Kind.COMMUNE, Kind.LMMT})


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an inbox; `membership` is the seat to act in where it is not the present one."""

    id: UUID
    title: str
    type_name: str
    person: str
    institution: str
    amount: Decimal | None
    starts_on: date
    starts_soon: str
    leaning: Leaning | None
    stage: Stage
    waits: str
    on: date | None = None
    membership: UUID | None = None


@screens.get("/measures")
@access(May.READ_MEASURES, records=True)
def measures_waiting(session: GuardedSession) -> Response:
    """What waits for the actor, in all communes for which he or she acts, the earliest start first."""
    actor = session.actor
    store = current_app.extensions["store"]
    if actor.seats > 1:
        # Before anything is read here: each seat's reading is a transaction of its own.
        read = inbox_of_all_seats(store, actor, note=_note)
        inboxes = [(each.actor, each.measures) for each in read]
    else:
        inboxes = [(actor, inbox(session, limit=200))]
        _note(session, inboxes[0][1])
    words = texts(actor.language)
    found = [_line(each, seat, actor, words) for seat, listed in inboxes for each in listed]
    found.sort(key=lambda line: (line.starts_on, line.id))
    # Opening one of another institution changes for whom one acts: the list says which.
    return _page(session, found, several=any(line.membership for line in found))


@screens.get("/measures/decided")
@access(May.READ_MEASURES, records=True)
def measures_decided(session: GuardedSession) -> Response:
    """What the actor's institution decided; for all others what waits elsewhere."""
    actor = session.actor
    words = texts(actor.language)
    if actor.kind in _DECIDES:
        after = behind_moment(request.args.get("after", ""))
        own = decided(session, after=after, limit=PAGE + 1)
        more = ""
        if len(own) > PAGE:
            own = own[:PAGE]
            moment = own[-1].at.isoformat().replace("+", "%2B")
            more = f"/measures/decided?after={moment}_{own[-1].id.hex}"
        _note(session, own)
        return _page(session, [_decision(each, actor) for each in own], more=more, done=True)
    after_day = behind_day(request.args.get("after", ""))
    listed = waiting_elsewhere(session, after=after_day, limit=PAGE + 1)
    more = ""
    if len(listed) > PAGE:
        listed = listed[:PAGE]
        last = listed[-1]
        more = f"/measures/decided?after={last.starts_on.isoformat()}_{last.id.hex}"
    _note(session, listed)
    found = [_line(each, actor, actor, words) for each in listed]
    return _page(session, found, more=more, done=True)


def _note(session: GuardedSession, listed: Sequence[Listed | OwnDecision]) -> None:
    cases = [each.case_id.hex for each in listed]
    record(session, Act.LIST_READ, ground="VS-40", cases=cases)


def _page(
    session: GuardedSession,
    found: list[Line],
    *,
    several: bool = False,
    more: str = "",
    done: bool = False,
) -> Response:
    actor = session.actor
    first_page = decides_here(actor) and not done
    waiting = todo_list(session, current_app.extensions["waiting"]) if first_page else []
    notices = unseen(session) if first_page else []
    return page(
        "measures/inbox.html",
        title=_TITLES.get(actor.kind, _TO_DO) if not done else _title_done(actor),
        title_open=_TITLES.get(actor.kind, _TO_DO),
        title_done=_title_done(actor),
        found=found,
        several=several,
        more=more,
        done_list=done,
        shows_decision=done and actor.kind in _DECIDES,
        shows_opinion=actor.kind is Kind.COMMUNE and not done,
        stages=STAGE_LABELS,
        leanings=LEANING_LABELS,
        # What waits here is not said a second time below.
        groups=[each for each in waiting if each[0] not in {URGENT_MEASURES, MEASURES}],
        # What waits here is not told a second time.
        notices=[
            (notice, SUBJECT_LABELS[notice.subject])
            for notice in notices
            if notice.subject not in {Subject.YOUR_TURN, Subject.MEASURE_WAITS}
        ],
    )


def _title_done(actor: Actor) -> str:
    return _DECIDED if actor.kind in _DECIDES else _ELSEWHERE


def _line(each: Listed, seat: Actor, actor: Actor, words: Texts) -> Line:
    return Line(
        id=each.id,
        title=each.title,
        type_name=each.type_name,
        person=each.name,
        institution=seat.institution_name,
        amount=each.asked,
        starts_on=each.starts_on,
        starts_soon=starts_soon(each.starts_on, each.stage, actor.day, words),
        leaning=each.leaning,
        stage=each.stage,
        waits=ago(local(each.since).date(), actor.day, words),
        membership=seat.membership if seat.membership != actor.membership else None,
    )


def _decision(each: OwnDecision, actor: Actor) -> Line:
    granted = each.outcome is Outcome.GRANTED
    return Line(
        id=each.measure_id,
        title=each.title,
        type_name=each.type_name,
        person=f"{each.first_name} {each.last_name}" if each.last_name else each.reference,
        institution=actor.institution_name,
        amount=each.amount,
        starts_on=each.starts_on,
        starts_soon="",
        leaning=None,
        stage=Stage.GRANTED if granted else Stage.REFUSED,
        waits=texts(actor.language).say("retirée") if each.withdrawn_at else "",
        on=local(each.at).date(),
    )
