"""What each role may do: one table. The role matrix in the documentation is made from it."""

from cii.access.actor import Actor, Role
from cii.foundation.choice import Choice


class May(Choice):
    """One thing that can be permitted: a verb and what it is done to."""

    SEE_WORK = "see-work"
    READ_CASE = "read-case"
    READ_READERS = "read-readers"
    REVEAL_AVS = "reveal-avs"
    ANNOUNCE = "announce"
    IMPORT_ANNOUNCEMENTS = "import-announcements"
    RECORD_PROCURATION = "record-procuration"
    REVOKE_PROCURATION = "revoke-procuration"
    ADMIT = "admit"
    NAME_TANDEM = "name-tandem"
    COACH = "coach"
    READ_JOURNAL = "read-journal"
    WRITE_JOURNAL = "write-journal"
    READ_DOCUMENTS = "read-documents"
    ADD_DOCUMENT = "add-document"
    ARRANGE_APPOINTMENT = "arrange-appointment"
    READ_UPDATES = "read-updates"
    WRITE_UPDATE = "write-update"
    FOLLOW_CASES = "follow-cases"
    SET_MONTHLY_MAIL = "set-monthly-mail"
    PLAN_PAYMENTS = "plan-payments"
    ENTER_PAYMENT = "enter-payment"
    READ_STATEMENTS = "read-statements"
    DRAW_UP_STATEMENT = "draw-up-statement"
    RECEIVE_STATEMENT = "receive-statement"
    READ_MEASURES = "read-measures"
    PROPOSE_MEASURE = "propose-measure"
    TRANSMIT_MEASURE = "transmit-measure"
    GIVE_OPINION = "give-opinion"
    DECIDE_MEASURE = "decide-measure"
    MANAGE_CATALOGUE = "manage-catalogue"
    NAME_DEPUTY = "name-deputy"
    MANAGE_PEOPLE = "manage-people"
    MANAGE_INSTITUTIONS = "manage-institutions"
    WATCH_MESSAGES = "watch-messages"
    READ_MAILBOX = "read-mailbox"
    OWN_ACCOUNT = "own-account"


_EVERYBODY = frozenset({May.OWN_ACCOUNT})
_READERS = _EVERYBODY | {May.SEE_WORK, May.READ_CASE, May.READ_DOCUMENTS, May.READ_MEASURES}
_COACHES = _READERS | {
    May.READ_READERS,
    May.REVEAL_AVS,
    May.ANNOUNCE,
    May.IMPORT_ANNOUNCEMENTS,
    May.RECORD_PROCURATION,
    May.REVOKE_PROCURATION,
    May.COACH,
    May.READ_JOURNAL,
    May.WRITE_JOURNAL,
    May.ADD_DOCUMENT,
    May.ARRANGE_APPOINTMENT,
    May.READ_UPDATES,
    May.WRITE_UPDATE,
    May.FOLLOW_CASES,
    May.PROPOSE_MEASURE,
    May.NAME_DEPUTY,
}

ROLES: dict[Role, frozenset[May]] = {
    Role.ORP_ADVISER: _COACHES,
    Role.SOCIAL_WORKER: _COACHES | {May.TRANSMIT_MEASURE, May.PLAN_PAYMENTS},
    # A head sees the cases of the institution, steps in where a deputy is missing, coaches nobody.
    Role.HEAD: (_COACHES - {May.COACH, May.WRITE_JOURNAL, May.WRITE_UPDATE, May.PROPOSE_MEASURE})
    | {May.TRANSMIT_MEASURE, May.PLAN_PAYMENTS},
    Role.COORDINATOR: _READERS
    | {
        May.READ_READERS,
        May.IMPORT_ANNOUNCEMENTS,
        May.REVOKE_PROCURATION,
        May.ADMIT,
        May.NAME_TANDEM,
        May.READ_JOURNAL,
        May.READ_UPDATES,
        May.WATCH_MESSAGES,
    },
    Role.CLERK: _READERS
    | {May.DECIDE_MEASURE, May.ENTER_PAYMENT, May.READ_STATEMENTS, May.DRAW_UP_STATEMENT},
    Role.SAS_ADVISER: _READERS | {May.GIVE_OPINION, May.READ_STATEMENTS, May.RECEIVE_STATEMENT},
    Role.LMMT_ADVISER: _READERS | {May.DECIDE_MEASURE},
    Role.PARTNER: _EVERYBODY | {May.SEE_WORK},
    Role.PEOPLE_ADMIN: _EVERYBODY
    | {May.SEE_WORK, May.MANAGE_PEOPLE, May.NAME_DEPUTY, May.SET_MONTHLY_MAIL},
    # Who stands in for whom is agreed within an institution; the platform opens no case to anybody.
    Role.ADMINISTRATOR: _EVERYBODY
    | {
        May.SEE_WORK,
        May.MANAGE_PEOPLE,
        May.MANAGE_INSTITUTIONS,
        May.MANAGE_CATALOGUE,
        May.WATCH_MESSAGES,
        May.READ_MAILBOX,
    },
}


def may(actor: Actor, what: May) -> bool:
    """Whether the actor's role permits this at all; which case is another question."""
    return what in ROLES[actor.role]
