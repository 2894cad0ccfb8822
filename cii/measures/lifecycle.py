"""The life of a measure: where it stands, and which move takes it further, by whom and by which rule."""

from dataclasses import dataclass

from cii.foundation.choice import Choice
from cii.foundation.texts import N_
from cii.programmes.routing import Decider


class Stage(Choice):
    """Where a measure stands; each stage waits for one side."""

    DRAFT = "draft"
    TO_TRANSMIT = "to-transmit"
    AT_SAS = "at-sas"
    AT_COMMUNE = "at-commune"
    AT_LMMT = "at-lmmt"
    GRANTED = "granted"
    REFUSED = "refused"
    ABANDONED = "abandoned"


STAGE_LABELS = {
    Stage.DRAFT: N_("en préparation au tandem"),
    Stage.TO_TRANSMIT: N_("à transmettre par le CMS"),
    Stage.AT_SAS: N_("en attente du préavis du SAS"),
    Stage.AT_COMMUNE: N_("en attente de la décision de la commune"),
    Stage.AT_LMMT: N_("en attente de la décision de la LMMT"),
    Stage.GRANTED: N_("accordée"),
    Stage.REFUSED: N_("refusée"),
    Stage.ABANDONED: N_("abandonnée"),
}


class Side(Choice):
    """Whose turn it is."""

    TANDEM = "tandem"
    TANDEM_SOCIAL_WORKER = "tandem-social-worker"
    SOCIAL_WORKER_IN_CHARGE = "social-worker-in-charge"
    SAS = "sas"
    COMMUNE = "commune"
    LMMT = "lmmt"


SIDE_LABELS = {
    Side.TANDEM: N_("le tandem"),
    Side.TANDEM_SOCIAL_WORKER: N_("l’assistante sociale ou l’assistant social du tandem"),
    Side.SOCIAL_WORKER_IN_CHARGE: N_("l’assistante sociale ou l’assistant social en charge"),
    Side.SAS: N_("le SAS"),
    Side.COMMUNE: N_("la commune"),
    Side.LMMT: N_("la LMMT"),
}


class Move(Choice):
    """What somebody does with a measure."""

    PROPOSE = "propose"
    CHANGE = "change"
    PREPARE = "prepare"
    SUBMIT = "submit"
    TRANSMIT = "transmit"
    GIVE_OPINION = "give-opinion"
    GRANT = "grant"
    REFUSE = "refuse"
    RETURN = "return"
    WITHDRAW = "withdraw"
    ABANDON = "abandon"


