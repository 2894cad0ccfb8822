"""Every route and method of the product, and who may use it: written by hand, never read from the code.

A route of a case is open to a role that holds a part in it; some ask for more: a part of a certain
kind, an open topic, or that one's own institution wrote the row. Everybody else is told that there
is no such page.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from cii.access.actor import Role
from cii.consent.models import PartKind
from cii.foundation.clock import today

ADVISERS = frozenset({Role.ORP_ADVISER, Role.SOCIAL_WORKER})
OFFICES = ADVISERS | {Role.HEAD}
BUREAU = frozenset({Role.COORDINATOR})
READERS = OFFICES | BUREAU | {Role.CLERK, Role.SAS_ADVISER, Role.LMMT_ADVISER}
MEASURED = READERS - {Role.LMMT_ADVISER}
TRANSMITS = frozenset({Role.SOCIAL_WORKER, Role.HEAD})
CLERKS = frozenset({Role.CLERK})
SAS = frozenset({Role.SAS_ADVISER})
PEOPLE = frozenset({Role.PEOPLE_ADMIN, Role.ADMINISTRATOR})
PLATFORM = frozenset({Role.ADMINISTRATOR})
EVERYBODY = frozenset(Role)

TANDEM = frozenset({PartKind.TANDEM_ORP, PartKind.TANDEM_CMS})
CARRIES = TANDEM | {PartKind.ANNOUNCING}

READING = (200, 303)
WRITING = (200, 303, 409, 422)


@dataclass(frozen=True)
class Route:
    """Who may use a route with one method, with what, and how it answers to them.

    `topics` must all be open, unless `author` is one's own institution; without topics and with an
    author it is the author's alone. `people` are the only ones, whatever their role may do. `blocks`
    are the parts of its page that htmx asks for alone, by the id that they replace.
    """

    roles: frozenset[Role]
    fields: dict[str, Any] = field(default_factory=dict)
    parts: frozenset[PartKind] = frozenset()
    topics: frozenset[str] = frozenset()
    author: str = ""
    people: frozenset[str] = frozenset()
    answers: tuple[int, ...] = ()
    only_draft: bool = False
    public: bool = False
    blocks: tuple[str, ...] = ()


def _day(days: int = 0) -> str:
    day: date = today() + timedelta(days=days)
    return f"{day:%d.%m.%Y}"


def _public(*answers: int) -> Route:
    return Route(EVERYBODY, answers=answers, public=True)


def _by_amelie(roles: frozenset[Role], *topics: str, **more: Any) -> Route:
    # The keys of the matrix are those of rows that Amélie wrote under the topic "measures".
    return Route(roles, topics=frozenset({"measures", *topics}), author="orp_sion", **more)


def _in_charge(fields: dict[str, Any] | None = None) -> Route:
    return Route(
        frozenset({Role.SOCIAL_WORKER}),
        fields or {},
        topics=frozenset({"measures"}),
        people=frozenset({"hugo"}),
    )


def _paid_by_sion(fields: dict[str, Any] | None = None) -> Route:
    return Route(CLERKS, fields or {}, people=frozenset({"cecile"}))


_NOTE = {"text": "Bonjour", "kind": "interview", "topic": "coaching"}
_GOAL = {"goal": "Un stage", "domain": "placement"}
_CASE = "/cases/<uuid:case_id>"
_MEASURE = "/measures/<uuid:measure_id>"
_READ = {"version": "5"}
_STATEMENT = "/statements/<int:year>/<int:number>"
_RECEIVED = "/statements/received/<uuid:statement_id>"
_PERSON = "/people/<uuid:person_id>"
_OFFICE = "/institutions/<uuid:institution_id>"


def routes() -> dict[tuple[str, str], Route]:
    """The expectations, by method and rule."""
    note = {**_NOTE, "day": _day()}
    meeting = {"day": _day(3), "hour": "10:00", "minutes": "60", "place": "Sion"}
    return {
        # For everybody, signed in or not
        ("GET", "/up"): _public(200),
        ("GET", "/help"): _public(200),
        ("GET", "/help/accessibility"): _public(200),
        ("GET", "/help/data-protection"): _public(200),
        ("GET", "/help/rules"): _public(200),
        ("GET", "/static/<path:name>"): _public(404),
        ("POST", "/language"): _public(404),
        ("GET", "/sign-in"): _public(200),
        ("POST", "/sign-in"): _public(422),
        ("POST", "/sign-in/demo"): _public(404),
        ("GET", "/sign-in/with/<uuid:institution_id>"): _public(403),
        ("GET", "/sign-in/callback/<uuid:institution_id>"): _public(403),
        ("GET", "/password"): _public(404),
        ("POST", "/password"): _public(404),
        # For everybody who is signed in
        ("GET", "/"): Route(EVERYBODY),
        ("GET", "/account"): Route(EVERYBODY),
        ("POST", "/account/act-for"): Route(EVERYBODY, answers=(404,)),
        ("POST", "/account/password"): Route(EVERYBODY),
        ("POST", "/account/sign-out-everywhere"): Route(EVERYBODY),
        ("POST", "/sign-out"): Route(EVERYBODY),
        ("POST", "/notices/<uuid:notice_id>/seen"): Route(EVERYBODY, people=frozenset({"amelie"})),
        # Announcing
        ("GET", "/announcements/new"): Route(OFFICES, blocks=("draft_saved",)),
        ("GET", "/announcements/import"): Route(OFFICES | BUREAU),
        ("POST", "/announcements/import"): Route(OFFICES | BUREAU),
        ("GET", "/announcements/import/<uuid:run_id>"): Route(
            OFFICES, people=frozenset({"hugo"}), blocks=("import_state",)
        ),
        ("POST", "/announcements/import/<uuid:run_id>"): Route(
            OFFICES,
            {"act": "continue"},
            people=frozenset({"hugo"}),
            blocks=("import_state",),
        ),
        ("GET", f"{_CASE}/announcement"): Route(READERS, blocks=("draft_saved",)),
        ("POST", f"{_CASE}/announcement"): Route(OFFICES, parts=frozenset({PartKind.ANNOUNCING})),
        ("POST", f"{_CASE}/announcement/draft"): Route(
            OFFICES,
            parts=frozenset({PartKind.ANNOUNCING}),
            only_draft=True,
            answers=(200, 204, 303),
            blocks=("draft_saved",),
        ),
        ("POST", f"{_CASE}/discard"): Route(
            OFFICES, parts=frozenset({PartKind.ANNOUNCING}), only_draft=True
        ),
        # Admission
        ("GET", f"{_CASE}/admission"): Route(BUREAU),
        ("POST", f"{_CASE}/admission"): Route(BUREAU, {"act": "admit"}),
        ("POST", f"{_CASE}/tandem"): Route(BUREAU),
        ("GET", f"{_CASE}/tandem/<any(orp, cms):side>"): Route(BUREAU),
        ("POST", f"{_CASE}/tandem/<any(orp, cms):side>"): Route(BUREAU),
        # The case and its journal
        ("GET", "/cases"): Route(READERS, blocks=("case_list",)),
        ("POST", "/cases/search"): Route(READERS, {"q": "zq"}, blocks=("case_list",)),
        ("GET", _CASE): Route(READERS, blocks=("journal", "draft")),
        ("GET", f"{_CASE}/avs"): Route(OFFICES, topics=frozenset({"identity"}), author="cms_sion"),
        ("POST", f"{_CASE}/avs"): Route(
            OFFICES, {"reason": "x"}, topics=frozenset({"identity"}), author="cms_sion"
        ),
        ("POST", f"{_CASE}/start"): Route(ADVISERS, parts=TANDEM),
        ("POST", f"{_CASE}/note"): Route(ADVISERS, note, parts=TANDEM, blocks=("journal",)),
        ("POST", f"{_CASE}/note/draft"): Route(
            ADVISERS, {"text": "Bonjour"}, parts=TANDEM, blocks=("draft",)
        ),
        ("GET", f"{_CASE}/notes/<uuid:entry_id>"): _by_amelie(OFFICES | BUREAU, "notes"),
        ("GET", f"{_CASE}/notes/<uuid:entry_id>/correct"): Route(ADVISERS, author="orp_sion"),
        ("POST", f"{_CASE}/notes/<uuid:entry_id>/correct"): Route(
            ADVISERS, {**note, "version": "1"}, author="orp_sion"
        ),
        ("GET", f"{_CASE}/plan"): Route(OFFICES | BUREAU),
        ("POST", f"{_CASE}/objectives"): Route(ADVISERS, _GOAL, parts=TANDEM),
        ("GET", f"{_CASE}/objectives/<uuid:objective_id>"): _by_amelie(ADVISERS),
        ("POST", f"{_CASE}/objectives/<uuid:objective_id>"): _by_amelie(
            ADVISERS,
            fields={**_GOAL, "version": "1", "state": "reached", "state_since": _day()},
        ),
        ("POST", f"{_CASE}/appointments"): Route(OFFICES, meeting, parts=CARRIES),
        ("GET", f"{_CASE}/appointments/<uuid:appointment_id>"): _by_amelie(OFFICES),
        ("POST", f"{_CASE}/appointments/<uuid:appointment_id>"): _by_amelie(
            OFFICES, fields={**meeting, "sequence": "0", "state": "planned"}
        ),
        ("GET", f"{_CASE}/appointments/<uuid:appointment_id>.ics"): _by_amelie(OFFICES | BUREAU),
        # Monthly updates: the keys of the matrix are those of an update that Amélie wrote this month
        ("GET", f"{_CASE}/updates"): Route(OFFICES | BUREAU),
        ("GET", f"{_CASE}/update/<month>"): Route(
            OFFICES | BUREAU, topics=frozenset({"coaching"}), author="orp_sion"
        ),
        ("POST", f"{_CASE}/update/<month>"): Route(
            ADVISERS,
            {
                "act": "save",
                "paragraph": str(uuid4()),
                "part": "evolution",
                "topic": "coaching",
                "text": "Bonjour",
            },
            parts=TANDEM,
            topics=frozenset({"coaching"}),
        ),
        ("GET", f"{_CASE}/update/<month>/preview"): Route(
            ADVISERS, parts=TANDEM, topics=frozenset({"coaching"})
        ),
        ("POST", f"{_CASE}/update/<month>/nothing-new"): Route(
            ADVISERS, parts=TANDEM, topics=frozenset({"coaching"})
        ),
        ("POST", f"{_CASE}/update/<month>/addendum"): Route(
            ADVISERS, {"text": "x"}, parts=TANDEM, topics=frozenset({"coaching"})
        ),
        ("GET", "/updates/late"): Route(OFFICES | BUREAU),
        ("GET", "/follow-ups"): Route(OFFICES),
        ("POST", "/follow-ups/mail"): Route(OFFICES, {"act": "pause"}),
        ("GET", "/monthly-mail"): Route(frozenset({Role.PEOPLE_ADMIN})),
        ("POST", "/monthly-mail"): Route(frozenset({Role.PEOPLE_ADMIN}), {"mode": "link"}),
        # Mails: one about a case came back, and lies in the folder of an installation without a relay
        ("GET", "/account/messages"): Route(EVERYBODY),
        ("POST", "/account/messages"): Route(EVERYBODY, {"pace": "daily"}),
        ("GET", "/messages"): Route(BUREAU | PLATFORM),
        ("GET", "/messages/<uuid:message_id>"): Route(BUREAU | PLATFORM),
        ("POST", "/messages/<uuid:message_id>"): Route(
            BUREAU | PLATFORM, {"settled": "again", "reason": "corrigée"}
        ),
        ("GET", "/mailbox"): Route(PLATFORM),
        ("GET", "/mailbox/<uuid:message_id>"): Route(PLATFORM),
        ("GET", "/mailbox/<uuid:message_id>/page"): Route(PLATFORM),
        ("GET", "/mail/leave/<token>"): _public(200),
        ("POST", "/mail/leave/<token>"): _public(200),
        ("GET", f"{_PERSON}/certificate"): Route(PEOPLE),
        ("POST", f"{_PERSON}/certificate"): Route(PEOPLE),
        # Measures; the one of the matrix is Amélie's, put before the SAS and the commune of Sion
        ("GET", "/measures"): Route(READERS),
        ("GET", "/measures/decided"): Route(READERS),
        ("GET", f"{_CASE}/measures"): Route(READERS),
        ("GET", f"{_CASE}/measures/new"): Route(ADVISERS, parts=TANDEM, blocks=("way",)),
        ("POST", f"{_CASE}/measures/new"): Route(ADVISERS, parts=TANDEM),
        ("POST", f"{_CASE}/measures/way"): Route(
            ADVISERS, {"code": "language-course"}, parts=TANDEM, blocks=("way",)
        ),
        ("GET", _MEASURE): _by_amelie(MEASURED),
        # A decision is signed on a measure: whoever sees neither of them gets no paper.
        ("GET", f"{_MEASURE}/decision.pdf"): Route(MEASURED, topics=frozenset({"measures"})),
        ("POST", f"{_MEASURE}/decide"): _by_amelie(
            MEASURED, fields={"version": "5", "outcome": "refused", "reason": "x"}
        ),
        ("POST", f"{_MEASURE}/withdraw"): _by_amelie(
            MEASURED, fields={"version": "5", "because": "x"}
        ),
        ("POST", f"{_MEASURE}/opinion"): _by_amelie(
            frozenset({Role.SAS_ADVISER}), fields={"version": "5", "leaning": "favourable"}
        ),
        ("GET", f"{_MEASURE}/change"): _by_amelie(ADVISERS, parts=TANDEM, blocks=("way",)),
        ("POST", f"{_MEASURE}/change"): _by_amelie(ADVISERS, parts=TANDEM),
        ("POST", f"{_MEASURE}/way"): _by_amelie(
            ADVISERS, fields={"code": "language-course"}, parts=TANDEM, blocks=("way",)
        ),
        ("POST", f"{_MEASURE}/prepare"): _by_amelie(ADVISERS, fields=_READ),
        ("POST", f"{_MEASURE}/submit"): _by_amelie(ADVISERS, fields=_READ),
        ("POST", f"{_MEASURE}/abandon"): _by_amelie(ADVISERS, fields=_READ),
        ("POST", f"{_MEASURE}/transmit"): _by_amelie(TRANSMITS, fields=_READ),
        ("POST", f"{_MEASURE}/return"): _by_amelie(
            TRANSMITS, fields={**_READ, "to": "draft", "question": "x"}
        ),
        # What Sion granted it pays, whatever becomes of the case; Hugo is in charge of the budget
        ("GET", f"{_MEASURE}/budget"): _in_charge(),
        ("POST", f"{_MEASURE}/budget"): _in_charge({"amounts": "10", "quarters": "2026/4"}),
        ("GET", f"{_MEASURE}/payments"): _paid_by_sion(),
        ("POST", f"{_MEASURE}/payments"): _paid_by_sion(
            {"amount": "10", "paid_on": _day(), "voucher": "x"}
        ),
        ("GET", f"{_MEASURE}/payments/<uuid:payment_id>"): _paid_by_sion(),
        ("POST", f"{_MEASURE}/payments/<uuid:payment_id>"): _paid_by_sion(
            {"right_amount": "5", "voucher": "x"}
        ),
        # Statements: the quarter is the present one, the received statement Sion's of the one before
        ("GET", "/statements"): Route(CLERKS | SAS),
        ("GET", _STATEMENT): Route(CLERKS),
        ("POST", _STATEMENT): Route(CLERKS),
        ("GET", f"{_STATEMENT}/<any(csv,xlsx):kind>"): Route(CLERKS),
        ("GET", f"{_STATEMENT}/pdf"): Route(CLERKS),
        ("GET", _RECEIVED): Route(SAS),
        ("POST", _RECEIVED): Route(SAS, {"reply": "acknowledge"}),
        ("GET", f"{_RECEIVED}/<any(csv,xlsx):kind>"): Route(SAS),
        ("GET", f"{_RECEIVED}/pdf"): Route(SAS),
        ("GET", "/statements/reconciliation"): Route(SAS),
        ("GET", "/catalogue"): Route(PLATFORM),
        ("GET", "/catalogue/new"): Route(PLATFORM),
        ("POST", "/catalogue/new"): Route(PLATFORM),
        ("GET", "/catalogue/<code>"): Route(PLATFORM),
        ("POST", "/catalogue/<code>"): Route(PLATFORM, {"code": "language-course"}),
        # Documents
        ("GET", f"{_CASE}/documents"): Route(READERS),
        ("POST", f"{_CASE}/documents"): Route(OFFICES),
        ("GET", "/files/<uuid:file_id>"): _by_amelie(READERS),
        # The procuration
        ("GET", f"{_CASE}/consent"): Route(READERS),
        ("GET", f"{_CASE}/readers"): Route(OFFICES | BUREAU),
        ("GET", f"{_CASE}/procuration/new"): Route(OFFICES, parts=CARRIES),
        ("POST", f"{_CASE}/procuration/new"): Route(OFFICES, parts=CARRIES),
        ("GET", f"{_CASE}/procuration/print"): Route(OFFICES, parts=CARRIES),
        ("GET", f"{_CASE}/procuration/revoke"): Route(OFFICES | BUREAU),
        ("POST", f"{_CASE}/procuration/revoke"): Route(OFFICES | BUREAU, {"channel": "phone"}),
        # Deputies
        ("GET", "/deputies"): Route(OFFICES | {Role.PEOPLE_ADMIN}),
        ("POST", "/deputies"): Route(OFFICES | {Role.PEOPLE_ADMIN}),
        ("POST", "/deputies/<uuid:deputyship_id>/end"): Route(
            OFFICES | {Role.PEOPLE_ADMIN},
            people=frozenset({"amelie", "nicolas", "patrick", "odile"}),
        ),
        # People and institutions
        ("GET", "/people"): Route(PEOPLE),
        ("GET", "/people/new"): Route(PEOPLE),
        ("POST", "/people/new"): Route(PEOPLE),
        ("GET", "/people/import"): Route(PEOPLE),
        ("POST", "/people/import"): Route(PEOPLE),
        ("GET", _PERSON): Route(PEOPLE),
        ("POST", _PERSON): Route(PEOPLE),
        ("POST", f"{_PERSON}/active"): Route(PEOPLE),
        ("POST", f"{_PERSON}/invitation"): Route(PEOPLE),
        ("GET", f"{_PERSON}/seats/<uuid:membership_id>"): Route(PEOPLE),
        ("POST", f"{_PERSON}/seats/<uuid:membership_id>"): Route(PEOPLE),
        ("POST", f"{_PERSON}/seats/<uuid:membership_id>/active"): Route(PEOPLE),
        ("GET", f"{_PERSON}/seats/new"): Route(PLATFORM),
        ("POST", f"{_PERSON}/seats/new"): Route(PLATFORM),
        ("GET", "/institutions"): Route(PLATFORM),
        ("GET", "/institutions/new"): Route(PLATFORM),
        ("POST", "/institutions/new"): Route(PLATFORM),
        ("GET", _OFFICE): Route(PLATFORM),
        ("POST", _OFFICE): Route(PLATFORM),
        ("POST", f"{_OFFICE}/active"): Route(PLATFORM),
        ("GET", f"{_OFFICE}/identity-provider"): Route(PLATFORM),
        ("POST", f"{_OFFICE}/identity-provider"): Route(PLATFORM),
    }
