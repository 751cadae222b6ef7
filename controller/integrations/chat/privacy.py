"""Personal data in the tables of chat: encrypted addresses, and who added them."""

from controller.integrations.chat.models import ChatDelivery, ChatTarget
from controller.kernel.privacy import (
    PersonalDataRule,
    Purpose,
    Retention,
    RetentionKind,
    deletion_step,
)

PERSONAL_DATA = (
    PersonalDataRule(
        ChatTarget,
        Purpose.ACCOUNTS,
        plain="id site_id service only_grave paused_at told_at failures created_at row_version",
        text="name said",
        sealed="sealed",
        actor="created_by",
    ),
    PersonalDataRule(
        ChatDelivery,
        Purpose.NONE,
        RetentionKind.ACCESS,
        plain="id target_id alarm_id site_id at attempts due_at",
        retention=Retention("chat_deliveries", deletion_step(ChatDelivery.at)),
    ),
)
