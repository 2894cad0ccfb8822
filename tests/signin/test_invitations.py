"""The link with which somebody chooses a password: who may make it, what it opens, when it ends."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import time_machine

from cii.access.actor import Seat
from cii.access.system import Reason
from cii.audit.models import Act, AuditEvent
from cii.foundation.texts import WrongInput
from cii.organisations.models import Membership, Person
from cii.signin.actions import set_password
from cii.signin.models import Credential

NEW = "trois lampes vertes sous la pluie"
MORNING = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)


def invite(house, who, by="pia", status=200):
    """The path of the link, as it is shown."""
    path = f"/people/{house.person[who]}/invitation"
    page = house.client(by).post(path, status=status)
    if status != 200:
        return page
    (link,) = page.find("input", id="link")
    parts = urlsplit(link.get("value"))
    assert parts.path == "/password"
    return f"{parts.path}?{parts.query}"


def choose(browser, link, password=NEW, again=None, status=200):
    browser.get(link)
    return browser.submit(
        "/password", {"new_password": password, "again": again or password}, status=status
    )


def test_with_the_link_somebody_chooses_a_password_and_is_in(house):
    browser = house.stranger()
    page = browser.get(invite(house, "nicolas"))
    assert "Bonjour Nicolas Délèze" in page.main
    choose(browser, browser.page.path)
    assert "Nicolas Délèze" in browser.get("/account").main
    events = house.all(AuditEvent, AuditEvent.act == Act.PASSWORD_CHANGED)
    assert [(event.person_id, event.ground) for event in events] == [
        (house.person["nicolas"], "invitation")
    ]


def test_the_link_serves_once(house):
    link = invite(house, "nicolas")
    choose(house.stranger(), link)
    assert house.stranger().get(link, status=404).title == "Ce lien n’est plus valable"
    fields = {"invitation": link.partition("=")[2], "new_password": NEW, "again": NEW}
    house.stranger().post("/password", fields, status=404)


def test_the_first_of_two_links_that_is_used_ends_the_other(house):
    first, second = invite(house, "nicolas"), invite(house, "nicolas")
    choose(house.stranger(), second)
    house.stranger().get(first, status=404)


def test_a_link_ends_after_seven_days(house):
    with time_machine.travel(MORNING, tick=False) as clock:
        link = invite(house, "nicolas")
        clock.shift(timedelta(days=7))
        house.stranger().get(link)
        clock.shift(timedelta(seconds=1))
        house.stranger().get(link, status=404)


def test_a_link_ends_when_the_password_is_set_otherwise_or_the_person_leaves(house, password):
    link = invite(house, "amelie")
    set_password(house.store, "amelie@example.ch", NEW)
    house.stranger().get(link, status=404)
    link = invite(house, "hugo")
    with house.store.system(Reason.SET_UP) as session:
        person = session.get_one(Person, house.person["hugo"])
        person.active = False
        session.add(person)
    house.stranger().get(link, status=404)


@pytest.mark.parametrize("spoilt", ["", "x", "..", "%00", "é", "a" * 5000])
def test_a_spoilt_link_opens_nothing(house, spoilt):
    assert "Ce lien" in house.stranger().get(f"/password?invitation={spoilt}", status=404).title


def test_a_changed_link_opens_nothing(house):
    link = invite(house, "nicolas")
    middle = len(link) - 10
    changed = link[:middle] + ("A" if link[middle] != "A" else "B") + link[middle + 1 :]
    house.stranger().get(changed, status=404)


def test_somebody_who_forgot_the_password_is_signed_out_everywhere_by_the_new_one(house, password):
    old = house.new_client("amelie")
    choose(house.stranger(), invite(house, "amelie"))
    assert old.get("/account").path.startswith("/sign-in")


def test_a_refused_password_leaves_the_link_good(house):
    link, browser = invite(house, "nicolas"), house.stranger()
    assert "new_password" in choose(browser, link, "court", status=422).errors
    assert "new_password" in choose(browser, link, "Nicolas au bord du lac", status=422).errors
    assert "again" in choose(browser, link, NEW, NEW + "!", status=422).errors
    assert house.count(Credential) == 0
    choose(browser, link)


def test_the_link_is_recorded_without_being_kept(house):
    link = invite(house, "nicolas", by="odile")
    (event,) = house.all(AuditEvent, AuditEvent.ground == "invitation")
    assert (event.person_id, event.subject_id) == (house.person["odile"], house.person["nicolas"])
    assert link.partition("=")[2] not in str(event)


# Who may make it


def test_the_administrator_of_an_institution_makes_it_for_its_people(house):
    invite(house, "nicolas", by="odile")


@pytest.mark.parametrize("who", ["hugo", "pia"])
def test_but_not_for_the_people_of_others(house, who):
    invite(house, who, by="odile", status=404)


def test_nor_for_somebody_who_also_works_elsewhere(house):
    house.add(
        Membership(
            person_id=house.person["nicolas"],
            institution_id=house.institution["cms_sion"],
            seat=Seat.MEMBER,
        )
    )
    assert "plateforme" in invite(house, "nicolas", by="odile", status=422).main
    invite(house, "nicolas", by="pia")


def test_a_link_of_one_institution_ends_when_the_person_works_for_another_as_well(house):
    """Whoever made it for colleagues would open the cases of the other institution with it."""
    of_the_office, of_the_platform = (invite(house, "nicolas", by=by) for by in ("odile", "pia"))
    house.add(
        Membership(
            person_id=house.person["nicolas"],
            institution_id=house.institution["cms_sion"],
            seat=Seat.MEMBER,
        )
    )
    house.stranger().get(of_the_office, status=404)
    fields = {"invitation": of_the_office.partition("=")[2], "new_password": NEW, "again": NEW}
    house.stranger().post("/password", fields, status=404)
    choose(house.stranger(), of_the_platform)


@pytest.mark.parametrize("who", ["amelie", "patrick", "claire", "cecile"])
def test_nobody_else_makes_one(house, who):
    invite(house, "nicolas", by=who, status=404)


# By command


def test_by_command_an_unknown_address_and_a_weak_password_are_refused(house):
    with pytest.raises(LookupError):
        set_password(house.store, "nobody@example.ch", NEW)
    with pytest.raises(WrongInput, match="12 caractères"):
        set_password(house.store, "amelie@example.ch", "court")
