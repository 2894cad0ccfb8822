"""Screens of what measures cost: the budget, payments and their corrections, quarterly statements and their answers."""

from datetime import date, timedelta
from uuid import UUID

from flask import Blueprint, Response, current_app, request

from cii.access.guard import GuardedSession, Hidden
from cii.access.permissions import May, may
from cii.access.screens import access
from cii.cases.actions import note_reading
from cii.cases.queries import CaseHeader, header
from cii.foundation.days import format_day
from cii.foundation.ids import new_id
from cii.foundation.money import format_francs
from cii.foundation.quarters import Quarter
from cii.foundation.texts import N_, Phrase
from cii.measures.accounts.actions import (
    AlreadyAnswered,
    BeforeDecision,
    ChangedMeanwhile,
    EarlierFirst,
    NothingToAccount,
    NothingToCorrect,
    QuarterNotOver,
    TooMuch,
    answer_statement,
    correct_payment,
    pay,
    plan,
    send_statement,
)
from cii.measures.accounts.canton import reconciliation, statements_of_quarter
from cii.measures.accounts.exports import as_csv, as_xlsx, file_name
from cii.measures.accounts.inputs import (
    CorrectionInput,
    PaymentInput,
    PlanInput,
    Reply,
    ReplyInput,
)
from cii.measures.accounts.queries import (
    Account,
    Payable,
    QuarterState,
    account,
    booked,
    commune_name,
    own_quarters,
    payable,
    payable_measures,
    planned_amounts,
    plans_for,
    quarters_of,
    sent_account,
    totals_before,
    type_names,
)
from cii.measures.models import (
    STATEMENT_STATE_LABELS,
    Measure,
    Statement,
    StatementState,
)
from cii.settings import Settings
from cii.web.forms import Form, form
from cii.web.pages import download, page, redirect, say_done

screens = Blueprint("accounts", __name__)

COMMUNES = 50
QUARTERS_BEFORE = 4
_TOO_MUCH = N_(
    "Il reste {remains} à payer sur cette décision. Une nouvelle décision est nécessaire pour payer davantage."
)
_MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
REPLIES = [
    (Reply.ACKNOWLEDGE.value, N_("Accepter le décompte")),
    (Reply.RETURN.value, N_("Le retourner avec un commentaire")),
]


# The budget


@screens.route("/measures/<uuid:measure_id>/budget", methods=["GET", "POST"])
@access(May.PLAN_PAYMENTS, records=True)
def budget(session: GuardedSession, measure_id: UUID) -> Response:
    """The social worker in charge plans what is paid in each quarter (VS-35)."""
    measure = session.find(Measure, measure_id)
    if measure.decided is None or not plans_for(session, measure):
        raise Hidden("Measure")
    quarters = quarters_of(measure)
    amounts = [f"{amount}" if amount else "" for amount in planned_amounts(session, measure)]
    planned = form(PlanInput, {"amounts": amounts, "quarters": [each.path for each in quarters]})
    status = 200
    if request.method == "GET":
        note_reading(session, measure.case_id, "budget")
    elif planned.input is None:
        status = 422
    else:
        try:
            plan(session, measure_id, planned.input)
        except TooMuch as much:
            planned.refuse(
                "amounts",
                Phrase(
                    "La somme dépasse le montant accordé : {decided}.",
                    decided=format_francs(much.remains),
                ),
            )
            status = 422
        except ChangedMeanwhile:
            planned.refuse("", Phrase("La durée de la mesure a changé : rechargez la page."))
            status = 409
        else:
            say_done(N_("Le budget est enregistré."))
            return redirect(f"/measures/{measure_id}")
    typed = planned.value("amounts") or []
    return page(
        "accounts/budget.html",
        status,
        measure=measure,
        case=header(session, measure.case_id),
        form=planned,
        rows=[
            (quarter, typed[place] if place < len(typed) else "")
            for place, quarter in enumerate(quarters)
        ],
    )


# Payments


@screens.route("/measures/<uuid:measure_id>/payments", methods=["GET", "POST"])
@access(May.ENTER_PAYMENT, records=True)
def payments(session: GuardedSession, measure_id: UUID) -> Response:
    """The commune enters what it paid on its decision (VS-24), also when it no longer sees the measure."""
    found = payable(session, measure_id)
    paid = form(PaymentInput, {"form_key": str(new_id()), "paid_on": format_day(session.actor.day)})
    status = 200
    if request.method == "GET":
        note_reading(session, found.decision.case_id, "payments")
    elif paid.input is None:
        status = 422
    else:
        try:
            pay(session, measure_id, paid.input)
        except TooMuch as much:
            paid.refuse("amount", _too_much(much))
            status = 422
        except BeforeDecision as before:
            paid.refuse(
                "paid_on",
                Phrase(
                    "La commune a décidé le {day} : un paiement ne peut pas être antérieur.",
                    day=format_day(before.decided_on),
                ),
            )
            status = 422
        else:
            say_done(N_("Le paiement est enregistré."))
            return redirect(f"/measures/{measure_id}/payments")
    if paid.error("form_key"):
        paid.typed["form_key"] = str(new_id())
    return _payments_page(session, found, status, paid)


