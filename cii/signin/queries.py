"""Who is behind a session, and who may sign in."""

import sqlalchemy as sa

from cii.access.hot import SystemRead
from cii.access.system import Reason
from cii.organisations.models import Institution, Membership, Person
from cii.signin.models import SignedInSession

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
