"""The journal of a case."""

from cii.cases.lifecycle import State


def test_the_page_opens(house, app):
    case = house.case(state=State.COACHING)
    page = house.client("amelie").get(f"/cases/{case.id}")
    assert page.title == "Lucie Morard"
