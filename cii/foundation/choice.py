"""One of a few: the enumerations that every page looks things up by."""

from enum import Enum


class Choice(Enum):
    """A member is itself and nothing else; an Enum would hash its name, in Python, at each look-up."""

    __hash__ = object.__hash__
