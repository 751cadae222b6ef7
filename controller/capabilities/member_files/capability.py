"""The feature *member files*."""

from controller.capabilities.member_files.problems import WORDS
from controller.kernel.capability import Capability

MEMBER_FILES = Capability(name="member_files", locale=WORDS)
