"""The list of certifications and documents, with courses, requiring machines and validity."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from controller.capabilities.training import certifications
from controller.capabilities.training.shapes import (
    Certification,
    Course,
    Disuse,
    Duration,
    OnDate,
    Validity,
)
from controller.domain.facts import CertificationKind
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from webui.guard import actor, is_allowed, site
from webui.i18n import _, plural
from webui.i18n.dates import format_day
from webui.naming import read_label
from webui.paging import all_items
from webui.training.requirements import read_requiring_machines


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificationLine:
    """A certification or document in the list."""

    id: str
    name: str
    icon: str
    note: str
    """Whether it is a document, and when it ends; empty for a certification without end."""
    given_by: str
    """Names of the courses that give it; empty: none."""
    asked_by: str
    """Names of machines, doors and courses that require it; empty: none."""
    may_edit: bool


def lines(db: Session, taught: Sequence[Course]) -> tuple[CertificationLine, ...]:
    """Return the certifications that are valid at this site; `taught` are the site's courses."""
    who, may = actor(), is_allowed(Permission.RULES_WRITE)
    every = all_items(lambda at: certifications.page(db, actor=who, cursor=at))
    machines = read_requiring_machines(db).machines
    return tuple(
        _line(
            certification,
            taught,
            machines.get(certification.id, ()),
            may and certification.site_id == site().id,
        )
        for certification in every
    )


def _line(
    certification: Certification, taught: Sequence[Course], machines: Sequence[str], may_edit: bool
) -> CertificationLine:
    document = certification.kind is CertificationKind.DOCUMENT
    courses = [
        _("the course %(name)s", name=read_label(it.name))
        for it in taught
        if certification.id in it.requires
    ]
    return CertificationLine(
        id=certification.id,
        name=read_label(certification.name),
        icon="file-check" if document else "badge-check",
        note=", ".join(
            filter(None, (_("Document") if document else "", validity_text(certification.validity)))
        ),
        given_by=_list_text(read_label(it.name) for it in taught if certification.id in it.grants),
        asked_by=_list_text((*machines, *courses)),
        may_edit=may_edit,
    )


def validity_text(validity: Validity) -> str:
    """Return the end of a certification that is given now, as text; empty: it has none."""
    match validity:
        case Duration(days=days):
            return plural("ends after %(n)s day", "ends after %(n)s days", days)
        case Disuse(days=days):
            return plural(
                "ends after %(n)s day without use", "ends after %(n)s days without use", days
            )
        case OnDate(date=date):
            day = format_day(date, "d MMMM y")
            return _("ends on %(day)s", day=day)
        case _:
            return ""


def _list_text(names: Iterable[str]) -> str:
    return ", ".join(names)
