"""What the person signed stays as it was signed; a change is another procuration."""

import pytest
import sqlalchemy as sa
from sqlmodel import select

from cii.access.system import Reason
from cii.cases.lifecycle import State
from cii.cases.models import Case
from cii.consent.models import (
    Procuration,
    ProcurationLine,
    Revocation,
    RevocationGround,
    SignedForm,
)
from tests.access.conftest import database  # noqa: F401 - on both databases
from tests.house import Consent, House

SIGNED = (Procuration, ProcurationLine, SignedForm, Revocation, RevocationGround)


@pytest.mark.parametrize("model", SIGNED, ids=lambda model: model.__tablename__)
def test_nobody_changes_what_was_signed_not_even_the_system(house: House, model):
    case = house.case(consent=Consent(revoked=True))
    table = model.__table__
    change = sa.update(table).where(table.c.case_id == case.id).values(case_id=case.id)
    with (
        pytest.raises(sa.exc.DBAPIError, match="what was signed does not change"),
        house.store.system(Reason.CHECK) as system,
    ):
        system.execute(change)


@pytest.mark.parametrize("model", SIGNED, ids=lambda model: model.__tablename__)
def test_nobody_takes_away_what_was_signed(house: House, model):
    case = house.case(consent=Consent(revoked=True))
    table = model.__table__
    with (
        pytest.raises(sa.exc.DBAPIError, match="what was signed does not change"),
        house.store.system(Reason.CHECK) as system,
    ):
        system.execute(sa.delete(table).where(table.c.case_id == case.id))
    assert house.count(model, model.case_id == case.id) > 0


@pytest.mark.parametrize("state", [State.DRAFT, State.CLOSED])
def test_what_was_signed_goes_with_its_case(house: House, state):
    case = house.case(state=state, consent=Consent(revoked=True))
    kept = house.case(state=state, consent=Consent(revoked=True))
    with house.store.system(Reason.CHECK) as system:
        system.delete(system.exec(select(Case).where(Case.id == case.id)).one())
    for model in SIGNED:
        assert house.count(model, model.case_id == case.id) == 0
        assert house.count(model, model.case_id == kept.id) > 0
