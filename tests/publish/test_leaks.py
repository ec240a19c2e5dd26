"""The search over files: whatever the value, its spelling and the format, it is found, named by file and field."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publish import contained, leaks
from publish.leaks import Leak, Secret
from tests.publish import rewriting
from tests.publish.rewriting import ENCODINGS, FILES

SECRETS = [
    Secret("address", "北海道函館市西町12丁目3番45号", "places.address", hidden=True),
    Secret("phone", "+81166000123", "contact_points.value"),
    Secret("person", "見本花子", "organizations.representative_name"),
    Secret("spot", "43.123456,141.987654", "places.spot"),
    Secret("text", "毎週水曜日だけ裏口から入る", "submissions.note"),
]
SEARCH = leaks.Search(SECRETS)


@pytest.mark.parametrize("write", FILES, ids=lambda write: write.__name__)
@pytest.mark.parametrize("secret", SECRETS, ids=lambda secret: secret.kind)
def test_a_value_is_found_in_every_kind_of_file(
    secret: Secret, write: Callable[[str, Path], Path], tmp_path: Path
) -> None:
    path = write(secret.value, tmp_path / "written")
    assert {(leak.file, leak.field) for leak in SEARCH.find([path], tmp_path)} == {(path.name, secret.field)}


@pytest.mark.parametrize("secret", SECRETS, ids=lambda secret: secret.kind)
def test_a_value_is_found_once_across_the_border_of_two_blocks(secret: Secret, tmp_path: Path) -> None:
    path = rewriting.as_long_line(f"十{secret.value}", tmp_path / "long.json")
    path = rewriting.as_long_line(secret.value, path) if secret.kind == "person" else path
    assert SEARCH.find([path], tmp_path) == [Leak("long.json", secret.field, 1)]


@pytest.mark.parametrize("write", FILES, ids=lambda write: write.__name__)
@pytest.mark.parametrize("block", [1, 7, 64, 997])
def test_wherever_a_file_is_cut_into_blocks_the_same_is_found(
    block: int, write: Callable[[str, Path], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("。".join(secret.value for secret in SECRETS), tmp_path / "written")
    whole = SEARCH.find([path], tmp_path)
    monkeypatch.setattr(contained, "BLOCK", block)
    assert {leak.field for leak in whole} == {secret.field for secret in SECRETS}
    assert SEARCH.find([path], tmp_path) == whole


def test_several_processes_find_what_one_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [write(secret.value, tmp_path / f"{write.__name__}-{secret.kind}") for secret in SECRETS for write in FILES]
    paths += [rewriting.as_long_line(SECRETS[1].value, tmp_path / "long.json"), tmp_path / "broken.xlsx"]
    paths[-1].write_bytes(b"nothing that could be read")
    alone = SEARCH.find(paths, tmp_path)
    monkeypatch.setattr(leaks, "APART", 0)
    assert len(alone) >= len(paths)
    assert SEARCH.find(paths, tmp_path) == alone


def test_a_process_that_dies_is_an_error_and_not_a_clean_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaks, "APART", 0)
    path = rewriting.as_text("見本花子", tmp_path / "a.csv")
    search = leaks.Search(SECRETS)
    search._spot_fields = [Unpickled()]  # type: ignore[list-item]
    with pytest.raises(subprocess.CalledProcessError):
        search.find([path], tmp_path)


class Unpickled:
    """Cannot be read by another process."""

    def __reduce__(self) -> tuple[object, ...]:
        return int, ("no number",)


def test_leaks_come_by_file_and_field_with_their_number(tmp_path: Path) -> None:
    (tmp_path / "areas").mkdir()
    (tmp_path / "b.csv").write_text("見本花子,0166-00-0123\n0166000123,見本 花子\n+81166000123,\n", "utf-8")
    (tmp_path / "areas" / "a.csv").write_text("見本花子\n", "utf-8")
    paths = [tmp_path / "b.csv", tmp_path / "areas" / "a.csv", tmp_path / "b.csv"]
    assert SEARCH.find(paths, tmp_path) == [
        Leak("areas/a.csv", "organizations.representative_name", 1),
        Leak("b.csv", "contact_points.value", 3),
        Leak("b.csv", "organizations.representative_name", 2),
    ]


def test_every_field_of_a_value_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("0166-00-0123", "utf-8")
    secrets = [Secret("phone", "+81166000123", "b.value"), Secret("phone", "0166-00-0123", "a.value")]
    assert leaks.find(secrets, [tmp_path / "a.csv"], tmp_path) == [
        Leak("a.csv", "a.value", 1),
        Leak("a.csv", "b.value", 1),
    ]


def test_nobody_who_prints_a_secret_or_a_leak_sees_the_value(tmp_path: Path) -> None:
    path = rewriting.as_text("、".join(secret.value for secret in SECRETS), tmp_path / "a.csv")
    found = SEARCH.find([path], tmp_path)
    assert len(found) == len(SECRETS)
    for secret in SECRETS:
        assert secret.value not in f"{found}{SECRETS}{SEARCH}"


@pytest.mark.parametrize("name", ["a.xlsx", "a.parquet", "a.db", "a.zip"])
@pytest.mark.parametrize("start", [b"", b"PK\x03\x04", b"PAR1", b"SQLite format 3\0"])
def test_a_broken_file_is_a_leak(name: str, start: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(start + b"nothing that could be read")
    assert SEARCH.find([tmp_path / name], tmp_path) == [Leak(name, leaks.UNSEARCHABLE, 1)]


@pytest.mark.parametrize("write", [rewriting.as_xlsx, rewriting.as_parquet])
def test_half_a_file_is_a_leak(write: Callable[[str, Path], Path], tmp_path: Path) -> None:
    path = write("見本", tmp_path / "half")
    path.write_bytes(path.read_bytes()[:-200])
    assert SEARCH.find([path], tmp_path) == [Leak(path.name, leaks.UNSEARCHABLE, 1)]


def test_what_is_packed_in_a_way_nobody_publishes_is_a_leak(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(b"\x1f\x8b\x08\x00")
    assert SEARCH.find([tmp_path / "a.csv.gz"], tmp_path) == [Leak("a.csv.gz", leaks.UNSEARCHABLE, 1)]


def test_nothing_secret_finds_nothing(tmp_path: Path) -> None:
    path = rewriting.as_text("見本花子", tmp_path / "a.csv")
    assert leaks.find([], [path], tmp_path) == []


def test_a_position_is_found_in_cells_of_text_and_of_numbers(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        for values in (["43.1235", "141.9877"], [43.123456, 141.987654]):
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, ["見本", "緯度", "経度", "43.9"])
            sheet.write_row(1, 0, ["見本", *values])
    # In the cells of both sheets and, side by side, among the shared strings.
    assert SEARCH.find([tmp_path / "a.xlsx"], tmp_path) == [Leak("a.xlsx", "places.spot", 3)]


# Any value, in any spelling, in any encoding, in any file.

DIGITS = st.integers(0, 9999)
TOWNS = st.text("西東南北本栄緑花見里川山", min_size=2, max_size=5).map(lambda town: town + "町")
PERSONS = st.text("佐藤鈴木高橋伊渡辺見本花子太郎一二三", min_size=3, max_size=6)
SEPARATORS = st.sampled_from(["-", "－", "ー", "−", "‐", " ", ""])


@st.composite
def phones(draw: st.DrawFn) -> tuple[Secret, str]:
    last, between = draw(DIGITS), draw(SEPARATORS)
    start = draw(st.sampled_from(["0166", "+81166", "+81 166", "０１６６", "(0166)"]))
    return Secret("phone", f"+8116600{last:04}", "f.phone"), f"{start}{between}00{between}{last:04}"


@st.composite
def addresses(draw: st.DrawFn) -> tuple[Secret, str]:
    town, numbers = draw(TOWNS), draw(st.tuples(*[st.integers(1, 99)] * 3))
    first, second, third = numbers
    said = draw(st.sampled_from([str, rewriting.in_kanji, lambda number: rewriting.wide(str(number))]))
    dash = draw(st.sampled_from(["-", "－", "ー", "の", "−"]))
    before = draw(st.sampled_from(["北海道函館市", "函館市", "函館市 ", "函館市字", "〒040-0000 北海道函館市", ""]))
    ends = draw(st.sampled_from(["", " 見本ビル", "号", "（2階）"]))
    spelled = [f"{said(first)}丁目{said(second)}番{said(third)}号", f"{said(first)}丁目{said(second)}番地{said(third)}"]
    spelled += [dash.join(map(str, numbers)) + ends]
    secret = f"北海道函館市{town}{first}丁目{second}番{third}号"
    return Secret("address", secret, "f.address"), before + town + draw(st.sampled_from(spelled))


@st.composite
def persons(draw: st.DrawFn) -> tuple[Secret, str]:
    name = draw(PERSONS)
    cut = draw(st.integers(1, len(name) - 1))
    return Secret("person", name, "f.person"), name[:cut] + draw(st.sampled_from(["", " ", "　", "・"])) + name[cut:]


@st.composite
def positions(draw: st.DrawFn) -> tuple[Secret, str]:
    lat, lon = draw(st.integers(41_400_001, 45_499_999)), draw(st.integers(139_400_001, 145_799_999))
    lat, lon = lat // 10 * 10 + 1, lon // 10 * 10 + 1
    decimals = draw(st.sampled_from([3, 4, 5, 6]))
    written = [f"{value / 1e6:.{decimals}f}" for value in draw(st.permutations([lat, lon]))]
    return Secret("spot", f"{lat / 1e6:.6f},{lon / 1e6:.6f}", "f.spot"), ", ".join(written)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(phones(), addresses(), persons(), positions()),
    st.sampled_from(sorted(ENCODINGS)),
    st.sampled_from(FILES),
    st.sampled_from(["{}", "連絡先：{}。", "（{}）", "「{}」", "x|{}|y"]),
)
def test_whatever_is_secret_is_found_however_it_is_written_and_wherever(
    pair: tuple[Secret, str], encoding: str, write: Callable[[str, Path], Path], around: str
) -> None:
    secret, written = pair
    with tempfile.TemporaryDirectory() as folder:
        path = write(around.format(ENCODINGS[encoding](written)), Path(folder) / "written.json")
        assert {leak.field for leak in leaks.find([secret], [path], Path(folder))} == {secret.field}


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.one_of(phones(), addresses(), persons(), positions()).map(lambda pair: pair[0]), max_size=5),
    st.text(st.characters(exclude_characters="0123456789", exclude_categories=("Nd", "No", "Cs", "Lo")), max_size=200),
)
def test_a_text_with_none_of_its_characters_tells_nothing(secrets: list[Secret], text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = rewriting.as_text(text, Path(folder) / "a.csv")
        assert leaks.find(secrets, [path], Path(folder)) == []


@settings(max_examples=100, deadline=None)
@given(phones(), phones())
def test_one_number_is_not_another(one: tuple[Secret, str], other: tuple[Secret, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = rewriting.as_text(other[1], Path(folder) / "a.csv")
        found = leaks.find([one[0]], [path], Path(folder))
        assert bool(found) == (one[0].value == other[0].value)
