"""Personal-data rules of the policy's tables, which contain opaque references."""

from controller.kernel.privacy import PersonalDataRule, Purpose, RetentionKind
from controller.policy.models import PolicyRow, PolicySite

PERSONAL_DATA = (
    PersonalDataRule(PolicySite, plain="site_id epoch version holders digest"),
    PersonalDataRule(
        PolicyRow,
        Purpose.ACCESS,
        RetentionKind.CHAIN,
        plain="site_id table version",
        sealed="key value",
    ),
)
