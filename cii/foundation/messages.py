"""Which messages the product says, and where: for the translators and for the test that none is missing.

`python -m cii.foundation.messages missing [capability]` prints the entries that German still lacks, ready to be
filled in; `python -m cii.foundation.messages spaces` writes the no-break spaces of French, which keyboards lack,
into the messages of templates, Python files and catalogues. Nothing here is needed while the product runs.
"""

import ast
import itertools
import re
import sys
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

from jinja2 import Environment, nodes
from jinja2.lexer import TOKEN_DATA

from cii.foundation.texts import catalogue_entries

ROOT: Final = Path(__file__).parents[2]

# The functions that say a message, and how many French forms each takes.
_FORMS: Final = {"_": 1, "N_": 1, "Phrase": 1, "say": 1, "say_done": 1, "plural": 2}

_JINJA: Final = Environment(  # noqa: S701 - templates are read here, never rendered
    extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"]
)
_SHOWN_ATTRIBUTES: Final = frozenset(
    {"title", "alt", "placeholder", "aria-label", "aria-description"}
)
_SILENT_ELEMENTS: Final = frozenset({"script", "style", "code"})
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_BREAKING: Final = re.compile(r" (?=[:;?!»])|(?<=«) ")
# A template may put an attribute together before it writes the element.
_ATTRIBUTE: Final = re.compile(r'[\w-]+="[^"]*"')
_SENTENCE: Final = re.compile(r"[A-ZÀ-Ý][a-zà-ÿ’]")
_SAME_IN_BOTH: Final = frozenset({"CII", "CHF", "CSV", "XLSX", "PDF", "Français", "Deutsch"})


class Untranslatable(Exception):
    """A message is put together at the place where it should be a plain text, so nobody can translate it."""


def extract_messages(root: Path = ROOT) -> dict[tuple[str, ...], list[str]]:
    """Every message of the templates and the Python files, with the places ("cii/cases/screens.py:12") that say it.

    A message is a tuple of its French forms: one, or two where it counts. Raises Untranslatable for a message
    that is formatted or concatenated before it is translated.
    """
    messages: dict[tuple[str, ...], list[str]] = {}
    for path in _sources(root):
        found = _of_python(path) if path.suffix == ".py" else _of_template(path)
        for forms, line in sorted(found, key=lambda each: each[1]):
            messages.setdefault(forms, []).append(f"{path.relative_to(root)}:{line}")
    return messages


def bare_texts(root: Path = ROOT) -> list[tuple[str, str]]:
    """Words that a template shows without translating them, each with its place."""
    return [
        (f"{path.relative_to(root)}:{line}", text)
        for path in _sources(root)
        if path.suffix != ".py"
        for line, text in sorted(_bare_of(path))
    ]


def capability_of(places: list[str]) -> str:
    """The capability whose catalogue holds a message said in these places; "common" where several say it."""
    found = set()
    for place in places:
        rooms = Path(place.rpartition(":")[0]).parts[1:-1]
        if rooms[:1] == ("emails",):
            rooms = rooms[1:] or ("outbox",)
        room = rooms[0] if rooms else "common"
        found.add("web" if room in {"layouts", "components"} else room)
    return found.pop() if len(found) == 1 else "common"


def po_entry(forms: tuple[str, ...], places: list[str]) -> str:
    """An entry of a catalogue, waiting for its translation; it names files without lines, which would move."""
    files = dict.fromkeys(place.rpartition(":")[0] for place in places)
    lines = [f"#: {' '.join(files)}", f"msgid {_quoted(forms[0])}"]
    if len(forms) == 1:
        lines.append('msgstr ""')
    else:
        lines += [f"msgid_plural {_quoted(forms[1])}", 'msgstr[0] ""', 'msgstr[1] ""']
    return "\n".join(lines) + "\n"


def missing_entries(language: str = "de", root: Path = ROOT) -> dict[str, list[str]]:
    """The entries that a language lacks, ready to be filled in, by the name of their catalogue."""
    translated = {
        entry.forms
        for entry in catalogue_entries(language)
        if entry.forms and all(entry.translated)
    }
    missing: dict[str, list[str]] = {}
    for forms, places in extract_messages(root).items():
        if forms not in translated:
            missing.setdefault(capability_of(places), []).append(po_entry(forms, places))
    return dict(sorted(missing.items()))


