"""Tables that everybody reads are written by administrators, each within what he or she administers."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cii.access.actor import Kind, Seat
from cii.access.guard import OPEN, Refused
from cii.delivery.models import ReaderCertificate
from cii.foundation.clock import now
from cii.measures.models import MeasureType
from cii.monthly.models import MonthlySettings
from cii.organisations.models import Commune, Institution, Membership, Person
from tests.access.test_guard import OnlyPolicies, nothing_changes, unguarded
from tests.access.world import Scene, World
from tests.house import House

Write = Callable[[Any, World], None]
BOTH = pytest.mark.parametrize(
    "scene", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)
HERE, THERE = "orp_sion", "orp_sierre"


def _somebody() -> Person:
    return Person(first_name="Noé", last_name="Rey", email="noe.rey@example.ch")


def _certificate(w: World, who: str) -> ReaderCertificate:
    return ReaderCertificate(
        person_id=w.house.person[who],
        der=b"X",
        fingerprint="0" * 64,
        valid_from=now(),
        valid_until=now() + timedelta(days=1),
        entered_by=w.house.person["odile"],
    )


def _seat(w: World, who: str, where: str, seat: Seat = Seat.MEMBER) -> Membership:
    return Membership(
        person_id=w.house.person[who], institution_id=w.house.institution[where], seat=seat
    )


# What Odile, who manages the people of the ORP Sion, does every day.


def somebody_new_with_a_seat(s: Any, w: World) -> None:
    person = _somebody()
    s.add(person)
    s.flush()
    s.add(Membership(person_id=person.id, institution_id=w.house.institution[HERE], seat=Seat.HEAD))


def a_colleagues_name(s: Any, w: World) -> None:
    s.get(Person, w.house.person["amelie"]).last_name = "Favre-Rey"


def a_colleagues_seat(s: Any, w: World) -> None:
    s.get(Membership, w.house.membership("amelie")).title = "X"


def a_seat_for_somebody_who_works_elsewhere(s: Any, w: World) -> None:
    s.add(_seat(w, "bastien", HERE))


def a_colleagues_certificate(s: Any, w: World) -> None:
    s.add(_certificate(w, "amelie"))


def when_the_own_institution_gets_its_mails(s: Any, w: World) -> None:
    s.add(MonthlySettings(institution_id=w.house.institution[HERE]))


# What is not hers to do.


def the_name_of_somebody_elsewhere(s: Any, w: World) -> None:
    s.get(Person, w.house.person["bastien"]).last_name = "X"


def the_address_of_somebody_elsewhere(s: Any, w: World) -> None:
    s.get(Person, w.house.person["claire"]).email = "over.taken@example.ch"


def the_name_of_a_colleague_who_also_works_elsewhere(s: Any, w: World) -> None:
    """One institution would take over an account that opens another one's cases."""
    s.add(_seat(w, "bastien", HERE))
    s.flush()
    s.get(Person, w.house.person["bastien"]).email = "over.taken@example.ch"


def the_access_of_somebody_elsewhere(s: Any, w: World) -> None:
    s.get(Person, w.house.person["bastien"]).active = False


def a_seat_elsewhere(s: Any, w: World) -> None:
    s.add(_seat(w, "odile", THERE, Seat.HEAD))


def a_seat_elsewhere_for_somebody_new(s: Any, w: World) -> None:
    person = _somebody()
    s.add(person)
    s.flush()
    s.add(
        Membership(person_id=person.id, institution_id=w.house.institution[THERE], seat=Seat.HEAD)
    )


def a_seat_taken_from_elsewhere(s: Any, w: World) -> None:
    s.get(Membership, w.house.membership("bastien")).institution_id = w.house.institution[HERE]


def a_seat_taken_elsewhere(s: Any, w: World) -> None:
    s.get(Membership, w.house.membership("amelie")).institution_id = w.house.institution[THERE]


def a_seat_of_the_platform(s: Any, w: World) -> None:
    s.add(_seat(w, "odile", "platform", Seat.ADMIN))


