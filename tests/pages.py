"""A browser without scripts: follows redirects, fills forms, and holds every page against what any page must be."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import html5lib
from flask import Flask
from werkzeug.test import TestResponse

Value = str | Sequence[str] | tuple[bytes, str]

_FIELDS = {"input", "select", "textarea"}
_LABELABLE = {"button", "meter", "output", "progress", *_FIELDS}
_REFERENCES = ("aria-describedby", "aria-labelledby", "aria-controls", "aria-owns", "headers")
_HIDDEN_TEXT = {"script", "style", "template", "head"}


def _walk(element: Element) -> Iterator[Element]:
    return (each for each in element.iter() if isinstance(each.tag, str))


def _text_of(element: Element) -> str:
    parts: list[str] = []

    def collect(each: Element) -> None:
        if each.tag in _HIDDEN_TEXT:
            return
        parts.append(each.text or "")
        for child in each:
            if isinstance(child.tag, str):
                collect(child)
            parts.append(" ")
            parts.append(child.tail or "")

    collect(element)
    return " ".join("".join(parts).split())


@dataclass
class Form:
    """A form as it stands on the page, with what is in its fields."""

    id: str
    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    options: dict[str, list[str]] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    buttons: list[tuple[str, str, str, str]] = field(default_factory=list)

    def value(self, name: str) -> str:
        """What stands in a field."""
        assert name in self.names, f"no field {name!r}, only {sorted(self.names)}"
        return self.fields.get(name, [""])[0]


class Page:
    """One answer of the product, checked and taken apart."""

    def __init__(self, response: TestResponse, path: str) -> None:
        self.response = response
        self.status = response.status_code
        self.headers = response.headers
        self.path = path
        self.body = response.get_data()
        self.is_html = response.mimetype == "text/html"
        self.html = self.body.decode() if self.is_html else ""
        self.whole = "<html" in self.html[:200]
        self.root: Element | None = None
        if self.html:
            parser = html5lib.HTMLParser(
                tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False
            )
            parse = parser.parse if self.whole else parser.parseFragment
            self.root = parse(self.html)
            wrong = [f"line {at[0]}: {code} {values}" for at, code, values in parser.errors]
            wrong += list(_mistakes(self.root, whole=self.whole))
            assert not wrong, f"{path} ({self.status}) is not a good page:\n  " + "\n  ".join(wrong)

    @property
    def text(self) -> str:
        """All words of the page, in order, with single spaces."""
        return "" if self.root is None else _text_of(self.root)

    @property
    def main(self) -> str:
        """The words of the page's own part, without header, navigation and footer."""
        found = self.find("main")
        return _text_of(found[0]) if found else self.text

    @property
    def title(self) -> str:
        """The page's heading."""
        found = self.find("h1")
        return _text_of(found[0]) if found else ""

    def find(self, tag: str, **attributes: str) -> list[Element]:
        """The elements of a kind; attributes as `id="main"`, `class_="cii-card"` (one of its classes)."""
        if self.root is None:
            return []
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            each
            for each in _walk(self.root)
            if each.tag == tag
            and all(
                value in each.get(name, "").split() if name == "class" else each.get(name) == value
                for name, value in wanted.items()
            )
        ]

    def texts(self, tag: str, **attributes: str) -> list[str]:
        """The words of each such element."""
        return [_text_of(each) for each in self.find(tag, **attributes)]

    @property
    def links(self) -> dict[str, str]:
        """Every link of the page: words to address."""
        return {_text_of(each): each.get("href", "") for each in self.find("a")}

    @property
    def errors(self) -> dict[str, str]:
        """The sentence beside each field that has one."""
        return {
            each.get("id", "").removesuffix("-error"): _text_of(each)
            for each in self.find("p", class_="govuk-error-message")
        }

    @property
    def forms(self) -> list[Form]:
        """Every form of the page."""
        return [] if self.root is None else _forms(self.root)

    def form(self, which: str | None = None) -> Form:
        """A form by its id or its action; without a name the only one that is not the choice of language."""
        forms = self.forms
        if which is None:
            found = [each for each in forms if each.action not in {"/language", "/sign-out"}]
        else:
            found = [each for each in forms if which in {each.id, each.action}]
        known = [each.id or each.action for each in forms]
        assert len(found) == 1, f"{self.path}: {which or 'the form'} is not one of {known}"
        return found[0]


