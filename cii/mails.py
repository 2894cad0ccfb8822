"""Every kind of mail of the product, in one list: the worker sends what stands here."""

from cii.delivery import emails as notices
from cii.measures.accounts import emails as accounts
from cii.monthly import emails as monthly

KINDS = (*notices.KINDS, *accounts.KINDS, *monthly.KINDS)
