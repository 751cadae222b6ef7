"""The columns of a members' file, and the parsing of its lines, with a problem for each invalid
cell."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from controller.capabilities.badges.numbers import read_number
from controller.capabilities.member_files.problems import Problem, ProblemReason
from controller.capabilities.members.memberships import name_key
from controller.capabilities.members.shapes import PRIVATE_TEXTS, NewMember
from controller.domain.control_characters import first_control
from controller.domain.facts import Language, Level, Name
from controller.domain.ids import CredentialId
from controller.domain.time import Utc
from controller.kernel.errors import Invalid
from controller.kernel.lookalikes import check_name
from controller.kernel.validate import parse

T = TypeVar("T")
COLUMNS = (
    "display_name",
    "email",
    "language",
    "categories",
    "status",
    "plan",
    "subscription_from",
    "subscription_until",
    "badge",
    "certifications",
    "guardian_name",
    "guardian_phone",
    "guardian_email",
    "organisations",
    *PRIVATE_TEXTS,
)
"""All columns; an export has all of them except the badge."""
GUARDIAN = ("name", "phone", "email")
REQUIRED = ("display_name",)
"""Columns that a file must have."""
SEPARATOR = "|"
"""Separates categories, certifications and organisations in a cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A parsed line of the file."""

    number: int
    """Line number in the file; the header is line 1."""
    member: NewMember
    plan: str | None
    starts: Utc | None
    ends: Utc | None
    badge: CredentialId | None
    certifications: tuple[tuple[str, Level], ...]


class UnreadableCell(Exception):
    """A cell has an invalid value, for this reason."""

    def __init__(self, column: str, reason: ProblemReason, **values: object) -> None:
        super().__init__(reason)
        self.column, self.reason, self.values = column, reason, values

    def at(self, line: int) -> Problem:
        """Return the problem with the line number added."""
        return Problem(line, self.column, self.reason, self.values)


@dataclass(frozen=True, slots=True)
class PlaceData:
    """Plans, certifications and organisations to which a line may refer; and the time zone."""

    plans: Mapping[str, str]
    """Plan id by lower-case name, and by id."""
    certifications: frozenset[str]
    time_zone: ZoneInfo
    organisations: Mapping[str, str]
    """Organisation id by lower-case name, and by id."""
    plan_names: Sequence[Name] = ()
    """The names of these plans, as a problem lists them."""


def read_line(number: int, cells: Mapping[str, str], place: PlaceData) -> Line | list[Problem]:
    """Parse a line's cells; return the line, or all its problems."""
    problems = [
        Problem(number, column, ProblemReason.CONTROL, {"character": control})
        for column, cell in cells.items()
        if (control := first_control(cell)) is not None
    ]
    if problems:
        return problems
    member = _member(number, cells, place, problems)
    period = _read_or_note(number, problems, lambda: _period(cells, place))
    badge = _read_or_note(number, problems, lambda: _badge(cells))
    certifications = _read_or_note(number, problems, lambda: tuple(_certifications(cells, place)))
    if problems or member is None or period is None:
        return problems
    plan, starts, ends = period
    return Line(
        number=number,
        member=member,
        plan=plan,
        starts=starts,
        ends=ends,
        badge=badge,
        certifications=certifications or (),
    )


def _read_or_note(number: int, problems: list[Problem], read: Callable[[], T]) -> T | None:
    """Return the result of `read`; if it raises UnreadableCell, add a problem and return None."""
    try:
        return read()
    except UnreadableCell as broken:
        problems.append(broken.at(number))
        return None


def _member(
    number: int, cells: Mapping[str, str], place: PlaceData, problems: list[Problem]
) -> NewMember | None:
    data: dict[str, object] = {"display_name": cells.get("display_name", "")}
    guardian = {key: cells[f"guardian_{key}"] for key in GUARDIAN if cells.get(f"guardian_{key}")}
    if guardian:
        data["guardian"] = guardian
    single = ("email", "language", "status", *PRIVATE_TEXTS)
    data |= {key: cells[key] for key in single if cells.get(key)}
    data["categories"] = _split(cells.get("categories", ""))
    try:
        data["organisations"] = list(_organisations(cells, place))
        new = parse(data, NewMember)
        check_name("display_name", new.display_name)
    except UnreadableCell as broken:
        problems.append(broken.at(number))
        return None
    except Invalid as problem:
        for error in problem.errors:
            column = _column(error.field)
            reason = _REASON_OF_COLUMN.get(column, ProblemReason.VALUE)
            problems.append(Problem(number, column, reason, {"problem": error.message}))
        return None

    return new