def _payments_page(
    session: GuardedSession, found: Payable, status: int, paid: Form[PaymentInput]
) -> Response:
    return page(
        "accounts/payments.html",
        status,
        found=found,
        case=_case(session, found),
        form=paid,
        quarter_of=lambda payment: Quarter(payment.year, payment.quarter),
    )


@screens.route("/measures/<uuid:measure_id>/payments/<uuid:payment_id>", methods=["GET", "POST"])
@access(May.ENTER_PAYMENT, records=True)
def payment(session: GuardedSession, measure_id: UUID, payment_id: UUID) -> Response:
    """Correct a payment: the line stays, the difference becomes another one."""
    found = payable(session, measure_id)
    wrong = next((each for each in found.payments if each.payment.id == payment_id), None)
    if wrong is None:
        raise Hidden("Payment")
    corrected = form(CorrectionInput)
    status = 200
    if request.method == "GET":
        note_reading(session, found.decision.case_id, "payments")
    elif corrected.input is None:
        status = 422
    else:
        try:
            correct_payment(session, measure_id, payment_id, corrected.input)
        except NothingToCorrect:
            corrected.refuse("right_amount", Phrase("Ce montant est déjà celui qui compte."))
            status = 422
        except TooMuch as much:
            corrected.refuse("right_amount", _too_much(much))
            status = 422
        else:
            say_done(N_("Le paiement est corrigé. La première saisie reste visible."))
            return redirect(f"/measures/{measure_id}/payments")
    return page(
        "accounts/payment.html",
        status,
        found=found,
        wrong=wrong,
        case=_case(session, found),
        form=corrected,
    )


def _case(session: GuardedSession, found: Payable) -> CaseHeader | None:
    """The case, where the measure is open to the commune."""
    return header(session, found.decision.case_id) if found.title else None


def _too_much(much: TooMuch) -> Phrase:
    return Phrase(_TOO_MUCH, remains=format_francs(much.remains))


# Quarterly statements


@screens.get("/statements")
@access(May.READ_STATEMENTS)
def statements(session: GuardedSession) -> Response:
    """The quarters of the acting commune; for the SAS the statements of all communes."""
    if may(session.actor, May.RECEIVE_STATEMENT):
        return _received(session)
    quarters = own_quarters(session)
    return page(
        "accounts/quarters.html",
        quarters=[(each, due_on(each.quarter)) for each in quarters],
        labels=STATEMENT_STATE_LABELS,
        bars=_bars(sorted(quarters, key=lambda each: each.quarter)[-QUARTERS_BEFORE - 1 :]),
        day=session.actor.day,
        now=Quarter.of(session.actor.day),
        days=_settings().statement_days,
    )


def _received(session: GuardedSession) -> Response:
    last_over = Quarter.of(session.actor.day).after(-1)
    quarter = _quarter_of_text(request.args.get("quarter", "")) or last_over
    found = statements_of_quarter(session, quarter)
    start = _place_after(request.args.get("after", ""), [each.institution_id for each in found])
    shown = found[start : start + COMMUNES]
    more = len(found) > start + COMMUNES
    is_over = quarter.last < session.actor.day
    return page(
        "accounts/received.html",
        quarter=quarter,
        shown=shown,
        more=f"/statements?quarter={quarter.year}-{quarter.number}&after={shown[-1].institution_id.hex}"
        if more
        else None,
        counts=[
            (
                state,
                sum(each.statement is not None and each.statement.state is state for each in found),
            )
            for state in (
                StatementState.SENT,
                StatementState.ACKNOWLEDGED,
                StatementState.RETURNED,
            )
        ],
        missing=[each for each in found if each.statement is None] if is_over else [],
        is_over=is_over,
        labels=STATEMENT_STATE_LABELS,
        due=due_on(quarter),
        days=_settings().statement_days,
        day=session.actor.day,
        later=quarter.next if quarter.next <= Quarter.of(session.actor.day) else None,
    )


@screens.route("/statements/<int:year>/<int:number>", methods=["GET", "POST"])
@access(May.DRAW_UP_STATEMENT)
def own_statement(session: GuardedSession, year: int, number: int) -> Response:
    """The acting commune's account of a quarter: as it stands, or as it was sent; by POST it is sent (VS-25)."""
    quarter = _quarter(year, number)
    problem, status = None, 200
    if request.method == "POST":
        try:
            send_statement(session, quarter)
        except QuarterNotOver:
            problem = Phrase("Le trimestre n’est pas terminé.")
        except EarlierFirst as earlier:
            problem = Phrase(
                "Transmettez d’abord le décompte précédent : {quarter}.",
                quarter=earlier.quarter.name,
            )
        except NothingToAccount:
            problem = Phrase("Il n’y a rien à décompter pour ce trimestre.")
        else:
            say_done(N_("Le décompte est transmis au SAS. Il ne change plus."))
            return redirect(f"/statements/{quarter.path}")
        status = 409
    shown = account(session, quarter)
    return page(
        "accounts/statement.html",
        status,
        shown=shown,
        commune=session.actor.institution_name,
        types=type_names(session),
        label=STATEMENT_STATE_LABELS[shown.state],
        bars=_bars(totals_before(session, shown, QUARTERS_BEFORE)),
        booked=booked(session, quarter),
        open_measures=payable_measures(session, [line.reference for line in shown.lines]),
        problem=problem,
        is_over=quarter.last < session.actor.day,
        due=due_on(quarter),
        day=session.actor.day,
        days=_settings().statement_days,
        at=f"/statements/{quarter.path}",
        form=None,
        replies=REPLIES,
    )


