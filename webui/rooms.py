"""The one list of rooms on the web side, in the order of the navigation; no plug-in magic."""

from webui import health, language
from webui.accounts.room import ROOM as accounts
from webui.agents.room import ROOM as agents
from webui.bench.room import ROOM as bench
from webui.bookings.room import ROOM as bookings
from webui.groups.room import ROOM as groups
from webui.live.room import ROOM as live
from webui.machines.room import ROOM as machines
from webui.members.room import ROOM as members
from webui.presence.room import ROOM as presence
from webui.privacy.room import ROOM as privacy
from webui.room import Room
from webui.tell.room import ROOM as tell
from webui.training.room import ROOM as training
from webui.upkeep.room import ROOM as upkeep
from webui.usage.room import ROOM as usage

shell = Room(name="shell", pages=(health.pages, language.pages))

ROOMS = (
    shell,
    live,
    accounts,
    members,
    training,
    groups,
    agents,
    machines,
    presence,
    usage,
    bookings,
    upkeep,
    tell,
    privacy,
    bench,
)
