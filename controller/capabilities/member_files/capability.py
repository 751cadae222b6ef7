"""The feature *member files*."""

from controller.capabilities.member_files.problems import LOCALE_FOLDER
from controller.kernel.capability import Capability

MEMBER_FILES = Capability(name="member_files", locale=LOCALE_FOLDER)
