"""Run `loquet` as the next release has it."""

import sys

from controller import assembly
from tests.support.next_release import NEXT_HOUSE

assembly.HOUSE = NEXT_HOUSE  # before any command is imported

from controller.cli import main  # noqa: E402

sys.exit(main())
