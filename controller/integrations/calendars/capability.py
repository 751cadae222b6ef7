"""The feature *calendars*."""

from controller.capabilities.members.changes import MemberLeft
from controller.integrations.calendars import calendars
from controller.integrations.calendars.calendars import MANAGE_CALENDARS
from controller.integrations.calendars.privacy import PERSONAL_DATA
from controller.kernel.capability import Capability, Reaction

CALENDARS = Capability(
    name="calendars",
    permissions=(MANAGE_CALENDARS,),
    personal_data=PERSONAL_DATA,
    reacts=(Reaction(MemberLeft, calendars.revoke_for_leaver),),
)
"""Calendars of a member, a machine, a room or the public programme, each at a secret address."""
