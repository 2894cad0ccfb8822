"""A form: what was typed, what it means, and what is wrong with it, beside the field."""

from typing import Any, Generic, TypeVar, get_args, get_origin

from flask import request
from pydantic import BaseModel, ValidationError
from werkzeug.datastructures import MultiDict

from cii.foundation.fields import errors_of, printable
from cii.foundation.texts import Phrase

Model = TypeVar("Model", bound=BaseModel)
# Fields that belong to the page and not to what the person submits.
_OF_THE_PAGE = frozenset({"form_token", "act"})


class Form(Generic[Model]):
    """A form of one input model: empty, prefilled, or sent."""

    def __init__(self, model: type[Model], typed: dict[str, Any] | None = None) -> None:
        self.model = model
        self.typed: dict[str, Any] = typed or {}
        self.errors: dict[str, Phrase] = {}
        self.input: Model | None = None

    def value(self, name: str) -> Any:
        """What stands in the field: as it was typed."""
        return self.typed.get(name, "")

    def chosen(self, name: str, value: str) -> bool:
        """Whether an answer is chosen, in a field of one or several answers."""
        given = self.typed.get(name, "")
        return value in given if isinstance(given, list) else given == value

    def error(self, name: str) -> Phrase | None:
        """The sentence beside the field."""
        return self.errors.get(name)

    def refuse(self, name: str, phrase: Phrase) -> None:
        """Say beside a field what is wrong; "" for the form as a whole."""
        self.errors.setdefault(name, phrase)
        self.input = None

    def read(self, data: MultiDict[str, str]) -> bool:
        """Take what was sent; True when it is good."""
        many = {
            name for name, field in self.model.model_fields.items() if _is_many(field.annotation)
        }
        sent: dict[str, Any] = {
            name: data.getlist(name) if name in many else data[name]
            for name in data
            if name not in _OF_THE_PAGE
        }
        # What is shown again, or kept as a draft, goes without letters that no page can hold.
        self.typed = {
            name: [printable(each) for each in value]
            if isinstance(value, list)
            else printable(value)
            for name, value in sent.items()
        }
        filled = {name: value for name, value in sent.items() if value not in ("", [], [""])}
        try:
            self.input = self.model.model_validate(filled)
        except ValidationError as failure:
            self.errors = errors_of(failure, self.model)
        return self.input is not None


def _is_many(annotation: Any) -> bool:
    if get_origin(annotation) in {list, tuple, set, frozenset}:
        return True
    return any(_is_many(inner) for inner in get_args(annotation))


def form(model: type[Model], typed: dict[str, Any] | None = None) -> Form[Model]:
    """The form of this request: read when it was sent, otherwise prefilled with `typed`."""
    made = Form(model, typed)
    if request.method == "POST":
        made.read(request.form)
    return made


def act() -> str:
    """Which button of the form was pressed."""
    return request.form.get("act", "")
