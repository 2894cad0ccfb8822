"""The five editions as data: what loads, what is refused, and the numbers of the texts."""

from datetime import date

import pytest

from cii.programmes.rules import (
    EDITION_OF_PREFIX,
    Force,
    RuleError,
    all_rules,
    load_edition,
    read_edition,
    rule,
)

DOCUMENT = """Fiche

Les tandems se voient **une fois** par mois, en prin-

cipe le lundi. Ils écrivent ~~un rapport~~ un bilan.
"""
EDITION = """
prefix: VS
body: Canton du Valais
title: Fiche
dated: undated
rules:
  VS-01:
    force: must
    summary: Tandems meet once a month.
    source: {document: fiche.txt, line: 3, quote: "Les tandems se voient une fois par mois"}
"""


@pytest.fixture
def edition(tmp_path):
    """Reads an edition of one rule, with one part of it written differently."""

    def read(old: str = "", new: str = ""):
        assert old in EDITION
        (tmp_path / "fiche.txt").write_text(DOCUMENT, "utf-8")
        file = tmp_path / "fiche.yaml"
        file.write_text(EDITION.replace(old, new, 1) if old else EDITION, "utf-8")
        return read_edition(file, tmp_path)

    return read


def test_a_rule_with_document_line_and_quote_loads(edition):
    source = edition().rules["VS-01"].source
    assert (source.document, source.lines) == ("fiche.txt", "3")


@pytest.mark.parametrize(
    ("line", "quote"),
    [
        ("3-5", "une fois par mois, en principe le lundi."),
        ("3-5", "Les tandems ... en principe le lundi"),
        ("5", "Ils écrivent un bilan."),
    ],
    ids=["a word broken at the line end", "an omission", "around what is struck out"],
)
def test_a_quote_is_found_as_people_read_it(edition, line, quote):
    loaded = edition(
        'line: 3, quote: "Les tandems se voient une fois par mois"',
        f'line: {line}, quote: "{quote}"',
    )
    assert loaded.rules["VS-01"].source.quote == quote


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("document: fiche.txt, ", "", "VS-01 source lacks document"),
        ("line: 3, ", "", "VS-01 source lacks line"),
        (', quote: "Les tandems se voient une fois par mois"', "", "VS-01 source lacks quote"),
        ("Les tandems se voient une fois par mois", "", "VS-01 source lacks quote"),
        ("Les tandems se voient une fois par mois", "...", "VS-01: its quote"),
        ("    source: {", "    sourced: {", "VS-01 lacks source"),
        ("    summary: Tandems meet once a month.\n", "", "VS-01 lacks summary"),
        ("force: must", "force: perhaps", "VS-01 has the force 'perhaps'"),
        ("force: must", "forse: must\n    force: must", "VS-01 has the unknown field forse"),
        ("fiche.txt", "autre.txt", "VS-01 quotes autre.txt, which is not among the sources"),
        (
            "une fois",
            "deux fois",
            "VS-01: its quote stands in fiche.txt as words in force neither elsewhere nor",
        ),
        (
            "line: 3",
            "line: 5",
            "VS-01: its quote stands in fiche.txt as words in force but not at line 5",
        ),
        ("line: 3", "line: 3-5", "VS-01: its quote stands within fewer lines than 3-5"),
        ("line: 3", "line: third", "VS-01 has the line 'third'"),
        (
            "force: must",
            "force: struck-out",
            "VS-01: its quote stands in fiche.txt as struck-out words neither",
        ),
        ("VS-01:", "GE-01:", "GE-01 is not an id of this edition"),
        ("force: must", "force: must\n    force: info", "force stands there twice"),
        (
            "force: must",
            "force: must\n    value: {product_default: true}",
            "VS-01 has a value without a name",
        ),
        ("force: must", "force: must\n    value: month", "VS-01 has a value without a name"),
        (
            "force: must",
            "force: must\n    value: {every: month, valid_from: soon}",
            "VS-01 has valid_from 'soon'",
        ),
        (
            '"Les tandems se voient une fois par mois"',
            "2026",
            "VS-01 source has quote that is not a text",
        ),
        ("force: must", "force: [must]", "VS-01 has the force ['must']"),
        ("prefix: VS\n", "", "fiche.yaml: lacks prefix"),
        ("prefix: VS", "prefix: [", "fiche.yaml: cannot be read"),
    ],
)
def test_an_edition_that_cannot_be_trusted_does_not_load(edition, old, new, complaint):
    with pytest.raises(RuleError) as refused:
        edition(old, new)
    assert "fiche.yaml" in str(refused.value)
    assert complaint in str(refused.value)


def test_struck_out_words_are_quoted_only_by_a_struck_out_rule(edition):
    quote = "Les tandems se voient une fois par mois"
    with pytest.raises(RuleError, match="as words in force"):
        edition(f'line: 3, quote: "{quote}"', 'line: 5, quote: "un rapport"')
    struck_out = edition(
        EDITION[EDITION.index("    force") :],
        "    force: struck-out\n    summary: Gone.\n"
        '    source: {document: fiche.txt, line: 5, quote: "un rapport"}\n',
    )
    assert struck_out.rules["VS-01"].force is Force.STRUCK_OUT