class PageClient:
    """One browser. Every answer is checked; an answer of 500 or an unexpected status fails at once."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()
        self.page: Page | None = None

    def set_session(self, token: str) -> None:
        """Carry the cookie of somebody signed in."""
        secure = self.app.extensions["settings"].is_secure
        self.client.set_cookie("__Host-cii-session" if secure else "cii-session", token)

    def get(
        self, path: str, *, status: int = 200, follow: bool = True, fragment: str | None = None
    ) -> Page:
        """Open an address; `fragment` asks for one block as htmx does, by the id that it replaces."""
        headers = {"HX-Request": "true", "HX-Target": fragment} if fragment else {}
        return self._open("GET", path, status, follow, headers=headers)

    def post(
        self,
        path: str,
        fields: Mapping[str, Any] | None = None,
        *,
        status: int = 200,
        follow: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> Page:
        """Send fields to an address, with the form token of this browser but without any form on a page."""
        return self._open(
            "POST",
            path,
            status,
            follow,
            data={"form_token": self.token(), **(fields or {})},
            headers=dict(headers or {}),
        )

    def token(self) -> str:
        """The form token of this browser."""
        known = [form for form in self.page.forms if self.page] if self.page else []
        for form in known or self.get("/help").forms:
            if "form_token" in form.fields:
                return form.value("form_token")
        raise AssertionError("no form with a token on the page")

    def submit(
        self,
        which: str | None = None,
        fields: Mapping[str, Value] | None = None,
        *,
        press: str | None = None,
        status: int = 200,
        follow: bool = True,
    ) -> Page:
        """Fill in a form of the present page and send it.

        `fields` are changes to what stands in it: a text, a list for several answers, (bytes, name)
        for a file. `press` is the label or the value of a button; without it the first one, as the
        Enter key does. A field, an answer or a button that the page does not offer fails.
        """
        assert self.page is not None, "no page is open"
        form = self.page.form(which)
        data: dict[str, Any] = {name: list(values) for name, values in form.fields.items()}
        for name, value in (fields or {}).items():
            assert name in form.names, f"no field {name!r} in the form, only {sorted(form.names)}"
            if name in form.files:
                assert isinstance(value, tuple)
                data[name] = (BytesIO(value[0]), value[1])
                continue
            values = [value] if isinstance(value, str) else [str(each) for each in value]
            for each in values if name in form.options else ():
                assert each in form.options[name], (
                    f"{name!r} offers no {each!r}, only {form.options[name]}"
                )
            data[name] = values
        action = form.action or self.page.path
        if form.buttons:
            labels = [label or value for label, _, value, _ in form.buttons]
            chosen = [button for button in form.buttons if press in {None, button[0], button[2]}]
            assert chosen, f"no button {press!r}, only {labels}"
            _, name, value, elsewhere = chosen[0]
            if name:
                data[name] = [*data.get(name, []), value]
            action = elsewhere or action
        else:
            assert press is None, f"no button {press!r} in the form"
        if form.method == "get":
            return self._open("GET", action, status, follow, query_string=data)
        return self._open("POST", action, status, follow, data=data)

    def click(self, words: str, *, status: int = 200) -> Page:
        """Follow the link with these words."""
        assert self.page is not None, "no page is open"
        links = self.page.links
        assert words in links, f"no link {words!r} on {self.page.path}, only {sorted(links)}"
        return self.get(links[words], status=status)

    def _open(self, method: str, path: str, status: int, follow: bool, **options: Any) -> Page:
        response = self.client.open(path, method=method, follow_redirects=follow, **options)
        parts = urlsplit(response.request.url)
        arrived = parts.path + (f"?{parts.query}" if parts.query else "")
        page = Page(response, arrived)
        if page.whole:
            self.page = page
        assert page.status == status, (
            f"{method} {path}: {page.status} at {arrived}, expected {status}: "
            f"{page.errors or page.main[:500] or response.headers.get('Location', '')}"
        )
        return page


def _mistakes(root: Element, *, whole: bool) -> Iterator[str]:
    yield from _identifiers(root)
    for each in _walk(root):
        yield from _scripts(each)
        if each.tag == "a" and each.get("href", "x").strip() in {"", "#"}:
            yield f"a link that leads nowhere: {_text_of(each)!r}"
        if each.tag == "img" and each.get("alt") is None:
            yield "a picture without alternative text"
    yield from _labels(root)
    if not whole:
        return
    top = next((each for each in _walk(root) if each.tag == "html"), root)
    if top.get("lang") not in {"fr", "de"}:
        yield f"the page's language is {top.get('lang')!r}"
    headings = [_text_of(each) for each in _walk(root) if each.tag == "h1"]
    if len(headings) != 1 or not headings[0]:
        yield f"{len(headings)} main headings: {headings}"
    titles = [(each.text or "").strip() for each in _walk(root) if each.tag == "title"]
    if not titles or titles[0].startswith("–"):
        yield f"no title: {titles}"


def _identifiers(root: Element) -> Iterator[str]:
    identifiers = [each.get("id", "") for each in _walk(root) if each.get("id") is not None]
    for double in sorted({each for each in identifiers if identifiers.count(each) > 1}):
        yield f"the id {double!r} stands twice"
    for each in _walk(root):
        for name in _REFERENCES:
            for target in each.get(name, "").split():
                if target not in identifiers:
                    yield f"{name} of <{each.tag}> names {target!r}, which is not on the page"


def _scripts(each: Element) -> Iterator[str]:
    if each.tag == "script" and not each.get("src"):
        yield "a script inside the page"
    if each.tag == "style" or each.get("style") is not None:
        yield f"style inside the page, at <{each.tag}>"
    for name, value in each.attrib.items():
        if name.startswith(("on", "hx-on")):
            yield f"the handler {name} at <{each.tag}>"
        if name in {"href", "action", "src", "formaction"} and value.strip().lower().startswith(
            ("javascript:", "data:")
        ):
            yield f"a script as address at <{each.tag}>"


def _labels(root: Element) -> Iterator[str]:
    by_id = {each.get("id"): each for each in _walk(root) if each.get("id")}
    labelled: set[int] = set()
    for label in (each for each in _walk(root) if each.tag == "label"):
        inside = [each for each in _walk(label) if each.tag in _LABELABLE]
        target = by_id.get(label.get("for")) if label.get("for") else None
        if label.get("for") and (target is None or target.tag not in _LABELABLE):
            yield f"the label {_text_of(label)!r} points to {label.get('for')!r}, which is no field"
        elif target is None and not inside:
            yield f"the label {_text_of(label)!r} belongs to no field"
        labelled |= {id(each) for each in [target, *inside] if each is not None}
    for each in _walk(root):
        if each.tag not in _FIELDS or each.get("type") in {"hidden", "submit", "button"}:
            continue
        if id(each) not in labelled and not (each.get("aria-label") or each.get("aria-labelledby")):
            yield f"the field {each.get('name')!r} has no label"
    for form in (each for each in _walk(root) if each.tag == "form"):
        names = {each.get("name") for each in _walk(form)}
        if form.get("method", "get").lower() == "post" and "form_token" not in names:
            yield f"the form to {form.get('action')!r} has no token"


def _forms(root: Element) -> list[Form]:
    forms: list[Form] = []
    by_id: dict[str, Form] = {}
    elements = [each for each in _walk(root) if each.tag == "form"]
    inside: dict[int, Form] = {}
    for element in elements:
        form = Form(
            id=element.get("id", ""),
            action=element.get("action", ""),
            method=element.get("method", "get").lower(),
        )
        forms.append(form)
        by_id[form.id] = form
        inside |= {id(each): form for each in _walk(element)}
    for each in _walk(root):
        owner = by_id.get(each.get("form", "")) if each.get("form") else inside.get(id(each))
        if owner is not None and each.get("disabled") is None:
            _take(owner, each)
    return forms


def _take(form: Form, each: Element) -> None:
    name, kind = each.get("name", ""), each.get("type", "text")
    if each.tag == "button" or (each.tag == "input" and kind == "submit"):
        if each.tag == "input" or each.get("type", "submit") == "submit":
            label = _text_of(each) if each.tag == "button" else each.get("value", "")
            form.buttons.append((label, name, each.get("value", ""), each.get("formaction", "")))
        return
    if each.tag not in _FIELDS or not name:
        return
    form.names.add(name)
    if each.tag == "select":
        options = [option for option in _walk(each) if option.tag == "option"]
        values = [option.get("value", _text_of(option)) for option in options]
        form.options.setdefault(name, []).extend(values)
        chosen = [
            value
            for option, value in zip(options, values, strict=True)
            if option.get("selected") is not None
        ]
        form.fields.setdefault(name, []).extend(chosen or values[:1])
    elif each.tag == "textarea":
        # A browser drops the line break that follows the opening tag; so does the parser.
        form.fields.setdefault(name, []).append(each.text or "")
    elif kind in {"radio", "checkbox"}:
        value = each.get("value", "on")
        form.options.setdefault(name, []).append(value)
        if each.get("checked") is not None:
            form.fields.setdefault(name, []).append(value)
    elif kind == "file":
        form.files.add(name)
    else:
        form.fields.setdefault(name, []).append(each.get("value", ""))