def _column(field: str) -> str:
    """Return the file's column for a member's field."""
    first, _, inner = field.partition(".")
    return f"guardian_{inner or 'name'}" if first == "guardian" else first


def _organisations(cells: Mapping[str, str], place: PlaceData) -> Iterator[str]:
    for name in _split(cells.get("organisations", "")):
        key = place.organisations.get(name_key(name))
        if key is None:
            raise UnreadableCell("organisations", ProblemReason.ORGANISATION, name=name)
        yield key


_REASON_OF_COLUMN = {
    "display_name": ProblemReason.NAME,
    "email": ProblemReason.EMAIL,
    "phone": ProblemReason.PHONE,
    "language": ProblemReason.LANGUAGE,
    "guardian_name": ProblemReason.GUARDIAN_NAME,
    "guardian_phone": ProblemReason.PHONE,
    "guardian_email": ProblemReason.EMAIL,
    "status": ProblemReason.STATUS,
}
"""The reason that is shown for an invalid value, by column."""


def _period(
    cells: Mapping[str, str], place: PlaceData
) -> tuple[str | None, Utc | None, Utc | None]:
    typed = cells.get("plan", "")
    plan = place.plans.get(name_key(typed)) if typed else None
    first, last = _day(cells, "subscription_from"), _day(cells, "subscription_until")
    if typed and plan is None:
        reason = ProblemReason.PLAN_UNKNOWN if place.plans else ProblemReason.PLAN_NONE
        raise UnreadableCell("plan", reason, plan=typed, some=_names(place.plan_names))
    if plan and first is None:
        raise UnreadableCell("subscription_from", ProblemReason.FROM_MISSING)
    if not plan and (first or last):
        raise UnreadableCell("plan", ProblemReason.PLAN_MISSING)
    if first and last and last < first:
        raise UnreadableCell("subscription_until", ProblemReason.UNTIL_BEFORE)
    starts = Utc.midnight(first, place.time_zone) if first else None
    ends = Utc.midnight(last + timedelta(days=1), place.time_zone) if last else None
    return plan, starts, ends


def _day(cells: Mapping[str, str], column: str) -> date | None:
    text = cells.get(column, "")
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or not 2000 <= day.year <= 2999 or day.isoformat() != text:
        raise UnreadableCell(column, ProblemReason.DAY, typed=text)
    return day


def _badge(cells: Mapping[str, str]) -> CredentialId | None:
    text = cells.get("badge", "")
    if not text:
        return None
    try:
        return read_number(text)
    except ValueError as problem:
        raise UnreadableCell("badge", ProblemReason.BADGE, typed=text[:40]) from problem


def _certifications(cells: Mapping[str, str], place: PlaceData) -> Iterator[tuple[str, Level]]:
    certification_ids = set()
    for certification_text in _split(cells.get("certifications", "")):
        key, _, level = certification_text.partition(":")
        if key not in place.certifications:
            reason = (
                ProblemReason.CERTIFICATION_UNKNOWN
                if place.certifications
                else ProblemReason.CERTIFICATION_NONE
            )
            raise UnreadableCell(
                "certifications", reason, key=key, some=_list(place.certifications)
            )
        if key in certification_ids:
            raise UnreadableCell("certifications", ProblemReason.CERTIFICATION_TWICE, key=key)
        if level not in ("", Level.ACCOMPANIED, Level.USER):
            raise UnreadableCell("certifications", ProblemReason.LEVEL, key=key, level=level)
        certification_ids.add(key)
        yield key, Level(level or Level.USER)


def _split(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(SEPARATOR) if part.strip()]


def _names(names: Collection[Name]) -> Name:
    """Return the first names as a list, in each language."""
    fr, en = (
        _list({name.read(language) for name in names}) for language in (Language.FR, Language.EN)
    )
    return Name(fr=fr, en=en)


def _list(names: Collection[str]) -> str:
    return ", ".join(sorted(names)[:10])
