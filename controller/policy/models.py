"""Tables of the policy: each site's rows with their versions, and the counter that orders
commits."""

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import mapped_column

from controller.store.base import Base
from controller.store.data_kinds import Plain, Secret
from controller.store.types import Hash, Slug, Sorted


class PolicySite(Base):
    """A site's counter; locking its row orders the commits that change facts."""

    __tablename__ = "policy_site"

    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    epoch: Plain[int]
    """Increases after a restore; agents then take a snapshot."""
    version: Plain[int]
    holders: Plain[int]
    """Number of rows in the table `holder`."""
    digest: Plain[Hash]


class PolicyRow(Base):
    """One row of a site's policy; a null value means that the row is deleted."""

    __tablename__ = "policy_row"

    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    table: Plain[Sorted] = mapped_column(primary_key=True)
    key: Secret[Sorted] = mapped_column(primary_key=True)
    version: Plain[int]
    value: Secret[bytes | None] = mapped_column(LargeBinary)

    __table_args__ = (
        Index("ix_policy_row_site_id_version_table_key", "site_id", "version", "table", "key"),
    )
