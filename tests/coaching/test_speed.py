"""How much the page of a case asks of the database: four reads, whatever stands in the case."""

from collections import Counter

from cii.cases.lifecycle import State
from tests.coaching.statements import statements_of


def furnish(house, notes):
    case = house.case(state=State.COACHING)
    for n in range(notes):
        house.note(case, "amelie" if n % 2 else "hugo", f"Contact {n}", days_ago=n)
        house.objective(case, "amelie", f"Objectif {n}")
        house.appointment(case, "hugo", in_days=n + 1)
    return case


def test_the_page_of_a_case_costs_four_reads_and_one_line_in_the_trail(app, house):
    for notes in (0, 3, 30):
        case = furnish(house, notes)
        for who in ("amelie", "claire"):
            client = house.client(who)
            client.get(f"/cases/{case.id}")
            with statements_of(house.store) as seen:
                client.get(f"/cases/{case.id}")
            verbs = Counter(sql.split()[0] for sql in seen)
            assert verbs == {"SELECT": 4, "INSERT": 1}, "\n\n".join(seen)


def test_publishing_a_note_costs_the_same_in_a_long_journal(app, house):
    counts = []
    for notes in (0, 30):
        case = furnish(house, notes)
        client = house.client("amelie")
        client.get(f"/cases/{case.id}")
        with statements_of(house.store) as seen:
            client.submit("note", {"text": "Elle commence lundi."})
        counts.append(len(seen))
    assert counts[0] == counts[1]
