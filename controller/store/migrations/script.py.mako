"""${message}."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    """Build it. There is no way down: restore the backup made before the upgrade."""
    ${upgrades if upgrades else "pass"}
