"""The form with a member's details: its input, the merge patch for it, and its errors."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import msgspec
from werkzeug.datastructures import MultiDict

from controller.capabilities.members.shapes import PRIVATE_TEXTS, Category, Member
from controller.domain.facts import Aid
from controller.kernel.errors import Invalid, ServiceError
from controller.kernel.jsontypes import to_json
from controller.kernel.shapes import Label, has_dotless_domain
from controller.kernel.translation import languages
from webui import form_merge
from webui.forms import PageError
from webui.i18n import _, name_of
from webui.members.labels import TextLabel, name_error, phone_error, private_texts
from webui.members.member_view import aid_label
from webui.members.views import categories_text as category_words
from webui.naming import read_label
from webui.parts import Option

_FIELDS = (
    "display_name",
    "email",
    "language",
    "categories",
    "aids",
    "needs_help",
    "guardian",
    "also_at",
    "supervises",
    *PRIVATE_TEXTS,
)
"""The fields that this form and the supervision form change, so those that an undo may restore."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberForm:
    """The text in the form's fields."""

    name: str
    email: str = ""
    private: Mapping[str, str]
    language: str = ""
    categories: tuple[str, ...] = ()
    others: str = ""
    """Categories in the site's own words, separated by commas."""
    aids: tuple[str, ...] = ()
    needs_help: bool = False
    guardian_name: str = ""
    guardian_phone: str = ""
    guardian_email: str = ""
    also_at: tuple[str, ...] = ()
    version: int | None = None
    """The version of the record that the form was filled from; None: unknown."""
    filled: str = ""
    """What the form was filled with, as `form_merge` has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The form's page: what was typed, the errors by field, and the options."""

    id: str
    typed: MemberForm
    """What was typed, or the stored values."""
    wrong: Mapping[str, str]
    languages: tuple[Option, ...]
    categories: tuple[Option, ...]
    aids: tuple[Option, ...]
    private: Mapping[str, TextLabel]
    others: tuple[Option, ...]
    """The sites of the network besides the member's home site."""


def form_of(member: Member) -> MemberForm:
    """Return the form filled with a member's data."""
    standard = {category.value for category in Category}
    guardian = member.guardian
    form = MemberForm(
        name=member.display_name,
        email=member.email or "",
        private={name: getattr(member, name) or "" for name in PRIVATE_TEXTS},
        language=member.language,
        categories=tuple(category for category in member.categories if category in standard),
        others=", ".join(category for category in member.categories if category not in standard),
        aids=tuple(member.aids),
        needs_help=member.needs_help,
        guardian_name=guardian.name if guardian else "",
        guardian_phone=guardian.phone if guardian else "",
        guardian_email=(guardian.email or "") if guardian else "",
        also_at=member.also_at,
        version=member.version,
    )
    return replace(form, filled=form_merge.fill(_values_of(form), member.version)["filled"])


def merge(typed: MemberForm, stored: MemberForm) -> tuple[MemberForm, dict[str, str]]:
    """Return the form with what somebody else has changed since it was filled, and a note at each
    such field."""
    words = {language.value: name_of(language) for language in languages()}
    values, notes = form_merge.merge(_values_of(typed), _values_of(stored), words)
    private = {name: values.pop(name) for name in PRIVATE_TEXTS}
    values["needs_help"] = bool(values["needs_help"])
    return replace(stored, private=private, **values), notes


def _values_of(form: MemberForm) -> dict[str, Any]:
    values = asdict(form) | {"needs_help": ("1",) * form.needs_help}
    private: Mapping[str, str] = values.pop("private")
    return {**values, **private}


def read(form: MultiDict[str, str]) -> MemberForm:
    """Return what was submitted in the form."""
    version = form.get("version", "")

    def text(name: str) -> str:
        return " ".join(form.get(name, "").split())

    return MemberForm(
        name=text("name"),
        email=text("email"),
        private={name: text(name) for name in PRIVATE_TEXTS},
        language=text("language"),
        categories=tuple(form.getlist("categories")),
        others=text("others"),
        aids=tuple(form.getlist("aids")),
        needs_help="needs_help" in form,
        guardian_name=text("guardian_name"),
        guardian_phone=text("guardian_phone"),
        guardian_email=text("guardian_email"),
        also_at=tuple(form.getlist("also_at")),
        version=int(version) if version.isdecimal() else None,
        filled=form.get("filled", ""),
    )


