"""``datapackage.json``: a Data Package (v2) of the release's CSV tables and code lists, compiled from the rulebook.

A field's ``name`` is the heading that stands in the CSV, in Japanese; its ``key`` is its name in all other formats.

Sizes and hashes stand in ``index.json`` alone; the other formats too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb

from publish import codelists, dictionary, index
from schemas import engine, rulebook
from schemas.rulebook import Table
from schemas.sql import identifier

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"

OF_THE_READER = ("type", "description", "example", "codes", "labels", "many", "standards", "constraints")
"""Properties of a field that tell a reader something; the rest steers this project."""


def build(
    con: duckdb.DuckDBPyConnection,
    tables: Sequence[Table],
    code_lists: Sequence[str],
    version: str,
    sources: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    """The descriptor, valid for Frictionless; a foreign key is declared only where every row keeps it.

    ``sources`` as ``publish.index.sources`` tells them.
    """
    return {
        "$schema": PROFILE,
        "name": "michishirube",
        "title": index.TITLE,
        "version": version,
        **_licences(index.terms(sources)),
        "description": index.LICENCE["notice"],
        "sources": [_source(source) for source in sources],
        "resources": [
            *(_resource(f"csv/{t.name}.csv", t.name, t.title, t.description, _schema(con, t, tables)) for t in tables),
            *(_code_list(name) for name in code_lists),
        ],
    }


def _licences(terms: dict[str, Any]) -> dict[str, Any]:
    """``licenses``, left out while the release may not be published."""
    if terms["url"] is None:
        return {}
    return {"licenses": [{"name": "CC-BY-4.0", "path": terms["url"], "title": terms["name"]}]}


def _source(source: dict[str, Any]) -> dict[str, Any]:
    licence = source["licence"]
    told = {
        "title": f"{source['title']}（{source['publisher']}）",
        "path": source["home_page"],
        "version": source["dated"],
        "licence": licence["name"],
        "licence_url": licence["url"],
        "attribution": source["attribution"],
    }
    return {key: value for key, value in told.items() if value}


def _resource(path: str, name: str, title: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "type": "table",
        "path": path,
        "title": title,
        "description": description,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"lineTerminator": "\n"},
        "schema": schema,
    }


def _schema(con: duckdb.DuckDBPyConnection, table: Table, tables: Sequence[Table]) -> dict[str, Any]:
    schema = engine.descriptor(table, table.published_fields, published=True)
    fields = [
        {"name": field.title, "key": field.name}
        | {key: told[key] for key in OF_THE_READER if key in told}
        | {"example": dictionary.example(field)}
        for field, told in zip(table.published_fields, schema["fields"], strict=True)
    ]
    key = {"primaryKey": _titles(table, schema["primaryKey"])} if "primaryKey" in schema else {}
    return {"fields": fields} | key | _foreign_keys(con, table, tables)


def _titles(table: Table, names: Sequence[str]) -> list[str]:
    return [table.field(name).title for name in names]


def _foreign_keys(con: duckdb.DuckDBPyConnection, table: Table, tables: Sequence[Table]) -> dict[str, Any]:
    names = {field.name for field in table.published_fields}
    keys = [
        {
            "fields": _titles(table, other.primary_key),
            "reference": {"resource": other.name, "fields": _titles(other, other.primary_key)},
        }
        for other in tables
        if other is not table
        and other.primary_key
        and names.issuperset(other.primary_key)
        and _holds(con, table, other)
    ]
    return {"foreignKeys": keys} if keys else {}


def _holds(con: duckdb.DuckDBPyConnection, table: Table, other: Table) -> bool:
    using = ", ".join(identifier(name) for name in other.primary_key)
    known = " AND ".join(f"{identifier(name)} IS NOT NULL" for name in other.primary_key)
    query = (
        f"SELECT count(*) FROM release.{identifier(table.name)} "
        f"ANTI JOIN release.{identifier(other.name)} USING ({using}) WHERE {known}"
    )
    return bool(con.execute(query).fetchall() == [(0,)])


def _code_list(name: str) -> dict[str, Any]:
    columns = codelists.columns(name)
    fields = [
        {"name": column, "type": "string"}
        | ({"title": codelists.COMMON[column]} if column in codelists.COMMON else {})
        | ({"constraints": {"required": True}} if column in ("code", "label_ja") else {})
        for column in columns
    ]
    used_by = sorted(
        f"{table.title}の「{field.title}」"
        for table in rulebook.published_tables()
        for field in table.published_fields
        if field.labels == name
    )
    description = "・".join(used_by) + "のコード"
    schema = {"fields": fields, "primaryKey": ["code"]}
    return _resource(f"codes/{name}.csv", f"codes_{name}", f"コード表 {name}", description, schema)
