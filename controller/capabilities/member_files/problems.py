"""Problems of a members' file: reasons, and for each a text that says what to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from controller.domain.facts import Language, Name
from controller.domain.locale.catalogue import N_
from controller.kernel.translation import catalogues

LOCALE_FOLDER = Path(__file__).with_name("locale")


class ProblemReason(StrEnum):
    """Reasons why a file or a line can't be imported."""

    WORKBOOK = "workbook"
    OLD_WORKBOOK = "old_workbook"
    PDF = "pdf"
    ENCODING = "encoding"
    NUL = "nul"
    QUOTES = "quotes"
    CONTROL = "control"
    ROWS = "rows"
    CELLS = "cells"
    COLUMN_UNKNOWN = "column_unknown"
    COLUMN_TWICE = "column_twice"
    COLUMN_MISSING = "column_missing"
    NAME = "name"
    EMAIL = "email"
    LANGUAGE = "language"
    STATUS = "status"
    GUARDIAN_NAME = "guardian_name"
    PHONE = "phone"
    VALUE = "value"
    ORGANISATION = "organisation"
    PLAN_UNKNOWN = "plan_unknown"
    PLAN_NONE = "plan_none"
    PLAN_MISSING = "plan_missing"
    FROM_MISSING = "from_missing"
    UNTIL_BEFORE = "until_before"
    DAY = "day"
    BADGE = "badge"
    BADGE_TWICE = "badge_twice"
    BADGE_GIVEN = "badge_given"
    CERTIFICATION_UNKNOWN = "certification_unknown"
    CERTIFICATION_NONE = "certification_none"
    CERTIFICATION_TWICE = "certification_twice"
    LEVEL = "level"


PROBLEM_TEXTS: Mapping[ProblemReason, str] = {
    ProblemReason.WORKBOOK: N_(
        "this is a workbook (.xlsx, .ods), not CSV: save it as “CSV UTF-8” and import that"
    ),
    ProblemReason.OLD_WORKBOOK: N_(
        "this is an old workbook (.xls), not CSV: save it as “CSV UTF-8” and import that"
    ),
    ProblemReason.PDF: N_("this is a PDF, not CSV: save it as “CSV UTF-8” and import that"),
    ProblemReason.ENCODING: N_(
        "the bytes %(bytes)s are not text in %(encoding)s: save the file as “CSV UTF-8” and "
        "import that"
    ),
    ProblemReason.NUL: N_(
        "the character U+0000 is not text. If this is a CSV file, save it as “CSV UTF-8” and "
        "import that"
    ),
    ProblemReason.QUOTES: N_("check the quotes: %(problem)s"),
    ProblemReason.CONTROL: N_(
        "the character %(character)s is not allowed here: delete it, or type the text again"
    ),
    ProblemReason.ROWS: N_("more than %(most)s lines: split the file"),
    ProblemReason.CELLS: N_("%(cells)s cells where the header has %(names)s; check the separators"),
    ProblemReason.COLUMN_UNKNOWN: N_("unknown column; allowed: %(allowed)s"),
    ProblemReason.COLUMN_TWICE: N_("this column appears twice; keep one"),
    ProblemReason.COLUMN_MISSING: N_("missing column; allowed: %(allowed)s"),
    ProblemReason.NAME: N_("enter the person’s name, at most 200 characters, in one alphabet"),
    ProblemReason.EMAIL: N_("enter an e-mail address such as name@example.org, or leave blank"),
    ProblemReason.LANGUAGE: N_("enter fr or en, or leave blank for fr"),
    ProblemReason.STATUS: N_("enter active, suspended or left, or leave blank for active"),
    ProblemReason.GUARDIAN_NAME: N_(
        "enter the name and phone number of the person to call for this minor"
    ),
    ProblemReason.PHONE: N_("enter a phone number such as +33 6 12 34 56 78"),
    ProblemReason.VALUE: N_("this value is not possible here: %(problem)s"),
    ProblemReason.ORGANISATION: N_("no organisation %(name)s, or more than one; create it first"),
    ProblemReason.PLAN_UNKNOWN: N_("no plan %(plan)s; use one of %(some)s, or create it first"),
    ProblemReason.PLAN_NONE: N_("no plan %(plan)s: there are none yet; create it first"),
    ProblemReason.PLAN_MISSING: N_("enter the plan for this subscription, or leave its days blank"),
    ProblemReason.FROM_MISSING: N_("enter the first day of the subscription, YYYY-MM-DD"),
    ProblemReason.UNTIL_BEFORE: N_("enter a day on or after the first day of the subscription"),
    ProblemReason.DAY: N_("“%(typed)s” is not a day: check it, or enter it as YYYY-MM-DD"),
    ProblemReason.BADGE: N_("“%(typed)s” is not a badge number; enter it as uid:04A1B2C3"),
    ProblemReason.BADGE_TWICE: N_("same badge as on line %(first)s; give each badge to one person"),
    ProblemReason.BADGE_GIVEN: N_(
        "this badge already belongs to somebody; remove it, or enter another one"
    ),
    ProblemReason.CERTIFICATION_UNKNOWN: N_(
        "no certification %(key)s; use %(some)s, or create it first"
    ),
    ProblemReason.CERTIFICATION_NONE: N_(
        "no certification %(key)s: there are none yet; create it first"
    ),
    ProblemReason.CERTIFICATION_TWICE: N_("%(key)s appears twice; keep it once"),
    ProblemReason.LEVEL: N_(
        "level “%(level)s” of %(key)s: enter accompanied or user; name trainers one by one"
    ),
}
"""The text of each reason."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem in a line, and what to write instead. The header is line 1."""

    line: int
    column: str
    reason: ProblemReason
    values: Mapping[str, object] = field(default_factory=dict)

    def text_in(self, language: Language) -> str:
        """Return the text in a language, with names of things in that language."""
        values = {
            key: value.read(language) if isinstance(value, Name) else value
            for key, value in self.values.items()
        }
        return catalogues((LOCALE_FOLDER,)).of(language).say(PROBLEM_TEXTS[self.reason], **values)

    @property
    def message(self) -> str:
        """Return the English text, for the command line and the log."""
        return self.text_in(Language.EN)
