"""What the procuration says, in the person's language, before it is signed (VS-40).

It answers what the national guidance on consent in interinstitutional collaboration asks for: the aim
in this case, the services involved, extent and form of the exchange, retention, the right to consult,
the right to revoke at any time and what follows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cii.access.actor import Kind
from cii.consent.inputs import PURPOSE
from cii.consent.topics import NEEDS, OPENABLE, TOPIC_LABELS
from cii.documents.pdf import make_pdf
from cii.foundation.texts import N_, texts

# How an institution is named to the person, and what it does in the case.
_NAMES = {
    Kind.ORP: N_("Office régional de placement (ORP)"),
    Kind.CMS: N_("Centre médico-social (CMS)"),
    Kind.COMMUNE: N_("Commune de domicile"),
    Kind.SAS: N_("Service de l’action sociale (SAS)"),
    Kind.LMMT: N_("Logistique des mesures du marché du travail (LMMT)"),
    Kind.BUREAU: N_("Bureau CII"),
}
_WHEN = {
    Kind.ORP: N_("m’accompagne avec le CMS"),
    Kind.CMS: N_("m’accompagne avec l’ORP"),
    Kind.COMMUNE: N_("dès qu’une mesure lui est soumise"),
    Kind.SAS: N_("dès qu’une mesure lui est soumise"),
    Kind.LMMT: N_("dès qu’une mesure lui est soumise"),
    Kind.BUREAU: N_("admet et coordonne, ne lit pas les notes"),
}
_WAYS = (N_("lue ensemble"), N_("expliquée de vive voix"), N_("avec interprète"))


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who will sign, as far as it is known; what is empty is written by hand."""

    reference: str
    name: str = ""
    birth_date: str = ""
    address: str = ""
    offices: Mapping[Kind, str] = field(default_factory=dict)


def procuration_pdf(signatory: Signatory, language: str, months: int) -> bytes:
    """The form to sign; `months` is for how long it is proposed to be valid."""
    return make_pdf("procuration.typ", _content(signatory, language, months))


def _content(signatory: Signatory, language: str, months: int) -> dict[str, Any]:
    words = texts(language)
    say = words.say
    return {
        "language": language,
        "title": say("Procuration"),
        "subtitle": say("Collaboration interinstitutionnelle (CII), canton du Valais"),
        "footer": say("Procuration, dossier {reference}", reference=signatory.reference),
        "person": [
            (say("Prénom et nom"), signatory.name),
            (say("Date de naissance"), signatory.birth_date),
            (say("Adresse"), signatory.address),
            (say("Dossier"), signatory.reference),
        ],
        "aim": (say("But"), say(PURPOSE)),
        "consent": (
            say("Ce que j’autorise"),
            say(
                "J’autorise les institutions ci-dessous à échanger entre elles les informations cochées sur ma situation, et rien d’autre. Elles ne les utilisent que pour ce but."
            ),
        ),
        "institution": say("Institution"),
        "topics": [say(TOPIC_LABELS[topic]) for topic in OPENABLE],
        "rows": [
            {
                "kind": say(_NAMES[kind]),
                "note": ", ".join(filter(None, (signatory.offices.get(kind), say(_WHEN[kind])))),
                "ticks": [bool(topic & needed) for topic in OPENABLE],
            }
            for kind, needed in NEEDS.items()
        ],
        "strike": say(
            "Je biffe chaque coche que je ne veux pas donner. Une case sans coche reste fermée."
        ),
        "sections": _sections(say),
        "duration": (
            say("Durée"),
            say("Valable du"),
            say("au"),
            words.plural("Durée proposée : {n} mois", "Durée proposée : {n} mois", months),
        ),
        "signing": {
            "title": say("Signatures"),
            "text": say(
                "Je signe librement, pour ce dossier seulement, après avoir reçu des explications que j’ai comprises."
            ),
            "person": [say("Lieu et date"), say("Signature de la personne")],
            "explained": say("La procuration a été :"),
            "ways": [say(way) for way in _WAYS],
            "professional": [
                say("Expliquée par (nom, fonction, institution)"),
                say("Signature de la personne qui l’a expliquée"),
            ],
        },
    }


def _sections(say: Any) -> list[list[tuple[str, str]]]:
    left = [
        (
            say("Étendue et forme"),
            say(
                "L’échange se limite à ce qui est nécessaire. Il se fait dans l’application CII du canton, dont l’accès est protégé ; chaque consultation de mon dossier est inscrite. À l’ORP et au CMS, seules voient mon dossier les personnes qui m’accompagnent, leur suppléance et leur direction."
            ),
        ),
        (
            say("Conservation"),
            say(
                "Mes données sont conservées pendant l’accompagnement, puis pendant le délai fixé par chaque institution. Ensuite elles sont effacées."
            ),
        ),
    ]
    right = [
        (
            say("Mon droit de consulter"),
            say(
                "Je peux en tout temps consulter mon dossier, savoir qui l’a consulté et faire corriger ce qui est faux. Je m’adresse à l’institution qui m’accompagne."
            ),
        ),
        (
            say("Mon droit de révoquer"),
            say(
                "Je peux révoquer cette procuration en tout temps, sans motif, de vive voix ou par écrit. L’accès des autres institutions se ferme aussitôt ; chacune garde ce qu’elle a écrit elle-même. L’accompagnement CII est alors suspendu jusqu’à une nouvelle procuration ; le suivi par chaque institution, selon ses propres règles, continue."
            ),
        ),
    ]
    return [left, right]
