"""Declares the feature *badges* to the rest of the controller."""

from controller.capabilities.badges import credentials, handing_over, site_keys
from controller.capabilities.badges import models as models
from controller.capabilities.badges.activity import RECENT
from controller.capabilities.badges.messages import MESSAGES
from controller.capabilities.badges.policy import FACTS
from controller.capabilities.badges.privacy import PERSONAL_DATA
from controller.capabilities.members.changes import (
    ContactChanged,
    MemberLeft,
    MemberMerged,
    MemberTakenBack,
)
from controller.capabilities.places.changes import SiteCreated
from controller.kernel.capability import Capability, Reaction

BADGES = Capability(
    name="badges",
    personal_data=PERSONAL_DATA,
    activity=RECENT,
    reacts=(
        Reaction(MemberLeft, credentials.suspend_all),
        Reaction(MemberTakenBack, credentials.delete_all),
        Reaction(ContactChanged, handing_over.contact_changed),
        Reaction(MemberMerged, handing_over.check_merged),
        Reaction(SiteCreated, site_keys.begin_with_site),
    ),
    messages=MESSAGES,
    facts=FACTS,
)
