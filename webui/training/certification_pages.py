"""Forms for certifications and documents: add one, or change its name, validity and scope."""

from collections.abc import Mapping

import msgspec
from flask import abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.training import certifications
from controller.capabilities.training.models import CertificationRow
from controller.capabilities.training.shapes import (
    Certification,
    Disuse,
    Duration,
    NewCertification,
    OnDate,
)
from controller.kernel.actor import Permission
from controller.kernel.errors import Conflict, Forbidden, NotFound, ServiceError
from controller.kernel.slugs import unused_slug
from controller.kernel.validate import parse
from webui import forms
from webui.context import context
from webui.feature import Pages
from webui.form_fields import texts, version
from webui.guard import actor, site
from webui.i18n import _
from webui.naming import read_label, whole_number
from webui.undo import done_with_undo, flash_done
from webui.write_actions import ANY, write_action

pages = Pages("certifications", __name__)
_WRITE = Permission.RULES_WRITE
_NEW = {"kind": "certification", "ends": "never", "days": "365", "scope": "network"}


@pages.get("/training/certifications/new", _WRITE)
def new() -> ResponseReturnValue:
    """Show the form for a new certification or document."""
    return _render_form("", _NEW)


@pages.post("/training/certifications", _WRITE)
def create() -> ResponseReturnValue:
    """Add it; its id comes from its name."""
    typed = _form_values()
    with write_action(ANY, lambda error: (_render_form("", typed, error), 422)) as (db, now):
        new = parse({"id": "new", "site_id": site().id, **_patch_of(typed)}, NewCertification)
        key = unused_slug(db, CertificationRow, read_label(new.name))
        new = msgspec.structs.replace(new, id=key)
        certifications.create(db, new, actor=actor(), now=now)
    flash_done(_("Added. Courses can now give it, and machines can require it."))
    return redirect(url_for("courses.show", _anchor="held"), 303)


@pages.get("/training/certifications/<certification>", _WRITE)
def edit(certification: str) -> ResponseReturnValue:
    """Show the form with the current values."""
    return _render_form(certification, _stored_values(_get_certification(certification)))


@pages.post("/training/certifications/<certification>", _WRITE)
def change(certification: str) -> ResponseReturnValue:
    """Save it; certifications that were given already keep their end."""
    before, typed = _stored_values(_get_certification(certification)), _form_values()
    with write_action(ANY, lambda error: (_render_form(certification, typed, error), 422)) as (
        db,
        now,
    ):
        after = certifications.change(
            db, certification, _patch_of(typed), version=version(), actor=actor(), now=now
        )
    back = before | {"certification": certification, "version": str(after.version)}
    text = _("Saved. Anything already given keeps its end date.")
    done_with_undo(text, "certifications.change", **back)
    return redirect(url_for("courses.show", _anchor="held"), 303)


def _fields() -> forms.Fields:
    return {
        "kind": forms.Field(wrong=_("Choose: certification or document.")),
        "ends": forms.Field(
            attribute="validity", wrong=_("Enter a number of days, from 1 to 36500, or a date.")
        ),
        "scope": forms.Field(wrong=_("Choose where it is valid.")),
    }


def _stored_values(certification: Certification) -> dict[str, str]:
    """Return the form's fields for an existing certification."""
    typed = forms.stored_values(certification, _fields())
    match certification.validity:
        case Duration(days=days):
            return typed | {"ends": "duration", "days": str(days)}
        case Disuse(days=days):
            return typed | {"ends": "disuse", "days": str(days)}
        case OnDate(date=date):
            return typed | {"ends": "date", "date": date.isoformat()}
        case _:
            return typed | {"ends": "never"}


def _form_values() -> dict[str, str]:
    return forms.read(_fields()) | texts(("days", "date"))


def _patch_of(typed: Mapping[str, str]) -> dict[str, object]:
    """Return the patch for the service, which reports its errors."""
    validity: dict[str, object] = {"kind": typed["ends"]}
    if typed["ends"] in ("duration", "disuse"):
        validity["days"] = whole_number(typed["days"])
    elif typed["ends"] == "date":
        validity["date"] = typed["date"]
    return forms.service_values(typed, _fields()) | {"validity": validity}


def _get_certification(certification: str) -> Certification:
    with context().database.read() as db:
        try:
            stored = certifications.get(db, certification, actor=actor())
        except (NotFound, Forbidden):
            abort(404)
    # the site that owns a certification of the network is the only one to change it
    if stored.site_id != site().id:
        abort(404)
    return stored


def _render_form(key: str, typed: Mapping[str, str], error: ServiceError | None = None) -> str:
    fields = _fields()
    wrong = forms.field_errors(error, fields) if error else {}
    if isinstance(error, Conflict):
        wrong = {"scope": _("Another site, or a course of the network, still needs it.")}
    page = forms.form(key, fields, typed, wrong)
    return render_template("certifications/certification.html", page=page)
