"""Which rule the product enforces, where, and which test shows it: the table behind `cii rules`.

Only what is enforced is written down here. All other rows follow from the editions: information asks for nothing,
a struck-out rule is never implemented, and the rest is not enforced yet.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import groupby
from types import MappingProxyType
from typing import Final

from cii.programmes.rules import Force, all_rules, load_edition


class Enforcement(StrEnum):
    """What the product makes of a rule."""

    ENFORCED = "enforced"
    NOT_YET = "not yet"
    INFORMATION = "information"
    STRUCK_OUT = "struck out"


@dataclass(frozen=True, slots=True)
class Enforced:
    """Where a rule is enforced (dotted path of a function, class or table) and the test that shows it (path::name)."""

    where: str
    test: str


@dataclass(frozen=True, slots=True)
class Row:
    """One rule of the table."""

    rule_id: str
    edition: str
    document: str
    lines: str
    force: str
    state: Enforcement
    summary: str
    where: str = ""
    test: str = ""


ENFORCED: Final[Mapping[str, Enforced]] = MappingProxyType(
    {
        "VS-01": Enforced(
            "cii.cases.actions.name_tandem",
            "tests/cases/test_announcing.py::test_a_tandem_is_one_adviser_and_one_social_worker_and_nobody_else",
        ),
        "VS-02": Enforced(
            "cii.cases.actions.start_coaching",
            "tests/cases/test_management.py::test_a_coaching_starts_with_a_complete_tandem_and_by_one_of_its_two",
        ),
        "VS-05": Enforced(
            "cii.coaching.actions.publish",
            "tests/coaching/test_journal.py::test_the_contact_log_is_the_journal_by_kind",
        ),
        "VS-06": Enforced(
            "cii.programmes.eligibility.examine",
            "tests/rules/test_eligibility.py::test_a_realistic_potential_exists_with_reasons",
        ),
        "VS-07": Enforced(
            "cii.measures.models.Provider",
            "tests/measures/test_proposing.py::test_a_measure_carries_who_offers_it_and_who_pays_and_ait_and_aits_are_two",
        ),
        "VS-08": Enforced(
            "cii.programmes.eligibility.examine",
            "tests/rules/test_eligibility.py::test_an_announcement_has_a_ground_and_a_risk_factor",
        ),
        "VS-09": Enforced(
            "cii.programmes.eligibility.examine",
            "tests/rules/test_eligibility.py::test_one_institution_follows_the_person_by_name",
        ),
        "VS-10": Enforced(
            "cii.programmes.eligibility.examine",
            "tests/rules/test_eligibility.py::test_a_person_under_laci_took_part_in_a_measure_beforehand",
        ),
        "VS-11": Enforced(
            "cii.programmes.eligibility.examine",
            "tests/rules/test_eligibility.py::test_with_social_assistance_integration_is_verified_and_indicated",
        ),
        "VS-12": Enforced(
            "cii.programmes.eligibility.examine",
            "tests/rules/test_eligibility.py::test_the_person_has_difficulties_of_insertion",
        ),
        "VS-13": Enforced(
            "cii.programmes.eligibility.examine",
            "tests/rules/test_eligibility.py::test_a_realistic_potential_exists_with_reasons",
        ),
        "VS-14": Enforced(
            "cii.programmes.eligibility.examine",
            "tests/rules/test_eligibility.py::test_intensive_coaching_is_required_with_reasons",
        ),
        "VS-17": Enforced(
            "cii.measures.actions.propose.propose",
            "tests/measures/test_proposing.py::test_both_of_the_tandem_propose_measures_in_both_systems",
        ),
        "VS-18": Enforced(
            "cii.programmes.routing.route",
            "tests/rules/test_routing.py::test_a_measure_needs_a_regime_of_the_person_in_whose_offer_it_stands",
        ),
        "VS-19": Enforced(
            "cii.measures.actions.decide.decide_by_tandem",
            "tests/measures/test_deciding.py::test_either_of_the_tandem_decides_what_is_delegated",
        ),
        "VS-20": Enforced(
            "cii.measures.actions.decide.submit",
            "tests/measures/test_deciding.py::test_the_lmmt_decides_what_the_tandem_may_not",
        ),
        "VS-21": Enforced(
            "cii.measures.actions.decide.decide_by_lmmt",
            "tests/measures/test_deciding.py::test_the_lmmt_decides_what_the_tandem_may_not",
        ),
        "VS-22": Enforced(
            "cii.measures.actions.decide.give_opinion",
            "tests/measures/test_deciding.py::test_no_commune_decides_before_the_sas_has_given_its_opinion",
        ),
        "VS-23": Enforced(
            "cii.measures.actions.decide.decide_by_commune",
            "tests/measures/test_deciding.py::test_only_the_commune_of_domicile_decides",
        ),
        "VS-24": Enforced(
            "cii.measures.accounts.actions.pay",
            "tests/stories/test_statements.py::test_only_the_commune_that_decided_pays",
        ),
        "VS-25": Enforced(
            "cii.measures.accounts.actions.send_statement",
            "tests/stories/test_statements.py::test_a_quarter_from_the_first_payment_to_the_answer_of_the_sas",
        ),
        "VS-26": Enforced(
            "cii.cases.actions.start_coaching",
            "tests/cases/test_management.py::test_a_coaching_starts_with_a_complete_tandem_and_by_one_of_its_two",
        ),
        "VS-27": Enforced(
            "cii.monthly.rounds.hand_over",
            "tests/stories/test_monthly_update.py::test_three_months",
        ),
        "VS-29": Enforced(
            "cii.cases.queries.CaseHeader.manager",
            "tests/cases/test_management.py::test_the_tandems_adviser_manages_what_the_orp_announced_and_the_previous_one_keeps_reading",
        ),
        "VS-30": Enforced(
            "cii.cases.queries.CaseHeader.manager",
            "tests/cases/test_management.py::test_the_tandems_adviser_manages_what_the_orp_announced_and_the_previous_one_keeps_reading",
        ),
        "VS-32": Enforced(
            "cii.cases.actions.announce",
            "tests/cases/test_announcing.py::test_a_social_worker_announces_a_person_and_hears_what_is_still_missing",
        ),
        "VS-33": Enforced(
            "cii.measures.actions.decide.prepare",
            "tests/measures/test_deciding.py::test_only_the_tandems_social_worker_prepares",
        ),
        "VS-34": Enforced(
            "cii.measures.actions.decide.transmit",
            "tests/measures/test_deciding.py::test_only_the_social_worker_in_charge_transmits",
        ),
        "VS-35": Enforced(
            "cii.measures.accounts.actions.plan",
            "tests/stories/test_statements.py::test_the_social_worker_in_charge_plans_and_the_others_read",
        ),
        "VS-36": Enforced(
            "cii.coaching.actions.arrange",
            "tests/coaching/test_plan.py::test_the_announcing_social_worker_may_bring_the_person_and_the_tandem_together",
        ),
        "VS-37": Enforced(
            "cii.coaching.models.Domain",
            "tests/coaching/test_journal.py::test_the_four_domains_are_those_of_the_text",
        ),
        "VS-40": Enforced(
            "cii.consent.derive.lines_of",
            "tests/stories/test_first_journey.py::test_what_the_person_strikes_out_stays_closed",
        ),
    }
)


def rules_table() -> tuple[Row, ...]:
    """Every rule of the five editions, once, in the order of the documents."""
    rows = []
    for rule in all_rules():
        enforced = ENFORCED.get(rule.id)
        if enforced:
            state = Enforcement.ENFORCED
        elif rule.force is Force.STRUCK_OUT:
            state = Enforcement.STRUCK_OUT
        else:
            state = Enforcement.INFORMATION if rule.force is Force.INFO else Enforcement.NOT_YET
        rows.append(
            Row(
                rule_id=rule.id,
                edition=rule.edition,
                document=rule.source.document,
                lines=rule.source.lines,
                force=rule.force,
                state=state,
                summary=rule.summary,
                where=enforced.where if enforced else "",
                test=enforced.test if enforced else "",
            )
        )
    return tuple(rows)


def as_text(rows: Iterable[Row]) -> str:
    """The table for a terminal: one block for each edition with its count, one line for each rule."""
    blocks = []
    for name, of_edition in groupby(rows, key=lambda row: row.edition):
        listed = tuple(of_edition)
        states = Counter(row.state for row in listed)
        count = ", ".join(f"{states[state]} {state}" for state in Enforcement if states[state])
        lines = [
            f"{load_edition(name).title}",
            f"{listed[0].document}: {len(listed)} rules, {count}",
            "",
        ]
        for row in listed:
            lines.append(
                f"{row.rule_id:<8} line {row.lines:<8} {row.force:<11} {row.state:<12} {row.summary}"
            )
            if row.where:
                lines += [f"{'':<47}{row.where}", f"{'':<47}{row.test}"]
        blocks.append("\n".join(lines))
    return "\n\n\n".join(blocks) + "\n"


def as_json(rows: Iterable[Row]) -> str:
    """The table for machines: a list of objects, UTF-8."""
    return json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2) + "\n"
