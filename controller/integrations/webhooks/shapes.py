"""Webhooks, as the API sees them."""

from typing import Annotated

import msgspec

from controller.domain.ids import END
from controller.domain.time import Utc
from controller.kernel.shapes import Shape, Slug

Address = Annotated[str, msgspec.Meta(pattern=r'^https?://[!-"$-~]+' + END, max_length=400)]
"""In ASCII, as RFC 3986 has it, and without a fragment, which is never sent."""
NewsType = Annotated[str, msgspec.Meta(pattern=r"^[a-z]+(_[a-z]+)*" + END, max_length=64)]


class WebhookFields(Shape, frozen=True, kw_only=True):
    """What may change: where, of what; and whether it is told at all."""

    url: Address
    types: tuple[NewsType, ...] = ()
    """What is told; none: everything."""
    enabled: bool = True


class NewWebhook(WebhookFields, frozen=True, kw_only=True):
    """A program that wants to be told of what is new at a site."""

    site_id: Slug | None = None


class Webhook(WebhookFields, frozen=True, kw_only=True):
    """`disabled_why`: `by_hand`, or `gone` where the receiver has answered 410."""

    id: str
    site_id: Slug
    disabled_at: Utc | None
    disabled_why: str | None
    created_at: Utc
    version: int


class WebhookMade(Webhook, frozen=True, kw_only=True):
    """With the key to verify signatures, shown this once."""

    secret: str


class Delivery(Shape, frozen=True, kw_only=True):
    """One message to a webhook, and how it went."""

    id: str
    type: str
    key: str
    at: Utc
    attempts: int
    due_at: Utc | None
    delivered_at: Utc | None
    status: int | None
    error: str | None
