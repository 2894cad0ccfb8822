"""Every kind of mail of the product, in one list: the worker sends what stands here."""

from cii.outbox.kinds import MessageKind

KINDS: tuple[MessageKind, ...] = ()
