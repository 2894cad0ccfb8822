"""Every page that somebody can reach, in both languages, at three widths: accessible, calm, of one piece."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
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
AXE = Axe()
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
_NOT_PAGES = re.compile(r"/(print|calendar|files)\b|\.ics$|\.pdf$|/sign-in/with/")


def reachable(page: Page, canton: Canton, start: str = "/") -> Iterator[str]:
    """Addresses of pages, one for each route, found by following links as a person would."""
    adapter = canton.app.url_map.bind("127.0.0.1")
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        path = waiting.pop(0)
        endpoint, _ = adapter.match(path.split("?")[0], method="GET")
        shape = endpoint + ("?" if "?" in path else "")
        if shape in seen or _NOT_PAGES.search(path):
            continue
        seen.add(shape)
        answer = page.goto(canton.address + path)
        assert answer and answer.status == 200, f"{path}: {answer and answer.status}"
        yield path
        found = page.eval_on_selector_all("a[href^='/']", "all => all.map(a => a.getAttribute('href'))")
        waiting += [each.split("#")[0] for each in found if each.split("#")[0]]


def look_at(page: Page, path: str, wrong: list[str]) -> None:
    """Hold the present page against what any page must be, at each width."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        results: dict[str, Any] = AXE.run(page, options=RULES).response
        for violation in results["violations"]:
            nodes = "; ".join(node["html"][:120] for node in violation["nodes"][:2])
            wrong.append(f"{path} at {width}: {violation['id']}: {violation['help']}: {nodes}")
        overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if overflow > 0:
            wrong.append(f"{path} at {width}: scrolls sideways by {overflow} px")


@pytest.mark.parametrize("name", CAST)
@pytest.mark.parametrize("language", ["fr", "de"])
def test_every_page_that_somebody_reaches(browse: Any, canton: Canton, name: str, language: str) -> None:
    watched = browse(name, language=language)
    wrong: list[str] = []
    for path in reachable(watched.page, canton):
        assert watched.page.get_attribute("html", "lang") == language
        look_at(watched.page, path, wrong)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("language", ["fr", "de"])
def test_every_page_that_a_stranger_reaches(browse: Any, canton: Canton, language: str) -> None:
    watched = browse(language=language)
    wrong: list[str] = []
    for path in reachable(watched.page, canton, "/sign-in"):
        look_at(watched.page, path, wrong)
    watched.open("/cases/nowhere")
    look_at(watched.page, "not there", wrong)
    assert not wrong, "\n".join(wrong)


def test_a_page_is_light_and_comes_from_one_place(browse: Any, canton: Canton) -> None:
    """At most 100 KB over the wire and ten requests, no other host."""
    watched = browse("Claire Zufferey")
    sizes: list[int] = []
    watched.page.on(
        "requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"] + request.sizes()["responseHeadersSize"])
    )
    watched.open("/cases")
    watched.page.wait_for_load_state("networkidle")
    assert len(watched.requests) <= 10, watched.requests
    assert sum(sizes) <= 100_000, sizes
