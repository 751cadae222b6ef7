"""Which personal data each table contains: the kind of each column, which its model declares, and
the rule of the table, which its feature declares.

Erasure, retention, export, the data dictionary and the documents for the data-protection officer
are derived from these decisions alone.
"""

from controller.kernel.privacy.kinds import ErasureKind, Purpose, RetentionKind
from controller.kernel.privacy.names import NameFinder
from controller.kernel.privacy.retention import (
    GONE_REASON,
    MARGIN,
    Retention,
    RetentionScope,
    count_changed,
    deletion_step,
    emptying_step,
)
from controller.kernel.privacy.rule import (
    ErasureInProgress,
    Person,
    PersonalDataRule,
    rules_of,
    with_rows,
)
from controller.store.data_kinds import Data

__all__ = [
    "GONE_REASON",
    "MARGIN",
    "Data",
    "ErasureInProgress",
    "ErasureKind",
    "NameFinder",
    "Person",
    "PersonalDataRule",
    "Purpose",
    "Retention",
    "RetentionKind",
    "RetentionScope",
    "count_changed",
    "deletion_step",
    "emptying_step",
    "rules_of",
    "with_rows",
]
