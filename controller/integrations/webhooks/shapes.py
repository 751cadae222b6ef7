"""Webhooks, as the API shows them."""

from typing import Annotated

import msgspec

from controller.domain.ids import END
from controller.domain.time import Utc
from controller.kernel.shapes import Shape, Slug

Address = Annotated[str, msgspec.Meta(pattern=r'^https?://[!-"$-~]+' + END, max_length=400)]
"""ASCII, as RFC 3986 requires, and without a fragment, which would not be sent."""
NewsType = Annotated[str, msgspec.Meta(pattern=r"^[a-z]+(_[a-z]+)*" + END, max_length=64)]


class WebhookFields(Shape, frozen=True, kw_only=True):
    """The fields that can be changed: the address, the types, and whether it is enabled."""

    url: Address
    types: tuple[NewsType, ...] = ()
    """Types of news that are sent; empty: all."""
    enabled: bool = True


class NewWebhook(WebhookFields, frozen=True, kw_only=True):
    """A program that wants to be notified of changes at a site."""

    site_id: Slug | None = None


class Webhook(WebhookFields, frozen=True, kw_only=True):
    """A webhook; `disabled_why` is `by_hand`, or `gone` if the receiver has responded with 410."""

    id: str
    site_id: Slug
    disabled_at: Utc | None
    disabled_why: str | None
    created_at: Utc
    version: int


class WebhookMade(Webhook, frozen=True, kw_only=True):
    """A new webhook with the key to verify its signatures, which is shown only once."""

    secret: str


class Delivery(Shape, frozen=True, kw_only=True):
    """One message to a webhook, and its outcome."""

    id: str
    type: str
    key: str
    at: Utc
    attempts: int
    due_at: Utc | None
    delivered_at: Utc | None
    status: int | None
    error: str | None
