"""The bytes of a mail: headers, parts, and what only its reader can read."""

import subprocess
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from cii.access.system import Reason
from cii.delivery.mailbox import as_document
from cii.delivery.mime import Envelope, boundary_of, encrypted, entity, message, message_key
from cii.delivery.models import ReaderCertificate
from cii.delivery.sealing import read_certificate, seal
from cii.delivery.sending import deliver
from cii.foundation.texts import WrongInput
from cii.outbox.kinds import Attachment, Composed, Desk, MessageKind, Order
from cii.outbox.lifecycle import State
from cii.settings import Settings
from tests.delivery.house import one, queued
from tests.delivery.sink import Sink
from tests.house import House

KEY = UUID("019a0000-0000-7000-8000-0000000000ff")
ENVELOPE = Envelope(
    id=KEY,
    domain="vs.example",
    sender="Bureau CII Réseau <cii@vs.example>",
    reply_to="",
    recipient="hugo@example.ch",
    date=datetime(2026, 11, 22, 8, 30, tzinfo=UTC),
    language="fr",
    leave="https://cii.vs.example/mail/leave/x",
)
ICS = Attachment("rendez-vous.ics", "text/calendar; charset=utf-8", b"BEGIN:VCALENDAR\r\n")
FULL = Composed("Votre suivi du mois", "Été\n.\n", "<p>Été</p>", (ICS,))


def built(composed: Composed) -> bytes:
    return message(ENVELOPE, composed.subject, entity(composed, boundary_of(KEY)))


def test_a_mail_says_who_when_and_that_no_human_wrote_it() -> None:
    mail = message_from_bytes(built(FULL), policy=default)
    assert mail.defects == []
    assert mail["Message-ID"] == "<019a0000000070008000000000" + "0000ff@vs.example>"
    assert mail["Date"].datetime == ENVELOPE.date
    assert str(mail["From"]) == "Bureau CII Réseau <cii@vs.example>"
    assert mail["To"] == "hugo@example.ch"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "fr"
    assert mail["List-Unsubscribe"] == "<https://cii.vs.example/mail/leave/x>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Reply-To"] is None


def test_the_parts_are_a_text_the_same_as_a_page_and_the_files() -> None:
    mail = message_from_bytes(built(FULL), policy=default)
    assert mail.get_content_type() == "multipart/mixed"
    alternative, ics = mail.iter_parts()
    assert [part.get_content_type() for part in alternative.iter_parts()] == [
        "text/plain",
        "text/html",
    ]
    assert mail.get_body(("plain",)).get_content() == "Été\r\n.\r\n"
    assert mail.get_body(("html",)).get_content() == "<p>Été</p>\r\n"
    assert (ics.get_content_type(), ics.get_filename()) == ("text/calendar", "rendez-vous.ics")
    assert ics.get_payload(decode=True) == ICS.content


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=300))
def test_whatever_is_written_arrives(text: str) -> None:
    content = built(Composed(f"CII : {text}", text, f"<p>{text}"))
    assert content.isascii()
    assert all(len(line) <= 998 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
    mail = message_from_bytes(content, policy=default)
    kept = text.rstrip("\n") + "\n"
    assert mail.get_body(("plain",)).get_content().replace("\r\n", "\n") == kept
    assert mail.get_body(("html",)).get_content().replace("\r\n", "\n") == f"<p>{kept}"


def test_a_subject_is_one_line_whatever_stands_in_it() -> None:
    content = built(Composed("CII\r\nBcc: all@example.ch", "x"))
    mail = message_from_bytes(content, policy=default)
    assert mail["Bcc"] is None
    assert mail["Subject"] == "CII Bcc: all@example.ch"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (f"<{KEY.hex}@vs.example>", KEY),
        (f"  <{KEY.hex}@elsewhere.example> ", KEY),
        ("<CAF+123@mail.example>", None),
        ("", None),
        ("<zz9a00000000700080000000000000ff@vs.example>", None),
    ],
)
def test_a_message_id_of_ours_names_its_message(text: str, key: UUID | None) -> None:
    assert message_key(text) == key


