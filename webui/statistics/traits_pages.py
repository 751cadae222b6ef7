"""Data that members give about themselves for statistics, at the desk or on their own page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.members import members
from controller.capabilities.statistics import traits
from controller.capabilities.statistics.shapes import Traits
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Forbidden, Invalid, NotFound
from controller.kernel.validate import parse
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, own_member
from webui.i18n import _
from webui.parts import Option
from webui.statistics.formatting import genre_words, statut_words, tranche_words
from webui.undo import flash_done
from webui.write_actions import write_action

pages = Pages("traits", __name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class TraitsPage:
    """The stored data and the options; `name` is empty on the member's own page."""

    name: str
    has_data: bool
    genre: str
    tranche_age: str
    statut_social: str
    commune: str
    genres: tuple[Option, ...]
    tranches: tuple[Option, ...]
    statuts: tuple[Option, ...]
    say: str
    withdraw: str
    back: str


@pages.get("/members/<member>/statistics", Permission.MEMBERS_WRITE)
def show(member: str) -> ResponseReturnValue:
    """Show the form at the desk, with the member present."""
    with context().database.read() as db:
        name = _read_or_abort(lambda: members.get(db, member, actor=actor())).display_name
        stored = _read_or_abort(lambda: traits.member_traits(db, member, actor=actor()))
    return _render(
        stored,
        name,
        url_for("traits.say", member=member),
        url_for("traits.withdraw", member=member),
        url_for("member.show", member=member),
    )


@pages.post("/members/<member>/statistics", Permission.MEMBERS_WRITE)
def say(member: str) -> ResponseReturnValue:
    """Save the data, by consent."""
    return _save(member, url_for("traits.show", member=member))


@pages.post("/members/<member>/statistics/withdraw", Permission.MEMBERS_WRITE)
def withdraw(member: str) -> ResponseReturnValue:
    """Erase the data; no reason is asked for."""
    return _withdraw(member, url_for("traits.show", member=member))


@pages.get("/me/statistics", Permission.OWN_WRITE)
def mine() -> ResponseReturnValue:
    """Show the form to the member."""
    me = actor().member_id
    if me is None:
        return render_template("traits/nobody.html")
    with context().database.read() as db:
        stored = _read_or_abort(lambda: traits.member_traits(db, me, actor=actor()))
    to = (url_for("traits.say_mine"), url_for("traits.withdraw_mine"), url_for("me.show"))
    return _render(stored, "", *to)


@pages.post("/me/statistics", Permission.OWN_WRITE)
def say_mine() -> ResponseReturnValue:
    """Save the member's own data, by consent."""
    return _save(own_member(), url_for("traits.mine"))


@pages.post("/me/statistics/withdraw", Permission.OWN_WRITE)
def withdraw_mine() -> ResponseReturnValue:
    """Erase the member's own data."""
    return _withdraw(own_member(), url_for("traits.mine"))


def _read_or_abort(reader: Callable[[], T]) -> T:
    try:
        return reader()
    except (NotFound, Forbidden):
        abort(404)


def _save(member: str, back: str) -> ResponseReturnValue:
    form = request.form
    fields: dict[str, object] = {
        name: form.get(name, "") for name in ("genre", "tranche_age", "statut_social")
    }
    fields |= {"consent": form.get("consent") == "yes"}
    if commune := form.get("commune", "").strip():
        fields["commune"] = commune

    def do(db: Session) -> None:
        stated = parse(fields, Traits)
        traits.store_traits(db, member, stated, actor=actor(), now=context().clock())

    try:
        _write(do)
    except Invalid:
        flash(
            _("Nothing is saved without consent: tick the box, or leave everything blank."), "wrong"
        )
        return redirect(back, 303)
    flash_done(_("Saved for statistics. You can erase it here at any time."))
    return redirect(back, 303)


def _withdraw(member: str, back: str) -> ResponseReturnValue:
    _write(lambda db: traits.withdraw(db, member, actor=actor()))
    flash_done(_("Erased. Totals already counted can’t be linked to anybody."))
    return redirect(back, 303)


def _write(do: Callable[[Session], None]) -> None:
    with write_action(Forbidden, lambda _error: abort(404)) as (db, _now):
        do(db)


def _render(
    stored: Traits | None, name: str, say_at: str, withdraw_at: str, back: str
) -> ResponseReturnValue:
    current = stored or Traits()
    page = TraitsPage(
        name=name,
        has_data=stored is not None,
        genre=current.genre,
        tranche_age=current.tranche_age,
        statut_social=current.statut_social,
        commune=current.commune or "",
        genres=_options(genre_words()),
        tranches=_options(tranche_words()),
        statuts=_options(statut_words()),
        say=say_at,
        withdraw=withdraw_at,
        back=back,
    )
    return render_template("traits/traits.html", page=page)


def _options(words: Mapping[str, str]) -> tuple[Option, ...]:
    return tuple(Option(value=key, text=text) for key, text in words.items())
