"""Second factors, passkeys, and what a list of open sessions shows."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "accounts_0003"
down_revision = "accounts_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Everybody signs in anew: of older sessions nobody knows in which browser they are."""
    op.drop_table("sign_in")
    _sessions()
    _steps()
    _factors()
    op.create_table(
        "second_factor_rule",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_second_factor_rule_site_id_site")
        ),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_second_factor_rule")),
    )
    op.add_column("account", sa.Column("signed_in_at", UtcDateTime(), nullable=True))
    op.add_column("token", sa.Column("used_at", UtcDateTime(), nullable=True))
    op.add_column(
        "printed_code",
        sa.Column("kind", sa.String(length=32), nullable=False, server_default="password"),
    )
    op.add_column("printed_code", sa.Column("expires_at", UtcDateTime(), nullable=True))


def _account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account_id"], ["account.id"], name=op.f(f"fk_{table}_account_id_account")
    )


def _sessions() -> None:
    op.create_table(
        "sign_in",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("signed_in_at", UtcDateTime(), nullable=False),
        sa.Column("proved_at", UtcDateTime(), nullable=False),
        sa.Column("browser", sa.String(length=400), nullable=True),
        _account("sign_in"),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("id", name=op.f("uq_sign_in_id")),
    )
    op.create_index(op.f("ix_sign_in_account_id"), "sign_in", ["account_id"], unique=False)
    op.create_index(op.f("ix_sign_in_signed_in_at"), "sign_in", ["signed_in_at"], unique=False)


def _steps() -> None:
    op.create_table(
        "sign_in_step",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=True),
        sa.Column("challenge", sa.LargeBinary(), nullable=True),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        _account("sign_in_step"),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_sign_in_step")),
    )
    op.create_index(op.f("ix_sign_in_step_account_id"), "sign_in_step", ["account_id"])
    op.create_index(op.f("ix_sign_in_step_began_at"), "sign_in_step", ["began_at"])


def _factors() -> None:
    op.create_table(
        "authenticator",
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=False),
        _account("authenticator"),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_authenticator")),
    )
    op.create_table(
        "passkey",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("credential", sa.String(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        _account("passkey"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential", name=op.f("uq_passkey_credential")),
    )
    op.create_index(op.f("ix_passkey_account_id"), "passkey", ["account_id"])
