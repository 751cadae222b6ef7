"""FabOMatic boards: the state of their broker, which machine each switches, commissioning."""

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.domain.facts import Name
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.integrations.fabomatic import boards as services
from controller.integrations.fabomatic.access import user_of
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Invalid, NotFound
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, site, site_zone
from webui.i18n import _, current
from webui.i18n.dates import Moment, relative
from webui.integration import Health, Integration, broker_health
from webui.parts import Chip
from webui.undo import flash_done
from webui.write_actions import SECRET

pages = Pages("fabomatic", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A board in the list."""

    board: services.Board
    name: str
    state: Chip
    seen: Moment | None


def health(db: Session, site_id: str, now: Utc) -> Health:
    """Return whether the boards' broker is connected."""
    settings = context().settings
    broker = settings.fabomatic
    if broker.host is None or settings.site.id != site_id:
        return Health(look="off", word=_("Not used"))
    return broker_health(services.broker_link(db, site_id), f"{broker.host}:{broker.port}", now)


INTEGRATION = Integration(
    name=lambda: _("FabOMatic"),
    icon="circuit-board",
    summary=lambda: _("Its boards stay where they are, and ask Loquet who has access."),
    permission=Permission.AGENTS_WRITE,
    health=health,
    endpoint="fabomatic.show",
    lines='[fabomatic]\nhost = "192.168.1.10"',
    guide="integrations.html#fabomatic",
)


@pages.get("/integrations/fabomatic", Permission.AGENTS_WRITE)
def show() -> ResponseReturnValue:
    """Show the state of the broker, and the boards."""
    return _render_page()


@pages.post("/integrations/fabomatic/link", Permission.AGENTS_WRITE)
def link() -> ResponseReturnValue:
    """Link a board to the machine that it switches."""
    number, machine = request.form.get("number", "").strip(), request.form.get("machine", "")
    wrong = ""
    if not _is_number(number):
        wrong = _("Enter the number shown on the board, such as 7.")
    else:
        try:
            with context().database.edit() as db:
                services.link(
                    db, site().id, int(number), machine, actor=actor(), now=context().clock()
                )
        except NotFound:
            wrong = _("Choose a machine.")
        except (Conflict, Invalid):
            wrong = _("This board or this machine is already linked.")
    if wrong:
        return _render_page(wrong, number)
    flash_done(_("Board %(n)s is linked. Test it, then put it into service.", n=number))
    return redirect(url_for("fabomatic.show"), 303)


@pages.post("/integrations/fabomatic/<number>/commission", Permission.AGENTS_WRITE)
def commission(number: str) -> ResponseReturnValue:
    """Put a board into service, after a person has tested it."""
    return _run_action(
        number, services.commission, lambda: flash_done(_("Board %(n)s is in service.", n=number))
    )


@pages.post(
    "/integrations/fabomatic/<number>/password",
    Permission.AGENTS_WRITE,
    grave=N_("Show a new password for a board"),
)
def new_password(number: str) -> ResponseReturnValue:
    """Another password for the board at its broker, shown once."""
    if not _is_number(number):
        abort(404)
    with context().database.edit() as db:
        password = services.new_password(
            db, site().id, int(number), actor=actor(), now=context().clock()
        )
    page = render_template(
        "fabomatic/password.html", number=number, user=user_of(int(number)), password=password
    )
    return page, SECRET


@pages.post("/integrations/fabomatic/<number>/unlink", Permission.AGENTS_WRITE)
def unlink(number: str) -> ResponseReturnValue:
    """Unlink a board; its requests are no longer answered."""
    return _run_action(
        number, services.unlink, lambda: flash_done(_("Board %(n)s is no longer linked.", n=number))
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5


def _run_action(
    number: str, service: Callable[..., None], confirm: Callable[[], None]
) -> ResponseReturnValue:
    if not _is_number(number):
        abort(404)
    try:
        with context().database.edit() as db:
            service(db, site().id, int(number), actor=actor(), now=context().clock())
    except Conflict:
        return _render_page(in_use=_("Somebody is using it: wait until they have finished."))
    confirm()
    return redirect(url_for("fabomatic.show"), 303)


def _render_page(wrong: str = "", number: str = "", *, in_use: str = "") -> ResponseReturnValue:
    web = context()
    now, zone = web.clock(), site_zone()
    with web.database.read() as db:
        state = health(db, site().id, now)
        boards = services.boards(db, site().id, actor=actor())
        free = services.free_machines(db, site().id, actor=actor())
    text = render_template(
        "fabomatic/fabomatic.html",
        health=state,
        integration=INTEGRATION,
        lines=[_line(board, now, zone) for board in boards],
        free=[{"value": key, "text": _name_or_id(name, key)} for key, name in free],
        wrong=wrong,
        in_use=in_use,
        number=number,
    )
    return text, 422 if wrong or in_use else 200


def _line(board: services.Board, now: Utc, zone: ZoneInfo) -> Line:
    seen_at = relative(board.seen_at, now, zone) if board.seen_at else None
    name = _name_or_id(board.name, board.access_point)
    return Line(board=board, name=name, state=_state(board), seen=seen_at)


def _state(board: services.Board) -> Chip:
    if not board.commissioned:
        return Chip(look="out", word=_("to be tested"), icon="wrench")
    if board.in_use:
        return Chip(look="running", word=_("being used"), icon="play")
    return Chip(look="armed", word=_("in service"), icon="circle-check")


def _name_or_id(name: Name, key: str) -> str:
    return name.read(current()) or key
