"""The sites of the network, and the form that adds one with rooms, hours and manager."""

from dataclasses import dataclass
from zoneinfo import available_timezones

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.accounts import mailed_links
from controller.capabilities.alarms import alarms
from controller.capabilities.messages.stops import is_address
from controller.capabilities.places import sites
from controller.capabilities.places.shapes import Site
from controller.capabilities.presence import evacuations
from controller.capabilities.setup import new_place
from controller.capabilities.setup.new_place import Invitation, NewPlace, PlaceCounts
from controller.domain.locale.catalogue import N_
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Invalid
from controller.kernel.jsontypes import to_json
from controller.kernel.translation import languages
from controller.kernel.validate import parse
from webui.context import context
from webui.feature import Pages
from webui.form_fields import texts
from webui.guard import SignedIn, account, site
from webui.i18n import _, name_of, plural
from webui.naming import read_label
from webui.navigation import SETTINGS, Nav
from webui.parts import CardState, Option
from webui.places.hours_presenter import opening_text
from webui.places.reading import PlaceReader
from webui.setup.hours import DAYS, Day, shown_week, typed_week
from webui.undo import flash_done
from webui.write_actions import SECRET, write_action

pages = Pages("network", __name__)
_WRITE = Permission.ACCOUNTS_WRITE
MAX_ROOMS, LONGEST_ROOMS = 50, 5000
"""How many rooms may be entered, and the length of their text."""
_MAX_ALARMS = 200
"""How many active alarms of a site are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceLine:
    """One site in the list."""

    id: str
    name: str
    is_here: bool
    """Whether the reader is looking at it."""
    is_begun: bool
    """Whether the site has a box; nothing counts who is in before."""
    opening: str
    """Whether it is open, until or from when."""
    present: int
    alarms: int
    counts: PlaceCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPlacePage:
    """The form for a new site."""

    typed: dict[str, str]
    wrong: dict[str, str]
    languages: tuple[Option, ...]
    time_zones: tuple[str, ...]
    week: tuple[Day, ...]


def card_state() -> CardState:
    """Return the names of the sites that the account administers."""
    who = _account_of_all_sites()
    own_places = [
        read_label(place.name) for place in who.sites if who.open_actor.may(_WRITE, place.id)
    ]
    return CardState(", ".join(sorted(own_places, key=str.casefold)))


@pages.get(
    "/places",
    _WRITE,
    nav=Nav(
        entry=SETTINGS,
        icon="map-pin",
        text=lambda: _("Places of the network"),
        also="lieux places sites network réseau annexe",
        place=15,
        card=card_state,
    ),
)
def show() -> ResponseReturnValue:
    """Show the sites that this account administers."""
    who = _account_of_all_sites()
    own_places = [place for place in who.sites if who.open_actor.may(_WRITE, place.id)]
    with context().database.read() as db:
        counts = new_place.counts(db, [place.id for place in own_places], actor=who.open_actor)
        may_add = _may_add(db, who)
        now = context().clock()
        lines = tuple(
            _line(PlaceReader(db, who.open_actor, place, now), counts[place.id])
            for place in own_places
        )
    return render_template("network/places.html", lines=lines, may_add=may_add)


@pages.get("/places/new", _WRITE)
def new() -> ResponseReturnValue:
    """Show the form for a new site."""
    place = site()
    _require_admin_of_all()
    return _render_form({"language": place.language.value, "time_zone": place.time_zone}, {})


def _languages() -> dict[str, str]:
    return {language: name_of(language).capitalize() for language in languages()}


@pages.post(
    "/places",
    _WRITE,
    grave=N_("Create a place and its administrator"),
    choices=lambda: {"language": _languages()},
)
def create() -> ResponseReturnValue:
    """Create the site and redirect to its setup; an invitation's code is shown once before."""
    who, web, typed = _require_admin_of_all(), context(), _typed_values()
    with write_action(Invalid, lambda error: (_render_form(typed, _field_errors(error)), 422)) as (
        db,
        now,
    ):
        new_site, invitation = new_place.create(
            db, _read_new_place(typed), actor=who.actor, now=now
        )
        to = typed["manager"]
        is_mailed = invitation is not None and web.settings.mail.is_on and is_address(to)
        if invitation is not None and is_mailed:
            _mail_invitation(db, invitation, to, new_site.id)
    if invitation is not None and not is_mailed:
        return _render_code(new_site, invitation, typed["manager"])
    name = read_label(new_site.name)
    flash_done(
        _(
            "%(place)s has been created, and you are its administrator. Add its first box.",
            place=name,
        )
    )
    return redirect(url_for("setup.show", site=new_site.id), 303)


