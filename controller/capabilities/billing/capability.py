"""The feature *billing*."""

from pathlib import Path

from controller.capabilities.billing import book_updates, gifts, prints, sales
from controller.capabilities.billing.messages import MESSAGES
from controller.capabilities.billing.news import LateUseNews, MoneyNews, TariffNews
from controller.capabilities.billing.permissions import MONEY_READ, MONEY_TAKE
from controller.capabilities.billing.privacy import PERSONAL_DATA
from controller.capabilities.billing.projection import PROJECTION
from controller.capabilities.plans.changes import PassTakenBack, PlanGiven
from controller.capabilities.print_jobs.changes import PrintSettled
from controller.kernel.capability import Capability
from controller.kernel.reactions import Reaction

BILLING = Capability(
    name="billing",
    permissions=(MONEY_READ, MONEY_TAKE),
    projections=(PROJECTION,),
    reacts=(
        Reaction(PrintSettled, prints.enter),
        Reaction(PlanGiven, gifts.check),
        Reaction(PlanGiven, sales.check_changed),
        Reaction(PassTakenBack, sales.require_unsold),
    ),
    news=(TariffNews, LateUseNews, MoneyNews),
    messages=MESSAGES,
    jobs=book_updates.JOBS,
    personal_data=PERSONAL_DATA,
    locale=Path(__file__).with_name("locale"),
)
