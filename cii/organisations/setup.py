"""The canton as it stands before the first case: its communes, its offices and its services."""

import csv
from collections.abc import Iterator
from pathlib import Path

from sqlmodel import select

from cii.access.actor import Kind
from cii.access.system import SystemSession
from cii.organisations.models import Commune, Institution

# State 1 January 2026; sources: OFS/BFS, swisstopo. cms_region names the centre to which a commune belongs.
REGISTER = Path(__file__).parent / "communes.csv"

# Kind, French name, German name, language in which the institution is written to.
OFFICES = (
    (Kind.ORP, "ORP Haut-Valais", "RAV Oberwallis", "de"),
    (Kind.ORP, "ORP Sierre", "RAV Sierre", "fr"),
    (Kind.ORP, "ORP Sion", "RAV Sion", "fr"),
    (Kind.ORP, "ORP Martigny", "RAV Martigny", "fr"),
    (Kind.ORP, "ORP Monthey", "RAV Monthey", "fr"),
    (Kind.CMS, "CMS Haut-Valais", "SMZ Oberwallis", "de"),
    (Kind.CMS, "CMS Sierre", "SMZ Sierre", "fr"),
    (Kind.CMS, "CMS Sion-Hérens-Conthey", "SMZ Sion-Hérens-Conthey", "fr"),
    (Kind.CMS, "CMS Martigny", "SMZ Martigny", "fr"),
    (Kind.CMS, "CMS Bas-Valais", "SMZ Unterwallis", "fr"),
    (Kind.SAS, "Service de l’action sociale (SAS)", "Dienststelle für Sozialwesen (DSW)", "fr"),
    (
        Kind.LMMT,
        "Service de logistique des mesures du marché du travail (LMMT)",
        "Logistikstelle für arbeitsmarktliche Massnahmen (LAM-Stelle)",
        "fr",
    ),
    (Kind.BUREAU, "Bureau CII", "IIZ-Büro", "fr"),
    (Kind.PLATFORM, "Administration de la plateforme", "Verwaltung der Plattform", "fr"),
)


def set_up_canton(system: SystemSession) -> None:
    """Enter the register of communes and the institutions that are not there yet; safe to run again.

    Communes and their institutions follow the register. Offices and services are entered once: as
    soon as there is an institution of a kind, the administrator's own list of that kind holds.
    """
    for commune in read_register():
        _keep_commune(system, commune)
    kinds = set(system.exec(select(Institution.kind).distinct()).all())
    for kind, name, name_de, language in OFFICES:
        if kind not in kinds:
            system.add(Institution(kind=kind, name=name, name_de=name_de, language=language))
    system.flush()


def read_register() -> Iterator[Commune]:
    """The 122 communes of Valais, as the register names them."""
    with REGISTER.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Commune.model_validate(row)


def _keep_commune(system: SystemSession, commune: Commune) -> None:
    system.merge(commune)
    system.flush()
    institution = system.exec(
        select(Institution).where(Institution.commune_number == commune.number)
    ).first() or Institution(kind=Kind.COMMUNE, name="", name_de="", commune_number=commune.number)
    institution.name = french_name(commune)
    institution.name_de = german_name(commune)
    institution.language = commune.language
    system.add(institution)


def french_name(commune: Commune) -> str:
    """The municipality's name in French: Commune de Martigny, Commune d’Ardon, Commune de Viège."""
    place = _place(commune, "fr")
    # Hérémence, the only one with an H in front, has a silent one.
    return f"Commune d’{place}" if place[0] in "AEÉIOUYH" else f"Commune de {place}"


def german_name(commune: Commune) -> str:
    """The municipality's name in German: Gemeinde Visp, Gemeinde Siders."""
    return f"Gemeinde {_place(commune, 'de')}"


def _place(commune: Commune, language: str) -> str:
    # The register adds the canton where the name exists elsewhere in Switzerland.
    return commune.name_in(language).removesuffix(" (VS)")
