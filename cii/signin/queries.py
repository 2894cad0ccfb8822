"""Who is behind a session, and who may sign in."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from cii.access.hot import SystemRead
from cii.access.system import Reason
from cii.organisations.models import Institution, Membership, Person
from cii.signin.models import SignedInSession

_Seat = aliased(Membership)
_Place = aliased(Institution)


def _seats() -> Any:
    """For how many institutions the person can act in this session."""
    return (
        sa.select(sa.func.count())
        .select_from(_Seat)
        .join(_Place, _Place.id == _Seat.institution_id)
        .where(
            _Seat.person_id == SignedInSession.person_id,
            _Seat.active,
            _Place.active,
            sa.or_(SignedInSession.vouched_by.is_(None), _Place.id == SignedInSession.vouched_by),
        )
        .correlate(SignedInSession)
        .scalar_subquery()
    )


# One query for each request: the session, the person, the acting membership and its institution.
SIGNED_IN = SystemRead(
    Reason.SIGN_IN,
    lambda: (
        sa.select(
            Person.id,
            Person.first_name,
            Person.last_name,
            Person.language,
            Membership.id,
            Membership.seat,
            Institution.id,
            Institution.kind,
            Institution.name,
            Institution.name_de,
            SignedInSession.seen_at,
            SignedInSession.ends_at,
            _seats(),
        )
        .join_from(SignedInSession, Person, Person.id == SignedInSession.person_id)
        .join(Membership, Membership.id == SignedInSession.membership_id)
        .join(Institution, Institution.id == Membership.institution_id)
        .where(
            SignedInSession.token_hash == sa.bindparam("token_hash", type_=sa.LargeBinary()),
            Person.active,
            Membership.active,
            Institution.active,
        )
    ),
)
