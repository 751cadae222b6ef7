"""Finds lines of a members' file that may be existing members, or that are to be checked."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.member_files.columns import Line
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import known_at
from controller.capabilities.members.search import members_alike, skeletons_in_any_order
from controller.kernel.shapes import has_dotless_domain
from controller.policy.reading import chunks

_BATCH_SIZE = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class PossibleDuplicate:
    """A line of the file, and a member who may be the same person."""

    line: int
    member_id: str
    name: str
    typed: str
    """The name on the line."""
    by_email: bool
    """Whether the e-mail address is the same; otherwise the names look alike."""


class Remark(StrEnum):
    """Why a valid line should be checked before the import."""

    SAME_EMAIL = "same_email"
    SAME_NAME = "same_name"
    EMAIL = "email"
    """The e-mail address is probably mistyped."""


@dataclass(frozen=True, slots=True)
class LineRemark:
    """A line to check; `first` is the earlier line that it repeats, if it repeats one."""

    line: int
    remark: Remark
    first: int = 0


def line_remarks(lines: Iterable[Line]) -> list[LineRemark]:
    """Return the lines that repeat an earlier line's e-mail address, as families may have, or a
    name that looks like an earlier one, in either order, and those whose address is probably
    mistyped."""
    by_email: dict[str, Line] = {}
    by_name: dict[str, Line] = {}
    remarks = []
    for line in lines:
        email = (line.member.email or "").lower()
        same_email = by_email.setdefault(email, line) if email else line
        same_name = by_name.setdefault(min(skeletons_in_any_order(line.member.display_name)), line)
        if same_email is not line:
            remarks.append(LineRemark(line.number, Remark.SAME_EMAIL, same_email.number))
        elif same_name is not line and _may_be(same_name, email):
            remarks.append(LineRemark(line.number, Remark.SAME_NAME, same_name.number))
        if has_dotless_domain(email):
            remarks.append(LineRemark(line.number, Remark.EMAIL))
    return remarks


def already_here(db: Session, site_id: str, lines: Sequence[Line]) -> list[PossibleDuplicate]:
    """Return at most one match per line, in order: by e-mail address, otherwise by name.

    Names match that look alike, such as in capitals, with the last name first or without accents.
    """
    matches: dict[int, PossibleDuplicate] = {}
    for batch in chunks(lines, _BATCH_SIZE):
        for match in (
            *_by_address(db, site_id, batch),
            *sorted(_by_name(db, site_id, batch), key=lambda match: match.name != match.typed),
        ):
            matches.setdefault(match.line, match)
    return [matches[line] for line in sorted(matches)]


def _by_address(db: Session, site_id: str, lines: Iterable[Line]) -> Iterator[PossibleDuplicate]:
    by_email: dict[str, list[Line]] = {}
    for line in lines:
        if line.member.email:
            by_email.setdefault(line.member.email.lower(), []).append(line)
    people = select(MemberRow.id, MemberRow.display_name, MemberRow.email)
    has_address = func.lower(MemberRow.email).in_(by_email)
    for key, name, email in db.execute(people.where(known_at([site_id]), has_address)):
        for line in by_email.get((email or "").lower(), []):
            yield _match(line, key, name, by_email=True)


def _by_name(db: Session, site_id: str, lines: Iterable[Line]) -> Iterator[PossibleDuplicate]:
    by_name: dict[str, list[Line]] = {}
    for line in lines:
        by_name.setdefault(line.member.display_name, []).append(line)
    for typed, member in members_alike(db, by_name, known_at([site_id])):
        for line in by_name[typed]:
            if _may_be(line, member.email.lower()):
                yield _match(line, member.id, member.name, by_email=False)


def _match(line: Line, member_id: str, name: str, *, by_email: bool) -> PossibleDuplicate:
    return PossibleDuplicate(
        line=line.number,
        member_id=member_id,
        name=name,
        typed=line.member.display_name,
        by_email=by_email,
    )


def _may_be(line: Line, address: str) -> bool:
    """Return whether they may be one person; people with different addresses are not."""
    return not address or not line.member.email or line.member.email.lower() == address
