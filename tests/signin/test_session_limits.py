"""A session ends: after an hour without a click, after twelve hours in any case, and when somebody ends it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from cii.access.system import Reason
from cii.foundation.clock import now
from cii.organisations.models import Institution, Membership, Person
from cii.signin.actions import sweep
from cii.signin.models import SignedInSession

MORNING = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)


def is_in(browser):
    return browser.get("/account").path == "/account"


@pytest.fixture
def clock():
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


def test_a_session_is_still_open_a_second_before_an_hour_without_a_click(house, clock):
    browser = house.new_client("amelie")
    clock.shift(timedelta(minutes=59, seconds=59))
    assert is_in(browser)


def test_a_session_ends_after_an_hour_without_a_click(house, clock):
    browser = house.new_client("amelie")
    clock.shift(timedelta(minutes=60))
    assert not is_in(browser)


def test_a_click_opens_another_hour(house, clock):
    browser = house.new_client("amelie")
    for _ in range(3):
        clock.shift(timedelta(minutes=59))
        assert is_in(browser)
    clock.shift(timedelta(minutes=60))
    assert not is_in(browser)


def test_a_session_ends_after_twelve_hours_however_much_it_is_used(house, clock):
    browser = house.new_client("amelie")
    while now() < MORNING + timedelta(hours=11, minutes=50):
        clock.shift(
            timedelta(minutes=30)
            if now() < MORNING + timedelta(hours=11)
            else timedelta(minutes=25)
        )
        assert is_in(browser)
    clock.move_to(MORNING + timedelta(hours=12) - timedelta(seconds=1))
    assert is_in(browser)
    clock.move_to(MORNING + timedelta(hours=12))
    assert not is_in(browser)


def test_the_use_of_a_session_is_written_once_a_minute_at_most(house, clock):
    browser = house.new_client("amelie")
    clock.shift(timedelta(seconds=59))
    is_in(browser)
    assert house.all(SignedInSession)[0].seen_at == MORNING
    clock.shift(timedelta(seconds=1))
    is_in(browser)
    assert house.all(SignedInSession)[0].seen_at == MORNING + timedelta(minutes=1)


@pytest.mark.parametrize("what", ["person", "seat", "institution"])
def test_a_session_ends_with_what_it_stands_on(house, what):
    browser = house.new_client("amelie")
    assert is_in(browser)
    model, key = {
        "person": (Person, house.person["amelie"]),
        "seat": (Membership, house.membership("amelie")),
        "institution": (Institution, house.institution["orp_sion"]),
    }[what]
    with house.store.system(Reason.SET_UP) as session:
        row = session.get_one(model, key)
        row.active = False
        session.add(row)
    assert not is_in(browser)


def test_signing_out_ends_the_session_and_not_only_the_cookie(house):
    browser = house.new_client("amelie")
    copied = browser.client.get_cookie("cii-session").value
    browser.get("/account")
    browser.get("/")
    browser.submit("/sign-out")
    assert not is_in(browser)
    thief = house.stranger()
    thief.set_session(copied)
    assert not is_in(thief)


def test_the_database_does_not_hold_what_the_cookie_holds(house):
    browser = house.new_client("amelie")
    token = browser.client.get_cookie("cii-session").value
    (row,) = house.all(SignedInSession)
    assert token.encode() not in row.token_hash
    thief = house.stranger()
    thief.set_session(row.token_hash.hex())
    assert not is_in(thief)


def test_ended_sessions_are_swept(house, settings, clock):
    house.new_client("amelie")
    clock.shift(timedelta(minutes=30))
    house.new_client("hugo")
    sweep(house.store, settings, now() + timedelta(minutes=31))
    assert [row.person_id for row in house.all(SignedInSession)] == [house.person["hugo"]]
