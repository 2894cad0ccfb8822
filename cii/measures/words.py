"""The words of a measure's way: who does what, who pays, and why one authority decides and not another."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cii.foundation.texts import N_
from cii.programmes.routing import Act, By, Decider, Ground, Payer, Regime

BY_LABELS: Final[Mapping[By, str]] = MappingProxyType(
    {
        By.TANDEM: N_("Le tandem"),
        By.TANDEM_SOCIAL_WORKER: N_("L’assistante sociale ou l’assistant social du tandem"),
        By.ANNOUNCING_SOCIAL_WORKER: N_(
            "L’assistante sociale ou l’assistant social qui a annoncé la personne"
        ),
        By.FOLLOWING_SOCIAL_WORKER: N_(
            "L’assistante sociale ou l’assistant social qui suit la personne"
        ),
        By.SAS: N_("Le SAS"),
        By.COMMUNE: N_("La commune de domicile"),
        By.LMMT: N_("La LMMT"),
    }
)

ACT_LABELS: Final[Mapping[Act, str]] = MappingProxyType(
    {
        Act.PREPARE: N_("prépare les documents"),
        Act.TRANSMIT: N_("les transmet au SAS et à la commune"),
        Act.OPINION: N_("donne son préavis"),
        Act.APPROVE: N_("approuve ou refuse"),
        Act.PAY: N_("paie la mesure"),
        Act.ACCOUNT: N_("établit un décompte par trimestre pour le SAS"),
        Act.SUBMIT: N_("soumet la mesure à la LMMT"),
        Act.DECIDE: N_("décide"),
    }
)

DECIDER_LABELS: Final[Mapping[Decider, str]] = MappingProxyType(
    {
        Decider.TANDEM: N_("le tandem"),
        Decider.LMMT: N_("la LMMT"),
        Decider.COMMUNE: N_("la commune de domicile"),
    }
)

PAYER_LABELS: Final[Mapping[Payer, str]] = MappingProxyType(
    {
        Payer.UNEMPLOYMENT_INSURANCE: N_("l’assurance-chômage"),
        Payer.CANTON: N_("le canton"),
        Payer.COMMUNE: N_("la commune de domicile"),
    }
)

GROUND_LABELS: Final[Mapping[Ground, str]] = MappingProxyType(
    {
        Ground.LEMC: N_("La LMMT décide de toutes les mesures de la LEMC."),
        Ground.ARTICLE_59D: N_("La LMMT décide : la personne relève de l’article 59d LACI."),
        Ground.OUTSIDE_CANTON: N_("La LMMT décide : la mesure a lieu hors du canton."),
        Ground.AFO: N_("La LMMT décide des allocations de formation (AFO)."),
        Ground.SPECIFIC_COURSE: N_("La LMMT décide des cours spécifiques."),
        Ground.NOT_DELEGATED: N_("La LMMT décide : cette mesure n’est pas déléguée à l’ORP."),
    }
)

LAW_NAMES: Final[Mapping[Regime, str]] = MappingProxyType(
    {
        Regime.LACI: N_("loi sur l’assurance-chômage (LACI)"),
        Regime.LEMC: N_("loi sur l’emploi et les mesures en faveur des chômeurs (LEMC)"),
        Regime.LIAS: N_("loi sur l’intégration et l’aide sociale (LIAS)"),
    }
)
