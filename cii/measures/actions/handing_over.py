"""What becomes of a case's measures when somebody else takes a place in the tandem."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import select

from cii.access.guard import GuardedSession
from cii.access.system import Reason, joined_system_session
from cii.cases.models import Case, CaseSocial
from cii.measures.actions.parts import follow_parts
from cii.measures.lifecycle import Side, side_at
from cii.measures.models import Measure
from cii.programmes.routing import Origin


def hand_over_measures(session: GuardedSession, case: Case, leaving: UUID, successor: UUID) -> None:
    """Let the successor take over the measures for which the leaving person was in charge as one of the tandem.

    Who announced the person for social assistance, or follows him or her for a CMS, stays in charge (VS-34, VS-35).
    """
    # Whatever the bureau CII, which names the successor, may read of the measures.
    with joined_system_session(session, Reason.DERIVE_ACCESS) as system:
        social = system.get(CaseSocial, case.id)
        stays = case.origin is Origin.SOCIAL_AID or (
            social is not None and social.followed_by_cms and social.cms_membership_id == leaving
        )
        for measure in system.exec(
            select(Measure).where(
                Measure.case_id == case.id,
                sa.or_(Measure.social_worker_id == leaving, Measure.turn_id == leaving),
            )
        ):
            if measure.social_worker_id == leaving and not stays:
                measure.social_worker_id = successor
            if measure.turn_id == leaving:
                side = side_at(measure.decider, measure.stage)
                in_charge = side is Side.SOCIAL_WORKER_IN_CHARGE
                measure.turn_id = measure.social_worker_id if in_charge else successor
            system.add(measure)
    follow_parts(session, case.id)
