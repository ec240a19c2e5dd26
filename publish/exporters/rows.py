"""The rows that all exporters write: typed, in published form, in one total order.

The order is made once: the rows stand in it in schema ``release``, and DuckDB keeps the order in which rows stand
(``preserve_insertion_order``). Whoever fills a table there fills it in :func:`order`.

Published form differs from the warehouse's in three ways: a phone number is national with hyphens instead of
E.164, coordinates have six decimals, and a ``many`` field is a list. How a format spells a value is the
exporter's own business.
"""

from __future__ import annotations

import duckdb

from schemas import rulebook
from schemas.formats import phone
from schemas.rulebook import Field, Table
from schemas.sql import identifier, literal

NEWLINES = r"[\r\n\x{0b}\x{0c}\x{1c}-\x{1e}\x{85}\x{2028}\x{2029}]+"
"""Everything that some reader takes for the end of a line (RE2)."""


def prepare(con: duckdb.DuckDBPyConnection) -> tuple[Table, ...]:
    """Make schema ``release`` from schema ``public`` and return its tables by name, those without rows too: a reader's
    program finds every file every night. Tables that tell of releases stand empty: the release fills them, in order.

    ``con`` is a connection as ``publish.privacy.open_public`` gives it. Calling it again starts anew.
    """
    con.execute("CREATE SCHEMA IF NOT EXISTS release")
    _nationalise(con)
    for table in rulebook.warehouse_tables():
        columns = ", ".join(f"{_published(field)} AS {identifier(field.name)}" for field in table.published_fields)
        name = identifier(table.name)
        published = f"SELECT {columns} FROM public.{name} source"
        con.execute(
            f"CREATE OR REPLACE TABLE release.{name} AS SELECT * FROM ({published}) source ORDER BY {order(table)}"
        )
    for table in rulebook.published_tables():
        if table.release_table:
            columns = ", ".join(f"{identifier(field.name)} {field.duckdb_type}" for field in table.published_fields)
            con.execute(f"CREATE OR REPLACE TABLE release.{identifier(table.name)} ({columns})")
    return rulebook.published_tables()


def row_count(con: duckdb.DuckDBPyConnection, table: Table) -> int:
    """Number of rows of a prepared table."""
    (rows,) = con.execute(f"SELECT count(*) FROM release.{identifier(table.name)}").fetchall()[0]
    return int(rows)


def select(table: Table, columns: str = "*") -> str:
    """The query for a prepared table's rows in their total order: that in which they stand."""
    return f"SELECT {columns} FROM release.{identifier(table.name)} source"


def numbered(table: Table) -> str:
    """The query for a prepared table's rows with ``nth``, their number in the total order, from 1."""
    return select(table, "*, row_number() OVER () AS nth")


def order(table: Table) -> str:
    """The total order of a table's rows, of whatever is called ``source``: primary key, then every column."""
    names = dict.fromkeys((*table.primary_key, *(field.name for field in table.published_fields)))
    return ", ".join(f"source.{identifier(name)}" for name in names)


def text(field: Field) -> str:
    """SQL for a prepared field as the cell of a text file: one line, ``;`` between many values, NULL if empty."""
    column = f"source.{identifier(field.name)}"
    if field.reads in ("latitude", "longitude"):
        return f"CAST({column} AS DECIMAL(9, 6))"
    if field.duckdb_type != "VARCHAR":
        return column
    return _line(field, f"array_to_string({column}, ';')" if field.many else column)


def words(field: Field) -> str:
    """SQL for a prepared field as :func:`text` spells it, but for people: labels where its code list has them.

    No label stands for two codes of a list or holds a ``;``, so that the list leads back to the codes.
    """
    if field.labels is None:
        return text(field)
    codes = rulebook.codes(field.labels).values()
    labels = f"MAP {{{', '.join(f'{literal(code.code)}: {literal(code.label_ja)}' for code in codes)}}}"
    column = f"source.{identifier(field.name)}"
    if field.many:
        return _line(field, f"array_to_string([coalesce({labels}[code], code) FOR code IN {column}], ';')")
    return _line(field, f"coalesce({labels}[{column}], {column})")


def _line(field: Field, text: str) -> str:
    # A code has no newline, and to look for one costs more than to write it.
    line = text if field.codes else f"regexp_replace({text}, '{NEWLINES}', ' ', 'g')"
    return f"nullif({line}, '')"


def _published(field: Field) -> str:
    column = f"source.{identifier(field.name)}"
    if field.many:
        return f"str_split(nullif({column}, ''), ';')"
    if field.reads in ("latitude", "longitude"):
        return f"round({column}, 6)"
    if field.reads == "phone":
        return f"coalesce((SELECT national FROM release.national_numbers WHERE e164 = {column}), {column})"
    return column


def _nationalise(con: duckdb.DuckDBPyConnection) -> None:
    columns = [
        f"SELECT {identifier(field.name)} AS e164 FROM public.{identifier(table.name)}"
        for table in rulebook.published_tables()
        for field in table.published_fields
        if field.reads == "phone"
    ]
    published = " UNION ALL ".join(columns)
    query = f"SELECT DISTINCT e164 FROM ({published}) WHERE regexp_full_match(e164, '\\+[0-9]+') ORDER BY e164"
    numbers = [number for (number,) in con.execute(query).fetchall()]
    con.execute(
        "CREATE OR REPLACE TABLE release.national_numbers AS "
        "SELECT unnest(?::VARCHAR[]) AS e164, unnest(?::VARCHAR[]) AS national",
        [numbers, [phone.national(number) for number in numbers]],
    )
