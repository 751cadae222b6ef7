"""The chapters of the funder report: which figures stand together, and what is withheld."""

from collections.abc import Sequence
from dataclasses import dataclass

from controller.capabilities.statistics.shapes import Figure
from webui.i18n import _, plural
from webui.naming import read_label
from webui.statistics.formatting import amount_words
from webui.statistics.funder_asked import FunderData
from webui.statistics.funder_sections import ANSWERS, Section, amount_of

_PROJECTS = (Figure.PARTNER_TIME, Figure.PROJECT_TIME)
_VISITS = (Figure.VISITORS, Figure.PUBLIC_VISITORS, Figure.ENTRIES, Figure.PRESENCE)
_MACHINES = (
    *(Figure.USES, Figure.MACHINE_TIME, Figure.ROOM_TIME, Figure.PUBLIC_TIME),
    *(Figure.ORGANISATION_TIME, Figure.DOWNTIME, Figure.STOPS, Figure.REPAIRS),
)
_TRAINING = (
    *(Figure.COURSES, Figure.TAUGHT, Figure.HEADCOUNT, Figure.CERTIFIED),
    Figure.CERTIFICATIONS,
)
_RESOURCES = (Figure.VOLUNTEERS, Figure.REVENUE)


@dataclass(frozen=True, slots=True)
class Chapter:
    """Figures about one subject."""

    key: str
    title: str
    numbers: tuple[Section, ...]
    """Figures of a single row, which share a table."""
    tables: tuple[Section, ...]


def chapters(sections: Sequence[Section]) -> tuple[Chapter, ...]:
    """Return the chapters that have figures."""
    subjects = (
        ("projects", _("Projects"), _PROJECTS),
        ("visits", _("Attendance"), _VISITS),
        ("answers", _("Who came"), ANSWERS),
        ("machines", _("Machines"), _MACHINES),
        ("training", _("Training"), _TRAINING),
        ("resources", _("Volunteers and money"), _RESOURCES),
    )
    return tuple(
        _chapter(key, title, chosen)
        for key, title, figures in subjects
        if (chosen := [section for section in sections if section.key in figures])
    )


def _chapter(key: str, title: str, sections: Sequence[Section]) -> Chapter:
    numbers = tuple(section for section in sections if section.is_number)
    return Chapter(key, title, numbers, tuple(one for one in sections if not one.is_number))


def partner_sentence(data: FunderData) -> tuple[str, ...]:
    """Return a sentence on the projects of the chosen partner; nothing if none is chosen."""
    if data.partner is None:
        return ()
    time = sum(
        amount_of(count)
        for month in data.months
        for count in month.figures
        if count.figure is Figure.PARTNER_TIME
    )
    text = plural(
        "%(funder)s funds %(n)s project, for which machines worked for %(hours)s.",
        "%(funder)s funds %(n)s projects, for which machines worked for %(hours)s.",
        len(data.partner.project_ids),
        funder=read_label(data.partner.name),
        hours=amount_words(Figure.PARTNER_TIME, time),
    )
    return (text,)


def withheld_text(sections: Sequence[Section]) -> str:
    """Return which of these figures open data withholds; empty: none, or nothing is published."""
    withheld = [section.title for section in sections if section.is_withheld]
    if not withheld:
        return ""
    return plural(
        "%(n)s number is too small for open data, which withholds it: %(names)s.",
        "%(n)s numbers are too small for open data, which withholds them: %(names)s.",
        len(withheld),
        names=", ".join(withheld),
    )
