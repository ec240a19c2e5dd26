"""What is called regular is read alike by Python's csv and by DuckDB; what is not, is seen."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.table_schema import regular

REGULAR = {
    b"a,b\n1,2\n": 2,
    b"a,b\n1,2": 2,
    b"\xef\xbb\xbfa,b\r\n1,2\r\n": 2,
    b'a,b\n"1,\n""x""",2\n': 2,
    'あ,い\n"改\r\n行",\n'.encode(): 2,
    b'a,b\n"",""\n,\n': 3,
}
IRREGULAR = [
    b"a,b\n1\n", b"a,b\n1,2,3\n", b"a,b\n\n1,2\n", b"a,b\n1,2\n\n", b"a,b\r\n1,2\n", b"a,b\n1,2\r\n", b"a,b\n1\r,2\n",
    b'a,b\n1,"2\n', b'a,b\n1,x"2"\n', b'a,b\n1,"2"x\n', b'a,b\n"1" ,2\n', b"a,b\n1,\0\n", b"a,b\n1,\xff\n",
    b"a,b\n1,\xe3\x81", b"a,b\r1,2\r", b"a,b\n1,2\r", b"\n", b"a,b\n1,2,\n", b"a\n1,2,3\n",
]  # fmt: skip


def count(tmp_path: Path, content: bytes, **options: bool) -> int | None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    return regular.count_rows(path, ",", 2, quoted_cr=options.get("quoted_cr", True))


@pytest.fixture(params=[1, 3, 1 << 20])
def chunk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """The file is looked at so many bytes at a time."""
    monkeypatch.setattr(regular, "CHUNK", request.param)
    return int(request.param)


@pytest.mark.parametrize("content", REGULAR)
def test_regular_files_are_counted(tmp_path: Path, content: bytes, chunk: int) -> None:
    if chunk <= 3 and content.startswith(b"\xef\xbb\xbf"):
        pytest.skip("a BOM is looked for in the first chunk")
    assert count(tmp_path, content) == REGULAR[content]


@pytest.mark.parametrize("content", IRREGULAR)
def test_irregular_files_are_seen(tmp_path: Path, content: bytes, chunk: int) -> None:
    assert count(tmp_path, content) is None


def test_cr_within_quotes_matters_only_where_lines_are_translated(tmp_path: Path) -> None:
    content = b'a,b\n"1\r\n2",3\n'
    assert count(tmp_path, content) == 2
    assert count(tmp_path, content, quoted_cr=False) is None


@settings(max_examples=400, deadline=None)
@given(st.text(alphabet='a,"\r\n　é\0', max_size=24), st.sampled_from([2, 5, 1 << 20]))
def test_both_readers_read_the_same_cells(tmp_path_factory: pytest.TempPathFactory, text: str, chunk: int) -> None:
    path = tmp_path_factory.getbasetemp() / "regular.csv"
    path.write_bytes(text.encode())
    before, regular.CHUNK = regular.CHUNK, chunk
    try:
        rows = regular.count_rows(path, ",", 2, quoted_cr=True)
    finally:
        regular.CHUNK = before
    if rows is None:
        return
    expected = [tuple(row) for row in csv.reader(io.StringIO(text, newline=""))]
    assert len(expected) == rows
    with duckdb.connect() as con:
        found = con.execute(
            "FROM read_csv(?, auto_detect = false, header = false, columns = {'a': 'VARCHAR', 'b': 'VARCHAR'}, "
            "delim = ',', quote = '\"', escape = '\"', strict_mode = true, nullstr = '\n', allow_quoted_nulls = false)",
            [str(path)],
        ).fetchall()
    assert found == expected


@pytest.mark.parametrize("encoding", ["cp932", "utf-16", "utf-8"])
def test_other_encodings_are_written_anew(tmp_path: Path, encoding: str, chunk: int) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes("名称,電話\r\n①会,\r\n".encode(encoding))
    assert regular.as_utf8(source, encoding, target)
    assert target.read_bytes() == "名称,電話\r\n①会,\r\n".encode()
    source.write_bytes(b"\x81")
    assert not regular.as_utf8(source, encoding, target)
