"""Folded addresses: what is the same place spelled otherwise, and what is another place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.addresses import fold

SAME = [
    ("北海道函館市東町1丁目2番3号", "函館市東町1-2-3"),
    ("函館市東町一丁目二番三号", "函館市東町1-2-3"),
    ("函館市東町１丁目２番３号", "函館市東町1-2-3"),
    ("函館市東町１－２－３", "函館市東町1-2-3"),
    ("函館市東町1‐2−3", "函館市東町1-2-3"),
    ("函館市東町1ー2ｰ3", "函館市東町1―2─3"),
    ("函館市東町 1丁目　2番 3号", "函館市東町1-2-3"),
    ("函館市東町12番地", "函館市東町12"),
    ("函館市東町12番地の3", "函館市東町12-3"),
    ("函館市東町12番地3", "函館市東町12番3号"),
    ("函館市東町12の3", "函館市東町12-3"),
    ("函館市東町12ノ3", "函館市東町12-3"),
    ("札幌市中央区北二十四条西十五丁目1-2", "札幌市中央区北24条西15丁目1番2号"),
    ("札幌市中央区北十条西二丁目", "札幌市中央区北10条西2丁目"),
    ("函館市東町一二番地", "函館市東町12番地"),
    ("函館市東町一〇番", "函館市東町10番"),
    ("函館市東町一丁目二－三", "函館市東町1-2-3"),
    ("函館市東町1丁目2番3号みちしるべ荘", "函館市東町1-2-3 みちしるべ荘"),
    ("函館市東町1-2-3 201号室", "函館市東町1-2-3-201号室"),
    ("上川郡東川町東町1-2", "東川町東町1-2"),
    ("河東郡音更町字東町1-2", "河東郡音更町東町1-2"),
    ("河東郡音更町大字東町1-2", "音更町東町1-2"),
    ("〒041-0000 函館市東町1-2-3", "函館市東町1-2-3"),
    ("041-0000函館市東町1-2-3", "函館市東町1-2-3"),
]
OTHER = [
    ("函館市東町1-2-3", "函館市東町1-2-4"),
    ("函館市東町1-23", "函館市東町12-3"),
    ("函館市東町1-2-3", "函館市東町1-2"),
    ("函館市東町1-2-3", "函館市西町1-2-3"),
    ("函館市東町1-2-3", "旭川市東町1-2-3"),
    ("函館市東町十一番", "函館市東町十番一号"),
    ("函館市東町二十番", "函館市東町二番"),
    ("札幌市北区北1条西5丁目", "札幌市北区北1条西5丁目1"),
    ("札幌市北区北11条西1丁目", "札幌市北区北1条西11丁目"),
    ("函館市東町1 2-3", "函館市東町12-3"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_place_spelled_otherwise_folds_to_the_same_text(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_different_places_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text(alphabet="一二三十〇12番丁目地号の条線- ー－東町郡字〒", max_size=20))
def test_any_text_folds(address: str) -> None:
    assert not set(fold(address)) & set(" 　－〇一二三十")
