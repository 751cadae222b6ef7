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
    PersonalDataRule(WebhookRow, Purpose.ACCOUNTS),
    PersonalDataRule(
        DeliveryRow,
        Purpose.ACCOUNTS,
        RetentionKind.ACCESS,
        retention=Retention("webhook_deliveries", deletion_step(DeliveryRow.at)),
    ),
)
