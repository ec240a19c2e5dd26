"""How well and how fast records become entities: against simpler ways, on parts not seen, and as records grow.

    python benchmarks/resolve.py [--labels CSV] [--mirror DIR] [--large]

(1) Labelled organizations: ours, the exact name, Splink with stock comparisons and the deciding keys alone, on the same
columns; then ours with weights that the measured prefecture did not teach. (2) Places of two lists of group homes, of
which the office number is hidden. (3) Growth: records of new bodies recombined from the labelled ones, ``--large`` up
to a million, each run in a process of its own. (4) A night with 10,000 judgements beside one with a single one. The
truth is hidden from whatever is measured. Writes
``results-resolve.md`` beside this file. How weights are learned does not belong here.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from statistics import median

import duckdb

from benchmarks import results
from pipelines import resolving
from schemas import rulebook
from schemas.codelist import fold
from schemas.formats import corporate_number, legal_form
from schemas.sql import literal, make_table
from warehouse import addresses, ledger
from warehouse.resolution import engine, normal, training
from warehouse.resolution.features import Kind
from warehouse.resolution.training import Figures

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).with_name("results-resolve.md")
SHARED = ROOT.parent / "shared" / "data"
LABELS = SHARED / "labels" / "organisations_dev.csv"
MIRROR = SHARED / "real"

JUDGEMENTS, JUDGED_RUNS, JUDGED_AIM = 10_000, 2, 1.2
"""Judgements of a night, how often it is run, and how many times longer than one with a single one it may take."""

RUNS = 3
"""Times each way of resolving is run; the seconds are their median."""

COUNTED = {
    "organization": "a.prefecture = b.prefecture AND a.record_id < b.record_id",
    "place": "a.source < b.source AND a.once AND b.once",
}
"""Which pairs count: of organizations those within a prefecture, of places those across the two lists, of the numbers
that stand once in each.
"""

STOCK_WEIGHTS = (*range(-14, 11),)
"""Thresholds of Splink's match weight (log2 of the odds) that are tried for it; 0 is a probability of one half."""

PLACES = {
    "group-homes": (
        "grouphome-hokkaido-2021/hokkaido.csv",
        {"name": "事業所名", "area": "事業所所在地1", "address": "concat(事業所所在地2, '　', 事業所所在地3)",
         "phone": "事業所電話", "truth": "事業所番号"},
    ),
    "wam": (
        "wam-sfk-202603/sfkopendata_202603_33.zip",
        {"name": "事業所の名称", "name_kana": "事業所の名称_かな", "area": '"事業所住所（市区町村）"',
         "address": '"事業所住所（番地以降）"', "phone": "事業所電話番号", "url": "事業所URL", "truth": "事業所番号"},
    ),
}  # fmt: skip
"""The two lists of places: the file below the mirror, and what its columns are."""

SIZES = (10_000, 100_000)
LARGE = 1_000_000
SECONDS_AIM, PEAK_AIM, GROWTH_AIM = 600, 8000, 1.5
"""For a million records: seconds, MB (10^6 bytes), and how much longer a record may take than among ten times fewer."""

FOLDED = "市区町村が一覧ごとに違う番号は入らない (numbers of two towns are in no fold)"
"""Why a few numbers fewer count where towns are left out."""

CHILD = "resolve-once"
SEED = 7


