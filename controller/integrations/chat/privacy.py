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
    PersonalDataRule(ChatTarget, Purpose.ACCOUNTS),
    PersonalDataRule(
        ChatDelivery,
        Purpose.NONE,
        RetentionKind.ACCESS,
        retention=Retention("chat_deliveries", deletion_step(ChatDelivery.at)),
    ),
)