@screens.get("/statements/<int:year>/<int:number>/<any(csv,xlsx):kind>")
@access(May.DRAW_UP_STATEMENT)
def own_statement_file(session: GuardedSession, year: int, number: int, kind: str) -> Response:
    """The acting commune's account as a file for its bookkeeping."""
    shown = account(session, _quarter(year, number))
    return _file(session, shown, session.actor.institution_name, kind)


@screens.route("/statements/received/<uuid:statement_id>", methods=["GET", "POST"])
@access(May.RECEIVE_STATEMENT)
def received_statement(session: GuardedSession, statement_id: UUID) -> Response:
    """A statement that the SAS received; by POST it is acknowledged or returned (VS-25)."""
    statement = session.find(Statement, statement_id)
    reply = form(ReplyInput)
    problem, status = None, 200
    if request.method == "POST":
        status = 422
        if reply.input is not None and _lacks_comment(reply.input):
            reply.refuse("comment", Phrase("Écrivez à la commune ce qu’elle doit corriger."))
        if reply.input is not None:
            try:
                answer_statement(session, statement_id, reply.input)
            except AlreadyAnswered:
                problem, status = Phrase("Une réponse a déjà été donnée à ce décompte."), 409
            else:
                say_done(N_("La réponse est enregistrée ; la commune la voit."))
                return redirect(f"/statements/received/{statement_id}")
    shown = sent_account(session, statement)
    return page(
        "accounts/statement.html",
        status,
        shown=shown,
        commune=commune_name(session, statement),
        types=type_names(session),
        label=STATEMENT_STATE_LABELS[shown.state],
        bars=_bars(totals_before(session, shown, QUARTERS_BEFORE), received=True),
        booked=[],
        open_measures={},
        problem=problem,
        is_over=True,
        due=due_on(shown.quarter),
        day=session.actor.day,
        days=_settings().statement_days,
        at=f"/statements/received/{statement_id}",
        form=reply if statement.state is StatementState.SENT or reply.errors else None,
        replies=REPLIES,
    )


def _lacks_comment(reply: ReplyInput) -> bool:
    return reply.reply is Reply.RETURN and not reply.comment


@screens.get("/statements/received/<uuid:statement_id>/<any(csv,xlsx):kind>")
@access(May.RECEIVE_STATEMENT)
def received_statement_file(session: GuardedSession, statement_id: UUID, kind: str) -> Response:
    """A statement that the SAS received, as a file."""
    statement = session.find(Statement, statement_id)
    return _file(session, sent_account(session, statement), commune_name(session, statement), kind)


@screens.get("/statements/reconciliation")
@access(May.RECEIVE_STATEMENT)
def reconcile(session: GuardedSession) -> Response:
    """Decisions, payments and statements of all communes, held against each other to the centime."""
    return page("accounts/reconciliation.html", sums=reconciliation(session), day=session.actor.day)


def due_on(quarter: Quarter) -> date:
    """Until when a commune sends its statement (product default, A-04)."""
    return quarter.last + timedelta(days=_settings().statement_days)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _bars(quarters: list[QuarterState], *, received: bool = False) -> list[dict[str, object]]:
    """The totals of some quarters for a chart; every number leads to its list."""
    return [
        {
            "label": each.quarter.short_name,
            "name": each.quarter.name,
            "amount": each.total,
            "href": f"/statements/received/{each.statement.id}"
            if received and each.statement
            else f"/statements/{each.quarter.path}",
        }
        for each in quarters
    ]


def _file(session: GuardedSession, shown: Account, commune: str, kind: str) -> Response:
    language, types = session.actor.language, type_names(session)
    made = (
        as_csv(shown, types, language)
        if kind == "csv"
        else as_xlsx(shown, types, commune, language)
    )
    return download(made, file_name(shown, commune, language, kind), _MEDIA[kind])


def _quarter(year: int, number: int) -> Quarter:
    quarter = Quarter.named(year, number)
    if quarter is None:
        raise Hidden("Statement")
    return quarter


def _quarter_of_text(text: str) -> Quarter | None:
    year, _, number = text.partition("-")
    if not (year.isascii() and year.isdigit() and len(year) == 4 and number in set("1234")):
        return None
    return Quarter.named(int(year), int(number))


def _place_after(text: str, keys: list[UUID]) -> int:
    try:
        return keys.index(UUID(text)) + 1
    except ValueError:
        return 0
