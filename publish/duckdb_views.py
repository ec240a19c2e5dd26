"""``michishirube.sql``: one line opens the whole release in DuckDB, as views over its Parquet files.

No ``.duckdb`` file is published: its bytes are never the same twice (house rule 8).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from schemas.rulebook import Table
from schemas.sql import identifier, literal

HEAD = """\
-- 道しるべのデータを DuckDB で開く。この公開フォルダーで次のどちらかを実行する:
--   duckdb -init michishirube.sql
--   .read michishirube.sql
-- コード表は codes_ で始まる表。例:
--   SELECT s.name, c.label_ja FROM services s JOIN codes_statuses c ON s.status = c.code;
"""


def build(tables: Sequence[Table], code_lists: Iterable[str]) -> str:
    """SQL that makes a commented view of each table and of each code list (``codes_<list>``), paths relative."""
    return "\n".join((HEAD, *(_view(table) for table in tables), *(_code_view(name) for name in code_lists)))


def _view(table: Table) -> str:
    path = literal(f"parquet/{table.name}.parquet")
    name = identifier(table.name)
    comments = [
        f"COMMENT ON COLUMN {name}.{identifier(field.name)} IS {literal(f'{field.title}: {field.description}')};"
        for field in table.published_fields
    ]
    return "\n".join(
        (
            f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM read_parquet({path});",
            f"COMMENT ON VIEW {name} IS {literal(f'{table.title}: {table.description}')};",
            *comments,
            "",
        )
    )


def _code_view(name: str) -> str:
    source = f"read_csv({literal(f'codes/{name}.csv')}, header = true, all_varchar = true)"
    return f"CREATE OR REPLACE VIEW {identifier(f'codes_{name}')} AS SELECT * FROM {source};\n"
