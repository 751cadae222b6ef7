"""The address that an account's owner has confirmed, and where each link was sent.

Links that are open may have gone to an address that somebody else wrote into a member's record:
they end.
"""

import sqlalchemy as sa
from alembic import op

revision = "accounts_0005"
down_revision = "accounts_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it."""
    op.add_column("account", sa.Column("confirmed_email", sa.String(length=400), nullable=True))
    op.execute("DELETE FROM mailed_link")
    op.add_column(
        "mailed_link", sa.Column("email", sa.String(length=400), nullable=False, server_default="")
    )
