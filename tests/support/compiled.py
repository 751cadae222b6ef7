"""Templates, addresses and SQL compiled once a worker, not once an application or a database."""

from collections.abc import Callable
from dataclasses import dataclass
from types import CodeType, MethodType
from typing import Any, ClassVar

from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import BaseConverter, Rule

Builder = Callable[..., tuple[str, str]]


class Templates(BytecodeCache):
    """Keeps what was compiled while the process lives."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """What was compiled of the same text at the same place, if anything was."""
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it."""
        assert bucket.code is not None
        self._code[bucket.key, bucket.checksum] = bucket.code


@dataclass(frozen=True, slots=True)
class _Compiled:
    """What a rule's text comes to."""

    parts: list[Any]
    trace: list[tuple[bool, str]]
    converters: dict[str, BaseConverter]
    arguments: frozenset[str]
    build: Builder
    build_unknown: Builder


class KnownRule(Rule):
    """A rule that was compiled for another application is not compiled again for this one.

    An application has a thousand, and to compile them takes more than half of making one.
    """

    _known: ClassVar[dict[object, _Compiled]] = {}

    def compile(self) -> None:
        """See Rule."""
        key = (self.host, self.subdomain, self.rule, self.merge_slashes, repr(self.defaults))
        known = self._known.get(key)
        if known is None:
            super().compile()
            self._known[key] = _Compiled(
                self._parts,
                self._trace,
                self._converters,
                frozenset(self.arguments),
                _unbound(self._build),
                _unbound(self._build_unknown),
            )
            return
        self._parts, self._trace, self._converters = known.parts, known.trace, known.converters
        self.arguments = set(known.arguments)
        self._build = MethodType(known.build, self)
        self._build_unknown = MethodType(known.build_unknown, self)


def _unbound(method: Any) -> Builder:
    function: Builder = method.__func__
    return function


_STATEMENTS: LRUCache[Any, Any] = LRUCache(10_000)
"""Of all databases: every test has its own, and compiled what pages ask took a sixth of a test."""


def share_statements() -> None:
    """Have no engine compile SQL that one before it has compiled."""
    shared = property(lambda _engine: _STATEMENTS, lambda _engine, _own: None)
    Engine._compiled_cache = shared  # type: ignore[assignment]
    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):  # a part of the statement's key
        dialect.__eq__ = _is_like  # type: ignore[method-assign,assignment]
        dialect.__hash__ = _hash  # type: ignore[method-assign,assignment]


def _is_like(one: DefaultDialect, other: object) -> bool:
    return isinstance(other, DefaultDialect) and _spoken(one) == _spoken(other)


def _hash(dialect: DefaultDialect) -> int:
    return hash(_spoken(dialect))


def _spoken(dialect: DefaultDialect) -> tuple[object, ...]:
    """All in which two dialects that we use can differ."""
    return type(dialect), dialect.paramstyle, dialect._json_serializer, dialect._json_deserializer
