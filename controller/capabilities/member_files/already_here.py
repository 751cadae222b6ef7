"""Finds lines of a members' file that may be existing members, or that are to be checked."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.member_files.columns import Line
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import known_at
from controller.kernel.lookalikes import skeleton
from controller.kernel.shapes import has_dotless_domain
from controller.policy.reading import chunks

_AT_ONCE = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class PossibleDuplicate:
    """A line of the file, and a member who may be the same person."""

    line: int
    member_id: str
    name: str
    by_email: bool
    """Whether the e-mail address is the same; otherwise the name is."""


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
    name that looks like an earlier one, and those whose address is probably mistyped."""
    by_email: dict[str, Line] = {}
    by_name: dict[str, Line] = {}
    remarks = []
    for line in lines:
        email = (line.member.email or "").lower()
        same_email = by_email.setdefault(email, line) if email else line
        same_name = by_name.setdefault(skeleton(line.member.display_name), line)
        if same_email is not line:
            remarks.append(LineRemark(line.number, Remark.SAME_EMAIL, same_email.number))
        elif same_name is not line and _may_be(same_name, email):
            remarks.append(LineRemark(line.number, Remark.SAME_NAME, same_name.number))
        if has_dotless_domain(email):
            remarks.append(LineRemark(line.number, Remark.EMAIL))
    return remarks


def already_here(db: Session, site_id: str, lines: Sequence[Line]) -> list[PossibleDuplicate]:
    """Return at most one match per line, in order: by e-mail address, otherwise by name."""
    matches: dict[int, PossibleDuplicate] = {}
    for batch in chunks(lines, _AT_ONCE):
        for match in sorted(
            _similar_members(db, site_id, batch), key=lambda match: not match.by_email
        ):
            matches.setdefault(match.line, match)
    return [matches[line] for line in sorted(matches)]


def _similar_members(
    db: Session, site_id: str, lines: Iterable[Line]
) -> Iterator[PossibleDuplicate]:
    by_email: dict[str, list[Line]] = {}
    by_name: dict[str, list[Line]] = {}
    for work_line in lines:
        by_name.setdefault(work_line.member.display_name, []).append(work_line)
        if work_line.member.email:
            by_email.setdefault(work_line.member.email.lower(), []).append(work_line)
    is_similar = or_(MemberRow.display_name.in_(by_name), func.lower(MemberRow.email).in_(by_email))
    people = select(MemberRow.id, MemberRow.display_name, MemberRow.email)
    for key, name, email in db.execute(people.where(known_at([site_id]), is_similar)):
        address = (email or "").lower()
        by_address = by_email.get(address, [])
        similar = [line for line in by_name.get(name, ()) if _may_be(line, address)]
        for line in (*by_address, *similar):
            yield PossibleDuplicate(
                line=line.number, member_id=key, name=name, by_email=line in by_address
            )


def _may_be(line: Line, address: str) -> bool:
    """Return whether they may be one person; people with different addresses are not."""
    return not address or not line.member.email or line.member.email.lower() == address