def test_one_rule_is_read_without_the_other_editions():
    load_edition.cache_clear()
    assert rule("VS-27")["every"] == "month"
    assert load_edition.cache_info().currsize == 1


@pytest.mark.parametrize("unknown", ["VS-99", "XX-01", "", "VS"])
def test_a_rule_nobody_wrote_is_an_error(unknown):
    with pytest.raises(KeyError):
        rule(unknown)


def test_nobody_changes_a_rule():
    load_edition("be-2021-22")
    with pytest.raises(TypeError):
        rule("BE21-34")["hours_per_month"]["high"] = 99


def test_every_rule_says_in_a_sentence_what_it_demands():
    for loaded in all_rules():
        assert loaded.summary.endswith("."), loaded.id
        assert "\n" not in loaded.summary.strip(), loaded.id


def test_every_edition_says_who_wrote_it_and_from_when_it_is():
    for name in EDITION_OF_PREFIX.values():
        loaded = load_edition(name)
        assert loaded.body
        assert loaded.title
        assert loaded.dated


# The numbers of the texts, read by hand.


@pytest.mark.parametrize(
    ("rule_id", "name", "value", "product_default"),
    [
        ("VS-01", "orp_advisers", 1, False),
        ("VS-01", "cms_social_workers", 1, False),
        ("VS-25", "every", "quarter", False),
        ("VS-25", "due_days_after_quarter", 30, True),
        ("VS-27", "every", "month", False),
        ("VS-27", "due", "last-working-day", True),
        (
            "VS-28",
            "parts",
            ("work-accomplished", "obstacles", "strengths", "steps-taken", "steps-to-take"),
            False,
        ),
        ("VS-37", "domains", ("evaluation", "qualification", "placement", "insertion"), False),
        ("BE21-17", "provisional_report_days_before", 5, False),
        ("BEC-17", "provisional_report_days_before", 5, False),
        ("BE21-19", "final_report_days_after_end", 10, False),
        ("BEC-19", "final_report_days_after_end", 10, False),
        ("BE21-25", "francs_per_hour", "120.00", False),
        ("BE21-34", "hours_per_month", {"low": 6, "medium": 12, "high": 18}, False),
        ("BEC-34", "hours_per_month", {"low": 6, "medium": 12, "high": 18}, False),
        ("BEC-36", "stages", {"total_hours": 36}, False),
        ("BEC-36", "apprenticeship-search", {"total_hours": 54}, False),
        ("BEC-36", "temporary-workplace", {"total_hours": 18}, False),
        ("BEC-36", "job-search", {"months": 6}, False),
        ("GE-21", "answer_within_hours", 24, False),
        ("GE-22", "rhythm", "monthly", True),
        ("GE-23", "final_report_days_after_end", 14, False),
        ("GE-27", "step_minutes", 15, False),
        ("GE-30", "notice_hours", 24, False),
        ("GE-30", "billed_minutes", 60, False),
        ("CEA-06", "contract_months", 3, False),
        ("CEA-07", "contacts_per_week", 2, False),
        ("CEA-12", "months_at_most", 3, False),
        ("CEA-16", "active_cases_per_fte", 40, False),
        ("CEA-17", "target_percent", 60, False),
        ("CEA-18", "target_percent", 50, False),
        ("CEA-18", "checks_months_after_end", (1, 3, 6), False),
        ("CEA-20", "target_percent", 100, False),
    ],
)
def test_a_value_is_that_of_the_text_or_says_that_it_is_ours(rule_id, name, value, product_default):
    found = rule(rule_id).value(name)
    assert found.what[name] == value
    assert found.product_default is product_default


def test_the_monthly_update_is_owed_but_its_rhythm_is_only_desired():
    """VS-27: « régulièrement (fréquence souhaitée : 1 fois par mois) »."""
    assert rule("VS-27").force is Force.MUST
    assert rule("VS-27").value("every").force is Force.SHOULD


@pytest.mark.parametrize(
    ("coaching", "until_2021", "from_2022"),
    [
        ("stages", {"total_hours": 27}, {"total_hours": 18}),
        ("apprenticeship-search", {"total_hours": 27}, {"total_hours": 18}),
        ("temporary-workplace", {"total_hours": 9}, {"total_hours": 6}),
        ("job-search", {"hours_per_month": 14, "months": 6}, {"hours_per_month": 9, "months": 6}),
    ],
)
def test_the_berne_caps_of_2021_22_change_at_new_year(coaching, until_2021, from_2022):
    caps = rule("BE21-36")
    assert caps.value(coaching, on=date(2021, 12, 31)).what[coaching] == until_2021
    assert caps.value(coaching, on=date(2022, 1, 1)).what[coaching] == from_2022
    with pytest.raises(KeyError, match="give a day"):
        caps.value(coaching)


def test_the_ordinary_cms_budget_pays_from_january_2023():
    financing = rule("VS-16")
    assert financing.value("cms", on=date(2023, 1, 1)).what["cms"] == "ordinary-budget"
    with pytest.raises(KeyError):
        financing.value("cms", on=date(2022, 12, 31))
