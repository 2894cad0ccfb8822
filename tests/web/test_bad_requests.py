"""Every route that takes something: whatever is sent, nobody gets an answer of 500, and no other site can send it."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from cii.cases.lifecycle import State
from cii.cases.models import Case
from cii.coaching.models import Appointment, JournalEntry, Objective
from cii.foundation.clock import today
from cii.measures.lifecycle import Stage
from cii.measures.models import Measure
from cii.organisations.models import Membership
from tests.house import House

# What somebody could send, by mistake or on purpose: to every field that the product knows, at once.
FIELDS = [
    "text",
    "day",
    "hour",
    "minutes",
    "place",
    "about",
    "goal",
    "domain",
    "due_on",
    "state",
    "state_since",
    "version",
    "kind",
    "topic",
    "significant",
    "form_key",
    "key",
    "first_name",
    "last_name",
    "birth_date",
    "avs_number",
    "commune",
    "language",
    "regimes",
    "ground",
    "risk_factors",
    "potential",
    "reason",
    "next_steps",
    "question",
    "orp",
    "cms",
    "signed_on",
    "valid_from",
    "valid_until",
    "purpose",
    "explained",
    "opened",
    "channel",
    "act",
    "q",
    "next",
    "email",
    "password",
    "new_password",
    "again",
    "person",
    "membership",
    "seat",
    "title",
    "activity_rate",
    "name",
    "name_de",
    "issuer",
    "client_id",
    "secret_name",
    "absent",
    "deputy",
    "starts_on",
    "ends_on",
    "file",
    "sequence",
    "active",
    "pace",
    "settled",
    "certificate",
]
SENT: dict[str, Any] = {
    "nothing": {},
    "empty": dict.fromkeys(FIELDS, ""),
    "long": dict.fromkeys(FIELDS, "x" * 30_000),
    "html": dict.fromkeys(FIELDS, "<script>alert(1)</script>{{7*7}}%(x)s"),
    "null": dict.fromkeys(FIELDS, "a\x00b\ud7ff\u202e"),
    "numbers": dict.fromkeys(FIELDS, "-1e999"),
    "keys": dict.fromkeys(FIELDS, str(uuid4())),
    "days": dict.fromkeys(FIELDS, "31.02.0000"),
    "lists": {name: ["a", "b"] for name in FIELDS},
}
WHO = ("amelie", "claire", "cecile", "sophie", "odile", "pia")


def _keys(house: House, name: str, case: Any) -> str:
    tables: dict[str, Any] = {
        "entry_id": JournalEntry,
        "objective_id": Objective,
        "appointment_id": Appointment,
        "measure_id": Measure,
        "case_id": Case,
    }
    if name == "case_id":
        return str(case.id)
    if name == "month":
        return f"{today():%Y-%m}"
    if name in tables:
        rows = house.all(tables[name])
        return str(rows[0].id) if rows else str(uuid4())
    if name == "person_id":
        return str(house.person["nicolas"])
    if name == "membership_id":
        return str(house.all(Membership)[0].id)
    if name == "institution_id":
        return str(house.institution["orp_sion"])
    if name in {"year", "number"}:
        return "2026"
    if name == "side":
        return "orp"
    return str(uuid4())


def unsafe_addresses(app: Flask, house: House, case: Any) -> Iterator[str]:
    """Every route that takes a POST, with keys of rows that exist where there are any."""
    adapter = app.url_map.bind("localhost")
    for route in app.url_map.iter_rules():
        if "POST" in (route.methods or set()):
            values = {name: _keys(house, name, case) for name in route.arguments}
            yield adapter.build(route.endpoint, values, method="POST")


@pytest.mark.parametrize("who", WHO)
def test_whatever_is_sent_there_is_a_calm_answer(app: Flask, house: House, who: str) -> None:
    case = house.case(state=State.COACHING)
    # Before the SAS for whoever is asked there, before the commune for all others.
    house.a_measure_at(Stage.AT_SAS if who == "sophie" else Stage.AT_COMMUNE, case=case)
    for address in sorted(unsafe_addresses(app, house, case)):
        for kind, fields in SENT.items():
            if address in {"/sign-out", "/account/sign-out-everywhere", "/account/password"}:
                continue
            client = house.client(who)
            token = client.token()
            answer = client.client.post(address, data={"form_token": token, **fields})
            assert answer.status_code < 500, f"{who} {address} {kind}: {answer.status_code}"
            assert b"<script>alert(1)" not in answer.data, f"{address} {kind}"


@pytest.mark.parametrize("body", [b"\xff\xfe\xfa", b"a=%ff%fe&b=%00", b"{" * 2000, b"x=1&" * 2000])
@pytest.mark.parametrize(
    "media_type",
    ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json"],
)
def test_bytes_that_are_no_form_are_refused(
    app: Flask, house: House, body: bytes, media_type: str
) -> None:
    case = house.case(state=State.COACHING)
    client = house.client("amelie").client
    for address in sorted(unsafe_addresses(app, house, case)):
        answer = client.post(address, data=body, content_type=media_type)
        assert 400 <= answer.status_code < 500, f"{address}: {answer.status_code}"


@pytest.mark.parametrize(
    ("headers", "with_token"),
    [
        ({}, False),
        ({"Sec-Fetch-Site": "cross-site"}, True),
        ({"Sec-Fetch-Site": "same-site"}, True),
        ({"Origin": "https://evil.example"}, True),
        ({"Origin": "null"}, True),
    ],
)
def test_no_other_site_can_send_a_form(
    app: Flask, house: House, headers: dict[str, str], with_token: bool
) -> None:
    """Without the token of one's own page, or sent from elsewhere, nothing happens."""
    case = house.case(state=State.COACHING)
    client = house.client("amelie")
    for address in sorted(unsafe_addresses(app, house, case)):
        if address.startswith("/mail/leave/"):
            # Mail programs post there (RFC 8058): the address itself is the proof, and this one is none.
            assert client.client.post(address, headers=headers).status_code == 404
            continue
        data = {"form_token": client.token()} if with_token else {"form_token": "0" * 64}
        answer = client.client.post(address, data=data, headers=headers)
        assert answer.status_code == 400, f"{address}: {answer.status_code}"


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-11-01T07:00", "x"]
)
def test_a_list_goes_on_behind_any_moment_that_somebody_writes(
    app: Flask, house: House, moment: str
) -> None:
    """The first and the last moments of a calendar have no other time zone."""
    case = house.case(state=State.COACHING)
    asked = {"after": f"{moment}_{uuid4()}"}
    for who, address in (
        ("hugo", "/cases"),
        ("hugo", f"/cases/{case.id}/readers"),
        ("cecile", "/measures/decided"),
    ):
        answer = house.client(who).client.get(address, query_string=asked)
        assert answer.status_code == 200, address


def test_nobody_changes_anything_by_opening_an_address(app: Flask, house: House) -> None:
    """A GET to an address that takes only POST is refused."""
    case = house.case(state=State.COACHING)
    for address in sorted(unsafe_addresses(app, house, case)):
        answer = house.client("amelie").client.get(address)
        assert answer.status_code in {200, 303, 404, 405}, f"{address}: {answer.status_code}"
