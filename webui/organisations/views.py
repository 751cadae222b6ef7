"""Data of the pages of organisations and projects."""

from collections.abc import Mapping
from dataclasses import dataclass

from webui.forms import FormPage
from webui.list_filter import ListFilter
from webui.naming import NameField
from webui.organisations.project_use import ProjectUse


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A project in the list of an organisation."""

    id: str
    name: str
    note: str
    has_ended: bool = False
    """Whether it has ended, so that nothing new is charged to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationLine:
    """An organisation in the table.

    Texts are empty for nothing, and None for what the reader may not see.
    """

    id: str
    name: str
    is_closed: bool
    lacks_siret: bool
    """Whether it owes something, but has no SIRET."""
    add_siret: str
    """The address at which it is entered; empty: nothing is missing, or the reader may not."""
    people: int
    people_text: str
    projects: str
    use: str | None
    owed_since: str
    """The oldest month of which something is owed."""
    owed: str | None
    owed_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationsPage:
    """The table of organisations, and the dialog for a new one."""

    facts: tuple[str, ...]
    lines: tuple[OrganisationLine, ...]
    total: OrganisationLine | None
    """The sums of the whole list; None: there is one line at most."""
    filters: tuple[tuple[str, str, int, str], ...]
    """Each with its key, its text, its count and its address."""
    list_filter: ListFilter
    first: str
    """The address of the first page; empty: it is this one."""
    next: str
    is_empty: bool
    is_adding: bool
    names: tuple[NameField, ...]
    wrong: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person who belongs to an organisation or a project, or a candidate."""

    id: str
    name: str
    remove: str
    works_for: bool = False
    """Whether what the person uses is counted for it now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """A page of the people who belong, and the form to search and add others."""

    listed: tuple[Person, ...]
    count: str
    """How many there are; empty: it is not counted."""
    add: str
    """The address to which the form's search and its choice are sent."""
    page: str
    after: str
    next: str
    who: str
    """The typed search for a member."""
    nobody: str
    """Why the search found nobody; empty: it found somebody, or there was no search."""
    candidates: tuple[Person, ...]
    may_add: bool
    """Whether the reader may decide that people's use is billed to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingLine:
    """A coming booking that the organisation pays for."""

    href: str
    day: str
    time: str
    thing: str
    who: str
    is_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthLine:
    """A month of the organisation's statements."""

    name: str
    href: str
    parts: str
    total: str
    left: str
    """What is still owed; empty: nothing."""
    upcoming: str
    """What is left to pay for bookings that have not begun; empty: nothing."""
    settled: str
    pay: str
    """The address at which a payment is noted; empty: nothing is owed, or the reader may not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What the organisation was charged, and where its statements go."""

    months: tuple[MonthLine, ...]
    owed: int
    owed_text: str
    details: tuple[tuple[str, str], ...]
    """Its details for invoices, each with its title."""
    change: str
    """The address at which the details are changed; empty: the reader may not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationPage:
    """The page of an organisation: its people, bookings, statements, projects, name."""

    id: str
    name: str
    since: str
    sentence: str
    active: bool
    bookings: tuple[BookingLine, ...]
    more_bookings: str
    """How many coming bookings are not listed."""
    money: Money | None
    version: int
    names: tuple[NameField, ...]
    projects: tuple[Line, ...]
    people: People
    wrong: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectPage:
    """The page of a project: what is counted for it, its people and its form."""

    form: FormPage
    name: str
    facts: tuple[str, ...] = ()
    """Figures; empty for nothing, and for readers who may not see them."""
    notes: tuple[str, ...] = ()
    """Its dates, and who funds it."""
    organisation: str = ""
    organisation_id: str | None = None
    use: ProjectUse | None = None
    """None for readers who may not see it."""
    people: People | None = None
    has_ended: bool = False
