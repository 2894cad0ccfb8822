"""The HTML part of a mail in a real browser: wide and narrow, light and dark, and as the product shows it."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from cii.delivery.emails import Line
from cii.delivery.mailbox import as_document
from cii.foundation.texts import LANGUAGES, Phrase
from cii.outbox.models import SUBJECT_LABELS, Subject
from cii.web.templates import environment
from tests.browser.test_every_page import AXE, LOOK

INVENTED = [
    Line(
        Phrase(SUBJECT_LABELS[subject], reference=f"VS-2026-{number:04}"),
        "Commune de Savièse" if number % 2 else "",
        "https://cii.vs.example/cases/019a0000-0000-7000-8000-0000000000ff",
    )
    for number, subject in enumerate(Subject, 1)
]


def html(language: str) -> str:
    """The mail of the day with one line of each subject."""
    template = environment(language).get_template("emails/delivery/notices.html")
    return template.render(lines=INVENTED, product="https://cii.vs.example")


@pytest.mark.browser
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [600, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_mail_can_be_read_by_everybody(
    chromium: Browser, tmp_path: Path, language: str, width: int, scheme: str
) -> None:
    context = chromium.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page = context.new_page()
    page.set_content(html(language))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.add_script_tag(content=AXE)
    assert page.evaluate(LOOK, {}) == []
    page.screenshot(path=tmp_path / f"mail-{language}-{width}-{scheme}.png", full_page=True)
    context.close()


@pytest.mark.browser
def test_the_product_shows_it_as_a_mail_program_does(chromium: Browser) -> None:
    as_sent, as_shown = html("fr"), as_document(html("fr"))[0]
    colours = "[...document.querySelectorAll('*')].map(each => getComputedStyle(each).color)"
    context = chromium.new_context()
    page = context.new_page()
    seen = []
    for document in (as_sent, as_shown):
        page.set_content(document)
        elements = page.evaluate(colours)
        # The sheet that the product adds is an element of the head more.
        seen.append([each for each in elements if each][-20:])
    assert seen[0] == seen[1]
    context.close()
