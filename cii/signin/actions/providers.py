"""Institutions' own identity providers: which there are, and signing in somebody for whom one vouches."""

from uuid import UUID

from sqlmodel import select

from cii.access.guard import GuardedSession
from cii.access.store import Store
from cii.access.system import Reason, joined_system_session
from cii.audit.actions import record, record_by_system
from cii.audit.models import Act
from cii.organisations.models import Institution, Person
from cii.settings import Settings
from cii.signin.actions.sessions import start_session
from cii.signin.inputs import ProviderInput
from cii.signin.models import IdentityProvider


def institutions_with_provider(store: Store) -> list[Institution]:
    """The institutions whose people sign in through their own provider, by name."""
    with store.system(Reason.SIGN_IN, writes=False) as session:
        return list(
            session.exec(
                select(Institution)
                .join(IdentityProvider, IdentityProvider.institution_id == Institution.id)
                .where(IdentityProvider.active, Institution.active)
                .order_by(Institution.name)
            ).all()
        )


def provider_of(store: Store, institution_id: UUID) -> tuple[IdentityProvider, Institution] | None:
    """An institution's active provider, with the institution."""
    with store.system(Reason.SIGN_IN, writes=False) as session:
        return session.exec(
            select(IdentityProvider, Institution)
            .join(Institution, Institution.id == IdentityProvider.institution_id)
            .where(
                IdentityProvider.institution_id == institution_id,
                IdentityProvider.active,
                Institution.active,
            )
        ).first()


def sign_in_vouched(
    store: Store,
    settings: Settings,
    institution_id: UUID,
    email: str,
    *,
    browser: str,
    address: str,
    replaces: str | None = None,
) -> str | None:
    """Sign in the person with this address; None unless an administrator entered him or her in the institution.

    The session acts for this institution alone: its provider has no word in the others.
    """
    with store.system(Reason.SIGN_IN) as session:
        person = session.exec(select(Person).where(Person.email == email.strip().lower())).first()
        if person is None:
            return None
        return start_session(
            session,
            settings,
            person,
            how="identity-provider",
            browser=browser,
            address=address,
            vouched_by=institution_id,
            replaces=replaces,
        )


def refuse_vouched(store: Store, institution_id: UUID, ground: str) -> None:
    """Record that a sign-in through a provider came to nothing."""
    with store.system(Reason.SIGN_IN) as session:
        record_by_system(session, Act.SIGN_IN_REFUSED, institution_id=institution_id, ground=ground)


def entered_provider(store: Store, institution_id: UUID) -> IdentityProvider | None:
    """The provider as it was entered, active or not."""
    with store.system(Reason.SIGN_IN, writes=False) as session:
        return session.get(IdentityProvider, institution_id)


def enter_provider(session: GuardedSession, institution_id: UUID, given: ProviderInput) -> None:
    """Enter or change an institution's provider."""
    with joined_system_session(session, Reason.SIGN_IN) as system:
        provider = system.get(IdentityProvider, institution_id)
        values = given.model_dump()
        if provider is None:
            provider = IdentityProvider(institution_id=institution_id, **values)
        provider.sqlmodel_update(values)
        system.add(provider)
    record(session, Act.INSTITUTION_CHANGED, subject_id=institution_id, ground="identity-provider")
