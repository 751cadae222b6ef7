"""The base of all models: naming of constraints, types of columns, and the row version."""

from enum import Enum
from typing import Annotated, Any, ClassVar

from sqlalchemy import JSON, MetaData, String
from sqlalchemy import Enum as EnumType
from sqlalchemy.orm import DeclarativeBase, declared_attr, mapped_column

from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.store import types
from controller.store.data_kinds import MARKS, Plain

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def _values(kind: type[Enum]) -> list[str]:
    return [member.value for member in kind]


_STRINGS: dict[Any, Any] = {
    types.Slug: String(63),
    types.Uuid: String(36),
    types.Hash: String(64),
    types.Word: String(64),
    types.Text: String(400),
    types.Sorted: types.SORTED,
}


class Base(DeclarativeBase):
    """Base of all models."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        Utc: types.UtcDateTime(),
        Language: types.LanguageCode(),
        Enum: EnumType(Enum, native_enum=False, length=32, values_callable=_values),
        types.Json: JSON(),
        types.Strings: JSON(),
        **_STRINGS,
        **{Annotated[kind, mark]: _STRINGS[kind] for kind in _STRINGS for mark in MARKS.values()},
    }


class Versioned:
    """A row with a version that increases at each change; the API shows it as the ETag."""

    row_version: Plain[int] = mapped_column(default=1)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        """Let SQLAlchemy refuse an update based on an older version."""
        return {"version_id_col": cls.row_version}
