"""Published data of the demo's place: needs that users reported, and open data."""

from dataclasses import dataclass

from controller.capabilities.opendata import project_datasets, publication
from controller.capabilities.opendata.models import DataLicence
from controller.capabilities.opendata.shapes import NewProjectDataset
from controller.capabilities.organisations import projects
from controller.capabilities.organisations.shapes import NewProject
from controller.capabilities.user_reports import needs
from controller.capabilities.user_reports.models import NeedState
from controller.capabilities.user_reports.shapes import NewNeed
from controller.cli.demo.place import POSTCODE, PUBLISHER, SIRET, SITE_ID, STREET, TOWN
from controller.cli.demo.texts import translate, translate_optional
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database, Session
from controller.kernel.shapes import Label
from controller.settings import Settings

_DEMO = Actor.system("demo")


@dataclass(frozen=True, slots=True)
class _ReportedNeed:
    """A need, how often it was reported, and the decision about it."""

    theme: str
    title: str
    times: int
    state: NeedState
    outcome: str | None = None


_NEEDS = (
    _ReportedNeed(
        "rights",
        "De l’aide pour les démarches en ligne",
        31,
        NeedState.DONE,
        "Permanence le vendredi matin avec France services, depuis septembre.",
    ),
    _ReportedNeed(
        "hours",
        "Ouvrir un soir de plus",
        23,
        NeedState.DONE,
        "Le jeudi jusqu’à 20:00, depuis octobre.",
    ),
    _ReportedNeed(
        "machines",
        "Acheter le contreplaqué sur place",
        17,
        NeedState.DONE,
        "3 et 5 mm, au prix d’achat.",
    ),
    _ReportedNeed(
        "families",
        "Venir avec un enfant le mercredi",
        14,
        NeedState.STUDIED,
        "Avis de la commission de sécurité attendu en janvier.",
    ),
    _ReportedNeed(
        "machines",
        "Une machine à coudre industrielle",
        12,
        NeedState.DECLINED,
        "Trop bruyante pour l’espace Textile. Celle de L’Annexe, à Bruay, est ouverte à tous.",
    ),
    _ReportedNeed("families", "Un casier pour laisser son ouvrage", 9, NeedState.OPEN),
    _ReportedNeed(
        "training", "Des soirées réparation", 6, NeedState.STARTED, "Première soirée le 22 janvier."
    ),
    _ReportedNeed(
        "accessibility",
        "Une table réglable au poste de soudure",
        4,
        NeedState.STARTED,
        "Commandée, posée en janvier.",
    ),
)
_UNSORTED = (
    ("machines", "Il n’y a plus de contreplaqué en 3 mm"),
    ("training", "Un atelier pour réparer son téléphone"),
    ("hours", "Pouvoir venir le dimanche matin"),
)
_ABOUT = {
    "publisher": PUBLISHER,
    "siret": SIRET,
    "street": STREET,
    "postcode": POSTCODE,
    "town": TOWN,
    "insee": "62119",
    "email": "donnees@lafabrique.example",
    "services": ["Loisirs et créations numériques", "Accès internet et matériel informatique"],
}
_KILOMETRES = "2026-08,212\n2026-09,388\n2026-10,451\n"


def add_published(database: Database, settings: Settings, now: Utc) -> None:
    """Add needs with decisions, unsorted reports, a dataset, and monthly figures."""
    with database.write() as db:
        for need in _NEEDS:
            _add_need(db, need, now)
        for theme, text in _UNSORTED:
            needs.report_for_site(db, SITE_ID, theme, translate(text), now=now)
        _project(db, now)
        publication.catch_up(db, SITE_ID, now, settings.retention.access_days)


def publish(db: Session, settings: Settings, now: Utc) -> None:
    """Publish the place's open data, from the first day on."""
    publication.describe(db, SITE_ID, _ABOUT, version=None, actor=_DEMO, now=now)
    days = settings.retention.access_days
    publication.publish(db, SITE_ID, actor=_DEMO, now=now, access_days=days)


def _add_need(db: Session, reported: _ReportedNeed, now: Utc) -> None:
    new = NewNeed(
        theme=reported.theme,
        title=translate(reported.title),
        state=reported.state,
        outcome=translate_optional(reported.outcome),
        published=reported.state is not NeedState.OPEN,
        site_id=SITE_ID,
    )
    need = needs.create(db, new, actor=_DEMO, now=now)
    for _time in range(reported.times):
        needs.count_in_person(db, need.id, actor=_DEMO, now=now)


def _project(db: Session, now: Utc) -> None:
    name = Label(fr="Vélo-cargo", en="Cargo bike")
    project = projects.create(db, NewProject(name=name, site_id=SITE_ID), actor=_DEMO, now=now)
    new = NewProjectDataset(
        project_id=project.id,
        name=Label(fr="Livraisons en vélo-cargo", en="Deliveries by cargo bike"),
        description=translate("Kilomètres livrés par mois, trajets arrondis à la rue."),
        licence=DataLicence.ODBL,
        contact="velo-cargo@recup-art.example",
        file=f"{translate('mois,kilomètres')}\n{_KILOMETRES}",
    )
    project_datasets.create(db, SITE_ID, new, actor=_DEMO, now=now)
