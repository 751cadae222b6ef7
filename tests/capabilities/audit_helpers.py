"""What tests of audit share with others."""

from tests.capabilities.conftest import Place


def protect_nothing(place: Place) -> list[str]:
    if place.database.engine.dialect.name == "sqlite":
        return ["DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete"]
    return ["DROP TRIGGER audit_append_only ON audit"]
