"""The one list of rooms on the web side, in the order of the navigation; no plug-in magic."""

from webui import health, language
from webui.access.room import ACCESS
from webui.accounts.room import ACCOUNTS
from webui.agents.room import AGENTS
from webui.alarms.room import ALARMS
from webui.badges.room import BADGES
from webui.bench.room import BENCH
from webui.bookings.room import BOOKINGS
from webui.groups.room import GROUPS
from webui.journal.room import JOURNAL
from webui.live.room import LIVE
from webui.machines.room import MACHINES
from webui.members.room import MEMBERS
from webui.organisations.room import ORGANISATIONS
from webui.places.room import PLACES
from webui.plans.room import PLANS
from webui.presence.room import PRESENCE
from webui.privacy.room import PRIVACY
from webui.room import Room
from webui.tell.room import TELL
from webui.training.room import TRAINING
from webui.upkeep.room import UPKEEP
from webui.usage.room import USAGE

SHELL = Room(name="shell", pages=(health.pages, language.pages))

ROOMS = (
    SHELL,
    LIVE,
    PLACES,
    ORGANISATIONS,
    MEMBERS,
    ACCOUNTS,
    BADGES,
    TRAINING,
    PLANS,
    GROUPS,
    AGENTS,
    MACHINES,
    JOURNAL,
    ALARMS,
    USAGE,
    PRESENCE,
    BOOKINGS,
    ACCESS,
    UPKEEP,
    TELL,
    PRIVACY,
    BENCH,
)
