"""The feature *member files*."""

from controller.kernel.capability import Capability

MEMBER_FILES = Capability(name="member_files")
