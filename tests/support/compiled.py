"""Templates compiled once a run; addresses and SQL once a worker, not once an application."""

import marshal
from pathlib import Path
from types import CodeType
from typing import Any, ClassVar
from uuid import uuid4

from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Map, Rule, RuleFactory

from tests.support.temporary import run_folder


class Templates(BytecodeCache):
    """Keeps what was compiled, for this process and for the other workers of the run."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """What was compiled of the same text at the same place, if anything was."""
        key = bucket.key, bucket.checksum
        if key not in self._code and (file := _file(bucket)).exists():
            self._code[key] = marshal.loads(file.read_bytes())  # noqa: S302 - our own
        bucket.code = self._code.get(key)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it."""
        assert bucket.code is not None
        self._code[bucket.key, bucket.checksum] = bucket.code
        fresh = _file(bucket).with_suffix(f".{uuid4().hex}")
        fresh.write_bytes(marshal.dumps(bucket.code))
        fresh.rename(_file(bucket))


def _file(bucket: Bucket) -> Path:
    return run_folder() / f"{bucket.key}-{bucket.checksum}.template"


class KnownMap(Map):
    """Addresses that another application had just so are bound and sorted once for both.

    An application has eleven hundred, and to bind them takes most of making one.
    """

    _known: ClassVar[dict[object, Map]] = {}

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._waiting: list[Rule] = []

    def add(self, rulefactory: RuleFactory) -> None:
        """Keep it until the first request; all are added before."""
        self._waiting.extend(rulefactory.get_rules(self))

    def update(self) -> None:
        """See Map, which calls it before it matches, builds or lists anything."""
        with self._remap_lock:
            if self._waiting:
                self._take(tuple([_told(rule) for rule in self._waiting]))
                self._waiting = []
        super().update()

    def _take(self, key: object) -> None:
        known = self._known.get(key)
        if known is None:
            for rule in self._waiting:
                super().add(rule)
            self._known[key] = self
            return
        self._matcher, self._rules_by_endpoint = known._matcher, known._rules_by_endpoint
        self._remap = False  # that one has sorted them


def _told(rule: Rule) -> tuple[object, ...]:
    """All that our rules differ in."""
    return rule.rule, rule.endpoint, frozenset(rule.methods or ()), repr(rule.defaults)


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
