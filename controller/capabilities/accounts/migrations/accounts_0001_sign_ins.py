"""A row for each sign-in, in the place of a time for all of them; logins by their identity."""

import unicodedata

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "accounts_0001"
down_revision = None
branch_labels = ("accounts",)
depends_on = "0001"


def upgrade() -> None:
    """Everybody signs in anew: what cookies held until now names no row."""
    op.create_table(
        "sign_in",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("signed_in_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_sign_in_account_id_account")
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_sign_in")),
    )
    op.create_index(op.f("ix_sign_in_account_id"), "sign_in", ["account_id"], unique=False)
    op.create_index(op.f("ix_sign_in_signed_in_at"), "sign_in", ["signed_in_at"], unique=False)
    op.drop_column("account", "signed_out_at")
    _fold_logins()


def _fold_logins() -> None:
    """Until now they were only casefolded. Where two become one, the other keeps its old spelling,
    with which nobody signs in: an admin makes that person a new account.
    """
    account = sa.table("account", sa.column("id"), sa.column("login"))
    connection = op.get_bind()
    rows = connection.execute(sa.select(account.c.id, account.c.login).order_by(account.c.id)).all()
    taken = {login for _, login in rows}
    for key, login in rows:
        folded = _identity(login)
        if folded not in taken:
            connection.execute(sa.update(account).where(account.c.id == key).values(login=folded))
            taken.add(folded)


def _identity(text: str) -> str:
    """As `login_identity` was when this step was written."""
    folded = unicodedata.normalize("NFD", text)
    for _ in range(2):
        folded = unicodedata.normalize("NFKC", folded.casefold())
    return folded.strip()