def the_end_of_a_seat_elsewhere(s: Any, w: World) -> None:
    s.delete(s.get(Membership, w.house.membership("gaelle")))


def the_certificate_of_somebody_elsewhere(s: Any, w: World) -> None:
    s.add(_certificate(w, "bastien"))


def when_another_institution_gets_its_mails(s: Any, w: World) -> None:
    s.add(MonthlySettings(institution_id=w.house.institution[THERE]))


def the_name_of_the_own_institution(s: Any, w: World) -> None:
    s.get(Institution, w.house.institution[HERE]).name = "X"


def an_institution(s: Any, w: World) -> None:
    s.add(Institution(kind=Kind.BUREAU, name="X", name_de="X"))


def a_commune(s: Any, w: World) -> None:
    s.get(Commune, 6266).name = "X"


def a_measure_of_the_catalogue(s: Any, w: World) -> None:
    s.add(MeasureType(code="x", valid_from=now().date(), name="X", name_de="X", regimes=[]))


DAILY = [
    somebody_new_with_a_seat,
    a_colleagues_name,
    a_colleagues_seat,
    a_seat_for_somebody_who_works_elsewhere,
    a_colleagues_certificate,
    when_the_own_institution_gets_its_mails,
]
BEYOND = [
    the_name_of_somebody_elsewhere,
    the_address_of_somebody_elsewhere,
    the_name_of_a_colleague_who_also_works_elsewhere,
    the_access_of_somebody_elsewhere,
    a_seat_elsewhere,
    a_seat_elsewhere_for_somebody_new,
    a_seat_taken_from_elsewhere,
    a_seat_taken_elsewhere,
    a_seat_of_the_platform,
    the_end_of_a_seat_elsewhere,
    the_certificate_of_somebody_elsewhere,
    when_another_institution_gets_its_mails,
    the_name_of_the_own_institution,
    an_institution,
    a_commune,
    a_measure_of_the_catalogue,
]


def _named(shapes: list[Write]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("write", shapes, ids=lambda write: write.__name__)


def _try(scene: Scene, who: str, write: Write) -> None:
    with scene.store.session(scene.world.house.actor(who), writes=True) as session:
        _write(session, scene.world, write)


def _write(session: Any, world: World, write: Write) -> None:
    write(session, world)
    session.flush()


@BOTH
@_named(DAILY)
def test_an_institutions_administrator_writes_what_is_its_own(scene: Scene, write: Write) -> None:
    _try(scene, "odile", write)


@BOTH
@_named(BEYOND)
def test_and_nothing_else(scene: Scene, write: Write) -> None:
    with nothing_changes(scene), pytest.raises(Refused):
        _try(scene, "odile", write)


@BOTH
@_named([*DAILY, *BEYOND])
def test_the_platforms_administrator_writes_all_of_it(scene: Scene, write: Write) -> None:
    _try(scene, "pia", write)


@BOTH
@_named([*DAILY, *BEYOND])
def test_nobody_else_writes_any_of_it(scene: Scene, write: Write) -> None:
    with nothing_changes(scene), pytest.raises(Refused):
        _try(scene, "amelie", write)


@pytest.mark.postgres
@pytest.mark.parametrize("scene", ["postgresql"], indirect=True)
@_named([*DAILY, *BEYOND])
def test_the_policies_alone_say_the_same(scene: Scene, write: Write) -> None:
    with unguarded(scene.store.engine, OnlyPolicies, scene.world.house.actor("odile")) as session:
        if write in DAILY:
            _write(session, scene.world, write)
            return
        with pytest.raises((Refused, sa.orm.exc.StaleDataError, sa.exc.SAWarning)):
            _write(session, scene.world, write)


def test_each_open_table_is_tried(house: House) -> None:
    """A new one fails here until it is said, and tried, who writes which of its rows."""
    own = {model for model, declared in OPEN.items() if declared.own}
    assert own == {Person, Membership, ReaderCertificate, MonthlySettings}
    assert set(OPEN) - own == {Institution, Commune, MeasureType}
