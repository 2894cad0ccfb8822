"""Every message exists in French and in German, and both are written as the canton writes.

When a test fails, its report is the work list: what to write, and in which file.
"""

import re
from collections import defaultdict

import pytest

from cii.foundation.messages import bare_texts, extract_messages, missing_entries
from cii.foundation.spelling import different_places, mistakes, places
from cii.foundation.texts import CATALOGUES, LANGUAGES, catalogue_entries, texts

TRANSLATED = [language for language in LANGUAGES if language != "fr"]


def fail_with(title: str, lines: list[str], count: int | None = None) -> None:
    if lines:
        pytest.fail(f"{title} ({count or len(lines)})\n\n" + "\n".join(lines), pytrace=False)


def place_of(entry) -> str:
    return f"{entry.path.relative_to(CATALOGUES.parents[1])}:{entry.line}"


@pytest.fixture(scope="module")
def messages():
    return extract_messages()


@pytest.fixture(scope="module", params=TRANSLATED)
def language(request):
    return request.param


@pytest.fixture(scope="module")
def entries(language):
    return list(catalogue_entries(language))


def test_every_message_is_translated(language):
    missing = missing_entries(language)
    fail_with(
        "Messages without translation. Fill these entries in, in the files named",
        [
            f"--- cii/translations/{language}/{name}.po: {len(waiting)} missing\n\n"
            + "\n".join(waiting)
            for name, waiting in missing.items()
        ],
        count=sum(map(len, missing.values())),
    )


def test_no_entry_is_left_over(entries, messages):
    fail_with(
        "Entries that no template and no Python file says any more. Remove them",
        [
            f"{place_of(entry)}: {entry.forms or entry.translated}"
            for entry in entries
            if entry.forms not in messages
        ],
    )


def test_a_message_stands_in_one_catalogue_only(language):
    # Read as text: a parser would quietly merge two entries of one file.
    seen = defaultdict(list)
    for path in sorted((CATALOGUES / language).glob("*.po")):
        for entry in re.finditer(r'^msgid ((?:".*"\n)+)', path.read_text("utf-8"), re.MULTILINE):
            message = "".join(re.findall('"(.*)"', entry[1]))
            if message:
                seen[message].append(path.name)
    fail_with(
        "Messages with several entries. Keep one, in common.po where several capabilities say it",
        [
            f"{' and '.join(names)}: {message!r}"
            for message, names in seen.items()
            if len(names) > 1
        ],
    )


def test_a_message_has_one_form_everywhere(messages):
    """A text that counts in one place and stands alone in another would need two entries with one msgid."""
    counted = {forms[0] for forms in messages if len(forms) > 1}
    fail_with(
        "Messages said both with _() and with plural(). Give one of them another wording",
        [
            f"{', '.join(places)}: {forms[0]!r}"
            for forms, places in messages.items()
            if forms == forms[:1] and forms[0] in counted
        ],
    )


def test_every_place_for_a_value_has_a_name(messages):
    wrong = []
    for forms, where in messages.items():
        try:
            for form in forms:
                places(form)
        except ValueError as error:
            wrong.append(f"{where[0]}: {forms[0]!r}: {error}")
    fail_with("Messages whose places cannot be filled", wrong)


def test_translations_have_the_places_of_their_messages(entries):
    wrong = []
    for entry in entries:
        if not entry.forms or not all(entry.translated):
            continue
        try:
            wrong += [
                f"{place_of(entry)}: {each}"
                for each in different_places(entry.forms, entry.translated)
            ]
        except ValueError as error:
            wrong.append(f"{place_of(entry)}: {entry.translated}: {error}")
    fail_with("Translations with other {places} than the French message", wrong)


def test_french_is_written_as_the_canton_writes(messages):
    fail_with(
        "French messages to write otherwise (python -m cii.foundation.messages spaces writes the no-break spaces)",
        [
            f"{where[0]}: {form!r}\n    {mistake}"
            for forms, where in messages.items()
            for form in forms
            for mistake in mistakes(form, "fr")
        ],
    )


def test_translations_are_written_as_the_canton_writes(language, entries):
    fail_with(
        "Translations to write otherwise",
        [
            f"{place_of(entry)}: {form!r}\n    {mistake}"
            for entry in entries
            if entry.forms
            for form in entry.translated
            for mistake in mistakes(form, language)
        ],
    )


def test_no_template_shows_words_that_cannot_be_translated():
    fail_with(
        "Words of templates outside _(...). Wrap them",
        [f"{place}: {text!r}" for place, text in bare_texts()],
    )


def test_the_product_finds_what_the_catalogues_hold(language, entries):
    """The texts that run are those that were checked: each entry is found by its French message."""
    spoken = texts(language)
    for entry in entries:
        if len(entry.forms) == 1 and all(entry.translated):
            assert spoken.say(entry.forms[0]) == entry.translated[0]
