"""The story that the proofs of access tell: three cases, and what Amélie may not see of them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from cii.access.store import Store
from cii.access.system import Reason
from cii.audit.models import Act, AuditEvent
from cii.cases.lifecycle import State
from cii.cases.models import CaseNeed, PastMeasure
from cii.consent.topics import Topic
from cii.signin.models import Credential
from tests.house import CaseFile, Consent, House

# Sorts after every other name, so that the largest is the one to hide.
CANARY = "Zeisig"


@dataclass
class World:
    """The cases of the story, and the note and objective that Amélie wrote herself."""

    house: House
    open: CaseFile
    closed: CaseFile
    far: CaseFile
    own_note: Any
    own_objective: Any
    far_note: Any
    far_measure: Any


@dataclass
class Scene:
    """A database with the world in it: the product's store, the same without any wall, a copy on demand."""

    store: Store
    bare: sa.Engine
    world: World
    copy: Callable[[], AbstractContextManager[str]]

    def close(self) -> None:
        self.store.close()
        self.bare.dispose()


def furnish(store: Store) -> World:
    """Write the story into an empty database."""
    house = House(store).furnish()
    plain = house.case(state=State.COACHING)
    closed = house.case(state=State.COACHING, last_name=CANARY, consent=Consent(revoked=True))
    far = house.case(
        by="yannick", state=State.COACHING, last_name=CANARY, tandem=("bastien", "yannick")
    )
    for case, by in ((closed, "hugo"), (far, "yannick")):
        note = house.note(case, by, CANARY)
        house.objective(case, by, CANARY)
        house.appointment(case, by, about=CANARY, place=CANARY)
        house.file(case, by, f"{CANARY}.pdf", topic=Topic.HEALTH)
        house.note_draft(case, by, CANARY)
    house.objective(closed, "amelie", "own")
    with store.system(Reason.SET_UP) as session:
        for model, column in ((PastMeasure, "name"), (CaseNeed, "reason")):
            for row in session.exec(sa.select(model).where(model.case_id == far.id)).scalars():
                setattr(row, column, CANARY)
                session.add(row)
    house.add(
        Credential(person_id=house.person["amelie"], password_hash=CANARY),
        AuditEvent(act=Act.CASE_READ, person_id=house.person["amelie"], case_id=plain.id),
        AuditEvent(act=Act.CASE_READ, person_id=house.person["yannick"], case_id=far.id),
    )
    own_note = house.note(plain, "amelie", "own")
    measure = house.all(PastMeasure, PastMeasure.case_id == far.id)[0].id
    own_objective = house.objective(plain, "amelie", "own")
    return World(house, plain, closed, far, own_note, own_objective, note, measure)
