"""Signing in by password: who gets in, who does not, and what the answer gives away."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import unquote

import pytest
import time_machine
from argon2 import PasswordHasher

from cii.access.system import Reason
from cii.audit.models import Act, AuditEvent
from cii.foundation.clock import now
from cii.organisations.models import Membership, Person
from cii.signin import hashing
from cii.signin.actions import sweep
from cii.signin.actions.attempts import TooManyAttempts, address_key, begin_attempt
from cii.signin.models import Credential, SignedInSession, SignInAttempt
from tests.pages import Page


def try_to_sign_in(browser, email, password, *, onward="/", status=422):
    browser.get(f"/sign-in?next={onward}")
    return browser.submit("/sign-in", {"email": email, "password": password}, status=status)


def change(house, model, key, **values):
    with house.store.system(Reason.SET_UP) as session:
        row = session.get_one(model, key)
        row.sqlmodel_update(values)
        session.add(row)


def test_the_right_password_leads_to_the_page_that_was_wanted(house, password):
    page = try_to_sign_in(
        house.stranger(), "amelie@example.ch", password, onward="/account", status=200
    )
    assert page.path == "/account"
    assert "Amélie Favre" in page.main


def test_capitals_and_spaces_around_the_address_do_not_matter(house, password):
    page = try_to_sign_in(house.stranger(), " Amelie@Example.CH ", password, status=200)
    assert page.path == "/"


def test_spaces_around_the_password_do_matter(house, password):
    try_to_sign_in(house.stranger(), "amelie@example.ch", password + " ", status=422)


def test_an_accent_typed_in_two_ways_is_the_same_password(house, password):
    decomposed = password.replace("ô", "o\u0302")
    try_to_sign_in(house.stranger(), "amelie@example.ch", decomposed, status=200)


@pytest.fixture
def nobody_may_enter(house, password):
    """Accounts that exist and still cannot be entered by password."""
    change(house, Person, house.person["hugo"], active=False)
    for institution in ("sion", "saviese"):
        change(house, Membership, house.membership("cecile", institution), active=False)


@pytest.mark.parametrize(
    ("who", "typed"),
    [
        ("amelie", "not her password at all"),  # she has a password
        ("nicolas", "quatre chaises bleues au bord du Rhône"),  # he has none
        ("hugo", "quatre chaises bleues au bord du Rhône"),  # the right one, no longer active
        ("cecile", "quatre chaises bleues au bord du Rhône"),  # the right one, no seat any more
        ("nobody.at.all", "quatre chaises bleues au bord du Rhône"),
    ],
)
def test_whoever_does_not_get_in_gets_the_same_answer_for_the_same_work(
    house, password, nobody_may_enter, monkeypatch, who, typed
):
    compared = []

    class Counting(PasswordHasher):
        def verify(self, stored, given):
            compared.append(stored.split("$")[1:4])
            return super().verify(stored, given)

    monkeypatch.setattr(hashing, "HASHER", Counting(memory_cost=47104, time_cost=1, parallelism=1))
    before = house.count(SignInAttempt)
    page = try_to_sign_in(house.stranger(), f"{who}@example.ch", typed)
    assert page.errors == {}
    assert "L’adresse ou le mot de passe n’est pas juste." in page.main
    assert page.form("/sign-in").value("email") == f"{who}@example.ch"
    assert compared == [["argon2id", "v=19", "m=47104,t=1,p=1"]]
    assert house.count(SignInAttempt) == before + 2
    assert house.count(SignedInSession) == 0
    event = house.all(AuditEvent, AuditEvent.act == Act.SIGN_IN_REFUSED)[-1]
    assert (event.person_id, event.institution_id, event.subject_id) == (None, None, None)
    assert event.ground == "password"
    assert list(event.details) == ["account"]


def test_a_password_is_never_shown_again_nor_logged(house, password, caplog):
    caplog.set_level(logging.DEBUG)
    page = try_to_sign_in(house.stranger(), "amelie@example.ch", "a wrong one entirely")
    assert "a wrong one entirely" not in page.html
    try_to_sign_in(house.stranger(), "amelie@example.ch", password, status=200)
    assert password not in caplog.text
    assert "a wrong one entirely" not in caplog.text


@pytest.mark.parametrize(
    ("fields", "beside"),
    [
        ({}, {"email", "password"}),
        ({"email": "amelie"}, {"email", "password"}),
        ({"email": "a" * 300 + "@example.ch", "password": "x"}, {"email"}),
        ({"email": "a@example.ch", "password": "x" * 201}, {"password"}),
        ({"email": "<b>@example.ch", "password": ""}, {"password"}),
    ],
)
def test_what_is_wrong_stands_beside_the_field(house, fields, beside):
    browser = house.stranger()
    browser.get("/sign-in")
    assert set(browser.post("/sign-in", fields, status=422).errors) == beside


def test_a_field_that_the_form_does_not_have_is_refused(house, password):
    browser = house.stranger()
    fields = {"email": "amelie@example.ch", "password": password, "person": "1"}
    browser.post("/sign-in", fields, status=422)
    assert house.count(SignedInSession) == 0


# Limits


def test_the_eleventh_attempt_on_an_account_waits_even_with_the_right_password(house, password):
    with time_machine.travel("2026-03-02T08:00:00Z", tick=False) as clock:
        browser = house.stranger()
        for _ in range(10):
            try_to_sign_in(browser, "amelie@example.ch", "wrong, wrong, wrong")
        page = try_to_sign_in(browser, "amelie@example.ch", password, status=429)
        assert "Attendez 15 min" in page.main
        # Somebody else at the same address is not concerned.
        try_to_sign_in(house.stranger(), "hugo@example.ch", password, status=200)
        clock.shift(timedelta(minutes=14, seconds=59))
        page = try_to_sign_in(browser, "amelie@example.ch", password, status=429)
        assert "Attendez 1 min" in page.main
        clock.shift(timedelta(seconds=1))
        try_to_sign_in(browser, "amelie@example.ch", password, status=200)


def test_an_account_that_does_not_exist_waits_just_as_well(house):
    browser = house.stranger()
    for _ in range(10):
        try_to_sign_in(browser, "nobody@example.ch", "wrong, wrong, wrong")
    page = try_to_sign_in(browser, "nobody@example.ch", "wrong, wrong, wrong", status=429)
    assert "Attendez" in page.main


def test_attempts_that_have_to_wait_leave_nothing_behind(house):
    browser = house.stranger()
    for _ in range(10):
        try_to_sign_in(browser, "nobody@example.ch", "wrong, wrong, wrong")
    rows = (house.count(SignInAttempt), house.count(AuditEvent))
    try_to_sign_in(browser, "nobody@example.ch", "wrong, wrong, wrong", status=429)
    assert (house.count(SignInAttempt), house.count(AuditEvent)) == rows


def test_an_address_waits_after_sixty_attempts_on_any_accounts(store, settings):
    for number in range(60):
        begin_attempt(store, settings, f"person{number}@example.ch", "192.0.2.7")
    with pytest.raises(TooManyAttempts):
        begin_attempt(store, settings, "another@example.ch", "192.0.2.7")
    begin_attempt(store, settings, "another@example.ch", "192.0.2.8")


def test_the_addresses_of_one_household_count_as_one():
    assert address_key("2001:db8:1:2::1") == address_key("2001:db8:1:2:ffff::9")
    assert address_key("2001:db8:1:2::1") != address_key("2001:db8:1:3::1")
    assert address_key("192.0.2.7") != address_key("192.0.2.8")


def test_addresses_of_four_numbers_are_told_apart_however_the_server_writes_them():
    """A server that listens on both kinds of address writes the older one as ::ffff:192.0.2.7."""
    assert address_key("::ffff:192.0.2.7") == address_key("192.0.2.7")
    assert address_key("::ffff:192.0.2.7") != address_key("::ffff:198.51.100.9")


def test_of_thirty_attempts_at_the_same_moment_no_more_than_ten_get_through(store, settings):
    def attempt(number: int) -> bool:
        try:
            begin_attempt(store, settings, "amelie@example.ch", f"192.0.2.{number}")
        except TooManyAttempts:
            return False
        return True

    with ThreadPoolExecutor(10) as threads:
        assert sum(threads.map(attempt, range(30))) <= 10


def test_a_good_attempt_is_taken_back(house, password):
    for _ in range(12):
        try_to_sign_in(house.stranger(), "amelie@example.ch", password, status=200)
    assert house.count(SignInAttempt) == 0


def test_attempts_are_swept_after_a_day(house, settings):
    with time_machine.travel("2026-03-02T08:00:00Z", tick=False):
        try_to_sign_in(house.stranger(), "nobody@example.ch", "wrong, wrong, wrong")
        sweep(house.store, settings, now() + timedelta(days=1))
        assert house.count(SignInAttempt) == 2
        sweep(house.store, settings, now() + timedelta(days=1, seconds=1))
        assert house.count(SignInAttempt) == 0


# Where it leads


@pytest.mark.parametrize(
    "onward",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/%09/evil.example",
        "/%0d%0aSet-Cookie:a=b",
        "javascript:alert(1)",
        "evil.example",
        "",
    ],
)
def test_signing_in_leads_to_no_other_site(house, password, onward):
    assert (
        try_to_sign_in(
            house.stranger(), "amelie@example.ch", password, onward=onward, status=200
        ).path
        == "/"
    )
    browser = house.stranger()
    browser.get("/sign-in")
    fields = {"email": "amelie@example.ch", "password": password, "next": unquote(onward)}
    assert browser.post("/sign-in", fields).path == "/"


# The session


def test_signing_in_begins_a_new_session_and_ends_the_one_before(house, password):
    browser = house.new_client("amelie")
    before = browser.client.get_cookie("cii-session").value
    try_to_sign_in(browser, "hugo@example.ch", password, status=200)
    after = browser.client.get_cookie("cii-session").value
    assert after != before
    assert [row.person_id for row in house.all(SignedInSession)] == [house.person["hugo"]]


def test_a_session_number_that_was_planted_is_not_taken_over(house, password):
    browser = house.stranger()
    browser.set_session("planted")
    try_to_sign_in(browser, "amelie@example.ch", password, status=200)
    assert browser.client.get_cookie("cii-session").value != "planted"


@pytest.mark.parametrize("settings", [{"public_url": "https://cii.example.ch"}], indirect=True)
def test_by_https_the_cookie_is_bound_to_the_host(app, settings, house, password):
    browser = app.test_client()
    page = Page(browser.get("/sign-in", base_url=settings.public_url), "/sign-in")
    answer = browser.post(
        "/sign-in",
        base_url=settings.public_url,
        data={
            "form_token": page.form("/sign-in").value("form_token"),
            "email": "amelie@example.ch",
            "password": password,
        },
    )
    cookies = [each.split("; ") for each in answer.headers.getlist("Set-Cookie")]
    (cookie,) = [each for each in cookies if each[0].startswith("__Host-cii-session=")]
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} == set(cookie[1:])


def test_signing_in_is_recorded_with_the_way(house, password):
    try_to_sign_in(house.stranger(), "amelie@example.ch", password, status=200)
    (event,) = house.all(AuditEvent, AuditEvent.act == Act.SIGNED_IN)
    assert (event.person_id, event.ground) == (house.person["amelie"], "password")


# Parameters


def test_a_hash_with_other_parameters_is_renewed_at_the_next_sign_in(house, password, monkeypatch):
    old = house.all(Credential, Credential.person_id == house.person["amelie"])[0]
    stronger = PasswordHasher(memory_cost=47104, time_cost=2, parallelism=1)
    monkeypatch.setattr(hashing, "HASHER", stronger)
    try_to_sign_in(house.stranger(), "amelie@example.ch", password, status=200)
    new = house.all(Credential, Credential.person_id == house.person["amelie"])[0]
    assert old.password_hash.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert new.password_hash.startswith("$argon2id$v=19$m=47104,t=2,p=1$")
    assert new.changed_at == old.changed_at
    try_to_sign_in(house.stranger(), "amelie@example.ch", password, status=200)
