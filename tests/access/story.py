"""What happened to a case, told in words of its own, and who sees what of it on a day because of that.

Written from the description of the product and not from its code: the proofs compare the two.
"""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from cii.access.actor import Kind
from cii.consent.models import PartKind
from tests.house import INSTITUTIONS, CaseFile

# What each kind may need at most, copied by hand from the description of the product.
NEED = {
    Kind.ORP: "identity employment training social finances health coaching measures",
    Kind.CMS: "identity employment training social finances health coaching measures",
    Kind.COMMUNE: "identity measures",
    Kind.SAS: "identity measures finances",
    Kind.LMMT: "identity employment training measures",
    Kind.BUREAU: "identity employment social coaching measures",
}
ALL_OPEN = frozenset(f"{kind.value}.{topic}" for kind in NEED for topic in NEED[kind].split())


@dataclass
class Given:
    """A part as the story tells it."""

    part: PartKind
    institution: str
    person: str
    first: date
    last: date | None = None


@dataclass
class Paper:
    """A signed procuration as the story tells it."""

    first: date
    last: date
    opened: frozenset[str]
    revoked: bool = False


@dataclass
class Story:
    """All that happened to one case, and who stands in for whom."""

    case: CaseFile
    parts: list[Given] = field(default_factory=list)
    papers: list[Paper] = field(default_factory=list)
    absences: dict[UUID, tuple[str, str, date, date]] = field(default_factory=dict)

    def sight(self, person: str, institution: str, on: date) -> set[str]:
        """What somebody (or with "" the inbox and the head of an institution) sees on a day."""
        kind = INSTITUTIONS[institution][0]
        by_name = kind in {Kind.ORP, Kind.CMS}
        seen: set[str] = set()
        for each in self.parts:
            if each.institution != institution or not each.first <= on <= (each.last or date.max):
                continue
            stands_in = any(
                (absent, deputy) == (each.person, person) and first <= on <= last
                for absent, deputy, first, last in self.absences.values()
            )
            if not (person == "" or (by_name and (person == each.person or stands_in))):
                continue
            seen.add("case")
            shown = {
                topic for topic in NEED[kind].split() if f"{kind.value}.{topic}" in self._opened(on)
            }
            seen |= shown | ({"notes"} if shown and by_name else set())
            if "measures" in shown and (by_name or kind is Kind.BUREAU):
                seen.add("every_measure")
        return seen

    def _opened(self, on: date) -> frozenset[str]:
        # The last paper that has begun speaks for the person, even where it has run out.
        begun = [each for each in self.papers if each.first <= on]
        if not begun or begun[-1].revoked or on > begun[-1].last:
            return frozenset()
        return begun[-1].opened
