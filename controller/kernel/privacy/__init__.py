"""What every table holds of people: one decision a column, declared by the room of the table.

Erasure, retention, export, the data dictionary and the papers for the data-protection officer
are made from these decisions, and from nothing else.
"""

from controller.kernel.privacy.keep import Keep, keeps_of
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

__all__ = [
    "GONE",
    "MARGIN",
    "Data",
    "Due",
    "Erased",
    "Erasing",
    "Keep",
    "Kept",
    "NameFinder",
    "Person",
    "Purpose",
    "Retention",
    "changed",
    "empties",
    "keeps_of",
    "removes",
]
