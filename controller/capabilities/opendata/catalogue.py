"""The catalogue of a site's open data: for the API, in the SCDL format, and for DCAT."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from controller.capabilities.opendata import project_datasets, public_datasets, publication
from controller.capabilities.opendata.datasets import CATALOGUE, SCDL
from controller.capabilities.opendata.models import DataLicence, ProjectDataset
from controller.capabilities.opendata.public_datasets import DatasetSummary, File, in_french
from controller.capabilities.opendata.shapes import Published, Withheld
from controller.capabilities.opendata.tables import Row, as_csv, national
from controller.capabilities.places.models import SiteRow
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel.errors import NotFound
from controller.kernel.rows import get_or_404
from controller.kernel.shapes import DecisionText, Label
from controller.kernel.translation import in_every_language
from controller.policy.reading import from_json

LICENCE = "Licence Ouverte 2.0"
DESCRIPTION = N_("Data that anyone can reuse; nobody can be identified in it.")
_SMALL_NUMBERS = (
    N_("Some numbers of people"),
    N_("Fewer than eleven, or a number that would reveal them."),
)
_SCDL_WORDS = (
    N_("Catalogue"),
    N_("The list of these datasets, in the format of the common base of local data."),
)
_SCDL_LICENCE = {
    DataLicence.ETALAB: "Licence Ouverte-LO",
    DataLicence.ODBL: "Open Database License-ODBL",
    DataLicence.CC_BY: "Creative Commons-CC",
    DataLicence.CC0: "Creative Commons-CC",
}
LICENCE_NAMES = {
    DataLicence.ETALAB: LICENCE,
    DataLicence.ODBL: "ODbL 1.0",
    DataLicence.CC_BY: "CC BY 4.0",
    DataLicence.CC0: "CC0 1.0",
}


@dataclass(frozen=True, slots=True)
class Addresses:
    """Builds the URLs of a site's open data."""

    base: str
    """URL of the catalogue, such as `https://place.example/api/v1/open-data`."""
    query: str
    """Query string that names the site: empty, or `?site=…`."""
    page: str

    def of(self, dataset: str, part: str) -> str:
        """Return the URL of a part of a dataset, such as its `csv`."""
        return f"{self.base}/{dataset}/{part}{self.query}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FullCatalogue:
    """The whole catalogue of a site."""

    site: SiteRow
    name: Label
    publisher: str
    contact: str
    description: str
    """The description in French."""
    first_at: Utc
    updated_at: Utc
    items: tuple[Published, ...]


def read_catalogue(db: Session, site_id: str, at: Addresses, now: Utc) -> FullCatalogue:
    """Return a site's catalogue; empty before the site publishes. Raises NotFound."""
    site = get_or_404(db, SiteRow, site_id, "site")
    about = publication.about_of(db, site_id)
    name = from_json(site.name, Label)
    publisher = about.publisher or name.fr or name.en or site_id
    datasets = public_datasets.published_datasets(db, site_id, now)
    items = [_site_entry(db, dataset, at, publisher, about.email) for dataset in datasets]
    if datasets:
        if about.is_located:
            items.append(_scdl(db, at, datasets, publisher))
        items += [
            _project_entry(db, project_dataset, at)
            for project_dataset in project_datasets.of_site(db, site_id)
        ]
    return FullCatalogue(
        site=site,
        name=name,
        publisher=publisher,
        contact=about.email,
        description=in_french(db, DESCRIPTION),
        first_at=datasets[0].first_at if datasets else now,
        updated_at=max((dataset.updated_at for dataset in items), default=now),
        items=tuple(items),
    )


def find_dataset(db: Session, site_id: str, dataset: str, at: Addresses, now: Utc) -> Published:
    """Return one dataset of the catalogue. Raises NotFound."""
    for entry in read_catalogue(db, site_id, at, now).items:
        if entry.id == dataset:
            return entry
    raise NotFound("dataset", dataset)


