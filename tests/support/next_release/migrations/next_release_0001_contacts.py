"""A sample: a column with a default, and e-mail addresses that move to a table of their own."""

import sqlalchemy as sa
from alembic import op

revision = "next_release_0001"
down_revision = None
branch_labels = ("next_release",)
depends_on = "1000"


def upgrade() -> None:
    """Add both, then move the addresses."""
    op.add_column(
        "member", sa.Column("seniority", sa.Integer(), nullable=False, server_default="1")
    )
    contact = op.create_table(
        "member_contact",
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("email", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_member_contact_member_id_member")
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_member_contact")),
    )
    member = sa.table("member", sa.column("id"), sa.column("email"))
    has_email = member.c.email.is_not(None)
    found = sa.select(member.c.id, member.c.email).where(has_email)
    op.execute(sa.insert(contact).from_select(["member_id", "email"], found))
    op.execute(sa.update(member).where(has_email).values(email=None))
