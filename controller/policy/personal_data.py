"""Personal-data rules of the policy's tables, which hold opaque references."""

from controller.kernel.privacy import Kept, PersonalDataRule, Purpose
from controller.policy.models import PolicyRow, PolicySite

PERSONAL_DATA = (
    PersonalDataRule(PolicySite, plain="site_id epoch version holders digest"),
    PersonalDataRule(
        PolicyRow, Purpose.ACCESS, Kept.CHAIN, plain="site_id table version", sealed="key value"
    ),
)
