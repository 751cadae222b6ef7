"""The message after the people of a course session were certified."""

from collections.abc import Collection

from controller.capabilities.training import session_sheet
from controller.domain.time import Utc
from controller.kernel.database import Session
from webui.guard import actor
from webui.i18n import plural
from webui.members.certified_text import missing_text

_MAX_NAMES = 5
"""How many people who can't use their certification yet are named."""


def certified_people(db: Session, session: str, members: Collection[str], now: Utc) -> str:
    """Return how many people were certified, and who can't use it yet, with what is missing."""
    sheet = session_sheet.read(db, session, actor=actor(), now=now)
    grants = sheet.course.grants if sheet.course else ()
    people = [line.enrolment for line in sheet.lines if line.enrolment.member_id in members]
    without = [
        f"{person.name} ({why})"
        for person in people
        for why in [_missing(db, person.member_id, grants, now)]
        if why
    ]
    if not without:
        return plural(
            "%(n)s person certified: their badge works from now on.",
            "%(n)s people certified: their badges work from now on.",
            len(members),
        )
    who = ", ".join(without[:_MAX_NAMES])
    if rest := len(without[_MAX_NAMES:]):
        who += " " + plural("and %(n)s more", "and %(n)s more", rest)
    text = plural("%(n)s person certified.", "%(n)s people certified.", len(members))
    cannot = plural(
        "%(n)s can’t use it yet: %(who)s.",
        "%(n)s can’t use it yet: %(who)s.",
        len(without),
        who=who,
    )
    return f"{text} {cannot}"


def _missing(db: Session, member: str, grants: Collection[str], now: Utc) -> str:
    """Return what the member lacks for the first of the certifications that they can't use."""
    texts = (missing_text(db, member, certification, now) for certification in grants)
    return next(filter(None, texts), "")
