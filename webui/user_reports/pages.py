"""User reports on a machine's page: take one, and reply to it."""

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.user_reports import user_reports
from controller.capabilities.user_reports.models import WISHES
from controller.capabilities.user_reports.shapes import Dealt, PublicLabel, UserReport
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict
from webui.addresses import return_address
from webui.context import context
from webui.feature import Pages
from webui.guard import actor
from webui.i18n import _
from webui.undo import flash_done
from webui.write_actions import write_action

MAX_REMARK_CHARACTERS, MAX_LABEL_CHARACTERS = 400, 60
"""Longest reply, and longest text shown at the QR code."""

pages = Pages("user_reports", __name__)


@pages.post("/told/<report>/take", Permission.DESK)
def take(report: str) -> ResponseReturnValue:
    """Take the report, so that others see who takes care of it."""
    return _run_action(
        report,
        lambda db, now: user_reports.take(db, report, actor=actor(), now=now),
        lambda _report: _("You are taking care of it. The others can see that."),
    )


@pages.post("/told/<report>/label", Permission.DESK)
def publish_label(report: str) -> ResponseReturnValue:
    """Show at the QR code what the report is about; without a text, only its kind."""
    typed = " ".join(request.form.get("label", "").split())[:MAX_LABEL_CHARACTERS]
    new = PublicLabel(label=typed or None)
    return _run_action(
        report,
        lambda db, now: user_reports.publish_label(db, report, new, actor=actor(), now=now),
        lambda _report: (
            _("Shown at the QR code.") if typed else _("No longer shown at the QR code.")
        ),
    )


@pages.post("/told/<report>/done", Permission.DESK)
def answer(report: str) -> ResponseReturnValue:
    """Settle the report with a reply, which the person who reported can read."""
    remark = request.form.get("remark", "").strip()[:MAX_REMARK_CHARACTERS]
    if not remark:
        flash(_("Describe what was done."), "wrong")
        return _redirect_back(report)
    return _run_action(
        report,
        lambda db, now: user_reports.settle(
            db, report, Dealt(remark=remark), actor=actor(), now=now
        ),
        _settled_text,
    )


def _redirect_back(report: str) -> ResponseReturnValue:
    with context().database.read() as db:
        user_report = user_reports.get(db, report, actor=actor())
    return _redirect_to(user_report)


def _redirect_to(report: UserReport) -> ResponseReturnValue:
    if report.access_point:
        address = url_for("machine.show", point=report.access_point, _anchor="told")
    else:
        address = url_for("needs.show" if report.kind in WISHES else "live.show")
    return redirect(return_address(address), 303)


def _run_action(
    report: str, service: Callable[[Session, Utc], UserReport], message: Callable[[UserReport], str]
) -> ResponseReturnValue:
    with write_action(Conflict, _("It has already been resolved."), _redirect_back(report)) as (
        db,
        now,
    ):
        report_row = service(db, now)
    flash_done(message(report_row))
    return _redirect_to(report_row)


def _settled_text(report: UserReport) -> str:
    if report.member_id:
        return _("Resolved. The person who reported it can read your reply on their own page.")
    return _("Resolved. It was reported without an account: only the team reads your reply.")
