"""What every table holds of people: one decision a column, declared by the feature of the table.

Erasure, retention, export, the data dictionary and the papers for the data-protection officer
are made from these decisions, and from nothing else.
"""

from controller.kernel.privacy.kinds import Data, Erased, Kept, Purpose
from controller.kernel.privacy.names import NameFinder
from controller.kernel.privacy.person import Erasing, Person
from controller.kernel.privacy.retention import (
    GONE,
    MARGIN,
    Due,
    Retention,
    changed,
    empties,
    removes,
)
from controller.kernel.privacy.rule import PersonalDataRule, rules_of

__all__ = [
    "GONE",
    "MARGIN",
    "Data",
    "Due",
    "Erased",
    "Erasing",
    "Kept",
    "NameFinder",
    "Person",
    "PersonalDataRule",
    "Purpose",
    "Retention",
    "changed",
    "empties",
    "removes",
    "rules_of",
]
