"""The command ``validate``: one file in, one answer out, and nothing else touched.

Here is only what a person at a command line can do wrong, and where the answer goes. Validating is
``sources.submission``'s and ``sources.canonical``'s, the answers are ``sources.answers``'s.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Literal

import duckdb

from pipelines.exits import MisuseError
from schemas.report import Report
from sources import answers

Outcome = Literal["valid", "findings", "unreadable"]
"""``unreadable``: the file could not be judged as a table at all, or not by that schema; the answer says why."""


def run(
    file: Path,
    schema: Path | None,
    table: str | None,
    *,
    strict: bool,
    form: str,
    lang: str,
    limit: int | None,
    out: Path | None,
) -> Outcome:
    """Validate ``file`` and write the answer to ``out`` (or standard output); what came of it.

    Exactly one of ``schema`` and ``table`` is told. Raises :class:`MisuseError`.
    """
    if (schema is None) == (table is None):
        raise MisuseError(
            "--schema SCHEMA.json か --table services のどちらか一つを書いてください。"
            " (Give either --schema SCHEMA.json or --table services.)"
        )
    _require_file(file)
    if not file.is_file():
        raise MisuseError(
            f"{file} はふつうのファイルではありません（パイプなど）。ファイルに保存してから調べてください。"
            " (Not a regular file: save it first.)"
        )
    if schema is not None:
        _require_file(schema)
    if form == "xlsx" and out is None and sys.stdout.isatty():
        raise MisuseError(
            f"Excel のファイルは画面に出せません。--out {file.stem}.訂正.xlsx のように書いてください。"
            " (A workbook cannot be shown on a terminal; name a file with --out.)"
        )
    # Opened first: who waits for a large file is not told at the end that the answer cannot be written.
    with _opened(out, [told for told in (file, schema) if told]) as answer:
        try:
            report = _validated(file, schema, table, strict=strict)
            answers.write(report, form, answer, lang=lang, limit=limit)
        except duckdb.OutOfMemoryException as error:
            raise MisuseError(
                f"{file} は大きすぎて、調べられません。使わない列を除くか、いくつかの表に分けてください。"
                " (The table is too large to be checked; leave out columns, or divide it.)"
            ) from error
    if not report.count:
        return "valid"
    return "findings" if report.readable else "unreadable"


def _validated(file: Path, schema: Path | None, table: str | None, *, strict: bool) -> Report:
    try:
        if schema is not None:
            from sources import submission

            return submission.validate(file, _read_schema(schema), strict=strict)
        from schemas import rulebook
        from sources import canonical

        known = [told.name for told in rulebook.record_tables()]
        if table not in known:
            names = "・".join(known)
            raise MisuseError(f"道しるべに表「{table}」はありません：{names}。 (No such table.)")
        return canonical.validate(file, rulebook.table(table), strict=strict)
    except OSError as error:
        raise MisuseError(_cannot_open(file, error)) from error


def _read_schema(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise MisuseError(_cannot_open(path, error)) from error
    except (ValueError, RecursionError) as error:
        raise MisuseError(
            f"{path} は JSON として読めません。Table Schema の JSON を書いてください。 (Not JSON: {error}.)"
        ) from error
    if not isinstance(told, dict):
        raise MisuseError(f"{path} は Table Schema ではありません。 (The JSON is not an object.)")
    return told


def _require_file(path: Path) -> None:
    if path.is_dir():
        raise MisuseError(f"{path} はフォルダです。ファイルを書いてください。 (A folder, not a file.)")
    if not path.exists():
        raise MisuseError(f"{path} がありません。 (No such file.)")


def _cannot_open(path: Path, error: OSError) -> str:
    return f"{path} を開けません。 (Cannot be opened: {error.strerror or error}.)"


@contextmanager
def _opened(out: Path | None, asked: Sequence[Path]) -> Iterator[BinaryIO]:
    """Where the answer goes: standard output, or ``out``, which is none of the files ``asked``.

    A regular file is written whole or not at all. What else ``out`` may be (a link, a pipe, a device) stays what it is,
    and the answer is written into it.
    """
    if out is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if out.is_dir():
        raise MisuseError(f"{out} はフォルダです。ファイルの名前を書いてください。 (--out is a folder.)")
    if out.exists() and any(out.samefile(path) for path in asked):
        raise MisuseError(
            f"{out} は調べるファイルか、そのスキーマです。別の名前を書いてください。"
            " (--out is the file that is validated, or its schema.)"
        )
    replaced = not out.is_symlink() and (out.is_file() or not out.exists())
    written = out.with_name(f".{out.name}.new") if replaced else out
    try:
        with written.open("wb") as answer:
            yield answer
        if replaced:
            os.replace(written, out)
    except OSError as error:
        raise MisuseError(f"{out} に書けません。 (Cannot be written: {error.strerror or error}.)") from error
    finally:
        if replaced:
            written.unlink(missing_ok=True)
    print(f"{out} に書きました。 (Written.)", file=sys.stderr)
