"""What every answer carries: nothing of it is kept on the way, and it does nothing that a page of ours does not."""

import pytest

from cii.cases.lifecycle import State
from cii.consent.models import PartKind
from tests.files import specimens
from tests.pages import PageClient

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
EVERYWHERE = {
    "commune": "6266",
    "year": 2026,
    "number": 3,
    "name": "no-such-file.css",
    "side": "orp",
}


def wrong_with(answer):
    """What an answer lacks, or says twice."""
    found = [
        f"{name}: {answer.headers.getlist(name)}"
        for name, value in ALWAYS.items()
        if answer.headers.getlist(name) != [value]
    ]
    if answer.headers.getlist("Cache-Control") != ["no-store"]:
        found.append(f"Cache-Control: {answer.headers.getlist('Cache-Control')}")
    policies = answer.headers.getlist("Content-Security-Policy")
    if len(policies) != 1 or "default-src 'none'" not in policies[0] or "unsafe" in policies[0]:
        found.append(f"Content-Security-Policy: {policies}")
    return found


def addresses(app, case):
    """Every address of the product, about one case wherever it asks for a key."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        kinds = ("csv", "xlsx") if "kind" in rule.arguments else ("",)
        for kind in kinds:
            keys = {name: EVERYWHERE.get(name, case.id) for name in rule.arguments}
            keys |= {"kind": kind} if kind else {}
            keys |= {"month": "2026-11"} if "month" in keys else {}
            for method in sorted((rule.methods or set()) - {"OPTIONS"}):
                yield method, adapter.build(rule.endpoint, keys, method=method)


@pytest.mark.parametrize("who", ["", "hugo", "claire", "cecile", "sophie", "odile", "pia"])
def test_nothing_is_kept_of_any_answer_whoever_asks(app, house, who):
    case = house.case(
        state=State.COACHING, parts=[("sion", PartKind.APPROVAL), ("sas", PartKind.OPINION)]
    )
    browser = house.client(who) if who else house.stranger()
    token, seen, wrong = browser.token(), set(), []
    for method, path in addresses(app, case):
        if path.startswith(("/sign-out", "/account/sign-out")):
            continue
        fields = {"form_token": token} if method == "POST" else None
        answer = browser.client.open(path, method=method, data=fields)
        seen.add(answer.status_code)
        wrong += [f"{method} {path} ({answer.status_code}): {each}" for each in wrong_with(answer)]
    assert not wrong, "\n".join(wrong)
    assert {200, 404} <= seen


@pytest.mark.parametrize("kind", ["csv", "xlsx", "pdf"])
def test_a_file_to_save_may_do_nothing_should_a_browser_show_it(app, house, kind):
    answer = house.client("cecile").get(f"/statements/2026/3/{kind}")
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["Cache-Control"] == "no-store"


def test_answers_that_no_screen_gave_carry_them_as_well(app, house, monkeypatch):
    hugo = house.client("hugo")
    token = hugo.token()

    def fails():
        raise RuntimeError("on purpose")

    monkeypatch.setitem(app.view_functions, "web.up", fails)
    of_a_gigabyte = {"CONTENT_LENGTH": str(1024**3)}
    asked = {
        404: hugo.client.get("/no/such/page"),
        405: hugo.client.post("/help", data={"form_token": token}),
        308: hugo.client.get("//help"),
        400: hugo.client.post("/language", data={"language": "de"}),
        413: hugo.client.post("/sign-out", data={"a": "b"}, environ_overrides=of_a_gigabyte),
        500: hugo.client.get("/up"),
    }
    assert {status: answer.status_code for status, answer in asked.items()} == {
        status: status for status in asked
    }
    assert {status: wrong_with(answer) for status, answer in asked.items()} == {
        status: [] for status in asked
    }


@pytest.mark.parametrize("settings", [{"public_url": "https://cii.example.ch"}], indirect=True)
def test_cookies_travel_by_https_alone_and_no_script_reads_them(app, house):
    stranger = house.stranger()
    sent = {"form_token": stranger.token(), "language": "de", "next": "/help"}
    answers = [
        stranger.client.get("/help", base_url="https://cii.example.ch"),
        house.new_client("hugo").client.get("/", base_url="https://cii.example.ch"),
        stranger.client.post("/language", data=sent),
    ]
    cookies = [each for answer in answers for each in answer.headers.getlist("Set-Cookie")]
    assert any("language" in each for each in cookies)
    for each in cookies:
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(each.split("; ")), each


def test_static_files_are_kept_and_nothing_else_of_them_differs(app):
    address = PageClient(app).get("/help").find("link", rel="stylesheet")[0].get("href")
    answer = PageClient(app).client.get(address)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert wrong_with(answer) == ["Cache-Control: ['public, max-age=31536000, immutable']"]


def test_a_part_of_a_file_is_a_download_like_the_whole(house, app):
    case = house.case(state=State.COACHING)
    hugo = house.client("hugo")
    hugo.get(f"/cases/{case.id}/documents")
    sent = {"topic": "employment", "file": (specimens.pdf(), "Certificat.pdf")}
    page = hugo.submit(None, sent)
    (link,) = [href for href in page.links.values() if href.startswith("/files/")]
    for asked in ("bytes=0-9", "bytes=0-999999999", "bytes=999999999-"):
        answer = hugo.client.get(link, headers={"Range": asked})
        assert wrong_with(answer) == [], asked
