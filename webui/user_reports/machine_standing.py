"""The public state of the machine at a QR code, and until when."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from controller.capabilities.screen.figures import Busy, Machine, machine
from controller.capabilities.user_reports import report_codes
from controller.domain.time import Utc
from controller.kernel.database import Session
from webui.i18n import _
from webui.i18n.dates import clock
from webui.parts import Chip


@dataclass(frozen=True, slots=True)
class MachineStanding:
    """The machine's state and until when."""

    chip: Chip
    until: str


def machine_standing(db: Session, code: str, zone: ZoneInfo, now: Utc) -> MachineStanding | None:
    """None: the code is of a room. Raises NotFound."""
    at = report_codes.active_code(db, code)
    if at.access_point_id is None:
        return None
    found = machine(db, at.site_id, at.access_point_id, now)
    return None if found is None else MachineStanding(_chip(found), _until(found, zone, now))


def _chip(found: Machine) -> Chip:
    look, icon, word = {
        None: ("off", "power", _("Free")),
        Busy.USED: ("running", "play", _("In use")),
        Busy.COURSE: ("cooling", "graduation-cap", _("Course")),
        Busy.BOOKED: ("armed", "calendar-clock", _("Booked")),
        Busy.COOLING: ("cooling", "snowflake", _("Cooling down")),
        Busy.OUT: ("out", "wrench", _("Out of service")),
        Busy.SILENT: ("offline", "wifi-off", _("Box offline")),
    }[found.busy]
    return Chip(look=look, icon=icon, word=word)


def _until(found: Machine, zone: ZoneInfo, now: Utc) -> str:
    """Today only: what is later is of no use to who stands there."""
    at = found.until
    if at is None or at <= now or at.astimezone(zone).date() != now.astimezone(zone).date():
        return ""
    return _("until %(time)s", time=clock(at, zone))
