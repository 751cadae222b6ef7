"""What the policy's tables hold of people: what agents are told, under opaque references."""

from controller.kernel.privacy import Keep, Kept, Purpose
from controller.policy.models import PolicyRow, PolicySite

KEEPS = (
    Keep(PolicySite, plain="site_id epoch version holders digest"),
    Keep(PolicyRow, Purpose.ACCESS, Kept.CHAIN, plain="site_id table version", sealed="key value"),
)
