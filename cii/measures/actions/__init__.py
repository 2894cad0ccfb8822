"""The acts of measures: propose, prepare, transmit, give an opinion, decide, ask back, withdraw; the catalogue.

Each checks whose turn it is and on which ground, moves the measure, records the act and tells whose turn comes,
in the transaction of the session. None commits.
"""

from cii.coaching.actions import ChangedMeanwhile
from cii.measures.actions.acting import AlreadyDecided, Stopped, holds, is_of_tandem
from cii.measures.actions.catalogue import put_entry
from cii.measures.actions.decide import (
    decide_by_commune,
    decide_by_lmmt,
    decide_by_tandem,
    give_opinion,
    prepare,
    send_back,
    submit,
    transmit,
    withdraw,
)
from cii.measures.actions.handing_over import hand_over_measures
from cii.measures.actions.parts import follow_parts
from cii.measures.actions.propose import abandon, change, preview_route, propose
from cii.measures.actions.reminders import send_reminders
from cii.measures.lifecycle import NotItsTurn
from cii.measures.ways import NotPossible

__all__ = [
    "AlreadyDecided",
    "ChangedMeanwhile",
    "NotItsTurn",
    "NotPossible",
    "Stopped",
    "abandon",
    "change",
    "decide_by_commune",
    "decide_by_lmmt",
    "decide_by_tandem",
    "follow_parts",
    "give_opinion",
    "hand_over_measures",
    "holds",
    "is_of_tandem",
    "prepare",
    "preview_route",
    "propose",
    "put_entry",
    "send_back",
    "send_reminders",
    "submit",
    "transmit",
    "withdraw",
]