def _account_of_all_sites() -> SignedIn:
    """Return the account with its roles at all sites, as a new site belongs to none of them yet."""
    return account() or abort(401)


def _may_add(db: Session, who: SignedIn) -> bool:
    """Whether the account is an admin of every site, with the second factor that any of them
    requires."""
    return not who.lacks_factor_at and sites.administers_all(db, who.actor)


def _require_admin_of_all() -> SignedIn:
    who = _account_of_all_sites()
    with context().database.read() as db:
        return who if _may_add(db, who) else abort(403)


def count_texts(counts: PlaceCounts) -> tuple[str, str, str]:
    """Return the numbers of rooms, machines and boxes, as texts."""
    return (
        plural("%(n)s room", "%(n)s rooms", counts.rooms),
        plural("%(n)s machine", "%(n)s machines", counts.machines),
        plural("%(n)s box", "%(n)s boxes", counts.boxes),
    )


def _line(here: PlaceReader, counts: PlaceCounts) -> PlaceLine:
    place = here.at
    inside, _helped = evacuations.count_inside(here.db, place.id, actor=here.who, now=here.now)
    return PlaceLine(
        id=place.id,
        name=read_label(place.name),
        is_here=place.id == site().id,
        is_begun=counts.boxes > 0,
        opening=opening_text(here),
        present=inside,
        alarms=len(alarms.active_kinds(here.db, place.id, _MAX_ALARMS)),
        counts=counts,
    )


def _typed_values() -> dict[str, str]:
    days = (f"{side}-{number}" for side in ("start", "end") for number in DAYS)
    typed = texts(("name", "language", "time_zone", "always", "manager", *days))
    return typed | {"rooms": request.form.get("rooms", "")[:LONGEST_ROOMS]}


def _read_new_place(typed: dict[str, str]) -> NewPlace:
    """Return the new site in the form. Raises Invalid."""
    language = typed.get("language", "")
    if language not in languages():
        raise Invalid.of("language", "required")
    rooms = [" ".join(line.split()) for line in typed.get("rooms", "").splitlines()]
    rooms = list(dict.fromkeys(filter(None, rooms)))
    if len(rooms) > MAX_ROOMS:
        raise Invalid.of("rooms", f"at most {MAX_ROOMS}")
    week = () if typed.get("always") == "yes" else typed_week(typed)
    fields = {
        "name": {language: " ".join(typed.get("name", "").split())},
        "time_zone": typed.get("time_zone", ""),
        "language": language,
        "rooms": [{language: room} for room in rooms],
        "weekly": to_json(week),
        "hours_name": {language: _("Opening hours")},
        "manager": typed.get("manager") or None,
    }
    return parse(fields, NewPlace)


def _field_errors(error: Invalid) -> dict[str, str]:
    hours = _(
        "Enter both times, with the end after the start. Leave blank on days when the place is "
        "closed."
    )
    words = {
        "name": _("Enter a name, on one line."),
        "time_zone": _("Choose a time zone from the list, such as Europe/Paris."),
        "rooms": _("Enter one name per line, for fifty rooms at most."),
        "weekly": hours,
        "manager": _("An e-mail address, or a name without spaces."),
        "login": _(
            "Enter an e-mail address or a name without spaces. The account must not be closed."
        ),
    }
    errors = {}
    for field_error in error.errors:
        field = field_error.field.partition(".")[0]
        field = "weekly" if field.startswith("start-") else field
        shown = "manager" if field == "login" else field
        errors[shown] = words.get(field, words["name"])
    return errors


def _mail_invitation(db: Session, invitation: Invitation, to: str, site_id: str) -> None:
    web = context()
    mailed_links.invite(
        db, invitation.account_id, to, web_secret=web.secret, site_id=site_id, now=web.clock()
    )


def _render_code(new_site: Site, invitation: Invitation, login: str) -> ResponseReturnValue:
    page = render_template(
        "network/made.html",
        place=read_label(new_site.name),
        setup=url_for("setup.show", site=new_site.id),
        login=login,
        code=invitation.code.split("-"),
        address=context().settings.web.public_url + url_for("first.recover"),
    )
    return page, SECRET


def _render_form(typed: dict[str, str], wrong: dict[str, str]) -> str:
    page = NewPlacePage(
        typed=typed,
        wrong=wrong,
        languages=tuple(
            Option(value=language, text=text) for language, text in _languages().items()
        ),
        time_zones=tuple(sorted(available_timezones())),
        week=shown_week(typed, None),
    )
    return render_template("network/new.html", page=page)
