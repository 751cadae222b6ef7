"""The next release, as far as an upgrade goes: the assembly with one more feature.

`python -m tests.support.next_release` is its `loquet`.
"""

from pathlib import Path

from controller.assembly import HOUSE
from controller.kernel.capability import Capability, House
from controller.policy import POLICY

NEXT_RELEASE = Capability(name="next_release", migrations=Path(__file__).with_name("migrations"))
NEXT_HOUSE = House((*HOUSE.features, NEXT_RELEASE), POLICY)