# Encrypted for one reader


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificates of Hugo: a good one, one of an elliptic curve, one only for servers, one of somebody else."""
    folder = tmp_path_factory.mktemp("smime")
    for name, address, more in (
        ("good", "hugo@example.ch", ["-newkey", "rsa:2048"]),
        ("curve", "hugo@example.ch", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]),
        (
            "server",
            "hugo@example.ch",
            ["-newkey", "rsa:2048", "-addext", "extendedKeyUsage=serverAuth"],
        ),
        ("other", "gaelle@example.ch", ["-newkey", "rsa:2048"]),
        ("short", "hugo@example.ch", ["-newkey", "rsa:1024"]),
    ):
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-nodes", "-days", "365", *more),
                *("-subj", "/CN=Hugo", "-addext", f"subjectAltName=email:{address}"),
                *("-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.pem")),
            ],
            check=True,
            capture_output=True,
        )
    return folder


def now() -> datetime:
    return datetime.now(UTC)


def test_openssl_reads_with_the_readers_key_what_nobody_else_reads(keys: Path) -> None:
    certificate = read_certificate((keys / "good.pem").read_bytes(), "hugo@example.ch", now())
    inner = entity(FULL, boundary_of(KEY))
    content = message(ENVELOPE, FULL.subject, encrypted(seal(inner, certificate.der)))
    assert b"t=C3=A9" not in content
    assert "Été".encode() not in content
    done = subprocess.run(
        ["openssl", "cms", "-decrypt", "-recip", keys / "good.pem", "-inkey", keys / "good.key"],
        input=content,
        capture_output=True,
        check=True,
    )
    assert done.stdout == inner
    refused = subprocess.run(
        ["openssl", "cms", "-decrypt", "-recip", keys / "other.pem", "-inkey", keys / "other.key"],
        input=content,
        capture_output=True,
        check=False,
    )
    assert refused.returncode != 0


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("curve", "RSA"),
        ("short", "2048"),
        ("server", "prévu"),
        ("other", "celui de hugo@example.ch"),
    ],
)
def test_a_certificate_of_no_use_is_refused_with_a_sentence(
    keys: Path, file: str, sentence: str
) -> None:
    with pytest.raises(WrongInput, match=sentence):
        read_certificate((keys / f"{file}.pem").read_bytes(), "hugo@example.ch", now())


def test_what_is_no_certificate_or_has_expired_is_refused(keys: Path) -> None:
    for content in (b"", b"bonjour", b"-----BEGIN CERTIFICATE-----\nAAAA\n", b"%PDF-1.7"):
        with pytest.raises(WrongInput, match=r"X\.509"):
            read_certificate(content, "hugo@example.ch", now())
    with pytest.raises(WrongInput, match="valable"):
        read_certificate(
            (keys / "good.pem").read_bytes(), "hugo@example.ch", now() + timedelta(days=400)
        )


def open_or_closed(desk: Desk, order: Order) -> Composed:
    """Shows content where it may, a link otherwise."""
    if desk.may_carry_content:
        return Composed("Suivi", "La formation avance bien.", carries_content=True)
    return Composed("Suivi", desk.link("/"))


def careless(desk: Desk, order: Order) -> Composed:
    """Shows content wherever it goes."""
    return Composed("Suivi", "La formation avance bien.", carries_content=True)


def enter(house: House, keys: Path) -> None:
    found = read_certificate((keys / "good.pem").read_bytes(), "hugo@example.ch", now())
    house.add(
        ReaderCertificate(
            person_id=house.person["hugo"],
            der=found.der,
            fingerprint=found.fingerprint,
            valid_from=found.valid_from,
            valid_until=found.valid_until,
            entered_by=house.person["pia"],
        )
    )


def test_content_goes_encrypted_to_who_has_a_certificate_and_as_a_link_to_all_others(
    house: House, mailing: Settings, sink: Sink, keys: Path
) -> None:
    enter(house, keys)
    kind = MessageKind("plain", "suivi", open_or_closed)
    queued(house, "hugo", key="hugo")
    queued(house, "gaelle", key="gaelle")
    assert deliver(house.store, mailing, [kind]) == 2
    sent = dict(sink.received)
    assert b"formation" not in sent["hugo@example.ch"]
    assert b"smime-type=enveloped-data" in sent["hugo@example.ch"]
    assert b"https://cii.vs.example/" in sent["gaelle@example.ch"]


def test_an_expired_certificate_makes_it_a_link_again(
    house: House, mailing: Settings, sink: Sink, keys: Path
) -> None:
    enter(house, keys)
    with time_machine.travel(now() + timedelta(days=400), tick=False):
        queued(house, "hugo")
        assert deliver(house.store, mailing, [MessageKind("plain", "suivi", open_or_closed)]) == 1
    assert b"https://cii.vs.example/" in sink.received[0][1]


def test_content_over_an_open_route_is_stopped_whatever_the_composer_thought(
    house: House, mailing: Settings, sink: Sink
) -> None:
    queued(house, "hugo")
    assert deliver(house.store, mailing, [MessageKind("plain", "suivi", careless)]) == 0
    assert one(house).state is State.STOPPED
    assert sink.received == []


def test_a_route_is_protected_only_with_tls_and_for_the_domains_named(
    house: House, mailing: Settings
) -> None:
    from cii.delivery.desk import ReaderDesk
    from cii.delivery.readers import reader_at
    from cii.foundation.clock import today

    with house.store.system(Reason.CHECK) as session:
        reader = reader_at(session, house.membership("hugo"), today(), now())
    assert reader is not None
    named = mailing.model_copy(
        update={"mail_protected_domains": "vs.ch Example.CH", "mail_security": "starttls"}
    )
    for settings, expected in (
        (named, True),
        (named.model_copy(update={"mail_security": "none"}), False),
        (named.model_copy(update={"mail_host": ""}), False),
        (named.model_copy(update={"mail_protected_domains": "example.com"}), False),
    ):
        assert ReaderDesk(house.store, settings, reader).may_carry_content is expected


# Shown in the product


def test_the_page_of_a_mail_is_shown_without_any_unsafe_policy() -> None:
    html = (
        "<!doctype html><html><head><style>p {\r\n color: red }</style></head>"
        '<body class="mail" style="margin:0"><p style="margin:0">A &amp; B</p>'
        '<p style="margin:0" onclick="alert(1)">x</p><script>alert(1)</script></body></html>'
    )
    page, policy = as_document(html)
    assert "unsafe" not in policy
    sheet = b64encode(sha256(b"p {\n color: red }").digest()).decode()
    assert f"'sha256-{sheet}'" in policy
    assert "script-src" not in policy
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "style=" not in page
    assert '<body class="mail s0"><p class="s0">A &amp; B</p>' in page
    assert ".s0{margin:0}" in page
