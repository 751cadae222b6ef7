"""What people who were certified in a course session still lack, on its page and as a message."""

from collections.abc import Collection

from controller.capabilities.training import session_sheet
from controller.capabilities.training.session_sheet import Sheet
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from webui.guard import actor, is_allowed
from webui.i18n import plural
from webui.members.certified_text import missing_text
from webui.training.session_text import FOLLOW_UP_PERIOD

_MAX_NAMES = 5
"""How many people who can't use their certification yet are named."""


def certified_people(db: Session, session: str, members: Collection[str], now: Utc) -> str:
    """Return how many people were certified, and who can't use it yet, with what is missing."""
    sheet = session_sheet.read(db, session, actor=actor(), now=now)
    grants = sheet.course.grants if sheet.course else ()
    names = {line.enrolment.member_id: line.enrolment.name for line in sheet.lines}
    people = [key for key in names if key in members]
    lacks = _missing(db, people, grants, now)
    without = [f"{names[key]} ({why})" for key, why in lacks.items()]
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


def read_lacks(db: Session, sheet: Sheet, now: Utc) -> dict[str, str]:
    """Return what those who were certified lately in the session still lack, by member."""
    if not sheet.may_run or not is_allowed(Permission.MEMBERS_READ):
        return {}
    certified = [
        line.enrolment.member_id
        for line in sheet.lines
        if line.enrolment.certified_at and line.enrolment.certified_at > now - FOLLOW_UP_PERIOD
    ]
    return _missing(db, certified, sheet.course.grants if sheet.course else (), now)


def _missing(
    db: Session, members: Collection[str], grants: Collection[str], now: Utc
) -> dict[str, str]:
    """Return what each member lacks for the first of the certifications that they can't use."""
    lacks = {}
    for member in members:
        texts = (missing_text(db, member, certification, now) for certification in grants)
        if why := next(filter(None, texts), ""):
            lacks[member] = why
    return lacks
