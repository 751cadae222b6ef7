"""What the pages of organisations and projects show."""

from dataclasses import dataclass

from webui.forms import FormPage
from webui.naming import NameField


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One of a list."""

    id: str
    name: str
    note: str
    over: bool = False
    """Nothing new is booked to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """Some organisations or projects, and the form of a new one."""

    lines: tuple[Line, ...]
    query: str
    after: str
    next: str
    names: tuple[NameField, ...]
    wrong: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who belongs to an organisation or a project, or may."""

    id: str
    name: str
    remove: str
    """The address that ends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Some of those who belong, and how somebody is found who is to."""

    listed: tuple[Person, ...]
    add: str
    """The address that seeks, and that adds."""
    page: str
    """The address of their first."""
    after: str
    next: str
    who: str
    """The typed search for a member."""
    nobody: str
    """Why nobody was found."""
    candidates: tuple[Person, ...]
    may_add: bool
    """Whether the reader decides about money: what people use may go on its bill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationPage:
    """One organisation, with its projects and its people."""

    id: str
    name: str
    active: bool
    version: int
    names: tuple[NameField, ...]
    projects: tuple[Line, ...]
    people: People
    wrong: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectPage:
    """The form of a project, and who belongs to it."""

    form: FormPage
    name: str
    people: People | None
    over: bool = False
