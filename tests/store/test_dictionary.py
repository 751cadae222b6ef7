"""The data dictionary says what the models say."""

from controller.store.base import Base
from tools.dictionary import FILE, page


def test_the_committed_page_is_what_the_models_say() -> None:
    committed = FILE.read_text(encoding="utf-8")
    assert committed == page(), "run: python -m tools.dictionary"


def test_every_table_and_column_is_there_with_a_sentence() -> None:
    text = page()
    for table in Base.metadata.tables.values():
        part = text.split(f"\n## {table.name}\n")[1].split("\n## ")[0]
        assert part.strip()[0].isalpha()
        for column in table.columns:
            assert f"| `{column.name}` |" in part
