"""What accounts gives to the house."""

from controller.capabilities.accounts import accounts
from controller.capabilities.accounts import models as models
from controller.capabilities.accounts.names import NAMES
from controller.capabilities.members.changes import MemberLeft
from controller.kernel.capability import Capability
from controller.kernel.reactions import Reaction

ACCOUNTS = Capability(
    name="accounts", names=NAMES, reacts=(Reaction(MemberLeft, accounts.close_of),)
)
