"""The visibility rules that many tables share: what one wrote oneself, and what the person opened."""

from typing import Any

import sqlalchemy as sa

from cii.access.guard import actor_institution
from cii.access.models import sees
from cii.consent.topics import Topic


def own(row: Any) -> sa.ColumnElement[bool]:
    """Rows of the actor's institution, as long as it has a part in the case."""
    return sa.and_(row.institution_id == actor_institution, sees(row.case_id, Topic.CASE))


def own_or_open(row: Any, topics: Any) -> sa.ColumnElement[bool]:
    """Its author's institution; institutions to which the person opened these topics (VS-40)."""
    return sa.or_(own(row), sees(row.case_id, topics))
