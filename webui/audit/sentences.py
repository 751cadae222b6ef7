"""The most frequent entries of the audit log as sentences, and the icon of each group."""

from collections.abc import Mapping

from controller.capabilities.audit.action_labels import ActionGroup
from controller.domain.locale.catalogue import N_

CERTIFICATION_SENTENCES: Mapping[str, str] = {
    "certification_granted": N_("%(who)s gives %(whose)s the certification %(what)s."),
    "certification_suspended": N_("%(who)s suspends the certification %(what)s for %(whose)s."),
    "certification_restored": N_("%(who)s restores the certification %(what)s for %(whose)s."),
    "certification_withdrawn": N_("%(who)s withdraws the certification %(what)s from %(whose)s."),
}
"""For entries that name a certification."""
SENTENCES: Mapping[str, str] = {
    "member_created": N_("%(who)s adds %(whose)s."),
    "credential_created": N_("%(who)s gives %(whose)s a badge."),
    "credential_lent": N_("%(who)s lends %(whose)s a badge."),
    "subscription_created": N_("%(who)s gives %(whose)s a subscription."),
    "out_of_service": N_("%(who)s puts %(whose)s out of service."),
    "in_service": N_("%(who)s puts %(whose)s back into service."),
}
ICONS: Mapping[ActionGroup, str] = {
    ActionGroup.TRAINING: "graduation-cap",
    ActionGroup.BADGES: "id-card",
    ActionGroup.PEOPLE: "users",
    ActionGroup.ACCOUNTS: "key-round",
    ActionGroup.RULES: "scale",
    ActionGroup.DATA: "hard-drive",
    ActionGroup.PLACE: "map-pin",
}
