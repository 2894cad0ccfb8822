"""The rules of the five documents, read from editions/*.yaml and proven against sources/*.txt.

An edition is one document in one version. Every rule names the document, the line and the words it comes from;
a rule without them, or whose words do not stand there, does not load.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import yaml

EDITIONS: Final = Path(__file__).with_name("editions")
SOURCES: Final = Path(__file__).with_name("sources")

# The first part of a rule id names its edition: loading VS-27 reads the Valais edition and no other.
EDITION_OF_PREFIX: Final[Mapping[str, str]] = MappingProxyType(
    {"VS": "vs-tandem", "BE21": "be-2021-22", "BEC": "be-current", "GE": "ge-accord", "CEA": "cea"}
)

_WORDS: Final = frozenset(
    {"prefix", "body", "title", "dated", "summary", "interpretation", "document", "quote"}
)


class RuleError(Exception):
    """An edition cannot be used: the sentence names the file, the rule and what is wrong with it."""


class Force(StrEnum):
    """How strongly the text speaks."""

    MUST = "must"
    SHOULD = "should"
    INFO = "info"
    STRUCK_OUT = "struck-out"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule stands: the document, its lines (counted from 1) and the words; "..." marks an omission."""

    document: str
    first_line: int
    last_line: int
    quote: str

    @property
    def lines(self) -> str:
        """The lines as people cite them: "56", or "71-73"."""
        return (
            str(self.first_line)
            if self.first_line == self.last_line
            else f"{self.first_line}-{self.last_line}"
        )


@dataclass(frozen=True, slots=True)
class Value:
    """What a rule sets, by name (`{"every": "month"}`), the days on which it holds and the words that set it.

    Francs are decimal strings. A product default stands in no text: the product chose it, and screens say so.
    """

    what: Mapping[str, Any]
    force: Force
    source: Source
    valid_from: date | None = None
    valid_until: date | None = None
    product_default: bool = False

    def holds_on(self, day: date) -> bool:
        """Whether the value is in force on that day, first and last day included."""
        return (self.valid_from or day) <= day <= (self.valid_until or day)


@dataclass(frozen=True, slots=True)
class Rule:
    """One demand of one document. `interpretation` says how an unclear text is read, and is shown as ours."""

    id: str
    edition: str
    force: Force
    summary: str
    source: Source
    values: tuple[Value, ...] = ()
    interpretation: str = ""

    def value(self, name: str, on: date | None = None) -> Value:
        """The value of that name, `on` that day where it changes with time; KeyError when there is none or no single one."""
        found = [
            value
            for value in self.values
            if name in value.what and (on is None or value.holds_on(on))
        ]
        if len(found) != 1:
            raise KeyError(
                f"{self.id} has {len(found)} values {name!r}"
                + (f" on {on}." if on else "; give a day.")
            )
        return found[0]

    def __getitem__(self, name: str) -> Any:
        """What the undated value of that name says: `rule("VS-27")["every"]` is "month"."""
        return self.value(name).what[name]


@dataclass(frozen=True, slots=True)
class Edition:
    """One document in one version, with its rules by id, in the order of the text."""

    name: str
    prefix: str
    body: str
    title: str
    dated: str
    rules: Mapping[str, Rule] = field(repr=False)


def rule(rule_id: str) -> Rule:
    """One rule by its id, such as "VS-27"; KeyError when no edition has it."""
    edition = EDITION_OF_PREFIX.get(rule_id.partition("-")[0])
    if edition is None:
        raise KeyError(f"{rule_id}: no programme has rules of that name.")
    return load_edition(edition).rules[rule_id]


def all_rules() -> tuple[Rule, ...]:
    """Every rule of the five editions, the struck-out one included."""
    return tuple(
        rule for name in EDITION_OF_PREFIX.values() for rule in load_edition(name).rules.values()
    )


@cache
def load_edition(name: str) -> Edition:
    """The edition of that name ("vs-tandem", "be-2021-22", ...), read and proven once; RuleError when it cannot be used."""
    return read_edition(EDITIONS / f"{name}.yaml", SOURCES)


def read_edition(file: Path, sources: Path) -> Edition:
    """An edition from its file, each quote looked up in the documents of `sources`; RuleError names what is missing."""
    content = read_yaml(file)
    at = f"{file.name}:"
    head = _fields(content, at, required=("prefix", "body", "title", "dated", "rules"))
    if not isinstance(head["rules"], dict):
        raise RuleError(f"{at} rules is not a list of rules by id.")
    rules = {}
    for rule_id, fields in head["rules"].items():
        if not re.fullmatch(rf"{head['prefix']}-(\d\d|X\d)", str(rule_id)):
            raise RuleError(
                f"{at} {rule_id} is not an id of this edition; its rules are called {head['prefix']}-01 and so on."
            )
        rules[rule_id] = _read_rule(rule_id, fields, file, sources)
    return Edition(
        file.stem,
        head["prefix"],
        head["body"],
        head["title"],
        head["dated"],
        rules=MappingProxyType(rules),
    )


def read_yaml(file: Path) -> Any:
    """What a file of data says; RuleError when it cannot be read, or says something twice."""
    try:
        return yaml.load(file.read_text("utf-8"), _EachKeyOnce)  # noqa: S506 - it is a CSafeLoader
    except (OSError, yaml.YAMLError) as error:
        raise RuleError(f"{file.name}: cannot be read. {error}") from error