MOVE_LABELS = {
    Move.PROPOSE: N_("Mesure proposée"),
    Move.CHANGE: N_("Proposition modifiée"),
    Move.PREPARE: N_("Dossier de la mesure préparé"),
    Move.SUBMIT: N_("Soumise à la LMMT"),
    Move.TRANSMIT: N_("Transmise au SAS"),
    Move.GIVE_OPINION: N_("Préavis du SAS"),
    Move.GRANT: N_("Mesure accordée"),
    Move.REFUSE: N_("Mesure refusée"),
    Move.RETURN: N_("Renvoyée pour complément"),
    Move.WITHDRAW: N_("Décision retirée"),
    Move.ABANDON: N_("Proposition abandonnée"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One allowed move: decided by whom in the end, from where to where, by whom, asked for by which rule."""

    move: Move
    deciders: frozenset[Decider]
    start: Stage
    end: Stage
    side: Side
    rule: str


_LIAS = frozenset({Decider.COMMUNE})
_LMMT = frozenset({Decider.LMMT})
_OWN = frozenset({Decider.TANDEM})
_ALL = frozenset(Decider)

# The order of the text: prepared, transmitted, opinion of the SAS, and only then the commune.
STEPS = (
    Step(Move.CHANGE, _ALL, Stage.DRAFT, Stage.DRAFT, Side.TANDEM, "VS-17"),
    Step(Move.GRANT, _OWN, Stage.DRAFT, Stage.GRANTED, Side.TANDEM, "VS-19"),
    Step(Move.REFUSE, _OWN, Stage.DRAFT, Stage.REFUSED, Side.TANDEM, "VS-19"),
    Step(Move.WITHDRAW, _OWN, Stage.GRANTED, Stage.DRAFT, Side.TANDEM, "VS-19"),
    Step(Move.WITHDRAW, _OWN, Stage.REFUSED, Stage.DRAFT, Side.TANDEM, "VS-19"),
    Step(Move.SUBMIT, _LMMT, Stage.DRAFT, Stage.AT_LMMT, Side.TANDEM, "VS-20"),
    Step(Move.GRANT, _LMMT, Stage.AT_LMMT, Stage.GRANTED, Side.LMMT, "VS-21"),
    Step(Move.REFUSE, _LMMT, Stage.AT_LMMT, Stage.REFUSED, Side.LMMT, "VS-21"),
    Step(Move.RETURN, _LMMT, Stage.AT_LMMT, Stage.DRAFT, Side.LMMT, "VS-21"),
    Step(Move.WITHDRAW, _LMMT, Stage.GRANTED, Stage.AT_LMMT, Side.LMMT, "VS-21"),
    Step(Move.WITHDRAW, _LMMT, Stage.REFUSED, Stage.AT_LMMT, Side.LMMT, "VS-21"),
    Step(Move.PREPARE, _LIAS, Stage.DRAFT, Stage.TO_TRANSMIT, Side.TANDEM_SOCIAL_WORKER, "VS-33"),
    Step(
        Move.TRANSMIT,
        _LIAS,
        Stage.TO_TRANSMIT,
        Stage.AT_SAS,
        Side.SOCIAL_WORKER_IN_CHARGE,
        "VS-34",
    ),
    Step(
        Move.RETURN,
        _LIAS,
        Stage.TO_TRANSMIT,
        Stage.DRAFT,
        Side.SOCIAL_WORKER_IN_CHARGE,
        "VS-34",
    ),
    Step(Move.GIVE_OPINION, _LIAS, Stage.AT_SAS, Stage.AT_COMMUNE, Side.SAS, "VS-22"),
    Step(Move.RETURN, _LIAS, Stage.AT_SAS, Stage.TO_TRANSMIT, Side.SAS, "VS-22"),
    Step(Move.RETURN, _LIAS, Stage.AT_SAS, Stage.DRAFT, Side.SAS, "VS-22"),
    Step(Move.GRANT, _LIAS, Stage.AT_COMMUNE, Stage.GRANTED, Side.COMMUNE, "VS-23"),
    Step(Move.REFUSE, _LIAS, Stage.AT_COMMUNE, Stage.REFUSED, Side.COMMUNE, "VS-23"),
    Step(Move.RETURN, _LIAS, Stage.AT_COMMUNE, Stage.AT_SAS, Side.COMMUNE, "VS-23"),
    Step(Move.RETURN, _LIAS, Stage.AT_COMMUNE, Stage.TO_TRANSMIT, Side.COMMUNE, "VS-23"),
    Step(Move.RETURN, _LIAS, Stage.AT_COMMUNE, Stage.DRAFT, Side.COMMUNE, "VS-23"),
    Step(Move.WITHDRAW, _LIAS, Stage.GRANTED, Stage.AT_COMMUNE, Side.COMMUNE, "VS-23"),
    Step(Move.WITHDRAW, _LIAS, Stage.REFUSED, Stage.AT_COMMUNE, Side.COMMUNE, "VS-23"),
    *(
        Step(Move.ABANDON, _ALL, start, Stage.ABANDONED, Side.TANDEM, "VS-17")
        for start in (
            Stage.DRAFT,
            Stage.TO_TRANSMIT,
            Stage.AT_SAS,
            Stage.AT_COMMUNE,
            Stage.AT_LMMT,
        )
    ),
)

# Who is asked while a measure waits at a stage; who drafts depends on who decides (`side_at`).
_WAITS_FOR = {
    Stage.TO_TRANSMIT: Side.SOCIAL_WORKER_IN_CHARGE,
    Stage.AT_SAS: Side.SAS,
    Stage.AT_COMMUNE: Side.COMMUNE,
    Stage.AT_LMMT: Side.LMMT,
}

WAITING = frozenset({Stage.DRAFT, *_WAITS_FOR})


class NotItsTurn(Exception):
    """This move does not exist from here: somebody else was quicker, or the page is old."""


def step(decider: Decider, start: Stage, move: Move, end: Stage | None = None) -> Step:
    """The allowed move from a stage; `end` says which earlier step a measure is returned to. NotItsTurn if there is none."""
    for each in STEPS:
        if (
            each.move is move
            and each.start is start
            and decider in each.deciders
            and end in {None, each.end}
        ):
            return each
    raise NotItsTurn(f"{move.value} from {start.value}")


def side_at(decider: Decider, stage: Stage) -> Side | None:
    """Whose turn it is, or None when nothing waits."""
    if stage is Stage.DRAFT:
        return Side.TANDEM_SOCIAL_WORKER if decider is Decider.COMMUNE else Side.TANDEM
    return _WAITS_FOR.get(stage)