def main() -> None:
    """Measure, and write the results; as a child process, resolve one file and tell how it went."""
    if sys.argv[1:2] == [CHILD]:
        _child(Path(sys.argv[2]), Path(sys.argv[3]))
        return
    options = _options()
    logging.getLogger("splink").setLevel(logging.CRITICAL)
    lines = [*against_others(options.labels), *unseen(options.labels), *places(options.mirror)]
    lines += [*growth(options.labels, (*SIZES, LARGE) if options.large else SIZES)]
    lines += judgement_nights(options.mirror)
    RESULTS.write_text(_document(lines, options.large), encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--labels", type=Path, default=LABELS, help="CSV of organizations with a column truth")
    parser.add_argument("--mirror", type=Path, default=MIRROR, help="folder that holds the real files")
    parser.add_argument("--large", action="store_true", help="also a million records (some minutes)")
    return parser.parse_args()


def _connected() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("SET enable_progress_bar = false")
    return con


def _labelled(path: Path) -> duckdb.DuckDBPyConnection:
    """A connection with ``labels``, and ``records``: the same without the truth."""
    con = _connected()
    con.execute(
        f"""CREATE TEMP TABLE labels AS
            SELECT COLUMNS(* EXCLUDE truth), left(area, 3) AS prefecture, truth
            FROM read_csv({literal(str(path))}, all_varchar = true, header = true)"""
    )
    _hide(con)
    return con


def _hide(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("CREATE OR REPLACE TEMP TABLE records AS SELECT * EXCLUDE (truth, prefecture) FROM labels")


def scored(con: duckdb.DuckDBPyConnection, kind: Kind) -> Figures:
    """How the table ``answer`` (record_id, entity) does against ``labels`` (record_id, source, prefecture, truth)."""
    con.execute(
        """CREATE OR REPLACE TEMP TABLE judged AS
           SELECT *, count(*) OVER (PARTITION BY truth) = 2 AND count(DISTINCT source) OVER (PARTITION BY truth) = 2
             AS once FROM labels JOIN answer USING (record_id)"""
    )
    pairs = " UNION ".join(
        f"""SELECT a.record_id, b.record_id AS other, a.truth = b.truth AS meant, a.entity = b.entity AS told
            FROM judged a JOIN judged b ON a.{same} = b.{same} AND {COUNTED[kind]}"""
        for same in ("truth", "entity")
    )
    ((right, told, meant),) = con.execute(
        f"SELECT count(*) FILTER (meant AND told), count(*) FILTER (told), count(*) FILTER (meant) FROM ({pairs})"
    ).fetchall()
    return Figures("all", 0.0, right, told, meant)


# 1. Labelled organizations: against simpler ways, and in a prefecture that did not teach the weights.

Way = Callable[[duckdb.DuckDBPyConnection], Iterator[str]]
"""A way of resolving ``records``: whenever it yields, the table ``answer`` is one answer, and the text says which."""


def against_others(path: Path) -> Iterator[str]:
    """One table: ours and three simpler ways on the same columns."""
    yield from (
        "## 団体：ほかの方法との比べ (Organizations: against simpler ways)",
        "",
        f"正解つきの記録（`{path.name}`）。正解の列は隠し、都道府県の中の組を数えた。",
        "",
        "*Labelled records, the truth hidden; pairs within a prefecture.*",
        "",
        "| 方法 | 適合率 (P) | 再現率 (R) | F1 | 秒 | 注 |",
        "|---|--:|--:|--:|--:|---|",
    )
    for title, (way, note) in WAYS.items():
        figures, which, seconds = _measured(path, way)
        met = f"。目標 {_aim(figures, 0.99, 0.98)}" if way is _ours else ""
        yield results.row(title, *_cells(figures), f"{seconds:.2f}", note + which + met)
    yield ""


def _measured(path: Path, way: Way) -> tuple[Figures, str, float]:
    """The answer with the best F1, which it was, and the median seconds until the first one stood there."""
    told: list[tuple[Figures, str]] = []
    seconds: list[float] = []
    for _ in range(RUNS):
        with _labelled(path) as con:
            started = time.perf_counter()
            answers = way(con)
            first = next(answers)
            seconds.append(time.perf_counter() - started)
            told = [(scored(con, "organization"), which) for which in chain([first], answers)]
    return *max(told, key=lambda one: one[0].f1), median(seconds)


def _ours(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    engine.resolve(con, "records", "organization")
    _answer(con, "SELECT record_id, entity FROM clusters")
    yield ""


def _by_name(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    _folded(con)
    _answer(con, "SELECT record_id, prefecture || '|' || name AS entity FROM folded")
    yield ""


def _by_keys(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    there = {row[0] for row in con.execute("DESCRIBE records").fetchall()}
    number = "corporate_number" if "corporate_number" in there else "NULL::VARCHAR"
    told = con.execute(f"SELECT record_id, {number} FROM records").fetchall()
    entities = [(number and corporate_number.read(number).value) or record_id for record_id, number in told]
    make_table(con, "keyed", {"record_id": [record_id for record_id, _ in told], "entity": entities})
    _answer(con, "SELECT * FROM keyed")
    yield ""


def _by_stock_splink(con: duckdb.DuckDBPyConnection, thresholds: Sequence[float]) -> Iterator[str]:
    """Splink as its documentation begins: its own comparisons, trained by expectation maximisation.

    Of what was tried (with and without name_kana, url, area, term frequencies) these columns are its best.
    """
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    _folded(con)
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="record_id",
        comparisons=[
            *map(cl.JaroWinklerAtThresholds, ("name", "name_kana", "address")),
            cl.ExactMatch("phone"),
        ],
        blocking_rules_to_generate_predictions=[
            *(block_on(name, "prefecture") for name in ("name", "name_kana", "address", "url")),
            block_on("phone"),
            block_on("area", "substr(name, 1, 6)"),
        ],
    )
    linker = Linker(DuckDBAPI(connection=con).register("folded"), settings, log_level=logging.CRITICAL)
    linker.training.estimate_probability_two_random_records_match([block_on("name", "phone")], recall=0.5)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e7, seed=SEED)
    for column in ("name", "phone"):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(column))
    found = linker.inference.predict()
    for threshold in thresholds:
        told = linker.clustering.cluster_pairwise_predictions_at_threshold(found, threshold_match_weight=threshold)
        _answer(con, f"SELECT record_id, cluster_id AS entity FROM {told.physical_name}")
        yield f"：重み {threshold:g}"


WAYS: dict[str, tuple[Way, str]] = {
    "道しるべ (ours)": (
        _ours,
        "`model.json` の重み。この記録で学んだもの (the weights in force, learned on these records)",
    ),
    "(i) 名称と都道府県 (exact name and prefecture)": (
        _by_name,
        "全角・半角、大文字・小文字、空白の違いはならした (width, case and blanks folded)",
    ),
    "(ii) Splink 既製の比較 (Splink, stock comparisons)": (
        partial(_by_stock_splink, thresholds=[0]),
        "確からしさ 1/2 以上 (probability of one half or more)",
    ),
    "(ii) 同じく、正解を見て選んだしきい値で (the same, at the threshold that the truth likes best)": (
        partial(_by_stock_splink, thresholds=STOCK_WEIGHTS),
        "正解がないと選べない (nobody could choose it without the truth)",
    ),
    "(iii) 鍵だけ (the deciding keys alone)": (
        _by_keys,
        "法人番号は正解そのものなので隠した。鍵がなく、何も結べない (the key is the truth and hidden)",
    ),
}
"""The ways that are compared, and what a reader should know of each."""


def _answer(con: duckdb.DuckDBPyConnection, query: str) -> None:
    con.execute(f"CREATE OR REPLACE TEMP TABLE answer AS {query}")


def _folded(con: duckdb.DuckDBPyConnection) -> None:
    """Table ``folded``: the records as anybody would write them alike before comparing; an empty cell is NULL."""
    columns = [name for name, *_ in con.execute("DESCRIBE records").fetchall()]
    rows = con.execute("SELECT *, left(area, 3) AS prefecture FROM records ORDER BY record_id").fetchall()
    table = dict(zip([*columns, "prefecture"], map(list, zip(*rows, strict=True)), strict=True))
    readers = {"name": fold, "name_kana": fold, "address": addresses.fold}
    for name, reader in readers.items():
        table[name] = [reader(text or "") for text in table[name]]
    make_table(con, "raw", {name: [text or None for text in told] for name, told in table.items()})
    con.execute("CREATE OR REPLACE TABLE folded AS SELECT * FROM raw ORDER BY record_id")


def unseen(path: Path) -> Iterator[str]:
    """Ours, with weights that the measured prefecture did not teach."""
    yield from (
        "### 学ばせていない都道府県で (In a prefecture that did not teach the weights)",
        "",
        "しきい値だけは、三つを合わせて選んだもの。 *Only the threshold was chosen, on all of them together.*",
        "",
        "| 都道府県 | 適合率 (P) | 再現率 (R) | F1 | 目標 |",
        "|---|--:|--:|--:|---|",
    )
    with _labelled(path) as con:
        parts = _taught_by_others(con, "organization")
    yield from (results.row(one.part, *_cells(one), "—") for one in parts)
    together = training.pooled(parts)
    yield results.row("あわせて (together)", *_cells(together), _aim(together, 0.985, 0.975))
    yield ""


def _taught_by_others(con: duckdb.DuckDBPyConnection, kind: Kind) -> tuple[Figures, ...]:
    con.execute("CREATE OR REPLACE TEMP TABLE lessons_given AS SELECT * EXCLUDE prefecture FROM labels")
    return training.train(con, "lessons_given", kind).unseen


# 2. Places.


def places(mirror: Path) -> Iterator[str]:
    """Group homes of two lists, five years apart: by the weights in force, and by weights that they did not teach."""
    yield from (
        "## 拠点：二つの一覧 (Places: two lists of group homes)",
        "",
        "北海道の一覧（2021年）と WAM のサービス33（2026年）。事業所番号は隠し、どちらにも一度だけ出る番号について、",
        "二つの一覧にまたがる組を数えた。",
        "",
        "*The office number hidden; pairs across the lists, of the numbers that stand once in each.*",
        "",
    )
    missing = [told for told, _ in PLACES.values() if not (mirror / told).is_file()]
    if missing:
        yield from (f"{'・'.join(missing)} がないので、測っていません。 (No such files: not measured.)", "")
        return
    with _connected() as con, tempfile.TemporaryDirectory() as folder:
        _take_places(con, mirror, Path(folder))
        ours, folds = _place_figures(con)
    verdict = results.met(ours.f1 >= 0.95)
    yield from (
        "| 重み | 番号 | 適合率 (P) | 再現率 (R) | F1 | 目標 |",
        "|---|--:|--:|--:|--:|---|",
        results.row(
            "`model.json` の重み、この一覧で学んだ (in force, learned here)",
            str(ours.true),
            *_cells(ours),
            f"F1 0.95 以上：{verdict}",
        ),
        results.row("学ばせていない市区町村で (towns left out, five folds)", str(folds.true), *_cells(folds), FOLDED),
        "",
    )


def _take_places(con: duckdb.DuckDBPyConnection, mirror: Path, folder: Path) -> None:
    """``labels`` of both lists, of the prefecture of the first, and ``records``, the same without the truth."""
    taken = []
    for source, (told, columns) in PLACES.items():
        path = mirror / told
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as members:
                path = Path(members.extract(members.namelist()[0], folder))
        given = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
        taken.append(
            f"""SELECT '{source}-' || row_number() OVER () AS record_id, '{source}' AS source, {given}
                FROM read_csv({literal(str(path))}, all_varchar = true, header = true)"""
        )
    con.execute(
        f"""CREATE TEMP TABLE labels AS SELECT * REPLACE (coalesce(name_kana, '') AS name_kana),
              left(area, 3) AS prefecture FROM ({" UNION ALL BY NAME ".join(taken)})
            WHERE prefecture IN (SELECT left(area, 3) FROM ({taken[0]}))"""
    )
    _hide(con)


def _place_figures(con: duckdb.DuckDBPyConnection) -> tuple[Figures, Figures]:
    engine.resolve(con, "records", "place")
    _answer(con, "SELECT record_id, entity FROM clusters")
    ours = scored(con, "place")
    return ours, training.pooled(_taught_by_others(con, "place"))


# 3. Growth.


def growth(path: Path, sizes: tuple[int, ...]) -> Iterator[str]:
    """Seconds and memory as records grow, and how well they are still resolved."""
    yield from (
        "## 記録が増えると (Growth)",
        "",
        "正解つきの記録の名称・所在地・電話・ホストを組み替え、全国に新しい団体を作った（一団体の記録の数は同じ）。",
        "一回ごとに別のプロセス。秒とメモリには、CSV を読み、答えを書くところまでが入る。",
        "",
        "*New bodies all over the country, recombined from the labelled ones with as many records each; every run in a",
        "process of its own, from reading the CSV to writing the answer. F1 by the way: these names are made up.*",
        "",
        "| 記録 | 団体 | 秒 | 秒の増え方（記録の増え方） | 最大メモリ（MB） | F1 | 目標 |",
        "|--:|--:|--:|---|--:|--:|---|",
    )
    fewer, before = 0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            seconds, peak, bodies, figures = _grown(path, size, Path(folder))
            times = f"{seconds / before:.1f} 倍（{size / fewer:.0f} 倍）" if fewer else "—"
            aims = _aims(seconds, peak, seconds / before * fewer / size) if size == LARGE else "—"
            cells = (f"{size:,}", f"{bodies:,}", f"{seconds:.1f}", times, f"{peak:,.0f}", f"{figures.f1:.4f}", aims)
            yield results.row(*cells)
            fewer, before = size, seconds
    yield ""


def _grown(path: Path, size: int, folder: Path) -> tuple[float, float, int, Figures]:
    """Seconds, peak in MB, bodies drawn, and figures of one run in a process of its own."""
    records, out = folder / f"{size}.csv", folder / f"{size}-clusters.csv"
    with _labelled(path) as con:
        con.execute(f"SET temp_directory = {literal(str(folder))}")
        draw(con, size)
        con.execute(f"COPY (SELECT * FROM records ORDER BY record_id) TO {literal(str(records))} (HEADER)")
        # What DuckDB writes when memory is short goes to the folder that the process runs in.
        told = subprocess.run(
            [sys.executable, __file__, CHILD, str(records), str(out)],
            stdout=subprocess.PIPE, cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True,
        )  # fmt: skip
        answer: dict[str, float] = json.loads(told.stdout)
        _answer(con, f"SELECT record_id, entity_id AS entity FROM read_csv({literal(str(out))}, all_varchar = true)")
        ((bodies,),) = con.execute("SELECT count(DISTINCT truth) FROM labels").fetchall()
        return answer["seconds"], answer["peak"], bodies, scored(con, "organization")


def draw(con: duckdb.DuckDBPyConnection, size: int) -> None:
    """Replace ``labels`` and ``records`` by ``size`` records of new bodies, drawn from those that ``labels`` has.

    A new body is an old one moved to any prefecture whose name begins like another's: front half of the other's core,
    back half of its own, in every spelling that it has. It keeps its towns and streets, with other numbers; each
    telephone number and host is no other body's. The same size gives the same records.
    """
    _take_apart(con)
    rng = random.Random(SEED)
    orders = ["".join(rng.sample("123456789", 9)) for _ in range(5000)]
    # Half-width and full-width digits alike, so that two spellings of an address stay one.
    digits = [order + order.translate({ord(digit): ord(digit) + 0xFEE0 for digit in order}) for order in orders]
    prefectures = [row.label_ja for row in rulebook.codes("prefectures").values()]
    make_table(con, "shuffles", {"n": [*range(len(digits))], "digits": digits}, n="INTEGER")
    make_table(con, "prefectures", {"n": [*range(len(prefectures))], "label": prefectures}, n="INTEGER")
    ((bodies, rows),) = con.execute("SELECT max(body) + 1, count(*) FROM templates").fetchall()
    # A little more than are wanted, for bodies have more records or fewer.
    wanted = size * bodies // rows * 11 // 10 + 100
    choices = {"body": bodies, "other": bodies, "shuffle": len(digits), "prefecture": len(prefectures)}
    drawn = ", ".join(f"md5_number_lower('{name}' || range + {SEED}) % {n} AS {name}" for name, n in choices.items())
    con.execute(f"CREATE OR REPLACE TEMP TABLE births AS SELECT range AS born, {drawn} FROM range({wanted})")
    recombined = RECOMBINED.format(size=size, prefecture=f"^({'|'.join(prefectures)})")
    con.execute(f"CREATE OR REPLACE TEMP TABLE labels AS {recombined}")
    _hide(con)


RECOMBINED = """
    SELECT md5('record' || d.born || '|' || t.nth) AS record_id, t.source,
      t.before || o.front || t.back || t.after AS name,
      CASE WHEN t.reading = '' THEN '' ELSE o.reading_front || t.reading_back END AS name_kana,
      regexp_replace(t.area, '{prefecture}', p.label) AS area,
      translate(regexp_replace(t.address, '{prefecture}', p.label), '123456789１２３４５６７８９', s.digits) AS address,
      coalesce(t.code || right(repeat('0', 12) || (TRY_CAST(t.line AS BIGINT) + d.born * 7919), length(t.line)), '')
        AS phone,
      CASE WHEN t.url = '' THEN ''
        ELSE regexp_replace(t.url, '^(https?://)?(www\\.)?', '\\1\\2b' || d.born || '-') END AS url,
      left(p.label, 3) AS prefecture, d.born::VARCHAR AS truth
    FROM births d JOIN templates t ON t.body = d.body JOIN fronts o ON o.body = d.other
    JOIN shuffles s ON s.n = d.shuffle JOIN prefectures p ON p.n = d.prefecture
    ORDER BY d.born, t.nth LIMIT {size}
"""


def _take_apart(con: duckdb.DuckDBPyConnection) -> None:
    """``fronts`` (a row a body: how its name and reading begin) and ``templates`` (a row a record: what is left)."""
    names, readings = (
        [text for (text,) in con.execute(f"SELECT DISTINCT coalesce({name}, '') FROM labels ORDER BY 1").fetchall()]
        for name in ("name", "name_kana")
    )
    before, core, after = zip(*map(_name_parts, names), strict=True)
    make_table(con, "names", {"name": names, "before": before, "core": core, "after": after})
    read = [normal.organization_kana(text) or "" for text in readings]
    make_table(con, "kana", {"name_kana": readings, "reading": read})
    con.execute(
        """CREATE OR REPLACE TEMP TABLE bodies AS
           SELECT l.source, n.* EXCLUDE name, reading, area, coalesce(address, '') AS address,
             coalesce(url, '') AS url, regexp_extract(phone, '^[0-9]+-') AS code,
             regexp_replace(substr(phone, length(code) + 1), '[^0-9]', '', 'g') AS line,
             dense_rank() OVER (ORDER BY l.prefecture, truth) - 1 AS body,
             row_number() OVER (PARTITION BY l.prefecture, truth ORDER BY l.record_id) AS nth
           FROM labels l JOIN names n USING (name) JOIN kana k ON k.name_kana = coalesce(l.name_kana, '')"""
    )
    con.execute(
        """CREATE OR REPLACE TEMP TABLE fronts AS
           SELECT body, left(core, (length(core) + 1) // 2) AS front,
             left(reading, (length(reading) + 1) // 2) AS reading_front
           FROM (SELECT body, first(core ORDER BY nth) AS core, max(reading) AS reading FROM bodies GROUP BY body)"""
    )
    con.execute(
        """CREATE OR REPLACE TEMP TABLE templates AS
           SELECT b.*, CASE WHEN starts_with(core, front) THEN substr(core, length(front) + 1) ELSE core END AS back,
             CASE WHEN starts_with(reading, reading_front) THEN substr(reading, length(reading_front) + 1)
               ELSE reading END AS reading_back
           FROM bodies b JOIN fronts USING (body)"""
    )


def _name_parts(name: str) -> tuple[str, str, str]:
    """What stands before a name's core, the core without its corporation word, and what stands after."""
    whole = "".join(unicodedata.normalize("NFKC", name).split())
    core = legal_form.without(name)
    before, found, after = whole.partition(core) if core else ("", "", "")
    return (before, core, after) if found else ("", whole, "")


def _child(records: Path, out: Path) -> None:
    started = time.perf_counter()
    resolving.run(records, out, "organization")
    print(json.dumps({"seconds": time.perf_counter() - started, "peak": results.peak()}))


# 4. A night with judgements.


def judgement_nights(mirror: Path) -> Iterator[str]:
    """A night that builds anew with 10,000 judgements beside one with a single one."""
    told: dict[int, list[float]] = {1: [], JUDGEMENTS: []}
    with tempfile.TemporaryDirectory() as folder:
        first = Path(folder) / "first"
        _night(mirror, first, "2026-10-01")
        for turn in range(JUDGED_RUNS):
            for count, seconds in told.items():
                home = Path(folder) / f"{turn}-{count}"
                shutil.copytree(first, home, symlinks=True)
                _judge(home, count)
                seconds.append(_night(mirror, home, "2026-10-02"))
                shutil.rmtree(home)
    one, many = (median(seconds) for seconds in told.values())
    yield from (
        "## 人の判断が一万あるとき (A night with 10,000 judgements)",
        "",
        "北海道の実データで、表を作り直す一晩（コマンドそのもの、秒の中央値）。判断は、一つになっている組への",
        f"SAME が五千、別の組への DIFFERENT と UNSURE が五千。{JUDGED_RUNS} 回ずつ交互に測った。",
        "",
        "*A night on the real files of Hokkaido that builds everything anew: 5,000 SAME on merged pairs, 5,000",
        "DIFFERENT and UNSURE on others.*",
        "",
        "| 判断 | 秒 | 比 | 目標 |",
        "|--:|--:|--:|---|",
        f"| 1 | {one:.1f} | 1 | |",
        f"| {JUDGEMENTS:,} | {many:.1f} | {many / one:.2f} | {JUDGED_AIM} 倍まで："
        f"{results.met(many / one <= JUDGED_AIM)} |",
        "",
    )


def _night(mirror: Path, home: Path, as_of: str) -> float:
    """Seconds of a night, as the command is called."""
    command = [sys.executable, "-c", "from pipelines.cli import main; main()", "nightly"]
    command += ["--home", str(home), "--mirror", str(mirror), "--as-of", as_of, "--json"]
    started = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    seconds = time.perf_counter() - started
    assert json.loads(done.stdout)["outcome"] in ("released", "unchanged")
    return seconds


def _judge(home: Path, count: int) -> None:
    """Write ``count`` judgements on pairs of records, drawn by a hash: half of them on pairs that are one."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as con:
        pairs = con.execute(
            """(SELECT kind, 'SAME', left_id, right_id FROM pairs WHERE band = 'merged' AND kind <> 'services'
                ORDER BY md5(left_id || right_id), kind, left_id, right_id LIMIT ($count + 1) // 2)
               UNION ALL
               (SELECT a.kind, CASE WHEN a.place % 2 = 0 THEN 'UNSURE' ELSE 'DIFFERENT' END, a.record_id, b.record_id
                FROM (SELECT *, row_number() OVER (PARTITION BY kind ORDER BY md5(record_id), record_id) AS place
                      FROM members WHERE kind <> 'services') a
                JOIN (SELECT *, row_number() OVER (PARTITION BY kind ORDER BY md5(record_id), record_id) AS place
                      FROM members) b ON b.kind = a.kind AND b.place = a.place + 1
                WHERE a.entity_id <> b.entity_id ORDER BY md5(a.record_id), a.kind, a.record_id LIMIT $count // 2)""",
            {"count": count},
        ).fetchall()
    assert len(pairs) == count, f"{len(pairs)} pairs"
    with ledger.opened(home) as book:
        for kind, verdict, one, two in pairs:
            ledger.judge(book, kind, verdict, {one: [one], two: [two]}, "測定", "測定", "2026-10-01")


def _cells(figures: Figures) -> tuple[str, str, str]:
    # What tells nothing tells nothing wrong, and has no precision.
    precision = f"{figures.precision:.4f}" if figures.told else "—"
    return precision, f"{figures.recall:.4f}", f"{figures.f1:.4f}"


def _aims(seconds: float, peak: float, growth: float) -> str:
    return "、".join(
        (
            f"{SECONDS_AIM:,} 秒未満：{results.met(seconds < SECONDS_AIM)}",
            f"{PEAK_AIM:,} MB未満：{results.met(peak < PEAK_AIM)}",
            f"一件あたり {growth:.2f} 倍（1 なら比例）、{GROWTH_AIM} 倍未満：{results.met(growth < GROWTH_AIM)}",
        )
    )


def _aim(figures: Figures, precision: float, f1: float) -> str:
    is_met = figures.precision >= precision and figures.f1 >= f1
    return f"P {precision} 以上、F1 {f1} 以上：{results.met(is_met)}"


def _document(lines: list[str], large: bool) -> str:
    return "\n".join(
        (
            "# 名寄せの正しさと速さ (Entity resolution: how right and how fast)",
            "",
            f"`python benchmarks/resolve.py{' --large' if large else ''}` が書いたもの。",
            f"秒は {RUNS} 回の中央値（増え方は一回）。",
            "",
            f"*Seconds are medians of {RUNS} runs, of growth one run.*",
            "",
            results.machine("duckdb", "splink"),
            "",
            *lines,
        )
    )


if __name__ == "__main__":
    main()
