"""The table behind `cii rules` is honest: every rule once, and what is called enforced exists and is shown by a test."""

import ast
import json
import re
from collections import Counter
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from cii.programmes.enforcement import ENFORCED, Enforcement, as_json, as_text, rules_table
from cii.programmes.rules import EDITIONS, SOURCES, all_rules

ROOT = Path(__file__).parents[2]


def numbers(prefix: str, last: int, *without: int) -> list[str]:
    return [f"{prefix}-{n:02}" for n in range(1, last + 1) if n not in without]


def test_every_rule_of_the_five_documents_is_in_the_table_exactly_once():
    """Counted by hand: the Berne editions share their numbers, each leaves out what only the other says."""
    expected = {
        "vs-tandem.txt": [*numbers("VS", 41), "VS-X1"],
        "be-coaching-2021-22.txt": numbers("BE21", 56, 28, 33, 53, 54, 55),
        "be-coaching-current.txt": numbers("BEC", 56, 37, 38, 50),
        "ge-accord.txt": numbers("GE", 34),
        "cea-fiche-9.txt": numbers("CEA", 20),
    }
    assert {document: len(rules) for document, rules in expected.items()} == {
        "vs-tandem.txt": 42,
        "be-coaching-2021-22.txt": 51,
        "be-coaching-current.txt": 53,
        "ge-accord.txt": 34,
        "cea-fiche-9.txt": 20,
    }
    listed: dict[str, list[str]] = {}
    for row in rules_table():
        listed.setdefault(row.document, []).append(row.rule_id)
    assert {document: sorted(rules) for document, rules in listed.items()} == {
        document: sorted(rules) for document, rules in expected.items()
    }


def test_every_edition_and_every_source_is_used():
    rules = all_rules()
    assert {file.stem for file in EDITIONS.iterdir()} == {rule.edition for rule in rules}
    assert {file.name for file in SOURCES.iterdir()} == {rule.source.document for rule in rules}


def test_only_rules_of_the_documents_are_enforced():
    in_force = {rule.id for rule in all_rules() if rule.force != "struck-out"}
    assert set(ENFORCED) <= in_force


@pytest.mark.parametrize("rule_id", ENFORCED)
def test_what_enforces_a_rule_exists(rule_id):
    """The dotted path is followed to its end: a module, then the names inside it."""
    path = ENFORCED[rule_id].where.split(".")
    for length in range(len(path), 0, -1):
        name = ".".join(path[:length])
        if (ROOT / name.replace(".", "/")).with_suffix(".py").exists() or length == 1:
            found = import_module(name)
            for part in path[length:]:
                found = getattr(found, part)
            break


@cache
def functions_in(file: str) -> dict[str, str]:
    """The source text of each test function of a file, by name."""
    text = (ROOT / file).read_text("utf-8")
    return {
        node.name: ast.get_source_segment(text, node) or ""
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


@pytest.mark.parametrize("rule_id", ENFORCED)
def test_an_enforced_rule_is_shown_by_a_test_that_names_it(rule_id):
    file, _, name = ENFORCED[rule_id].test.partition("::")
    assert rule_id in functions_in(file)[name]


def test_the_state_of_a_rule_follows_from_its_force():
    for row in rules_table():
        if row.state is Enforcement.STRUCK_OUT:
            assert row.force == "struck-out"
        elif row.state is Enforcement.INFORMATION:
            assert row.force == "info"
        elif row.state is Enforcement.NOT_YET:
            assert row.force in ("must", "should")
        assert bool(row.where and row.test) == (row.state is Enforcement.ENFORCED)


def test_the_struck_out_mandate_exists_nowhere():
    """VS-X1: its words stand in the source and in its own entry, and nowhere else in the product."""
    name = re.compile(r"\bMIP\b|mandats? d.insertion professionnelle", re.IGNORECASE)
    own_entry = re.compile(r"^  VS-X1:\n(?:    .*\n)+", re.MULTILINE)
    assert [row.state for row in rules_table() if row.rule_id == "VS-X1"] == ["struck out"]
    found = []
    for folder in ("cii", "templates"):
        for file in (ROOT / folder).rglob("*"):
            if (
                not file.is_file()
                or "__pycache__" in file.parts
                or file == SOURCES / "vs-tandem.txt"
            ):
                continue
            text = file.read_bytes().decode("utf-8", "replace")
            if file == EDITIONS / "vs-tandem.yaml":
                text, entries = own_entry.subn("", text)
                assert entries == 1
            if name.search(text):
                found.append(str(file.relative_to(ROOT)))
    assert not found


def test_the_text_names_every_rule_and_counts_each_document():
    shown = as_text(rules_table())
    assert "vs-tandem.txt: 42 rules" in shown
    named = Counter(re.findall(r"^((?:VS|BE21|BEC|GE|CEA)-\w\d) ", shown, re.MULTILINE))
    assert named == Counter(rule.id for rule in all_rules())


def test_the_json_carries_every_column():
    rows = json.loads(as_json(rules_table()))
    assert [row["rule_id"] for row in rows] == [rule.id for rule in all_rules()]
    assert rows[7] == {
        "rule_id": "VS-08",
        "edition": "vs-tandem",
        "document": "vs-tandem.txt",
        "lines": "30",
        "force": "must",
        "state": "enforced",
        "summary": "The person is announced to the bureau CII for a cumulation of risk factors or an existing complex multiple problem.",
        "where": "cii.programmes.eligibility.examine",
        "test": "tests/rules/test_eligibility.py::test_an_announcement_has_a_ground_and_a_risk_factor",
    }
