"""What can be held is made and changed: certifications and documents, and when they end."""

from collections.abc import Mapping

import msgspec
from flask import abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.training import certifications
from controller.capabilities.training.models import CertificationRow, Scope
from controller.capabilities.training.shapes import (
    Certification,
    Disuse,
    Duration,
    NewCertification,
    OnDate,
)
from controller.domain.facts import CertificationKind
from controller.kernel.actor import Permission
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound, ServiceError, Stale
from controller.kernel.slugs import unused_slug
from controller.kernel.validate import parse
from webui.acting import act
from webui.context import context
from webui.feature import Pages
from webui.form_fields import texts
from webui.guard import actor, site
from webui.i18n import _
from webui.members.acting import refusal
from webui.naming import name_fields, names_of, read_label, typed_names, whole_number
from webui.training.certification_view import CertificationPage
from webui.undo import done, done_with_undo

pages = Pages("certifications", __name__)
_WRITE = Permission.RULES_WRITE
_FIELDS = ("name_fr", "name_en", "kind", "ends", "days", "date", "scope", "version")
_NEW = {"kind": "certification", "ends": "never", "days": "365", "scope": "network"}


@pages.get("/training/certifications/new", _WRITE)
def new() -> ResponseReturnValue:
    """The form of a new one."""
    return _form("", _NEW)


@pages.post("/training/certifications", _WRITE)
def create() -> ResponseReturnValue:
    """Make it; its id comes from its name."""
    typed = texts(_FIELDS)
    try:
        with context().database.write() as db:
            fields = {"id": "new", "site_id": site().id, **_rules(typed)}
            made = parse(fields, NewCertification)
            key = unused_slug(db, CertificationRow, read_label(made.name))
            made = msgspec.structs.replace(made, id=key)
            certifications.create(db, made, actor=actor(), now=context().clock())
    except ServiceError as error:
        return _form("", typed, _wrong(error)), 422
    done(_("Added. A course can now give it, a machine ask for it."))
    return redirect(url_for("courses.show", _anchor="held"), 303)


@pages.get("/training/certifications/<certification>", _WRITE)
def edit(certification: str) -> ResponseReturnValue:
    """The form, with what holds now."""
    return _form(certification, _fields(_found(certification)))


@pages.post("/training/certifications/<certification>", _WRITE)
def change(certification: str) -> ResponseReturnValue:
    """Save it; what is already held keeps its end."""
    before, typed = _fields(_found(certification)), texts(_FIELDS)
    version = int(typed["version"]) if typed["version"].isdecimal() else None
    with act(
        (ServiceError, NotFound), lambda error: (_form(certification, typed, _wrong(error)), 422)
    ) as (db, now):
        after = certifications.change(
            db, certification, _rules(typed), version=version, actor=actor(), now=now
        )
    back = before | {"certification": certification, "version": str(after.version)}
    text = _("Saved. What is already held keeps its end.")
    done_with_undo(text, "certifications.change", **back)
    return redirect(url_for("courses.show", _anchor="held"), 303)


def _fields(found: Certification) -> dict[str, str]:
    """What stands in the form of one that there is."""
    fields = {
        "kind": found.kind.value,
        "ends": "never",
        "scope": found.scope.value,
        "version": str(found.version),
    }
    names = {f"name_{key}": text for key, text in names_of(found.name).items() if text}
    match found.validity:
        case Duration(days=days):
            return fields | names | {"ends": "duration", "days": str(days)}
        case Disuse(days=days):
            return fields | names | {"ends": "disuse", "days": str(days)}
        case OnDate(date=date):
            return fields | names | {"ends": "date", "date": date.isoformat()}
        case _:
            return fields | names


def _rules(typed: Mapping[str, str]) -> dict[str, object]:
    """As the service takes them, or says what is wrong."""
    validity: dict[str, object] = {"kind": typed["ends"]}
    if typed["ends"] in ("duration", "disuse"):
        validity["days"] = whole_number(typed["days"])
    elif typed["ends"] == "date":
        validity["date"] = typed["date"]
    return {
        "name": typed_names(typed),
        "kind": typed["kind"],
        "validity": validity,
        "scope": typed["scope"],
    }


def _wrong(error: ServiceError) -> dict[str, str]:
    """By the field where it is said."""
    if isinstance(error, Stale):
        return {"name": _("It has changed meanwhile: reload the page.")}
    if isinstance(error, Conflict):
        return {"scope": _("Another site, or a course of the network, still needs it.")}
    if not isinstance(error, Invalid):
        return {"name": refusal(error)}
    words = {
        "kind": ("kind", _("Choose: certification or document.")),
        "scope": ("scope", _("Choose where it counts.")),
        "validity": ("ends", _("Say a number of days, from 1 to 36500, or a date.")),
    }
    name = ("name", _("Give it a name of one line."))
    return dict(
        words.get(field_error.field.partition(".")[0], name) for field_error in error.errors
    )


def _found(certification: str) -> Certification:
    with context().database.read() as db:
        try:
            found = certifications.get(db, certification, actor=actor())
        except (NotFound, Forbidden):
            abort(404)
    if found.site_id != site().id:  # of the network: only its own site changes it
        abort(404)
    return found


def _form(key: str, typed: Mapping[str, str], wrong: Mapping[str, str] | None = None) -> str:
    document = typed.get("kind") == CertificationKind.DOCUMENT.value
    page = CertificationPage(
        id=key,
        names=name_fields(typed_names(typed), site().language),
        kind="document" if document else "certification",
        ends=typed.get("ends", "never"),
        days=typed.get("days", ""),
        date=typed.get("date", ""),
        network=typed.get("scope") != Scope.SITE.value,
        version=typed.get("version", ""),
        wrong=wrong or {},
    )
    return render_template("certifications/certification.html", page=page)
