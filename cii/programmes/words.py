"""The rules of the Valais tandem as the help shows them: their force, our readings and our defaults, in words.

The words of the document itself are quoted, never translated. An edition's `summary` and `interpretation` are
written for whoever reads the code; the sentences below say the same to whoever works with the product.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from cii.foundation.texts import N_, Phrase
from cii.programmes.enforcement import Enforcement, rules_table
from cii.programmes.rules import Force, Rule, load_edition

FORCES: Final[Mapping[Force, str]] = MappingProxyType(
    {
        Force.MUST: N_("obligation"),
        Force.SHOULD: N_("souhait ou possibilité"),
        Force.INFO: N_("information"),
    }
)
ENFORCEMENTS: Final[Mapping[Enforcement, str]] = MappingProxyType(
    {
        Enforcement.ENFORCED: N_("appliquée"),
        Enforcement.NOT_YET: N_("pas encore appliquée"),
        Enforcement.INFORMATION: N_("n’exige rien"),
    }
)

# How an unclear text is read; said as ours, beside the words of the document.
READINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "VS-01": N_(
            "Pendant une absence, une suppléance de la même institution et de la même fonction prend le relais ; le tandem reste formé d’une personne de chaque côté."
        ),
        "VS-08": N_(
            "Les six points du texte sont cumulatifs. Au moins un facteur de risque est nommé, quel que soit le motif."
        ),
        "VS-10": N_("« Au préalable » : la mesure est terminée avant le début du coaching."),
        "VS-19": N_(
            "Le texte ne dit pas quelles mesures LACI sont déléguées à l’ORP : le catalogue le propose, comme réglage du produit."
        ),
        "VS-21": N_(
            "De cette liste ouverte, le tandem ne décide que les mesures expressément indiquées comme déléguées."
        ),
        "VS-23": N_(
            "Le texte demande un préavis, pas un préavis favorable : la commune peut approuver malgré un préavis défavorable, avec un motif, et le SAS en est informé."
        ),
        "VS-25": N_("Il s’agit des trimestres de l’année civile."),
        "VS-27": N_("Un délai souple dans chaque mois civil : il ne bloque rien."),
        "VS-31": N_("Si cette personne est partie, le dossier revient à la direction du même ORP."),
        "VS-32": N_(
            "Une seule annonce, reçue par le bureau CII (VS-08), qui désigne et avertit le tandem."
        ),
        "VS-34": N_(
            "L’ordre est celui de la ligne 52 : d’abord le préavis du SAS, puis l’approbation de la commune."
        ),
        "VS-40": N_(
            "Une procuration par dossier : elle nomme les institutions, les thèmes, le but et les dates, et se révoque en tout temps. Sans elle, seule l’institution qui annonce voit le dossier."
        ),
    }
)

# What the product chose because the text is silent; a value of several parts fills name_1, name_2.
DEFAULTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "VS-22": N_(
            "Un rappel va à la personne après {remind_person_after_days} jours, à sa direction après {remind_head_after_days} jours."
        ),
        "VS-23": N_(
            "Un rappel va à la personne après {remind_person_after_days} jours, à sa direction après {remind_head_after_days} jours."
        ),
        "VS-25": N_(
            "Le décompte est attendu {due_days_after_quarter} jours après la fin du trimestre."
        ),
        "VS-27": N_(
            "La mise à jour est attendue le dernier jour ouvrable du mois ; des rappels viennent {remind_working_days_before_1} jours ouvrables et {remind_working_days_before_2} jour ouvrable avant."
        ),
        "VS-40": N_(
            "Une procuration qui arrive à échéance paraît dans les listes {warn_days_before_expiry} jours avant."
        ),
        "VS-41": N_(
            "Après la clôture, le tandem lit encore le dossier pendant {tandem_reads_days_after_closing} jours."
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Told:
    """One rule as the help shows it: its force, whether the product enforces it, our reading, our default."""

    rule: Rule
    force: str
    state: Enforcement
    state_label: str
    reading: str
    default: Phrase | None


def told(edition: str = "vs-tandem") -> tuple[Told, ...]:
    """Every rule in force of an edition, in the order of the text; what was struck out is not shown anywhere."""
    states = {row.rule_id: row.state for row in rules_table()}
    return tuple(
        Told(
            rule,
            FORCES[rule.force],
            states[rule.id],
            ENFORCEMENTS[states[rule.id]],
            READINGS.get(rule.id, ""),
            product_default(rule),
        )
        for rule in load_edition(edition).rules.values()
        if rule.force is not Force.STRUCK_OUT
    )


def product_default(rule: Rule) -> Phrase | None:
    """What the product chose for a rule whose text leaves it open; None when it chose nothing."""
    chosen: dict[str, object] = {}
    for value in rule.values:
        if not value.product_default:
            continue
        for name, what in value.what.items():
            parts = enumerate(what, start=1) if isinstance(what, tuple) else ()
            chosen |= {f"{name}_{place}": part for place, part in parts} or {name: what}
    return Phrase(DEFAULTS[rule.id], **chosen) if chosen else None