def _read_rule(rule_id: str, content: object, file: Path, sources: Path) -> Rule:
    at = f"{file.name}: {rule_id}"
    fields = _fields(
        content, at, required=("force", "summary", "source"), optional=("value", "interpretation")
    )
    force = _force(fields["force"], at)
    source = _read_source(fields["source"], force, at, sources)
    values = fields.get("value", [])
    return Rule(
        id=rule_id,
        edition=file.stem,
        force=force,
        summary=fields["summary"],
        source=source,
        values=tuple(
            _read_value(value, force, source, at, sources)
            for value in (values if isinstance(values, list) else [values])
        ),
        interpretation=fields.get("interpretation", ""),
    )


def _read_value(content: object, force: Force, source: Source, at: str, sources: Path) -> Value:
    """A value holds with its rule's force and source unless it names its own."""
    if not isinstance(content, dict):
        raise RuleError(f"{at} has a value without a name.")
    what = dict(content)
    days = {name: what.pop(name, None) for name in ("valid_from", "valid_until")}
    for name, day in days.items():
        if day is not None and type(day) is not date:
            raise RuleError(f"{at} has {name} {day!r}, which is not a day.")
    product_default = what.pop("product_default", False)
    own_force = _force(what.pop("force", force), at)
    own_source = (
        _read_source(what.pop("source"), own_force, at, sources) if "source" in what else source
    )
    if not what:
        raise RuleError(f"{at} has a value without a name.")
    return Value(_frozen(what), own_force, own_source, **days, product_default=product_default)


def _read_source(content: object, force: Force, at: str, sources: Path) -> Source:
    fields = _fields(content, f"{at} source", required=("document", "line", "quote"))
    first, _, last = str(fields["line"]).partition("-")
    if not (first.isdecimal() and (last or first).isdecimal()):
        raise RuleError(f"{at} has the line {fields['line']!r}; give a number, or two as in 71-73.")
    source = Source(fields["document"], int(first), int(last or first), fields["quote"])
    document = sources / source.document
    if not document.is_file():
        raise RuleError(f"{at} quotes {source.document}, which is not among the sources.")
    struck_out = force is Force.STRUCK_OUT

    def quoted_from(first: int, last: int | None) -> bool:
        return stands_in(source.quote, _text(document, first, last, struck_out))

    if not quoted_from(source.first_line, source.last_line):
        place = "but not at line" if quoted_from(1, None) else "neither elsewhere nor at line"
        state = "as struck-out words" if struck_out else "as words in force"
        raise RuleError(
            f"{at}: its quote stands in {source.document} {state} {place} {source.lines}: « {source.quote} »"
        )
    if quoted_from(source.first_line + 1, source.last_line) or quoted_from(
        source.first_line, source.last_line - 1
    ):
        raise RuleError(
            f"{at}: its quote stands within fewer lines than {source.lines} of {source.document}."
        )
    return source


def stands_in(quote: str, text: str) -> bool:
    """Whether the parts of a quote stand in a text one after the other; "..." separates the parts."""
    position = 0
    for part in (_plain(part) for part in quote.split("...")):
        position = text.find(part, position)
        if position < 0:
            return False
        position += len(part)
    return bool(quote.strip(". "))


@cache
def _text(document: Path, first: int, last: int | None, struck_out: bool) -> str:
    """The plain words of some lines: either those in force, or those which the document has struck out."""
    lines = "\n".join(_lines(document)[first - 1 : last])
    if struck_out:
        return _plain(" ".join(re.findall(r"~~(.*?)~~", lines)))
    return _plain(re.sub(r"~~.*?~~", " ", lines))


@cache
def _lines(document: Path) -> list[str]:
    """Not splitlines(): a page break in the middle of a line does not begin a new one."""
    return document.read_text("utf-8").split("\n")


def _plain(text: str) -> str:
    """The words alone: without bold, links or footnote marks, the hyphens at line ends joined, one space between words."""
    text = re.sub(r"<sup>.*?</sup>|\*+", "", text)
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"(?<=\w)-\s*\n\s*", "", text)
    return " ".join(text.split())


def _frozen(content: Any) -> Any:
    """The same content, which nobody can change: editions are read once and shared by everybody."""
    if isinstance(content, dict):
        return MappingProxyType({name: _frozen(part) for name, part in content.items()})
    return tuple(_frozen(part) for part in content) if isinstance(content, list) else content


def _force(name: str, at: str) -> Force:
    if name not in tuple(Force):
        raise RuleError(f"{at} has the force {name!r}; it is one of {', '.join(Force)}.")
    return Force(name)


def _fields(
    content: object, at: str, required: tuple[str, ...], optional: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The named fields of a part of an edition; RuleError for one that is missing, empty or unknown."""
    fields = content if isinstance(content, dict) else {}
    if missing := [name for name in required if fields.get(name) in (None, "", {})]:
        raise RuleError(f"{at} lacks {', '.join(missing)}.")
    if unknown := [str(name) for name in fields if name not in required + optional]:
        raise RuleError(f"{at} has the unknown field {', '.join(unknown)}.")
    if not_words := [
        name for name in fields if name in _WORDS and not isinstance(fields[name], str)
    ]:
        raise RuleError(f"{at} has {', '.join(not_words)} that is not a text.")
    return fields


class _EachKeyOnce(yaml.CSafeLoader):
    """YAML keeps the last of two entries of the same name without a word; here the second one is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [self.construct_object(key, deep=True) for key, _ in node.value]
        if twice := next((name for place, name in enumerate(names) if name in names[:place]), None):
            raise yaml.MarkedYAMLError(
                problem=f"{twice} stands there twice", problem_mark=node.start_mark
            )
        return super().construct_mapping(node, deep)
