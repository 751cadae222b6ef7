"""Personal-data rules of the policy's tables: rows without names, kept like the installation."""

from controller.kernel.privacy import PersonalDataRule, Purpose, RetentionKind
from controller.policy.models import PolicyRow, PolicySite

PERSONAL_DATA = (
    PersonalDataRule(PolicySite),
    PersonalDataRule(PolicyRow, Purpose.ACCESS, RetentionKind.INSTALLATION),
)
