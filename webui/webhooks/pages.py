"""Pages of webhooks: their addresses and event types, deliveries, and secrets."""

from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.integrations.webhooks import webhooks
from controller.integrations.webhooks.sender import sealer
from controller.integrations.webhooks.shapes import Delivery, NewWebhook, Webhook, WebhookMade
from controller.integrations.webhooks.webhook_summary import (
    WebhookSummary,
    last_deliveries,
    summarise_webhooks,
)
from controller.integrations.webhooks.webhooks import MANAGE_WEBHOOKS
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Invalid, NotFound
from controller.kernel.paging import Cursor
from controller.kernel.validate import parse
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, site, site_zone
from webui.i18n import _, pgettext, plural
from webui.i18n.dates import Moment, relative
from webui.integration import Health
from webui.parts import Chip
from webui.undo import done_with_undo, flash_done
from webui.write_actions import SECRET, write_action

PAGE = 30
"""Webhooks or deliveries per page."""

pages = Pages("webhooks", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A webhook in the list."""

    id: str
    url: str
    types: tuple[str, ...]
    enabled: bool
    health: Health
    last: Moment | None = None
    """When it last accepted a message, in the list; None: never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
    """A delivery to a webhook, as its page shows it."""

    id: str
    type: str
    at: Moment
    chip: Chip
    error: str
    """Why it failed; empty: it did not."""
    next: Moment | None
    """When it is tried again; None: it is not."""


def health(db: Session, site_id: str, now: Utc) -> Health:
    """Return the state of all of a site's webhooks in one line."""
    summary = summarise_webhooks(db, site_id)
    if not summary.enabled:
        word = _("Stopped") if summary.disabled else _("Not used")
        return Health(look="off", word=word)
    if summary.failing:
        text = plural(
            "%(n)s address does not answer", "%(n)s addresses do not answer", len(summary.failing)
        )
        return Health(look="fault", word=_("Broken"), detail=text)
    text = plural("%(n)s program is notified", "%(n)s programs are notified", summary.enabled)
    return Health(look="running", word=_("All delivered"), detail=text)


@pages.get("/integrations/webhooks", MANAGE_WEBHOOKS)
def show() -> ResponseReturnValue:
    """Show the webhooks of this site."""
    return _render_list()


@pages.post("/integrations/webhooks", MANAGE_WEBHOOKS, grave=N_("Send events to this address"))
def create() -> ResponseReturnValue:
    """Create a webhook; its secret is shown once."""
    web, url = context(), request.form.get("url", "").strip()
    types = tuple(request.form.getlist("type"))
    with write_action(
        Invalid, lambda refused: (_render_list(url, types, _refusal_text(refused)), 422)
    ) as (db, now):
        new = parse({"url": url, "types": list(types), "site_id": site().id}, NewWebhook)
        new_webhook = webhooks.create(
            db,
            new,
            seal=sealer(web.secret),
            allow_private=web.settings.webhooks.allow_private,
            actor=actor(),
            now=now,
        )
    return _render_secret(new_webhook), SECRET


@pages.get("/integrations/webhooks/<key>", MANAGE_WEBHOOKS)
def one(key: str) -> ResponseReturnValue:
    """Show the deliveries to a webhook, the newest first."""
    web = context()
    after = request.args.get("after")
    try:
        with web.database.read() as db:
            hook = _get_webhook(db, key)
            page = webhooks.latest_deliveries(
                db, key, actor=actor(), cursor=Cursor(after=after, limit=PAGE)
            )
            summary = summarise_webhooks(db, site().id)
    except (NotFound, Invalid):
        abort(404)
    now, zone = web.clock(), site_zone()
    return render_template(
        "webhooks/webhook.html",
        hook=_hook(hook, summary),
        sent=[_sent_message(delivery, now, zone) for delivery in page.items],
        after=after,
        next=page.next,
    )


@pages.post(
    "/integrations/webhooks/<key>/rotate",
    MANAGE_WEBHOOKS,
    grave=N_("Show a new secret of a webhook"),
)
def rotate(key: str) -> ResponseReturnValue:
    """Create a new secret and show it once; for a day the former one signs too."""
    web = context()
    with web.database.write() as db:
        _get_webhook(db, key)
        rotated = webhooks.rotate(db, key, seal=sealer(web.secret), actor=actor(), now=web.clock())
    return _render_secret(rotated), SECRET


@pages.post("/integrations/webhooks/<key>/enable", MANAGE_WEBHOOKS)
def enable(key: str) -> ResponseReturnValue:
    """Resume notifications."""
    _change(key, enabled=True)
    done_with_undo(_("This program is notified."), "webhooks.disable", key=key)
    return _redirect_back(key)


@pages.post("/integrations/webhooks/<key>/disable", MANAGE_WEBHOOKS)
def disable(key: str) -> ResponseReturnValue:
    """Stop notifications."""
    _change(key, enabled=False)
    done_with_undo(_("This program is no longer notified."), "webhooks.enable", key=key)
    return _redirect_back(key)


@pages.post("/integrations/webhooks/<key>/deliveries/<delivery>/resend", MANAGE_WEBHOOKS)
def resend(key: str, delivery: str) -> ResponseReturnValue:
    """Send a delivery again, now."""
    with write_action(
        Conflict,
        _("This program is not notified at present: resume sending first."),
        _redirect_back(key),
    ) as (db, now):
        _get_webhook(db, key)
        webhooks.resend(db, key, delivery, actor=actor(), now=now)
    flash_done(_("This message is being sent again."))
    return _redirect_back(key)


def _change(key: str, *, enabled: bool) -> None:
    settings = context().settings.webhooks
    with write_action(Invalid, _refusal_text, _redirect_back(key)) as (db, now):
        webhooks.change(
            db,
            key,
            {"enabled": enabled},
            version=_get_webhook(db, key).version,
            allow_private=settings.allow_private,
            actor=actor(),
            now=now,
        )


def _get_webhook(db: Session, key: str) -> Webhook:
    return webhooks.get(db, key, actor=actor())


def _render_list(url: str = "", types: tuple[str, ...] = (), wrong: str = "") -> str:
    web = context()
    after = request.args.get("after")
    with web.database.read() as db:
        page = webhooks.page(db, actor=actor(), cursor=Cursor(after=after, limit=PAGE))
        summary = summarise_webhooks(db, site().id)
        last = last_deliveries(db, [webhook.id for webhook in page.items])
    moments = {key: relative(at, web.clock(), site_zone()) for key, at in last.items()}
    return render_template(
        "webhooks/webhooks.html",
        hooks=[replace(_hook(it, summary), last=moments.get(it.id)) for it in page.items],
        kinds=sorted(web.database.house.kinds.words),
        url=url,
        types=types,
        wrong=wrong,
        after=after,
        next=page.next,
    )


def _hook(hook: Webhook, summary: WebhookSummary) -> Hook:
    return Hook(
        id=hook.id,
        url=hook.url,
        types=hook.types,
        enabled=hook.enabled,
        health=_health_of(hook, summary),
    )


def _health_of(hook: Webhook, summary: WebhookSummary) -> Health:
    if hook.disabled_why == "gone":
        return Health(
            look="fault",
            word=_("Stopped"),
            detail=_("The address replied that it no longer exists."),
        )
    if hook.disabled_at is not None:
        stopped = relative(hook.disabled_at, context().clock(), site_zone()).text
        detail = _("Somebody stopped it here: %(when)s.", when=stopped)
        return Health(look="off", word=_("Stopped"), detail=detail)
    if hook.id in summary.failing:
        return Health(look="fault", word=_("Does not answer"))
    return Health(look="running", word=pgettext("receiver", "Notified"))


def _sent_message(delivery: Delivery, now: Utc, zone: ZoneInfo) -> SentMessage:
    if delivery.delivered_at is not None:
        chip = Health(look="running", word=_("Delivered")).chip
    elif delivery.due_at is None:
        chip = Health(look="fault", word=_("Abandoned")).chip
    elif delivery.attempts:
        chip = Health(look="out", word=_("Will be tried again")).chip
    else:
        chip = Health(look="off", word=_("About to be sent")).chip
    is_later = delivery.due_at is not None and delivery.due_at > now + timedelta(seconds=1)
    return SentMessage(
        id=delivery.id,
        type=delivery.type,
        at=relative(delivery.at, now, zone),
        chip=chip,
        error=_failure_text(delivery),
        next=relative(delivery.due_at, now, zone) if is_later and delivery.due_at else None,
    )


def _failure_text(delivery: Delivery) -> str:
    """Return why a delivery failed; errors from the network are shown as they are."""
    if delivery.status is not None and delivery.delivered_at is None:
        return _("Answered %(status)s", status=delivery.status)
    return delivery.error or ""


def _render_secret(webhook: WebhookMade) -> str:
    return render_template("webhooks/secret.html", hook=webhook)


def _refusal_text(refused: Invalid) -> str:
    """Return why the address is invalid; the types are ticked, so they can't be wrong."""
    if any(error.field == "types" for error in refused.errors):
        abort(400)
    if any("private network" in error.message for error in refused.errors):
        return _("This address is on this computer or on a private network.")
    if any("at most" in error.message for error in refused.errors):
        return _("At most %(most)s programs can be notified.", most=webhooks.MAX_ENABLED)
    return _("Enter a full address: https://example.org/next")


def _redirect_back(key: str) -> ResponseReturnValue:
    return redirect(url_for("webhooks.one", key=key), 303)
