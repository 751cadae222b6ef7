"""Personal data in the tables of webhooks: who created one, and ids of what changed."""

from controller.integrations.webhooks.models import DeliveryRow, WebhookRow
from controller.kernel.privacy import (
    PersonalDataRule,
    Purpose,
    Retention,
    RetentionKind,
    deletion_step,
)

PERSONAL_DATA = (
    PersonalDataRule(
        WebhookRow,
        Purpose.ACCOUNTS,
        plain="id site_id types old_until disabled_at disabled_why created_at row_version",
        raw="url",
        sealed="key old_key",
        actor="created_by",
    ),
    PersonalDataRule(
        DeliveryRow,
        Purpose.ACCOUNTS,
        RetentionKind.ACCESS,
        plain="id webhook_id site_id position type at attempts due_at delivered_at status",
        raw="key error",
        retention=Retention("webhook_deliveries", deletion_step(DeliveryRow.at)),
    ),
)
