"""The *Backups* page: set where and when they are made, see the last result, make or verify one."""

from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from controller.capabilities.backups import backup_process, destination
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel import audit, backups
from controller.kernel.actor import Permission
from controller.kernel.backup_outcomes import Outcome, is_busy, last_scheduled, outcomes
from controller.settings import BackupSettings, Settings
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, site, site_zone
from webui.i18n import _
from webui.i18n.dates import Moment, relative
from webui.integration import Health
from webui.members.member_action import refuse
from webui.navigation import SETTINGS, Nav
from webui.parts import CardState, Chip
from webui.request_transaction import request_transaction
from webui.undo import flash_done
from webui.write_actions import SECRET, write_action

ADMIN = Permission.ACCOUNTS_WRITE
"""Backups hold all data of all people, so only an admin may choose where they go."""
MAX_CHARACTERS = 400
"""Longer texts in forms are cut."""

pages = Pages("backups", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastResult:
    """The result of a backup or a verification."""

    at: Moment
    outcome: Outcome
    wrong: str
    """What went wrong, and what to do; empty: nothing."""
    detail: str
    """The program's own message, if the cause is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupForm:
    """The form for the destination."""

    kind: str = "folder"
    folder: str = "/mnt/nas/loquet"
    server: str = ""
    bucket: str = ""
    key_id: str = ""

    @property
    def where(self) -> str:
        """Return the destination in restic's notation."""
        return {"sftp": f"sftp:{self.server}", "s3": f"s3:{self.bucket}"}.get(
            self.kind, self.folder
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupPage:
    """What the page shows."""

    chip: Chip
    detail: str
    where: str
    """The destination in restic's notation; empty: none."""
    is_in_config: bool
    is_ours: bool
    """Whether backups can be set here: on the page of the installation's first site, where the
    keys are."""
    is_busy: bool
    hour: int
    weekday: int
    now: LastResult | None
    """Result of the last backup, by the name of the command that makes one."""
    verify: LastResult | None
    form: BackupForm = field(default_factory=BackupForm)
    wrong: str = ""
    more: str = ""
    """A line to copy, or the program's message."""


def card_state() -> CardState:
    """Return when the last backup was made, and whether restoring one was ever tested."""
    web = context()
    backup_settings, now = backups.backup_settings(web.settings), web.clock()
    with request_transaction() as db:
        last, is_late = backups.last_backup_at(db), backups.is_late(db, backup_settings.late, now)
    health = _health(web.settings, last, is_late=is_late, now=now)
    if health.look == "fault":
        was_made = (
            backup_settings.is_on and last is not None and not _moved_since(web.settings, last)
        )
        return CardState(health.detail if was_made else health.word, needs_act=True)
    if "verify" not in outcomes(web.settings):
        text = _("%(last)s; whether it can be restored was never tried", last=health.detail)
        return CardState(text, needs_act=True)
    return CardState(health.detail)


@pages.get(
    "/backups",
    ADMIN,
    nav=Nav(
        entry=SETTINGS,
        icon="hard-drive",
        text=lambda: _("Backups"),
        also="sauvegarde sauvegardes backup backups restic restaurer sauvegarder restore",
        place=90,
        card=card_state,
    ),
)
def show() -> ResponseReturnValue:
    """Show the state of backups."""
    return _render_page(BackupForm())


@pages.post(
    "/backups",
    ADMIN,
    grave=N_("Choose where backups are kept, and show their password"),
    choices=lambda: {"kind": {"folder": _("Folder")}},
)
def choose() -> ResponseReturnValue:
    """Set the destination: create the repository now and show its password once."""
    settings, form = _own_settings(), _read_form(request.form)
    before = destination.current_files(settings)
    try:
        if form.kind == "s3":
            names = {"AWS_ACCESS_KEY_ID": form.key_id, "AWS_SECRET_ACCESS_KEY": _line("secret")}
            destination.store_server_credentials(settings, names)
        destination.choose(settings, form.where, context().clock())
        password = backup_process.create_repository(settings)
    except destination.DestinationRefused as refused:
        destination.restore_files(before)
        return _render_page(form, cause_text(refused.cause, form.where)), 422
    except backup_process.RepositoryError as refused:
        outcome = outcomes(settings).get("init")
        cause = refused.cause or (outcome.cause if outcome else "other")
        destination.restore_files(before)
        more = {"other": refused.output}.get(cause, _line_of_key(refused.output))
        return _render_page(form, cause_text(cause, form.where), more), 422
    _audit_action("backups_chosen")
    if password:
        page = render_template("backups/password.html", password=password, where=form.where)
        return page, SECRET
    flash_done(_("Saved. Now make a backup: it is the only way to know that it can be restored."))
    return redirect(url_for("backups.show"), 303)


@pages.post("/backups/hour", ADMIN)
def choose_hour() -> ResponseReturnValue:
    """Set the hour, and the day of the week or every day."""
    settings = _own_settings()
    try:
        hour, weekday = int(request.form["hour"]), int(request.form["weekday"])
    except (KeyError, ValueError):
        abort(400)
    if not (0 <= hour <= 23 and 0 <= weekday <= 7) or not backups.backup_settings(settings).is_on:
        abort(400)
    try:
        destination.choose_hour(settings, hour, weekday or None)
    except destination.DestinationRefused as refused:
        refuse(cause_text(refused.cause, ""))
    else:
        _audit_action("backups_chosen")
        flash_done(_("Backup settings saved."))
    return redirect(url_for("backups.show"), 303)


@pages.post("/backups/now", ADMIN)
def make() -> ResponseReturnValue:
    """Start making and verifying a backup, in a separate process."""
    return _start("now")


@pages.post("/backups/prove", ADMIN)
def prove() -> ResponseReturnValue:
    """Start verifying the latest backup, by reading all of it."""
    return _start("verify")


def _start(action: str) -> ResponseReturnValue:
    settings = _own_settings()
    if not backups.backup_settings(settings).is_on:
        abort(400)
    if backup_process.is_running() or is_busy(settings):
        refuse(cause_text("locked", ""))
    else:
        backup_process.start(settings, action)
        _audit_action("backup_asked")
        flash_done(_("The backup has started. The result will appear here."))
    return redirect(url_for("backups.show"), 303)


def _render_page(form: BackupForm, wrong: str = "", more: str = "") -> str:
    web = context()
    settings, now, zone = web.settings, web.clock(), site_zone()
    backup_settings, last_outcomes = backups.backup_settings(settings), outcomes(settings)
    with web.database.read() as db:
        last = backups.last_backup_at(db)
        is_late = backups.is_late(db, backup_settings.late, now)
    health = _health(settings, last, is_late=is_late, now=now)
    page = BackupPage(
        chip=health.chip,
        detail=health.detail,
        where=backup_settings.repository or "",
        is_in_config=settings.backup.is_on,
        is_ours=_may_set(settings),
        is_busy=backup_process.is_running() or is_busy(settings),
        hour=backup_settings.hour,
        weekday=backup_settings.weekday or 0,
        now=_last_result(last_outcomes.get("now"), backup_settings, now, zone),
        verify=_last_result(last_outcomes.get("verify"), backup_settings, now, zone),
        form=form,
        wrong=wrong,
        more=more,
    )
    return render_template("backups/backups.html", page=page, days=days_text())


def _health(settings: Settings, last: Utc | None, *, is_late: bool, now: Utc) -> Health:
    """Return the state of backups; it is a fault until the first one has been made there."""
    backup_settings = backups.backup_settings(settings)
    if not backup_settings.is_on:
        text = _("If a disk fails, you lose everything: badges, certifications, accounts.")
        return Health(look="fault", word=_("Nothing is backed up"), detail=text)
    if last is None:
        return Health(look="fault", word=_("Never backed up"))
    zone = site_zone()
    text = _("Last backup: %(at)s", at=relative(last, now, zone).text)
    if _moved_since(settings, last):
        return Health(look="fault", word=_("No backup at this location yet"), detail=text)
    if is_late or last < last_scheduled(backup_settings, zone, Utc.of(now - backup_settings.late)):
        return Health(look="fault", word=_("Late"), detail=text)
    return Health(look="running", word=_("Up to date"), detail=text)


def _moved_since(settings: Settings, last: Utc) -> bool:
    """Return whether another location was chosen after the last backup."""
    move = outcomes(settings).get("move")
    return move is not None and last < Utc.parse(move.at)


def _last_result(
    outcome: Outcome | None, backup_settings: BackupSettings, now: Utc, zone: ZoneInfo
) -> LastResult | None:
    if outcome is None:
        return None
    cause = outcome.cause
    return LastResult(
        at=relative(Utc.parse(outcome.at), now, zone),
        outcome=outcome,
        wrong=cause_text(cause, backup_settings.repository or "") if cause else "",
        detail=outcome.text if cause == "other" else "",
    )


def _read_form(form: "MultiDict[str, str]") -> BackupForm:
    kind = form.get("kind", "folder")
    if kind not in ("folder", "sftp", "s3"):
        abort(400)
    return BackupForm(
        kind=kind,
        folder=_line("folder"),
        server=_line("server"),
        bucket=_line("bucket"),
        key_id=_line("key_id"),
    )


def _line(name: str) -> str:
    text = request.form.get(name, "").strip()[:MAX_CHARACTERS]
    return text if text.isprintable() else ""


def _line_of_key(message: str) -> str:
    """Return the part of the message that has to be copied (an SSH key); empty if there is none."""
    _before, key, line = message.partition("ssh-ed25519")
    return key + line


def _may_set(settings: Settings) -> bool:
    """Return whether this is the installation's first site on the computer that has the keys."""
    return site().id == settings.site.id and (Path(settings.site.keys) / "ca.key").exists()


def _own_settings() -> Settings:
    settings = context().settings
    if not _may_set(settings):
        abort(404)
    return settings


def _audit_action(action: str) -> None:
    with write_action() as (db, now):
        audit.record(db, actor(), now, action, backups.SUBJECT)


# What to do about each cause of a failed backup.


def cause_text(cause: str, where: str) -> str:
    """Return the text for a cause by its name (`controller.cli.backup.reasons`)."""
    texts = {
        "no_repository": _("There are no backups at this location. Is the disk plugged in?"),
        "password": _("The password stored here is not the one for these backups."),
        "no_password": _("The backup password is no longer on this computer. Put your copy back."),
        "locked": _("A backup is in progress. Try again when it has finished."),
        "not_ours": _(
            "Loquet can’t use this folder. On the place’s computer, run: sudo loquet setup "
            "controller --backups %(where)s",
            where=where,
        ),
        "not_let_in": _(
            "The server refuses Loquet. Add this line to the .ssh/authorized_keys file on the "
            "server, then try again."
        ),
        "no_sftp": _(
            "The server does not respond, or refuses Loquet. Check its address, and add this "
            "line to its .ssh/authorized_keys file."
        ),
        "unreachable": _("The server does not respond. Check its address, and that it is on."),
        "key": _("The server refuses this key. Check it."),
        "no_ssh": _("ssh is not installed on the place’s computer: apt install openssh-client"),
        "no_restic": _("restic is not installed on the place’s computer: apt install restic"),
        "full": _("The backup disk is full. Free up some space."),
        "read_only": _(
            "This location can’t be written to. A folder must be below /mnt, /media, /srv or "
            "/var/backups."
        ),
        "damaged": _(
            "Part of the backups is missing or damaged. Check their disk, and start again in "
            "another folder."
        ),
        "inside": _("The place’s own data is stored here. Choose another disk, or a server."),
        "unknown": _("This is not the address of a folder or of a supported server."),
        "in_config": _("Backups are set in config.toml: change them there."),
    }
    return texts.get(cause) or _("The backup failed. This is the program’s message.")


def days_text() -> tuple[tuple[int, str], ...]:
    """Return the choices of days: every day, or one day of the week."""
    return (
        (0, _("Every day")),
        (1, _("On Mondays")),
        (2, _("On Tuesdays")),
        (3, _("On Wednesdays")),
        (4, _("On Thursdays")),
        (5, _("On Fridays")),
        (6, _("On Saturdays")),
        (7, _("On Sundays")),
    )
