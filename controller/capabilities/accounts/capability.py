"""The feature *accounts*."""

from pathlib import Path

from controller.capabilities.accounts import accounts, contact, merge, new_sites
from controller.capabilities.accounts.mailed_messages import MESSAGES
from controller.capabilities.accounts.names import NAMES
from controller.capabilities.accounts.privacy import PERSONAL_DATA
from controller.capabilities.members.changes import ContactChanged, MemberLeft, MemberMerged
from controller.capabilities.places.changes import SiteMade
from controller.kernel.capability import Capability
from controller.kernel.reactions import Reaction

ACCOUNTS = Capability(
    name="accounts",
    personal_data=PERSONAL_DATA,
    messages=MESSAGES,
    locale=Path(__file__).with_name("locale"),
    names=NAMES,
    reacts=(
        Reaction(SiteMade, new_sites.begin),
        Reaction(ContactChanged, contact.change),
        Reaction(MemberLeft, accounts.close_of),
        Reaction(MemberMerged, merge.move),
    ),
)
