"""Personal-data rules of the policy's tables: rows without names, kept like the installation."""

from controller.kernel.privacy import PersonalDataRule, Purpose, RetentionKind
from controller.policy.models import PolicyRow, PolicySite

PERSONAL_DATA = (
    PersonalDataRule(PolicySite, plain="site_id epoch version holders digest"),
    PersonalDataRule(
        PolicyRow,
        Purpose.ACCESS,
        RetentionKind.INSTALLATION,
        plain="site_id table version",
        sealed="key value",
    ),
)