def patch(typed: MemberForm) -> dict[str, Any]:
    """Return the form's input as a merge patch of the member."""
    others = [part.strip() for part in typed.others.split(",") if part.strip()]
    guardian_fields = (typed.guardian_name, typed.guardian_phone, typed.guardian_email)
    guardian = {
        "name": typed.guardian_name,
        "phone": typed.guardian_phone,
        "email": typed.guardian_email or None,
    }
    return {
        "display_name": typed.name,
        "email": typed.email or None,
        "language": typed.language,
        "categories": [*typed.categories, *others],
        "aids": list(typed.aids),
        "needs_help": typed.needs_help,
        "guardian": guardian if any(guardian_fields) else None,
        "also_at": list(typed.also_at),
        **{name: text or None for name, text in typed.private.items()},
    }


def email_remark(after: Member, before: Member | None = None) -> str:
    """Return a remark on a new e-mail address that is probably mistyped; empty: none."""
    is_new = before is None or before.email != after.email
    if not (is_new and has_dotless_domain(after.email)):
        return ""
    return _("Check the address: %(email)s.", email=after.email)


def undo_json(before: Member, after: Member) -> str | None:
    """Return a merge patch that restores what has changed, as JSON; None: nothing has changed."""
    old, new = to_json(before), to_json(after)
    changed = {name: old[name] for name in _FIELDS if old[name] != new[name]}
    return msgspec.json.encode(changed).decode() if changed else None


def undo_patch(form: Mapping[str, str]) -> tuple[dict[str, Any], int]:
    """Return the merge patch and the version that an undo sends.

    Raises ValueError for any other input, and RecursionError for JSON that is nested too deeply.
    """
    patch = msgspec.json.decode(form.get("patch", ""), type=dict[str, Any])
    if not patch or not patch.keys() <= set(_FIELDS):
        raise ValueError("fields that this form does not change")
    return patch, int(form.get("version", ""))


def field_errors(error: ServiceError, typed: MemberForm) -> dict[str, str]:
    """Return the error messages by form field; empty if the error is not about a field."""
    if isinstance(error, PageError):
        return error.wrong
    if not isinstance(error, Invalid):
        return {}
    words = {
        "display_name": ("name", name_error(typed.name)),
        "email": ("email", _("This is not an e-mail address. Enter one such as name@example.org.")),
        "language": ("language", _("Choose a language from the list.")),
        "categories": ("others", _("Each group has 40 characters at most.")),
        "guardian.name": ("guardian_name", _("Enter the name of the person to call.")),
        "guardian.phone": ("guardian_phone", phone_error()),
        "guardian.email": ("guardian_email", _("This is not an e-mail address.")),
        **{name: (name, label.wrong) for name, label in private_texts().items()},
    }
    errors = dict[str, str]()
    for field_error in error.errors:
        name = next((key for key in words if field_error.field.startswith(key)), None)
        if name is not None:
            errors.setdefault(*words[name])
    return errors


def form(
    member: Member, typed: MemberForm, wrong: Mapping[str, str], sites: Mapping[str, Label]
) -> Form:
    """Return the form's page; `sites` are the names of all sites."""
    return Form(
        id=member.id,
        typed=typed,
        wrong=wrong,
        languages=tuple(
            Option(value=language, text=name_of(language).capitalize()) for language in languages()
        ),
        categories=category_options(),
        aids=tuple(Option(value=aid, text=aid_label(aid)) for aid in Aid),
        private=private_texts(),
        others=tuple(
            Option(value=key, text=read_label(name))
            for key, name in sites.items()
            if key != member.site_id
        ),
    )


def category_options(publics: Sequence[Category] = tuple(Category)) -> tuple[Option, ...]:
    """Return the categories that every site has, as options."""
    return tuple(Option(value=category, text=category_words([category])) for category in publics)
