"""The feature *webhooks*."""

from controller.integrations.webhooks.privacy import PERSONAL_DATA
from controller.integrations.webhooks.webhook_summary import FAILING, JOBS
from controller.integrations.webhooks.webhooks import MANAGE_WEBHOOKS
from controller.kernel.capability import Capability

WEBHOOKS = Capability(
    name="webhooks",
    permissions=(MANAGE_WEBHOOKS,),
    personal_data=PERSONAL_DATA,
    jobs=JOBS,
    alarms=(FAILING,),
)
"""Notifies other programs of changes, by Standard Webhooks 1.0."""
