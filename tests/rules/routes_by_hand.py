"""The route of every measure, worked out by hand from the agreement on `cii route` and from lines 44, 48, 52 and 66.

Nothing here comes from the product: the offers, who decides, the steps and the rows of decisions were written from
the text, so that the product can be wrong.
"""

from itertools import chain, combinations, product

LAWS = ("LACI", "LEMC", "LIAS")

# In whose offer each measure stands; who decides it under the LACI, where nothing else speaks for the LMMT.
OFFER = {
    "course": {"LACI": "tandem", "LIAS": "commune"},
    "language-course": {"LACI": "tandem", "LIAS": "commune"},
    "specific-course": {"LACI": "lmmt"},
    "training-placement": {"LACI": "tandem"},
    "stage-professionnel": {"LACI": "tandem", "LEMC": "lmmt"},
    "stage": {"LIAS": "commune"},
    "practice-firm": {"LACI": "tandem"},
    "pet": {"LACI": "tandem"},
    "semo": {"LACI": "tandem"},
    "ait": {"LACI": "tandem"},
    "aits": {"LIAS": "commune"},
    "afo": {"LACI": "lmmt"},
    "travel": {"LACI": "tandem"},
    "self-employment": {"LACI": "lmmt"},
    "qualification-programme": {"LEMC": "lmmt"},
    "activity-contract": {"LEMC": "lmmt"},
    "insertion-other": {"LIAS": "commune"},
}

PAYER = {"LACI": "unemployment-insurance", "LEMC": "canton", "LIAS": "commune"}

# The steps by who decides; the social worker in charge depends on who announced and who follows.
STEPS = {
    "tandem": [("decide", "tandem", "VS-19")],
    "lmmt": [("submit", "tandem", "VS-20"), ("decide", "lmmt", "VS-21")],
    "commune": [
        ("prepare", "tandem-social-worker", "VS-33"),
        ("transmit", "IN CHARGE", "VS-34"),
        ("opinion", "sas", "VS-22"),
        ("approve", "commune", "VS-23"),
        ("pay", "commune", "VS-24"),
        ("account", "commune", "VS-25"),
    ],
}
IN_CHARGE = {
    ("social-aid", False): "announcing-social-worker",
    ("social-aid", True): "announcing-social-worker",
    ("orp", False): "tandem-social-worker",
    ("orp", True): "following-social-worker",
}

# Candidates and choice: the regime that is taken, whether a reason is needed, what is wrong.
NO_OFFER = (None, False, "not-in-offer")
NOT_POSSIBLE = (None, False, "choice-not-possible")
CHOICES = {
    ((), None): NO_OFFER,
    ((), "LACI"): NO_OFFER,
    ((), "LEMC"): NO_OFFER,
    ((), "LIAS"): NO_OFFER,
    (("LACI",), None): ("LACI", False, None),
    (("LACI",), "LACI"): ("LACI", False, None),
    (("LACI",), "LEMC"): NOT_POSSIBLE,
    (("LACI",), "LIAS"): NOT_POSSIBLE,
    (("LEMC",), None): ("LEMC", False, None),
    (("LEMC",), "LACI"): NOT_POSSIBLE,
    (("LEMC",), "LEMC"): ("LEMC", False, None),
    (("LEMC",), "LIAS"): NOT_POSSIBLE,
    (("LIAS",), None): ("LIAS", False, None),
    (("LIAS",), "LACI"): NOT_POSSIBLE,
    (("LIAS",), "LEMC"): NOT_POSSIBLE,
    (("LIAS",), "LIAS"): ("LIAS", False, None),
    (("LACI", "LEMC"), None): ("LACI", False, None),
    (("LACI", "LEMC"), "LACI"): ("LACI", False, None),
    (("LACI", "LEMC"), "LEMC"): ("LEMC", True, None),
    (("LACI", "LEMC"), "LIAS"): NOT_POSSIBLE,
    (("LACI", "LIAS"), None): ("LACI", False, None),
    (("LACI", "LIAS"), "LACI"): ("LACI", False, None),
    (("LACI", "LIAS"), "LEMC"): NOT_POSSIBLE,
    (("LACI", "LIAS"), "LIAS"): ("LIAS", True, None),
}

REGIMES = tuple(chain.from_iterable(combinations(LAWS, size) for size in range(4)))


def every_question():
    """Every combination of what a route depends on, in a commune of Valais: 8704."""
    asked = product(
        ("orp", "social-aid"),
        REGIMES,
        OFFER,
        (False, True),
        (False, True),
        (None, *LAWS),
        (False, True),
    )
    for number, (origin, regimes, measure, art, outside, choice, follow_up) in enumerate(asked):
        yield {
            "id": f"r{number}",
            "origin": origin,
            "regimes": list(regimes),
            "measure": measure,
            "commune": 6266,
            "article_59d": art,
            "outside_canton": outside,
            "choice": choice,
            "cms_follow_up": follow_up,
        }


def by_hand(question):
    """The answer to a question, its problems as codes."""
    offer = OFFER[question["measure"]]
    candidates = tuple(law for law in LAWS if law in question["regimes"] and law in offer)
    regime, needs_reason, problem = CHOICES[candidates, question["choice"]]
    decider = offer.get(regime)
    if regime == "LACI" and (question["article_59d"] or question["outside_canton"]):
        decider = "lmmt"
    in_charge = IN_CHARGE[question["origin"], question["cms_follow_up"]]
    return {
        "id": question["id"],
        "candidates": list(candidates),
        "regime": regime,
        "decider": decider,
        "payer": PAYER.get(regime),
        "needs_reason": needs_reason,
        "steps": [
            {"act": act, "by": in_charge if by == "IN CHARGE" else by, "rule": rule}
            for act, by, rule in STEPS.get(decider, [])
        ],
        "problems": [problem] if problem else [],
    }
