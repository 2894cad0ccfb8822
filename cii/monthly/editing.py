"""Editing an update without JavaScript: each button of a paragraph sends the whole form with what it does."""

from collections.abc import Mapping
from uuid import UUID

from cii.consent.topics import Topic
from cii.monthly.inputs import Paragraph, UpdateInput
from cii.monthly.models import UpdatePart
from cii.monthly.sources import Prepared


def rearranged(given: UpdateInput, act: str, candidates: Mapping[UUID, Prepared]) -> UpdateInput:
    """The form after one button: up, down, move (to the other part), remove or take, with a paragraph's key.

    Any other act, and a key that is not there, leaves it as it is.
    """
    verb, _, text = act.partition(":")
    try:
        key = UUID(text)
    except ValueError:
        return given
    rows = list(given.paragraphs)
    if verb == "take":
        return _with(given, _taken(rows, key, candidates))
    place = next((n for n, each in enumerate(rows) if each.key == key), None)
    if place is None:
        return given
    if verb == "remove":
        del rows[place]
    elif verb == "move":
        one = rows.pop(place)
        rows.append(Paragraph(one.key, _other(one.part), one.topic, one.text))
    elif verb in {"up", "down"}:
        _swap(rows, place, -1 if verb == "up" else 1)
    return _with(given, rows)


def _other(part: UpdatePart) -> UpdatePart:
    return next(each for each in UpdatePart if each is not part)


def _swap(rows: list[Paragraph], place: int, way: int) -> None:
    same = [n for n, each in enumerate(rows) if each.part is rows[place].part]
    there = same.index(place) + way
    if 0 <= there < len(same):
        other = same[there]
        rows[place], rows[other] = rows[other], rows[place]


def _taken(
    rows: list[Paragraph], key: UUID, candidates: Mapping[UUID, Prepared]
) -> list[Paragraph]:
    source = candidates.get(key)
    if source is None or any(each.key == key for each in rows):
        return rows
    return [*rows, Paragraph(key, source.part, Topic.COACHING, source.text)]


def _with(given: UpdateInput, rows: list[Paragraph]) -> UpdateInput:
    return given.model_copy(
        update={
            "paragraph": tuple(each.key for each in rows),
            "part": tuple(each.part for each in rows),
            "topic": tuple(each.topic for each in rows),
            "text": tuple(each.text for each in rows),
        }
    )