def _sources(root: Path) -> Iterator[Path]:
    for folder, pattern in (("templates", "*.html"), ("templates", "*.txt"), ("cii", "*.py")):
        yield from sorted((root / folder).rglob(pattern))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _of_python(path: Path) -> Iterator[tuple[tuple[str, ...], int]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            yield from _messages(name, node.args, path, node.lineno)


def _of_template(path: Path) -> Iterator[tuple[tuple[str, ...], int]]:
    for node in _JINJA.parse(path.read_text("utf-8"), filename=str(path)).find_all(nodes.Call):
        if isinstance(node.node, nodes.Name | nodes.Getattr):
            name = node.node.name if isinstance(node.node, nodes.Name) else node.node.attr
            yield from _messages(name, node.args, path, node.lineno)


def _messages(
    name: str, arguments: Sequence[ast.expr | nodes.Expr], path: Path, line: int
) -> Iterator[tuple[tuple[str, ...], int]]:
    """The messages that a call says; an argument may choose between several ("a if x else "b")."""
    count = _FORMS.get(name, 0)
    if not 0 < count <= len(arguments):
        return
    try:
        choices = [list(_choices(argument)) for argument in arguments[:count]]
    except Untranslatable as error:
        raise Untranslatable(f"{path}:{line}: {error}") from None
    for forms in itertools.product(*choices):
        yield forms, line


def _choices(argument: ast.expr | nodes.Expr) -> Iterator[str]:
    """The constants that an argument can be; none for a variable, whose constant is marked with N_."""
    match argument:
        case ast.Constant(value=str(text)):
            yield text
        case nodes.Const() if isinstance(argument.value, str):
            yield argument.value
        case ast.IfExp(body=first, orelse=second):
            yield from _choices(first)
            yield from _choices(second)
        case nodes.CondExpr():
            yield from _choices(argument.expr1)
            if argument.expr2 is not None:
                yield from _choices(argument.expr2)
        case ast.JoinedStr() | ast.BinOp() | nodes.Concat() | nodes.BinExpr() | nodes.Filter():
            raise Untranslatable(
                "write one plain text with {named} places, and give the values beside it"
            )
        case ast.Call(func=ast.Attribute(attr="format")):
            raise Untranslatable(
                "give the values beside the message instead of formatting it first"
            )


class _Shown(HTMLParser):
    """The words between the tags of a template, and in the attributes that people read."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []
        self._silent: list[str] = []
        self.feed("".join(_markup(source)))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT_ELEMENTS:
            self._silent.append(tag)
        for name, value in attrs:
            if name in _SHOWN_ATTRIBUTES and value:
                self._note(value)

    def handle_endtag(self, tag: str) -> None:
        if self._silent and self._silent[-1] == tag:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._note(data)

    def _note(self, text: str) -> None:
        if _bare(text):
            before = text[: len(text) - len(text.lstrip())].count("\n")
            self.found.append((self.getpos()[0] + before, " ".join(text.split())))


def _markup(source: str) -> Iterator[str]:
    """What a template writes as it stands, each piece on its own line."""
    reached = 1
    for line, token, value in _JINJA.lex(source):
        if token == TOKEN_DATA:
            yield "\n" * (line - reached) + value
            reached = max(line, reached) + value.count("\n")


def _bare(text: str) -> bool:
    shown = _ATTRIBUTE.sub("", text)
    return any(word not in _SAME_IN_BOTH for word in _WORD.findall(shown))


def _bare_of(path: Path) -> Iterator[tuple[int, str]]:
    source = path.read_text("utf-8")
    if path.suffix == ".html":
        yield from _Shown(source).found
    else:
        for number, line in enumerate("".join(_markup(source)).splitlines(), start=1):
            if _bare(line):
                yield number, line.strip()
    template = _JINJA.parse(source, filename=str(path))
    said = {
        id(constant)
        for call in template.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name | nodes.Getattr)
        and (call.node.name if isinstance(call.node, nodes.Name) else call.node.attr) in _FORMS
        for constant in call.find_all(nodes.Const)
    }
    for constant in template.find_all(nodes.Const):
        text = constant.value
        if (
            isinstance(text, str)
            and id(constant) not in said
            and _SENTENCE.match(text)
            and _bare(text)
        ):
            yield constant.lineno, text


def write_no_break_spaces(root: Path = ROOT) -> list[str]:
    """Put a no-break space where a French message has an ordinary one before : ; ? ! » or after «.

    Changes the files in place and returns their names. A message that is written in several pieces is left alone.
    """
    corrected = {
        form: _BREAKING.sub("\u00a0", form)
        for forms in extract_messages(root)
        for form in forms
        if _BREAKING.search(form)
    }
    changed = []
    for path in [*_sources(root), *sorted((root / "cii" / "translations").rglob("*.po"))]:
        before = path.read_text("utf-8")
        after = before
        for wrong, right in corrected.items():
            after = after.replace(f'"{wrong}"', f'"{right}"').replace(f"'{wrong}'", f"'{right}'")
        if after != before:
            path.write_text(after, "utf-8")
            changed.append(str(path.relative_to(root)))
    return changed


def _main(arguments: Sequence[str]) -> int:
    match arguments:
        case ["missing", *capabilities] if len(capabilities) < 2:
            for name, entries in missing_entries().items():
                if not capabilities or name in capabilities:
                    sys.stdout.write(
                        f"# cii/translations/de/{name}.po\n\n" + "\n".join(entries) + "\n"
                    )
        case ["spaces"]:
            sys.stdout.write("".join(f"{name}\n" for name in write_no_break_spaces()))
        case _:
            sys.stderr.write("python -m cii.foundation.messages missing [capability] | spaces\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
