"""What the tables of since hold of people: who ticked what off, as long as passages are kept."""

from controller.capabilities.since.models import ReadUntilRow, SeenRow
from controller.kernel.privacy import Erased, Keep, Kept, Purpose, Retention, removes

KEEPS = (
    Keep(
        SeenRow,
        Purpose.ACCOUNTS,
        Kept.ACCESS,
        plain="site_id at",
        sealed="key",
        actor="by",
        retention=Retention("ticks", removes(SeenRow.at)),
    ),
    Keep(
        ReadUntilRow,
        Purpose.ACCOUNTS,
        Kept.MEMBER,
        Erased.DELETE,
        plain="site_id at before",
        account="account_id",
    ),
)
