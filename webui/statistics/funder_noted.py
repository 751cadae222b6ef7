"""Data entered for the funder report: which partners fund which projects, and volunteers' time."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.statistics import partners, volunteer_time
from controller.capabilities.statistics.shapes import NewPartner, NewVolunteerTime
from controller.kernel.actor import Permission
from controller.kernel.errors import Invalid
from controller.kernel.validate import parse
from webui.guard import actor, site
from webui.i18n import _
from webui.statistics.pages import pages
from webui.undo import done_with_undo, flash_done
from webui.write_actions import write_action


@pages.post("/reports/partners", Permission.RULES_WRITE)
def add_partner() -> ResponseReturnValue:
    """Add a partner that funds projects."""
    name = request.form.get("name", "").strip()
    fields = {"name": {"fr": name}, "project_ids": request.form.getlist("project_ids")}
    with write_action(
        Invalid, _("Enter a name, and projects of this place."), _redirect_back()
    ) as (db, now):
        new = parse({**fields, "site_id": site().id}, NewPartner)
        partner = partners.create(db, new, actor=actor(), now=now)
    done_with_undo(_("%(name)s added.", name=name), "reports.remove_partner", partner=partner.id)
    return _redirect_back()


@pages.post("/reports/partners/<partner>", Permission.RULES_WRITE)
def fund(partner: str) -> ResponseReturnValue:
    """Replace the list of projects that a partner funds."""
    chosen = request.form.getlist("project_ids")
    with write_action(Invalid, _("Choose projects of this place."), _redirect_back()) as (db, now):
        partners.set_projects(db, partner, chosen, actor=actor(), now=now)
    flash_done(_("Funded projects saved."))
    return _redirect_back()


@pages.post("/reports/partners/<partner>/remove", Permission.RULES_WRITE)
def remove_partner(partner: str) -> ResponseReturnValue:
    """Remove a partner that was added by mistake."""
    with write_action() as (db, now):
        partners.remove(db, partner, actor=actor(), now=now)
    flash_done(_("Partner removed."))
    return _redirect_back()


@pages.post("/reports/volunteers", Permission.MEMBERS_WRITE)
def note_volunteers() -> ResponseReturnValue:
    """Record time that volunteers gave."""
    form = request.form
    hours = form.get("hours", "").strip().replace(",", ".")
    with write_action(
        (Invalid, ValueError, OverflowError),
        _("Enter a day, the number of people, the hours and what they were for."),
        _redirect_back(),
    ) as (db, now):
        fields = {
            "day": form.get("day", ""),
            "people": int(form.get("people", "")),
            "minutes": round(float(hours) * 60),
            "what": form.get("what", "").strip(),
            "site_id": site().id,
        }
        entry = volunteer_time.record(db, parse(fields, NewVolunteerTime), actor=actor(), now=now)
    text = _("Volunteer hours recorded: %(what)s.", what=entry.what)
    done_with_undo(text, "reports.unnote_volunteers", time=entry.id)
    return _redirect_back()


@pages.post("/reports/volunteers/<time>/take-back", Permission.MEMBERS_WRITE)
def unnote_volunteers(time: str) -> ResponseReturnValue:
    """Remove time that was recorded by mistake."""
    with write_action() as (db, now):
        volunteer_time.take_back(db, time, actor=actor(), now=now)
    flash_done(_("Hours removed."))
    return _redirect_back()


def _redirect_back() -> ResponseReturnValue:
    return redirect(url_for("reports.funder"), 303)
