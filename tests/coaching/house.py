"""What happens to a case of the tests while somebody writes."""

from cii.access.system import Reason
from cii.cases.lifecycle import State
from cii.cases.models import Case


def suspend(house, case):
    with house.store.system(Reason.SCHEDULE) as system:
        row = system.get(Case, case.id)
        row.state, row.state_before = State.SUSPENDED, row.state
        system.add(row)
