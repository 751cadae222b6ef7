"""What mine gives to the house."""

from pathlib import Path

from controller.capabilities.members.changes import MemberLeft, MemberMerged
from controller.capabilities.mine import codes
from controller.capabilities.mine.jobs import JOBS
from controller.capabilities.mine.messages import MESSAGES
from controller.capabilities.mine.privacy import KEEPS
from controller.kernel.capability import Capability
from controller.kernel.reactions import Reaction

MINE = Capability(
    name="mine",
    keeps=KEEPS,
    jobs=JOBS,
    messages=MESSAGES,
    reacts=(Reaction(MemberLeft, codes.forget_of), Reaction(MemberMerged, codes.forget_merged)),
    migrations=Path(__file__).with_name("migrations"),
    words=Path(__file__).with_name("words"),
)
