"""What the tables of activity hold of people: who ticked what off, as long as passages are kept."""

from controller.capabilities.activity.models import ReadUntilRow, SeenRow
from controller.kernel.privacy import Erased, Kept, PersonalDataRule, Purpose, Retention, removes

PERSONAL_DATA = (
    PersonalDataRule(
        SeenRow,
        Purpose.ACCOUNTS,
        Kept.ACCESS,
        plain="site_id at",
        sealed="key",
        actor="by",
        retention=Retention("ticks", removes(SeenRow.at)),
    ),
    PersonalDataRule(
        ReadUntilRow,
        Purpose.ACCOUNTS,
        Kept.MEMBER,
        Erased.DELETE,
        plain="site_id at before",
        account="account_id",
    ),
)
