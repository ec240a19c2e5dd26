"""The commands ``resolve`` (records in, entities out) and ``train`` (labelled records in, weights out), on CSV files.

Here is only what a person at a command line can do wrong, and where the answer goes. Resolving is
``warehouse.resolution``'s.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pipelines.exits import MisuseError, refusing

if TYPE_CHECKING:
    import duckdb

    from warehouse.resolution.features import Kind
    from warehouse.resolution.training import Figures

Kinds = Annotated[Literal["organization", "place"], typer.Option(help="団体（organization）か拠点（place）か")]


def resolve(
    records: Annotated[
        Path,
        typer.Option(
            metavar="FILE.csv",
            help="記録の CSV。列は record_id・name と、あれば source・name_kana・area・address・phone・fax・url・"
            "latitude・longitude",
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="CLUSTERS.csv", help="答えを書く CSV（record_id, entity_id）")],
    kind: Kinds = "organization",
) -> None:
    """どの記録が同じ団体（拠点）かを見つける。 (Find which records are the same organization or place.)

    終了コード：0 書いた／2 使い方の誤り、または読めないファイル
    """
    with refusing(MisuseError):
        told = run(records, out, kind)
    typer.echo(
        f"{told.records:,} 件の記録は {told.entities:,} です。人が見るべき組は {told.proposed:,} あります。{out}"
    )


def train_weights(
    records: Annotated[
        Path, typer.Option(metavar="FILE.csv", help="正解の列 truth のある CSV（source・area・address も要る）")
    ],
    out: Annotated[Path, typer.Option(metavar="MODEL.json", help="重みを書くファイル。人が見てから置き換える")],
    kind: Kinds = "organization",
) -> None:
    """名寄せの重みを、正解のある記録から学ぶ。 (Learn the weights of resolution from labelled records.)

    終了コード：0 書いた／2 使い方の誤り、または読めないファイル
    """
    with refusing(MisuseError):
        unseen = train(records, kind, out)
    for figures in unseen:
        typer.echo(
            f"{figures.part}（教えていない部分）：適合率 {figures.precision:.4f}、再現率 {figures.recall:.4f}、"
            f"F1 {figures.f1:.4f}（しきい値 {figures.threshold:g}）"
        )


@dataclass(frozen=True)
class Resolved:
    """What came of it: records read, entities that they are, pairs that a person should look at."""

    records: int
    entities: int
    proposed: int


def run(records: Path, out: Path, kind: Kind) -> Resolved:
    """Resolve the file ``records`` and write record_id, entity_id to ``out``. Raises :class:`MisuseError`."""
    import duckdb

    from warehouse.resolution import engine

    with duckdb.connect() as con:
        con.execute("SET enable_progress_bar = false")
        _read(con, records)
        engine.resolve(con, "records", kind)
        _write(con, out)
        ((count, entities, proposed),) = con.execute(
            """SELECT count(*), count(DISTINCT entity), (SELECT count(*) FROM banded WHERE band = 'proposed')
               FROM clusters"""
        ).fetchall()
    return Resolved(count, entities, proposed)


def train(records: Path, kind: Kind, out: Path) -> tuple[Figures, ...]:
    """Learn the weights of ``kind`` from the file ``records``, which has a column ``truth``, and put them into the
    model file ``out``, the other kind's left as they are. The figures are of parts that did not teach them.

    Nothing changes until a person has read the figures and kept the file. Raises :class:`MisuseError`.
    """
    import duckdb

    from warehouse.resolution import training

    with duckdb.connect() as con:
        con.execute("SET enable_progress_bar = false")
        _read(con, records, "truth", "source", "area", "address")
        learned = training.train(con, "records", kind)
    told = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
    out.write_text(training.as_json(told, kind, learned.weights), encoding="utf-8")
    return learned.unseen


def _read(con: duckdb.DuckDBPyConnection, path: Path, *needed: str) -> None:
    """Table ``records``: all columns as text. A record id names one record, or the answer could not be read."""
    import duckdb

    from schemas.sql import literal

    if not path.is_file():
        raise MisuseError(f"{path} というファイルはありません。 (No such file.)")
    try:
        con.execute(
            f"""CREATE TEMP TABLE records AS
                SELECT * FROM read_csv({literal(str(path))},
                  all_varchar = true, header = true, delim = ',', quote = '"', escape = '"')"""
        )
    except duckdb.Error as error:
        raise MisuseError(
            f"{path} は CSV（UTF-8、コンマ区切り、見出しつき）として読めません。 (Not a CSV in UTF-8: {error}.)"
        ) from error
    there = {row[0] for row in con.execute("DESCRIBE records").fetchall()}
    if missing := [name for name in ("record_id", "name", *needed) if name not in there]:
        raise MisuseError(f"{path} に列 {'・'.join(missing)} がありません。 (Missing columns.)")
    twice = con.execute(
        """SELECT record_id FROM records GROUP BY 1 HAVING count(*) > 1 OR record_id IS NULL
           ORDER BY 1 NULLS FIRST LIMIT 1"""
    ).fetchone()
    if twice:
        raise MisuseError(
            f"record_id「{twice[0] or ''}」の行が二つ以上あるか、空です。行ごとに違う値にしてください。"
            " (Each row needs a record_id of its own.)"
        )


def _write(con: duckdb.DuckDBPyConnection, out: Path) -> None:
    """Written aside and put in place: who looks sees the old answer or the whole new one."""
    import duckdb

    from schemas.sql import literal

    aside = out.with_name(f".{out.name}.new")
    try:
        con.execute(
            f"""COPY (SELECT record_id, entity AS entity_id FROM clusters ORDER BY record_id)
                TO {literal(str(aside))} (FORMAT csv, HEADER)"""
        )
        os.replace(aside, out)
    except (OSError, duckdb.IOException) as error:
        raise MisuseError(f"{out} に書けません。 (Cannot be written: {error}.)") from error
    finally:
        aside.unlink(missing_ok=True)
