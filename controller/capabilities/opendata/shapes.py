"""Open data as the API and the pages see them."""

from datetime import date
from typing import Annotated

import msgspec

from controller.capabilities.opendata.models import DataLicence
from controller.domain.control_characters import IN_A_LINE
from controller.domain.ids import END
from controller.domain.time import Utc
from controller.kernel.shapes import (
    VISIBLE_PATTERN,
    DecisionText,
    Label,
    Line,
    Note,
    OneOf,
    Shape,
    Slug,
)

_PART = rf"[^@\s{IN_A_LINE}]+"
Blank = Annotated[str, msgspec.Meta(max_length=200, pattern=rf"^[^{IN_A_LINE}]*" + END)]
"""A line that may be empty."""
SERVICES = (
    "Aide aux démarches administratives",
    "Maîtrise des outils numériques du quotidien",
    "Insertion professionnelle via le numérique",
    "Utilisation sécurisée du numérique",
    "Parentalité et éducation avec le numérique",
    "Loisirs et créations numériques",
    "Compréhension du monde numérique",
    "Accès internet et matériel informatique",
    "Acquisition de matériel informatique à prix solidaire",
)
"""The services of *standard-mediation-num* 1.0.2, word for word."""


class About(Shape, frozen=True, kw_only=True):
    """Who publishes the data and where the place is, for national catalogues; empty: unknown."""

    publisher: Blank = ""
    """Who runs the place: a municipality, an association."""
    siret: Annotated[str, msgspec.Meta(pattern=r"^(\d{14})?" + END)] = ""
    street: Blank = ""
    postcode: Annotated[str, msgspec.Meta(pattern=r"^(\d{5})?" + END)] = ""
    town: Blank = ""
    insee: Annotated[str, msgspec.Meta(pattern=r"^(([013-9]\d|2[AB1-9])\d{3})?" + END)] = ""
    email: Annotated[
        str, msgspec.Meta(max_length=200, pattern=rf"^({_PART}@{_PART}\.{_PART})?" + END)
    ] = ""
    """A mailbox of the place, not of a person."""
    services: tuple[Blank, ...] = ()
    """Some of `SERVICES`."""

    def __post_init__(self) -> None:
        if wrong := sorted(set(self.services) - set(SERVICES)):
            raise ValueError(f"services: not in standard-mediation-num 1.0.2: {wrong[0]}")

    @property
    def is_located(self) -> bool:
        """Whether the address is complete enough for directories of places."""
        return bool(self.siret and self.street and self.postcode and self.town)


class Publishing(Shape, frozen=True, kw_only=True):
    """Whether a site publishes, since when, and who publishes."""

    site_id: str
    published_at: Utc | None
    first_at: Utc | None
    about: About
    version: int


class Withheld(Shape, frozen=True, kw_only=True):
    """Something that is not published, and why."""

    what: DecisionText
    why: DecisionText
    cells: int = 0
    """Number of such cells in the published months; 0 if the dataset never contains them."""


class Published(Shape, frozen=True, kw_only=True):
    """A published dataset. `schema`, `csv` and `rows` are absolute URLs."""

    id: str
    name: DecisionText
    description: DecisionText
    licence: str
    schema: str | None
    csv: str
    rows: str | None
    withheld: tuple[Withheld, ...]
    updated_at: Utc
    first_at: Utc
    months: tuple[str, ...] = ()
    publisher: str = ""
    contact: str | None = None
    follows: str | None = None
    """Name and version of the national schema that it follows, if any."""


class NewProjectDataset(OneOf, frozen=True, kw_only=True):
    """A dataset that a project publishes: a file, or a link to one."""

    ONE_OF = ("link", "file")

    project_id: str
    name: Label
    description: Note
    licence: DataLicence = DataLicence.ETALAB
    contact: Line
    link: (
        Annotated[str, msgspec.Meta(max_length=400, pattern=rf"^https?://{VISIBLE_PATTERN}+" + END)]
        | None
    ) = None
    file: str | None = None


class ProjectData(Shape, frozen=True, kw_only=True):
    """A dataset that a project publishes, without its file; not public once it is withdrawn."""

    id: str
    site_id: Slug
    project_id: str
    name: Label
    description: str
    licence: DataLicence
    contact: str
    link: str | None
    has_file: bool
    since: date
    withdrawn_at: Utc | None
