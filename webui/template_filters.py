"""Filters with which a template shows the times and authors of a struct."""

from flask import Flask

from controller.domain.time import Utc
from controller.kernel.names import short_login
from webui.context import context
from webui.guard import site_zone
from webui.i18n import dates
from webui.i18n.dates import Moment


def install(app: Flask) -> None:
    """Add the filters to an application."""
    app.jinja_env.filters |= {
        "relative": relative,
        "time_of_day": time_of_day,
        "day": day,
        "login": short_login,
    }


def relative(at: Utc) -> Moment:
    """Return a time relative to today at the site, with the exact time."""
    return dates.relative(at, context().clock(), site_zone())


def time_of_day(at: Utc) -> Moment:
    """Return the time of day at the site, with the exact time."""
    zone = site_zone()
    return dates.moment(dates.clock(at, zone), at, zone)


def day(at: Utc) -> str:
    """Return the date at the site, with the year only if it is not the current one."""
    return dates.day(at, context().clock(), site_zone())