def scdl_file(db: Session, site_id: str, at: Addresses, now: Utc) -> File:
    """Return the catalogue as a CSV file in the format SCDL 0.1.3. Raises NotFound."""
    full_catalogue = read_catalogue(db, site_id, at, now)
    if all(dataset.id != CATALOGUE for dataset in full_catalogue.items):
        raise NotFound("dataset", CATALOGUE)
    header = [field["name"] for field in national(SCDL)["fields"]]
    text = as_csv(header, [_scdl_row(db, site_id, dataset) for dataset in full_catalogue.items])
    return File.of(text, full_catalogue.updated_at)


def _in_every_language(db: Session, text: str) -> DecisionText:
    return in_every_language(db, lambda words: words.say(text))


def _site_entry(
    db: Session, entry: DatasetSummary, at: Addresses, publisher: str, contact: str
) -> Published:
    dataset = entry.dataset
    return Published(
        id=dataset.id,
        name=_in_every_language(db, dataset.name),
        description=_in_every_language(db, dataset.description),
        licence=LICENCE,
        schema=at.of(dataset.id, "schema"),
        csv=at.of(dataset.id, "csv"),
        rows=at.of(dataset.id, "rows"),
        withheld=tuple(_withheld_parts(db, entry)),
        updated_at=entry.updated_at,
        first_at=entry.first_at,
        months=entry.months,
        publisher=publisher,
        contact=contact or None,
        follows=dataset.national or None,
    )


def _withheld_parts(db: Session, entry: DatasetSummary) -> Iterator[Withheld]:
    reasons = entry.dataset.withheld_reasons or ((_SMALL_NUMBERS,) if entry.withheld else ())
    for number, (description, reason) in enumerate(reasons):
        cells = entry.withheld if number == len(reasons) - 1 else 0
        yield Withheld(
            what=_in_every_language(db, description),
            why=_in_every_language(db, reason),
            cells=cells,
        )


def _scdl(
    db: Session, at: Addresses, datasets: Sequence[DatasetSummary], publisher: str
) -> Published:
    name, description = _SCDL_WORDS
    return Published(
        id=CATALOGUE,
        name=_in_every_language(db, name),
        description=_in_every_language(db, description),
        licence=LICENCE,
        schema=at.of(CATALOGUE, "schema"),
        csv=at.of(CATALOGUE, "csv"),
        rows=None,
        withheld=(),
        updated_at=max(dataset.updated_at for dataset in datasets),
        first_at=datasets[0].first_at,
        publisher=publisher,
        follows=SCDL,
    )


def _project_entry(db: Session, row: ProjectDataset, at: Addresses) -> Published:
    key = project_datasets.PREFIX + row.id
    name = from_json(row.name, Label)
    return Published(
        id=key,
        name=_bilingual(name.fr or name.en or "", name.en or name.fr or ""),
        description=_bilingual(row.description, row.description),
        licence=LICENCE_NAMES[row.licence],
        schema=None,
        csv=row.link or at.of(key, "csv"),
        rows=None,
        withheld=(),
        updated_at=row.updated_at,
        first_at=row.updated_at,
        publisher=publication.project_name(db, row.project_id),
        contact=row.contact,
    )


def _bilingual(fr: str, en: str) -> DecisionText:
    return DecisionText(fr=fr, en=en)


def _scdl_row(db: Session, site_id: str, dataset: Published) -> Row:
    about = publication.about_of(db, site_id)
    first = f"{dataset.months[0]}-01" if dataset.months else dataset.first_at.date().isoformat()
    licence = next(key for key, name in LICENCE_NAMES.items() if name == dataset.licence)
    monthly = bool(dataset.months)
    return [
        about.publisher or dataset.publisher,
        about.siret,
        dataset.id,
        f"{dataset.name.fr}, {about.town}",
        dataset.description.fr,
        "Médiation numérique",
        dataset.publisher,
        about.siret,
        "Infracommunale",
        about.town,
        first,
        dataset.updated_at.date().isoformat(),
        dataset.first_at.date().isoformat(),
        "Mensuelle ou plusieurs fois par mois" if monthly else "Irrégulière",
        dataset.updated_at.date().isoformat(),
        f"tiers-lieu;{dataset.id}",
        _SCDL_LICENCE[licence],
        1 if dataset.rows is None else 2,
        "csv" if dataset.rows is None else "csv;json",
        dataset.csv,
    ]
