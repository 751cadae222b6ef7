"""The list of all features; a feature may only use those that stand before it."""

from controller.capabilities.access.capability import ACCESS
from controller.capabilities.accounts.capability import ACCOUNTS
from controller.capabilities.activity.capability import ACTIVITY
from controller.capabilities.agents.capability import AGENTS
from controller.capabilities.alarms.capability import ALARMS
from controller.capabilities.audit.capability import AUDIT
from controller.capabilities.backups.capability import BACKUPS
from controller.capabilities.badges.capability import BADGES
from controller.capabilities.billing.capability import BILLING
from controller.capabilities.bookings.capability import BOOKINGS
from controller.capabilities.clock.capability import CLOCK
from controller.capabilities.desk.capability import DESK
from controller.capabilities.groups.capability import GROUPS
from controller.capabilities.imports.capability import IMPORTS
from controller.capabilities.journal.capability import JOURNAL
from controller.capabilities.live.capability import LIVE
from controller.capabilities.machines.capability import MACHINES
from controller.capabilities.maintenance.capability import MAINTENANCE
from controller.capabilities.member_files.capability import MEMBER_FILES
from controller.capabilities.members.capability import MEMBERS
from controller.capabilities.messages.capability import MESSAGES
from controller.capabilities.metrics.capability import METRICS
from controller.capabilities.opendata.capability import OPENDATA
from controller.capabilities.organisations.capability import ORGANISATIONS
from controller.capabilities.places.capability import PLACES
from controller.capabilities.plans.capability import PLANS
from controller.capabilities.presence.capability import PRESENCE
from controller.capabilities.print_jobs.capability import PRINT_JOBS
from controller.capabilities.privacy.capability import PRIVACY
from controller.capabilities.programs.capability import PROGRAMS
from controller.capabilities.safety_register.capability import SAFETY_REGISTER
from controller.capabilities.screen.capability import SCREEN
from controller.capabilities.search.capability import SEARCH
from controller.capabilities.self_service.capability import SELF_SERVICE
from controller.capabilities.setup.capability import SETUP
from controller.capabilities.statistics.capability import STATISTICS
from controller.capabilities.training.capability import TRAINING
from controller.capabilities.usage.capability import USAGE
from controller.capabilities.user_reports.capability import USER_REPORTS
from controller.integrations.calendars.capability import CALENDARS
from controller.integrations.chat.capability import CHAT
from controller.integrations.fab_manager.capability import FAB_MANAGER
from controller.integrations.fabomatic.capability import FABOMATIC
from controller.integrations.home_assistant.capability import HOME_ASSISTANT
from controller.integrations.mail.capability import MAIL
from controller.integrations.oidc.capability import OIDC
from controller.integrations.spaceapi.capability import SPACEAPI
from controller.integrations.syslog.capability import SYSLOG
from controller.integrations.webhooks.capability import WEBHOOKS
from controller.kernel import backups, outbox_pruning
from controller.kernel.capability import Capability, House
from controller.kernel.personal_data import PERSONAL_DATA as KERNEL_DATA
from controller.kernel.personal_data import TEXTS as KERNEL_TEXTS
from controller.policy import POLICY
from controller.policy import refresh as policy_jobs
from controller.policy.flush import PolicyNews
from controller.policy.personal_data import PERSONAL_DATA as POLICY_DATA

__all__ = ["HOUSE"]

HOUSE = House(
    (
        Capability(
            name="kernel",
            personal_data=KERNEL_DATA,
            jobs=outbox_pruning.JOBS,
            activity=backups.RECENT,
            locale=KERNEL_TEXTS,
        ),
        Capability(
            name="policy", personal_data=POLICY_DATA, news=(PolicyNews,), jobs=policy_jobs.JOBS
        ),
        PLACES,
        ORGANISATIONS,
        MEMBERS,
        MESSAGES,
        ACCOUNTS,
        BADGES,
        TRAINING,
        PLANS,
        GROUPS,
        AGENTS,
        MACHINES,
        PROGRAMS,
        JOURNAL,
        ALARMS,
        CLOCK,
        USAGE,
        PRESENCE,
        BOOKINGS,
        ACCESS,
        MAINTENANCE,
        USER_REPORTS,
        SAFETY_REGISTER,
        PRINT_JOBS,
        LIVE,
        SCREEN,
        SEARCH,
        DESK,
        MEMBER_FILES,
        IMPORTS,
        SETUP,
        BACKUPS,
        BILLING,
        STATISTICS,
        OPENDATA,
        SELF_SERVICE,
        METRICS,
        PRIVACY,
        AUDIT,
        ACTIVITY,
        SPACEAPI,
        WEBHOOKS,
        CALENDARS,
        HOME_ASSISTANT,
        MAIL,
        OIDC,
        CHAT,
        SYSLOG,
        FAB_MANAGER,
        FABOMATIC,
    ),
    POLICY,
)
