"""What of the monthly updates waits: to write for the tandem, late for heads and the bureau CII, to read for whoever announced."""

from uuid import UUID

from cii.access.actor import Kind, Role
from cii.access.guard import GuardedSession
from cii.cases.work import TO_READ, UPDATES, UPDATES_LATE, Todo
from cii.foundation.days import format_month
from cii.foundation.texts import N_, Phrase
from cii.monthly.inputs import month_key
from cii.monthly.queries import Owed, count_late, follow_ups, to_write

ADVISERS = frozenset({Role.ORP_ADVISER, Role.SOCIAL_WORKER})


def updates_waiting(session: GuardedSession) -> list[Todo]:
    """Updates to write, how many are late, updates to read."""
    actor = session.actor
    if actor.role in ADVISERS:
        return [*_owed(session), *_to_read(session)]
    if actor.role is Role.HEAD or actor.kind is Kind.BUREAU:
        late = count_late(session)
        found = (
            [Todo(UPDATES_LATE, Phrase("Mises à jour en retard : {n}", n=late), "/updates/late")]
            if late
            else []
        )
        return [*found, *(_to_read(session) if actor.role is Role.HEAD else ())]
    return []


def _owed(session: GuardedSession) -> list[Todo]:
    by_case: dict[UUID, list[Owed]] = {}
    for each in to_write(session):
        by_case.setdefault(each.case_id, []).append(each)
    return [_to_write(each, session.actor.language) for each in by_case.values()]


def _to_write(owed: list[Owed], language: str) -> Todo:
    """One line for a case: the update of the latest month tells what the earlier ones did not."""
    latest = max(owed, key=lambda each: each.month)
    path = f"/cases/{latest.case_id}/update/{month_key(latest.month)}"
    months = ", ".join(format_month(each.month, language) for each in owed)
    return Todo(
        UPDATES,
        Phrase("{name}, {month}", name=latest.name, month=months),
        path,
        due=min(each.due_on for each in owed),
        one_click=(N_("Rien de nouveau"), f"{path}/nothing-new"),
        case_id=latest.case_id,
    )


def _to_read(session: GuardedSession) -> list[Todo]:
    language = session.actor.language
    return [
        Todo(
            TO_READ,
            Phrase("{name}, {month}", name=case.title, month=format_month(update.month, language)),
            f"/cases/{case.case_id}/update/{month_key(update.month)}",
            case_id=case.case_id,
        )
        for case in follow_ups(session)
        for update in case.updates
        if update.id in case.unread
    ]
