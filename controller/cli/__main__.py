"""`python -m controller.cli`: the same as `loquet`."""

import sys

from controller.cli import main

sys.exit(main())
