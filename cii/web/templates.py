"""Templates: one strict environment for each language, in which a constant message is said once for all pages."""

import operator
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any, TypeVar

import jinja2
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from markupsafe import Markup, _escape_inner  # type: ignore[attr-defined]

from cii.access.actor import KIND_LABELS, ROLE_LABELS
from cii.access.permissions import May
from cii.foundation.avs import mask_avs
from cii.foundation.clock import local
from cii.foundation.days import format_day, format_moment, format_month
from cii.foundation.money import format_francs
from cii.foundation.texts import Phrase, texts
from cii.web.statics import static_url

Key = TypeVar("Key")
TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
LANGUAGE_NAMES = {"fr": "Français", "de": "Deutsch"}


class Speaker:
    """What templates say: texts of one language, escaped where a value stands in them."""

    def __init__(self, language: str) -> None:
        self.texts = texts(language)
        self.language = language
        self._labels: dict[int, tuple[Mapping[Any, str], dict[Any, str]]] = {}

    def say(self, text: str | Phrase, /, **values: Any) -> str:
        """The message in this language; values are escaped."""
        if isinstance(text, Phrase):
            return self.texts.say_phrase(text)
        if not values:
            return self.texts.say(text)
        # The message is escaped, and so is each value that takes its place in it.
        escaped = {name: _escaped(value) for name, value in values.items()}
        return Markup(_escaped(self.texts.say(text)).format_map(escaped))  # noqa: S704

    def plural(self, one: str, many: str, n: int, /, **values: Any) -> str:
        """The message for this number."""
        return self.texts.plural(one, many, n, **values)

    def labels(self, labels: Mapping[Key, str]) -> Mapping[Key, str]:
        """Constant labels in this language; the same mapping is translated once."""
        kept = self._labels.get(id(labels))
        if kept is None:
            said = {key: self.texts.say(text) for key, text in labels.items()}
            # The labels are kept as well: as long as they live, nothing else has their id.
            kept = self._labels[id(labels)] = (labels, said)
        return kept[1]

    def month(self, day: Any) -> str:
        """A month in words."""
        return format_month(day, self.language)


@cache
def speaker(language: str) -> Speaker:
    """The speaker of a language."""
    return Speaker(language)


class _Constants(Extension):
    """Puts the text in the place of `_("Dossiers")` while a template is compiled: a page says it for nothing.

    The same for `static_url("cii.css")`.
    """

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """The tokens of the template, each of these calls replaced by what it returns."""
        functions: dict[str, Any] = {
            name: self.environment.globals[name] for name in ("_", "static_url")
        }
        tokens = list(stream)
        place = 0
        while place < len(tokens):
            token, *rest = tokens[place : place + 4]
            called = functions.get(token.value) if token.type == "name" else None
            if called and [each.type for each in rest] == ["lparen", "string", "rparen"]:
                yield Token(token.lineno, "string", called(rest[1].value))
                place += 4
            else:
                yield token
                place += 1


class _Code(CodeGenerator):
    """Lets each block of a page be put together where it stands and be handed on in one piece.

    As Jinja writes it, every piece of text would climb from block to block up to the page by itself.
    """

    def blockvisit(self, nodes: Iterable[nodes.Node], frame: Frame) -> None:
        """Write what stands in a block; the outermost begins the pieces and hands them on."""
        outermost = frame.buffer is None
        if outermost:
            self.buffer(frame)
        super().blockvisit(nodes, frame)
        if outermost:
            self.writeline(f"yield concat({frame.buffer})")

    def _output_child_pre(self, node: Any, frame: Frame, finalize: Any) -> None:
        # Nearly everything is a plain text: it is escaped without asking what else it could be.
        self.write("(plain(value) if type(value := (")

    def _output_child_post(self, node: Any, frame: Frame, finalize: Any) -> None:
        self.write(")) is str else escape(value))")

    def visit_Call(  # noqa: N802 - Jinja names it
        self, node: nodes.Call, frame: Frame, forward_caller: bool = False
    ) -> None:
        """Write a call as it is: none of our functions and macros asks for the context."""
        self.write("call(")
        self.visit(node.node, frame)
        self.signature(node, frame, {"caller": "caller"} if forward_caller else None)
        self.write(")")

    def visit_Include(self, node: nodes.Include, frame: Frame) -> None:  # noqa: N802 - Jinja names it
        """Write an include; one without context would not stand in its place."""
        if not node.with_context:
            self.fail("an include sees what its page sees", node.lineno)
        super().visit_Include(node, frame)


def _escaped(value: Any) -> str:
    if type(value) is str:
        return _escape_inner(value)
    if hasattr(value, "__html__"):
        return str(value.__html__())
    return _escape_inner(str(value))


class _Template(jinja2.Template):
    """Escapes what stands in a page into plain texts: they are joined, and nothing else is done with them."""

    @classmethod
    def from_code(
        cls,
        environment: jinja2.Environment,
        code: CodeType,
        globals: MutableMapping[str, Any],  # noqa: A002 - the name that Jinja gives it
        uptodate: Any = None,
    ) -> jinja2.Template:
        """The template of compiled code."""
        made = super().from_code(environment, code, globals, uptodate)
        made.root_render_func.__globals__.update(
            call=operator.call, escape=_escaped, plain=_escape_inner
        )
        made.globals = dict(made.globals)
        return made


def _dial(phone: str) -> str:
    return phone.replace(" ", "")


@cache
def environment(language: str) -> jinja2.Environment:
    """The templates in one language, with the components as the global `ui`."""
    words = speaker(language)
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    made.template_class = _Template
    made.code_generator_class = _Code
    made.filters.update(
        day=format_day,
        dial=_dial,
        local_day=lambda moment: format_day(local(moment).date()),
        moment=format_moment,
        francs=format_francs,
        masked_avs=mask_avs,
    )
    made.globals.update(
        _=words.say,
        plural=words.plural,
        month=words.month,
        language=language,
        static_url=static_url,
        May=May,
        KIND_LABELS=KIND_LABELS,
        ROLE_LABELS=ROLE_LABELS,
        LANGUAGE_NAMES=LANGUAGE_NAMES,
    )
    made.add_extension(_Constants)
    made.globals["ui"] = made.get_template("components/ui.html").module
    return made
