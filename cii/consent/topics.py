"""The topics into which all that can be known of a case is divided. Each row carries one."""

from enum import IntFlag

from cii.access.actor import Kind
from cii.foundation.texts import N_


class Topic(IntFlag):
    """What a person may open to an institution, and three bits that follow from it.

    CASE is the part in the case itself: the file's cover and what one wrote oneself. NOTES is the
    text of journal notes, which the bureau CII never reads. EVERY_MEASURE are the measures that were
    put before somebody else; SAS, commune and LMMT see only theirs.
    """

    __hash__ = int.__hash__

    CASE = 1
    NOTES = 2
    IDENTITY = 4
    EMPLOYMENT = 8
    TRAINING = 16
    SOCIAL = 32
    FINANCES = 64
    HEALTH = 128
    COACHING = 256
    MEASURES = 512
    EVERY_MEASURE = 1024


# In the order of the procuration form.
OPENABLE = (
    Topic.IDENTITY,
    Topic.EMPLOYMENT,
    Topic.TRAINING,
    Topic.SOCIAL,
    Topic.FINANCES,
    Topic.HEALTH,
    Topic.COACHING,
    Topic.MEASURES,
)

ALL = Topic(sum(OPENABLE))

# For the constraint of each table whose rows carry a topic: a row without one that the person can
# strike out would be open to everybody who has a part in its case.
HAS_A_TOPIC = f"topic >= {min(OPENABLE).value}"
HAS_A_TOPIC_AND_NOTES = f"{HAS_A_TOPIC} AND (topic & {Topic.NOTES.value}) <> 0"

TOPIC_LABELS = {
    Topic.IDENTITY: N_("identité"),
    Topic.EMPLOYMENT: N_("emploi"),
    Topic.TRAINING: N_("formation"),
    Topic.SOCIAL: N_("situation sociale"),
    Topic.FINANCES: N_("finances"),
    Topic.HEALTH: N_("santé"),
    Topic.COACHING: N_("coaching"),
    Topic.MEASURES: N_("mesures"),
}

# What a kind of institution may need at most; the person may strike out any of it (VS-40).
NEEDS: dict[Kind, Topic] = {
    Kind.ORP: ALL,
    Kind.CMS: ALL,
    Kind.COMMUNE: Topic.IDENTITY | Topic.MEASURES,
    Kind.SAS: Topic.IDENTITY | Topic.MEASURES | Topic.FINANCES,
    Kind.LMMT: Topic.IDENTITY | Topic.EMPLOYMENT | Topic.TRAINING | Topic.MEASURES,
    Kind.BUREAU: Topic.IDENTITY | Topic.EMPLOYMENT | Topic.SOCIAL | Topic.COACHING | Topic.MEASURES,
}

# Kinds that read the text of notes: those who coach, never the bureau CII.
READS_NOTES = frozenset({Kind.ORP, Kind.CMS})
# Kinds that see all measures of a case.
SEES_EVERY_MEASURE = READS_NOTES | {Kind.BUREAU}


def opened(kind: Kind, granted: Topic) -> Topic:
    """What a procuration that grants these topics opens to an institution of this kind."""
    topics = granted & NEEDS.get(kind, Topic(0))
    if topics and kind in READS_NOTES:
        topics |= Topic.NOTES
    if topics & Topic.MEASURES and kind in SEES_EVERY_MEASURE:
        topics |= Topic.EVERY_MEASURE
    return topics
