"""The life of a case: its states, and who may take it from one to another."""

from dataclasses import dataclass

from cii.access.permissions import May
from cii.foundation.choice import Choice
from cii.foundation.texts import N_


class State(Choice):
    """Where a case stands."""

    DRAFT = "draft"
    ANNOUNCED = "announced"
    TO_COMPLETE = "to-complete"
    REFUSED = "refused"
    ADMITTED = "admitted"
    TANDEM_ASSIGNED = "tandem-assigned"
    COACHING = "coaching"
    ASSESSED = "assessed"
    CLOSED = "closed"
    SUSPENDED = "suspended"


STATE_LABELS = {
    State.DRAFT: N_("brouillon"),
    State.ANNOUNCED: N_("annoncé"),
    State.TO_COMPLETE: N_("à compléter"),
    State.REFUSED: N_("refusé"),
    State.ADMITTED: N_("admis"),
    State.TANDEM_ASSIGNED: N_("tandem désigné"),
    State.COACHING: N_("coaching en cours"),
    State.ASSESSED: N_("bilan établi"),
    State.CLOSED: N_("clôturé"),
    State.SUSPENDED: N_("suspendu"),
}


@dataclass(frozen=True)
class Step:
    """One allowed transition: the permission it takes and the rule that asks for it."""

    start: State
    end: State
    permission: May | None
    rule: str


STEPS = (
    Step(State.DRAFT, State.ANNOUNCED, May.ANNOUNCE, "VS-08"),
    Step(State.DRAFT, State.TO_COMPLETE, May.ANNOUNCE, "VS-08"),
    Step(State.TO_COMPLETE, State.ANNOUNCED, May.ANNOUNCE, "VS-08"),
    Step(State.TO_COMPLETE, State.TO_COMPLETE, May.ANNOUNCE, "VS-08"),
    Step(State.ANNOUNCED, State.TO_COMPLETE, May.ADMIT, "VS-14"),
    Step(State.ANNOUNCED, State.REFUSED, May.ADMIT, "VS-14"),
    Step(State.TO_COMPLETE, State.REFUSED, May.ADMIT, "VS-14"),
    Step(State.ANNOUNCED, State.ADMITTED, May.ADMIT, "VS-14"),
    Step(State.ADMITTED, State.TANDEM_ASSIGNED, May.NAME_TANDEM, "VS-01"),
    Step(State.TANDEM_ASSIGNED, State.COACHING, May.COACH, "VS-02"),
)

# A procuration that is revoked or expires suspends; a new one returns the case to where it was.
SUSPENDABLE = frozenset(
    {State.ANNOUNCED, State.ADMITTED, State.TANDEM_ASSIGNED, State.COACHING, State.ASSESSED}
)

# Somebody coaches the person, or did until the procuration ended.
WITH_A_TANDEM = frozenset({State.TANDEM_ASSIGNED, State.COACHING, State.ASSESSED, State.SUSPENDED})

OPEN_STATES = frozenset(State) - {State.REFUSED, State.CLOSED}


class NotAllowed(Exception):
    """This step does not exist from here: somebody else was quicker, or the page is old."""


def step(start: State, end: State) -> Step:
    """The allowed transition between two states; NotAllowed if there is none."""
    for each in STEPS:
        if each.start is start and each.end is end:
            return each
    raise NotAllowed(f"{start.value} -> {end.value}")
