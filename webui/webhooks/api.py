"""API of webhooks: create, change, rotate the secret, list deliveries."""

from controller.integrations.webhooks import webhooks
from controller.integrations.webhooks.sender import sealer
from controller.integrations.webhooks.shapes import (
    Delivery,
    NewWebhook,
    Webhook,
    WebhookFields,
    WebhookMade,
)
from controller.integrations.webhooks.webhooks import MANAGE_WEBHOOKS
from webui.api.crud import Paged, calls_service, read_routes, service_route, with_etag
from webui.api.route import Call, Reply, Route


def _create(call: Call) -> Reply:
    return with_etag(
        webhooks.create(
            call.db,
            call.body,
            seal=sealer(call.context.secret),
            allow_private=call.context.settings.webhooks.allow_private,
            actor=call.actor,
            now=call.now,
        )
    )


def _change(call: Call) -> Reply:
    return with_etag(
        webhooks.change(
            call.db,
            call.path["id"],
            call.body,
            version=call.if_match,
            allow_private=call.context.settings.webhooks.allow_private,
            actor=call.actor,
            now=call.now,
        )
    )


def _rotate(call: Call) -> Reply:
    seal = sealer(call.context.secret)
    key = call.path["id"]
    return with_etag(webhooks.rotate(call.db, key, seal=seal, actor=call.actor, now=call.now))


ROUTES = [
    *read_routes("/webhooks", webhooks, MANAGE_WEBHOOKS, what="webhooks"),
    Route(
        method="POST",
        path="/webhooks",
        handler=_create,
        body=NewWebhook,
        answers=WebhookMade,
        status=201,
        permission=MANAGE_WEBHOOKS,
        summary="Create a webhook; its secret is shown once",
    ),
    Route(
        method="PATCH",
        path="/webhooks/{id}",
        handler=_change,
        patch_of=WebhookFields,
        answers=Webhook,
        permission=MANAGE_WEBHOOKS,
        summary="Change a webhook; `enabled` stops or resumes it",
    ),
    Route(
        method="POST",
        path="/webhooks/{id}/rotate",
        handler=_rotate,
        answers=WebhookMade,
        permission=MANAGE_WEBHOOKS,
        summary="Create a new secret; for a day the former one signs too",
    ),
    service_route(
        "GET",
        "/webhooks/{id}/deliveries",
        webhooks.deliveries,
        MANAGE_WEBHOOKS,
        "List a webhook's deliveries and their results",
        query=Paged,
    ),
    Route(
        method="POST",
        path="/webhooks/{id}/deliveries/{delivery_id}/resend",
        handler=calls_service(webhooks.resend, "id", "delivery_id"),
        answers=Delivery,
        status=202,
        permission=MANAGE_WEBHOOKS,
        summary="Send a delivery again, under the same id",
    ),
]
