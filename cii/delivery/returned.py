"""Mails that came back: delivery status notifications (RFC 3464) in a Maildir or mbox, matched by Message-ID."""

import logging
import mailbox
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message as Parsed
from email.parser import BytesHeaderParser
from email.policy import default
from pathlib import Path
from typing import cast
from uuid import UUID

from cii.access.store import Store
from cii.access.system import Reason
from cii.delivery.actions import set_bounced
from cii.delivery.mime import message_key
from cii.foundation.clock import now
from cii.outbox.lifecycle import STEPS, State
from cii.outbox.models import Message
from cii.settings import Settings

log = logging.getLogger(__name__)


def read_returned(store: Store, settings: Settings) -> int:
    """Read what is new in the folder of returned mails; how many of ours came back.

    What was read is marked as seen; a folder that is read twice changes nothing.
    """
    if not settings.mail_returned or not Path(settings.mail_returned).exists():
        return 0
    returned = 0
    for content in _new_mails(Path(settings.mail_returned)):
        for key in returned_messages(content):
            returned += _mark(store, key)
    return returned


def _mark(store: Store, key: UUID) -> bool:
    with store.system(Reason.DELIVER) as session:
        message = session.get(Message, key, with_for_update=True)
        if message is None or State.BOUNCED not in STEPS[message.state]:
            return False
        set_bounced(session, message, now())
    return True


def _new_mails(path: Path) -> Iterator[bytes]:
    """Each mail that was not read before; it is marked once the caller is done with it."""
    box: mailbox.Maildir | mailbox.mbox
    box = mailbox.Maildir(path, create=False) if path.is_dir() else mailbox.mbox(path, create=False)
    box.lock()
    try:
        for key in box.keys():  # noqa: SIM118 - a mailbox is no dictionary
            mail = box[key]
            if "S" in mail.get_flags() or "R" in mail.get_flags():
                continue
            yield box.get_bytes(key)
            if isinstance(mail, mailbox.MaildirMessage):
                mail.set_subdir("cur")
                mail.add_flag("S")
            else:
                mail.add_flag("R")
            box[key] = mail
    finally:
        box.flush()
        box.unlock()
        box.close()


def returned_messages(content: bytes) -> list[UUID]:
    """The messages of ours that a delivery status notification says have failed."""
    try:
        return _failed_messages(content)
    except Exception as error:
        # Anybody can write to this address, and a header can make Python's parser fail in any way:
        # such a mail says nothing, and the next one is read.
        log.warning("a returned mail could not be read: %s", type(error).__name__)
        return []


def _failed_messages(content: bytes) -> list[UUID]:
    report = message_from_bytes(content, policy=default)
    if report.get_content_type() != "multipart/report":
        return []
    keys: list[UUID] = []
    failed = False
    for part in report.iter_parts():
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            failed = failed or any(map(_says_failed, _blocks(part)))
        elif kind == "message/rfc822":
            keys += _key_of(cast(Parsed, part.get_payload(0)))
        elif kind in {"text/rfc822-headers", "message/rfc822-headers"}:
            text = cast(bytes, part.get_payload(decode=True) or b"")
            keys += _key_of(BytesHeaderParser(policy=default).parsebytes(text))
    return keys if failed else []


def _blocks(part: Parsed) -> list[Parsed]:
    payload = part.get_payload()
    return cast(list[Parsed], payload) if isinstance(payload, list) else []


def _says_failed(block: Parsed) -> bool:
    return str(block.get("Action", "")).strip().lower() == "failed"


def _key_of(original: Parsed) -> list[UUID]:
    key = message_key(str(original.get("Message-ID", "")))
    return [key] if key is not None else []
