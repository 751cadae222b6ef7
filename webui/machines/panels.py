"""The panels beside a machine's rule: maintenance, prices, user reports, prints, past alarms."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import url_for

from controller.capabilities.access import effect
from controller.capabilities.alarms import alarms
from controller.capabilities.billing.machine_prices import prices_of_machine
from controller.capabilities.billing.permissions import MONEY_READ
from controller.capabilities.machines.shapes import AccessPoint
from controller.capabilities.maintenance import maintenance
from controller.capabilities.print_jobs import print_jobs
from controller.capabilities.user_reports import user_reports
from controller.domain.facts import PointKind
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.database import Session
from controller.kernel.names import names_of
from controller.policy.policy_reader import head
from webui.billing.machine_cost import MachineCost, machine_cost
from webui.guard import is_allowed
from webui.machines.past_alarms import PastAlarm, past_alarm
from webui.maintenance.maintenance_view import CareLine, DoneLine, care_line, done_line
from webui.paging import all_items
from webui.print_jobs.print_view import PrintLine, print_line
from webui.user_reports.report_view import (
    OpenReportLine,
    SettledLine,
    open_report_line,
    settled_line,
)

# What every part of a machine's page needs to read its data.


@dataclass(frozen=True, slots=True)
class MachineReader:
    """The transaction, the reader, the site and the time with which a machine's page is read."""

    db: Session
    who: Actor
    """The reader of the page."""
    site: str
    now: Utc
    zone: ZoneInfo


ROW_LIMIT = 2000
"""Up to this number of badges the page computes a rule's effect itself; beyond, a part of the page
loads it."""
_OPEN_LIMIT, _PAST_LIMIT, _PRINT_LIMIT = 20, 5, 10
"""How many open reports, log entries or past alarms, and prints a panel lists."""


def badge_count(reading: MachineReader) -> int:
    """Return how many badges the site's agents know."""
    return head(reading.db, reading.site).holders


def maintenance_lines(reading: MachineReader, point: AccessPoint) -> tuple[CareLine, ...]:
    """Return the machine's recurring maintenance tasks, as lines."""
    every = all_items(
        lambda at: maintenance.page(
            reading.db, actor=reading.who, now=reading.now, access_point=point.id, cursor=at
        )
    )
    return tuple(care_line(task, reading.now, reading.zone) for task in every)


def report_lines(reading: MachineReader, point: AccessPoint) -> tuple[OpenReportLine, ...]:
    """Return the open user reports on the machine, as lines."""
    waiting = user_reports.open_reports(reading.db, point.id, actor=reading.who, limit=_OPEN_LIMIT)
    return tuple(open_report_line(report, reading.now, reading.zone) for report in waiting)


def maintenance_done(reading: MachineReader, point: AccessPoint) -> tuple[DoneLine, ...]:
    """Return the maintenance that was done last."""
    entries = maintenance.log(reading.db, point.id, actor=reading.who, limit=_PAST_LIMIT)
    return tuple(done_line(name, entry, reading.now, reading.zone) for name, entry in entries)


def prints(reading: MachineReader, point: AccessPoint) -> tuple[PrintLine, ...]:
    """Return the latest prints that the reader may see."""
    jobs = print_jobs.last_prints(reading.db, point.id, actor=reading.who, limit=_PRINT_LIMIT)
    people = {f"member:{job.member_id}" for job in jobs if job.member_id}
    names = names_of(reading.db, people) if people else {}
    return tuple(print_line(job, names, reading.now, reading.zone) for job in jobs)


def cost(reading: MachineReader, point: AccessPoint) -> MachineCost | None:
    """Return the price of using the machine; None for a door."""
    if point.kind is PointKind.DOOR:
        return None
    today = reading.now.astimezone(reading.zone).date()
    prices = prices_of_machine(reading.db, reading.site, point.id, today)
    return machine_cost(prices, url_for("money.tariff") if is_allowed(MONEY_READ) else "")


def settled_lines(reading: MachineReader, point: AccessPoint) -> tuple[SettledLine, ...]:
    """Return the reports that were settled last."""
    reports = user_reports.settled_reports(
        reading.db, point.id, actor=reading.who, limit=_PAST_LIMIT
    )
    return tuple(settled_line(report, reading.now, reading.zone) for report in reports)


def past_alarms(reading: MachineReader, point: AccessPoint) -> tuple[PastAlarm, ...]:
    """Return the latest alarms on the machine from its agent; empty if it has no agent."""
    if point.agent_id is None:
        return ()
    db, kinds = reading.db, reading.db.info["house"].alarms
    past = alarms.latest_at(db, point.agent_id, point.id, actor=reading.who, limit=_PAST_LIMIT)
    return tuple(past_alarm(alarm, kinds, reading.now, reading.zone) for alarm in past)


def copyable_badges(reading: MachineReader, point: AccessPoint) -> effect.CopyableBadges | None:
    """Return how many badges could be copied to open the machine.

    None if the rule requires more than the badge's number, if there are too many badges to count
    quickly, or if the reader may not read rules.
    """
    if point.requirement.assurance != "uid" or badge_count(reading) > ROW_LIMIT:
        return None
    if not is_allowed(Permission.RULES_READ):
        return None
    return effect.count_copyable(reading.db, point.id, actor=reading.who, now=reading.now)
