"""The feature *lending*."""

from pathlib import Path

from controller.capabilities.members.changes import MemberLeft
from controller.domain.locale.catalogue import N_
from controller.kernel.capability import AlarmKind, Capability, Reaction
from controller.kernel.jobs import Job, single_transaction
from tests.support.lending import lending
from tests.support.lending.news import LoanNews
from tests.support.lending.permissions import LEND
from tests.support.lending.privacy import PERSONAL_DATA

JOBS = (
    Job(
        name="overdue_tools",
        title=N_("looking for tools that are overdue"),
        run=single_transaction(lending.mark_overdue),
    ),
)

LENDING = Capability(
    name="lending",
    permissions=(LEND,),
    reacts=(Reaction(MemberLeft, lending.end_all),),
    news=(LoanNews,),
    jobs=JOBS,
    alarms=(
        AlarmKind(
            lending.KIND,
            N_("Tool not given back"),
            N_("Look at the list of lent tools, and call the person."),
        ),
    ),
    personal_data=PERSONAL_DATA,
    migrations=Path(__file__).with_name("migrations"),
    locale=Path(__file__).with_name("locale"),
)
