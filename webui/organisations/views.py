"""Data of the pages of organisations and projects."""

from dataclasses import dataclass

from webui.forms import FormPage
from webui.naming import NameField


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One organisation or project in a list."""

    id: str
    name: str
    note: str
    over: bool = False
    """Whether it is closed or has ended, so that nothing new is charged to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """A page of the list of organisations or projects, and the form for a new one."""

    lines: tuple[Line, ...]
    query: str
    after: str
    next: str
    names: tuple[NameField, ...]
    wrong: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person who belongs to an organisation or a project, or a candidate."""

    id: str
    name: str
    remove: str
    """The address that removes the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """A page of the people who belong, and the form to search and add others."""

    listed: tuple[Person, ...]
    add: str
    """The address to which the form's search and its choice are sent."""
    page: str
    """The address of the first page of people."""
    after: str
    next: str
    who: str
    """The typed search for a member."""
    nobody: str
    """Why nobody was found; empty: somebody was, or nobody was searched for."""
    candidates: tuple[Person, ...]
    may_add: bool
    """Whether the reader may decide that what people use goes on its bill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationPage:
    """The page of an organisation, with its projects and its people."""

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
    """The page of a project: its form and its people."""

    form: FormPage
    name: str
    people: People | None
    over: bool = False
    """Whether the project has ended."""
