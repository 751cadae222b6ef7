"""What every table holds of people: one decision a column, declared by the feature of the table.

Erasure, retention, export, the data dictionary and the papers for the data-protection officer
are made from these decisions, and from nothing else.
"""

from controller.kernel.privacy.kinds import Data, ErasureKind, Purpose, RetentionKind
from controller.kernel.privacy.names import NameFinder
from controller.kernel.privacy.retention import (
    GONE_REASON,
    MARGIN,
    Retention,
    RetentionScope,
    count_changed,
    empties,
    removes,
)
from controller.kernel.privacy.rule import ErasureInProgress, Person, PersonalDataRule, rules_of

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
    "empties",
    "removes",
    "rules_of",
]
