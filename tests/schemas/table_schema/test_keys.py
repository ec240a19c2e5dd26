"""What is told of rows that cannot be told apart; which rows these are is ``tests/property/test_parity.py``'s."""

from __future__ import annotations

from pathlib import Path

from schemas import table_schema

SCHEMA = {"fields": [{"name": "番号", "type": "integer"}, {"name": "名称"}], "primaryKey": ["番号"]}


def test_a_key_that_cannot_be_read_is_not_called_blank(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("番号,名称\nx,会\n,会\n,\n1,会\n1,会\n", encoding="utf-8")
    findings = table_schema.validate_file(tmp_path / "a.csv", SCHEMA).findings()
    said = {f["rowNumber"]: f["message_ja"] for f in findings if f["type"] == "primary-key"}
    assert list(said) == [2, 3, 4, 6]
    assert "「x」は、値として読めません" in said[2] and "空欄" not in said[2]
    assert "（番号）が空欄です。値を入れて" in said[3]
    assert "取り除いて" in said[4] and "入れて" not in said[4]
    assert "5 行目" in said[6]
