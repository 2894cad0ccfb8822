"""The coaching in a real browser: nothing typed is lost, nothing jumps, each page keeps to the rules."""

import re
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_every_page import look_at

pytestmark = pytest.mark.browser

ORP = "Joël Fournier"
TEXT = "#text"


def open_case(watched: Any) -> str:
    """A case that Joël coaches; its path."""
    page = watched.open("/cases?state=coaching")
    paths = page.eval_on_selector_all(
        "#case_list a[href^='/cases/']", "all => all.map(a => a.getAttribute('href'))"
    )
    for path in paths:
        if watched.open(path).locator("#note").count():
            return str(path)
    raise AssertionError(f"{ORP} coaches nobody")


def test_the_draft_is_kept_while_one_types_on(browse: Any) -> None:
    """Keeping the draft takes neither the focus nor a letter."""
    watched = browse(ORP, language="fr", width=390)
    path = open_case(watched)
    page: Page = watched.page
    page.locator(TEXT).press_sequentially("Vue ce matin")
    expect(page.locator("#draft")).to_contain_text("Brouillon gardé")
    page.keyboard.type(", elle commence lundi")
    expect(page.locator(TEXT)).to_have_value("Vue ce matin, elle commence lundi")
    with page.expect_response(re.compile("/note/draft")):
        page.keyboard.type(".")
    again = browse(ORP, width=390).open(path)
    expect(again.locator(TEXT)).to_have_value("Vue ce matin, elle commence lundi.")
    again.locator(TEXT).fill("")
    again.get_by_role("button", name="Garder comme brouillon").click()
    expect(again.locator("#draft")).to_have_text("")


def test_publishing_changes_the_journal_in_place(browse: Any) -> None:
    watched = browse(ORP, language="fr")
    open_case(watched)
    page: Page = watched.page
    words = f"Contact {uuid4().hex[:8]}"
    page.evaluate("window.stayed = true")
    page.locator(TEXT).fill(words)
    page.locator(TEXT).press("Control+Enter")
    expect(page.locator(".cii-tl .cii-typed").first).to_have_text(words)
    expect(page.get_by_text("La note est publiée.")).to_be_visible()
    expect(page.locator(TEXT)).to_have_value("")
    expect(page.locator(TEXT)).to_be_focused()
    assert page.evaluate("window.stayed")
    page.reload()
    expect(page.locator(".cii-tl .cii-typed", has_text=words)).to_have_count(1)


def test_an_empty_note_says_what_is_missing_where_it_stands(browse: Any) -> None:
    watched = browse(ORP, language="fr", width=390)
    open_case(watched)
    page: Page = watched.page
    page.locator("#publish").click()
    expect(page.locator("#text-error")).to_contain_text("Écrivez ce qui s’est passé")
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    page.locator(TEXT).fill("Elle a appelé.")
    page.locator("#publish").click()
    expect(page.locator(".cii-tl .cii-typed").first).to_have_text("Elle a appelé.")


def test_without_scripts_the_same_form_publishes_and_keeps_a_draft(browse: Any) -> None:
    watched = browse(ORP, language="fr", width=390, scripts=False)
    open_case(watched)
    page: Page = watched.page
    page.locator(TEXT).fill("À moitié")
    page.get_by_role("button", name="Garder comme brouillon").click()
    expect(page.locator(TEXT)).to_have_value("À moitié")
    words = f"Contact {uuid4().hex[:8]}"
    page.locator(TEXT).fill(words)
    page.locator("#publish").click()
    expect(page.locator(".cii-tl .cii-typed").first).to_have_text(words)
    expect(page.locator(TEXT)).to_have_value("")


@pytest.mark.parametrize("language", ["fr", "de"])
def test_forms_and_conflicts_keep_to_the_rules_of_every_page(browse: Any, language: str) -> None:
    watched = browse(ORP, language=language)
    path = open_case(watched)
    page: Page = watched.page
    page.locator(TEXT).fill("Vue.")
    page.locator("#publish").click()
    expect(page.locator(".cii-tl .cii-typed").first).to_have_text("Vue.")
    page.locator("#publish").click()
    page.locator(".govuk-error-summary").wait_for()
    page.locator("details summary").first.click()
    wrong = look_at(page, "empty note")

    watched.open(path)
    correction = page.locator("a[href$='/correct']").first.get_attribute("href")
    other = browse(ORP, language=language)
    for each in (other.open(correction), watched.open(correction)):
        each.locator(TEXT).fill(f"Vue {uuid4().hex[:8]}.")
    other.page.locator("#correction button").click()
    other.page.wait_for_url(re.compile(f"{path}$"))
    page.locator("#correction button").click()
    page.locator("blockquote").wait_for()
    wrong += look_at(page, "two corrections")
    page.locator("#correction button").click()
    page.wait_for_url(re.compile(f"{path}$"))
    watched.open(correction.removesuffix("/correct"))
    wrong += look_at(page, "history of a note")

    for form in ("new_appointment", "new_objective"):
        watched.open(f"{path}/plan")
        for summary in page.locator("summary").all():
            summary.click()
        page.locator(f"#{form} button").click()
        page.locator(".govuk-error-summary").wait_for()
        wrong += look_at(page, f"empty {form}")
    assert not wrong, "\n".join(wrong)
