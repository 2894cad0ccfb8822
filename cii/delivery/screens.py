"""One's own choice of mails, mails in trouble, the mails of a demonstration, and leaving a kind of mail."""

from uuid import UUID

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import NotFound

from cii.access.guard import GuardedSession
from cii.access.permissions import May, may
from cii.access.screens import access, public
from cii.access.store import Store
from cii.access.system import Reason
from cii.audit.actions import record
from cii.audit.models import Act
from cii.delivery import actions
from cii.delivery.desk import read_leave_token
from cii.delivery.inputs import CertificateInput, PaceInput, SettlementInput
from cii.delivery.mailbox import as_document, written_mail, written_mails
from cii.delivery.queries import certificate_of, pace_of, standing_for, troubled
from cii.delivery.sending import CLAIM
from cii.foundation.clock import now
from cii.foundation.texts import N_, Phrase, WrongInput, texts
from cii.organisations.models import Membership, Person
from cii.organisations.queries import person_file
from cii.outbox.actions import choose_pace
from cii.outbox.kinds import Leaving, MessageKind
from cii.outbox.lifecycle import STATE_LABELS, TROUBLE_LABELS, NoSuchStep, State
from cii.outbox.models import PACE_LABELS, Message
from cii.settings import Settings
from cii.web.forms import Form, act, form
from cii.web.guarding import signed_address
from cii.web.pages import page, redirect, say_done

screens = Blueprint("delivery", __name__)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _kinds() -> dict[str, MessageKind]:
    kinds: dict[str, MessageKind] = current_app.extensions["mails"]
    return kinds


@screens.route("/account/messages", methods=["GET", "POST"])
@access(May.OWN_ACCOUNT)
def own_messages(session: GuardedSession) -> Response:
    """How one wishes to be told by mail."""
    words = texts(session.actor.language)
    made = form(PaceInput, {"pace": pace_of(session).value})
    if made.input:
        choose_pace(session, made.input.pace)
        record(session, Act.MAIL_CHOICE_CHANGED, ground=made.input.pace.value)
        say_done(N_("Votre choix est enregistré."))
        return redirect("/account/messages")
    return page(
        "delivery/own.html",
        422 if made.errors else 200,
        form=made,
        paces=[(pace.value, words.say(label)) for pace, label in PACE_LABELS.items()],
        hour=_settings().mail_daily_hour,
    )


@screens.get("/messages")
@access(May.WATCH_MESSAGES)
def watched(session: GuardedSession) -> Response:
    """Mails that did not reach their reader, and how delivery stands."""
    return page(
        "delivery/watched.html",
        found=troubled(session),
        standing=standing_for(session, now(), CLAIM),
        is_embedded=not _settings().mail_host and may(session.actor, May.READ_MAILBOX),
        **_words(),
    )


@screens.route("/messages/<uuid:message_id>", methods=["GET", "POST"])
@access(May.WATCH_MESSAGES)
def settled(session: GuardedSession, message_id: UUID) -> Response:
    """One mail in trouble: say what became of it, and how one knows."""
    made = form(SettlementInput)
    found = troubled(session, message_id)
    if not found:
        raise NotFound
    if made.input:
        try:
            actions.settle(session, message_id, made.input)
        except NoSuchStep:
            made.refuse("settled", Phrase("Choisissez une des réponses proposées."))
        else:
            say_done(N_("C’est noté."))
            return redirect("/messages")
    return page(
        "delivery/settled.html",
        422 if made.errors else 200,
        form=made,
        mail=found[0],
        is_ambiguous=found[0].state is State.AMBIGUOUS,
        **_words(),
    )


def _words() -> dict[str, object]:
    return {
        "kinds": {name: kind.label for name, kind in _kinds().items()},
        "states": STATE_LABELS,
        "troubles": TROUBLE_LABELS,
    }


@screens.get("/mailbox")
@access(May.OWN_ACCOUNT)
def mailbox(session: GuardedSession) -> Response:
    """The mails that were written to the folder: for the administrator, in demo mode for everybody."""
    _check_mailbox(session)
    return page("delivery/mailbox.html", found=written_mails(_settings()))


@screens.get("/mailbox/<uuid:message_id>")
@access(May.OWN_ACCOUNT)
def written(session: GuardedSession, message_id: UUID) -> Response:
    """One mail of the folder, its text part."""
    _check_mailbox(session)
    mail = written_mail(_settings(), message_id)
    if mail is None:
        raise NotFound
    return page("delivery/mail.html", mail=mail)


@screens.get("/mailbox/<uuid:message_id>/page")
@access(May.OWN_ACCOUNT)
def written_page(session: GuardedSession, message_id: UUID) -> Response:
    """The HTML part of a mail of the folder, as a document of its own that can do nothing."""
    _check_mailbox(session)
    mail = written_mail(_settings(), message_id)
    if mail is None or not mail.html:
        raise NotFound
    document, policy = as_document(mail.html)
    return Response(document, headers={"Content-Security-Policy": policy}, mimetype="text/html")


def _check_mailbox(session: GuardedSession) -> None:
    if _settings().mail_host:
        raise NotFound
    if not _settings().demo and not may(session.actor, May.READ_MAILBOX):
        raise NotFound


@screens.get("/mail/leave/<token>")
@public
def leaving(token: str) -> Response:
    """Ask whether somebody really wishes no more mails of this kind; looking changes nothing."""
    found = _left(token)
    return page("delivery/leave.html", leaving=found, left=False)


@screens.post("/mail/leave/<token>")
@public
@signed_address
def leave(token: str) -> Response:
    """Stop a kind of mail: the page's button, or a mail program's one click (RFC 8058)."""
    found = _left(token, leaves=True)
    return page("delivery/leave.html", leaving=found, left=True)


def _left(token: str, *, leaves: bool = False) -> Leaving:
    key = read_leave_token(current_app.extensions["secret"], token)
    store: Store = current_app.extensions["store"]
    if key is None:
        raise NotFound
    with store.system(Reason.DELIVER, writes=leaves) as session:
        message = session.get(Message, key)
        kind = _kinds().get(message.kind) if message else None
        if message is None or kind is None or kind.leaving is None:
            raise NotFound
        seat = session.get(Membership, message.membership_id)
        if leaves and seat is not None:
            actions.leave(session, kind, message, seat.person_id)
        return kind.leaving


@screens.route("/people/<uuid:person_id>/certificate", methods=["GET", "POST"])
@access(May.MANAGE_PEOPLE)
def certificate(session: GuardedSession, person_id: UUID) -> Response:
    """The S/MIME certificate of somebody: mails with content are encrypted for it."""
    found = person_file(session, person_id)
    if not found.is_whole:
        raise NotFound
    made = Form(CertificateInput)
    if request.method == "POST" and _changed(session, found.person, made):
        return redirect(f"/people/{person_id}/certificate")
    return page(
        "delivery/certificate.html",
        422 if made.errors else 200,
        form=made,
        person=found.person,
        certificate=certificate_of(session, person_id),
        moment=now(),
    )


def _changed(session: GuardedSession, person: Person, made: Form[CertificateInput]) -> bool:
    if not made.read(request.form):
        return False
    if act() == "remove":
        actions.remove_certificate(session, person)
        say_done(N_("Le certificat est retiré."))
        return True
    sent = request.files.get("certificate")
    try:
        actions.enter_certificate(session, person, sent.read() if sent else b"")
    except WrongInput as wrong:
        made.refuse("certificate", wrong.phrase)
        return False
    say_done(N_("Le certificat est enregistré."))
    return True
