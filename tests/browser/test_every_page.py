"""Every page that somebody can reach, in both languages, at three widths: accessible, calm, of one piece."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Canton

pytestmark = pytest.mark.browser

WIDTHS = (1280, 390, 320)
CAST = (
    "Inès Darbellay",
    "Yannick Mabillard",
    "Claire Zufferey",
    "Raphaël Crettenand",
    "Sophie Bender",
    "Anne Fournier",
    "Odile Pralong",
    "Pia Rudaz",
)
# Pages that look different to each role; all others are held against the rules once in each language.
DIFFER = {
    "cases.work",
    "cases.case_list",
    "coaching.case_page",
    "measures.measures_waiting",
    "accounts.statements",
}
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
LOOK = """options => axe.run(document, options).then(found => found.violations.map(
    each => each.id + ": " + each.help + ": " + each.nodes.slice(0, 2).map(node => node.html.slice(0, 120)).join("; ")))"""
OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
# A mail is in the language of its reader, and has tests of its own.
_NOT_PAGES = re.compile(
    r"/(print|files)\b|\.ics$|\.pdf$|/(pdf|xlsx|csv)$|/sign-in/with/|^/mailbox/.*/page$"
)


def reachable(page: Page, canton: Canton, start: str = "/") -> Iterator[tuple[str, str]]:
    """Addresses of pages and their routes, one for each route, found by following links as a person would."""
    adapter = canton.app.url_map.bind("127.0.0.1")
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        path = waiting.pop(0)
        endpoint, _ = adapter.match(path.split("?")[0], method="GET")
        if endpoint in seen or _NOT_PAGES.search(path):
            continue
        seen.add(endpoint)
        answer = page.goto(canton.address + path)
        assert answer
        assert answer.status == 200, f"{path}: {answer.status}"
        found = page.eval_on_selector_all(
            "a[href^='/']", "all => all.map(a => a.getAttribute('href'))"
        )
        waiting += [each.split("#")[0] for each in found if each.split("#")[0]]
        yield path, endpoint


def look_at(page: Page, path: str) -> list[str]:
    """Hold the present page against what any page must be, at each width."""
    wrong: list[str] = []
    page.evaluate(AXE)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        wrong += [f"{path} at {width}: {violation}" for violation in page.evaluate(LOOK, OPTIONS)]
        overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if overflow > 0:
            wrong.append(f"{path} at {width}: scrolls sideways by {overflow} px")
    return wrong


@pytest.mark.parametrize("language", ["fr", "de"])
def test_every_page_that_the_cast_reaches(browse: Any, canton: Canton, language: str) -> None:
    wrong: list[str] = []
    done: set[str] = set()
    for name in CAST:
        watched = browse(name, language=language)
        for path, endpoint in reachable(watched.page, canton):
            assert watched.page.get_attribute("html", "lang") == language
            if endpoint not in done or endpoint in DIFFER:
                wrong += look_at(watched.page, f"{name} {path}")
                done.add(endpoint)
    watched = browse(language=language)
    for path, endpoint in reachable(watched.page, canton, "/sign-in"):
        if endpoint not in done:
            wrong += look_at(watched.page, path)
    watched.open("/cases/nowhere")
    wrong += look_at(watched.page, "a page that is not there")
    assert not wrong, "\n".join(wrong)
    # Guards the test itself: the links did lead through the product.
    assert len(done) > 25, sorted(done)


@pytest.mark.parametrize("language", ["fr", "de"])
def test_every_form_sent_empty_keeps_to_the_same_rules(
    browse: Any, canton: Canton, language: str
) -> None:
    """Messages beside fields, the summary and what they point to are accessible as well."""
    wrong: list[str] = []
    for name, path in (
        ("Inès Darbellay", "/announcements/new"),
        ("Inès Darbellay", "/announcements/import"),
        ("Odile Pralong", "/people/new"),
        ("Pia Rudaz", "/institutions/new"),
    ):
        watched = browse(name, language=language)
        watched.open(path)
        buttons = watched.page.locator(
            "main form button.govuk-button:not(.govuk-button--secondary)"
        )
        buttons.first.click()
        watched.page.locator(".govuk-error-summary").wait_for()
        wrong += look_at(watched.page, f"{path} sent empty")
    assert not wrong, "\n".join(wrong)


def test_a_page_is_light_and_comes_from_one_place(browse: Any) -> None:
    """At most 100 KB over the wire and ten requests, no other host."""
    watched = browse("Claire Zufferey")
    sizes: list[int] = []
    watched.page.on(
        "requestfinished",
        lambda request: sizes.append(
            sum(request.sizes()[part] for part in ("responseBodySize", "responseHeadersSize"))
        ),
    )
    watched.open("/cases")
    watched.page.wait_for_load_state("networkidle")
    assert len(watched.requests) <= 10, watched.requests
    assert 0 < sum(sizes) <= 100_000, sizes
