"""A night after which every publisher's server misbehaves: what was good yesterday serves on, and each fault is told.

The servers are real ones on loopback, the night is the command's. What each fault is called is tried, fault by fault,
beside the fetchers and the readers; here is what comes of it for those who read the release.
"""

from __future__ import annotations

import io
import json
import os
import re
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from schemas.finding import Severity
from sources import ingest
from sources.fetchers.http import Patience
from sources.shelf import Shelf
from tests import nights
from tests.nights import AS_OF, Night
from tests.sources import tiny
from tests.sources.fetch_support import Behaviour, Server, answer, drip, in_turn, pour, serving

CATEGORY = {"support_categories": "child-rearing"}
"""The gate lets no release pass whose services are of no category."""

RECORDS = [record | ({"set": CATEGORY} if record["table"] == "services" else {}) for record in tiny.MAPPING["records"]]
ROWS = 12
LIMIT = 1_000_000
HASTY = Patience(read=0.5, whole=1.5, pause=0.01)
JAPANESE = re.compile("[ぁ-んァ-ヶ]")


def rows(name: str, count: int = ROWS) -> list[dict[str, str]]:
    """That many rows of the publisher of that name."""
    return [
        tiny.ROW | {"番号": str(number), "団体": f"見本の会{name}", "名称": f"見本の相談{name}{number}"}
        for number in range(1, count + 1)
    ]


def table(name: str, count: int = ROWS, encoding: str = "utf-8") -> bytes:
    return tiny.csv_bytes(rows(name, count), encoding=encoding)


def zipped(content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("machi.csv", content)
    return packed.getvalue()


def silent(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(0.8)


def package(server: Server, name: str) -> bytes:
    """What a portal tells about the data set of that name."""
    listed = [{"name": "一覧", "url": server.url(f"/{name}.csv")}]
    return json.dumps({"success": True, "result": {"resources": listed}}).encode()


Fault = Callable[[Server, str], Behaviour]
"""What the server does in the second night, for the publisher of that name."""

FAULTS: dict[str, tuple[str, Fault]] = {
    "not_found": ("http-status", lambda server, name: answer(404)),
    "silent": ("timeout", lambda server, name: silent),
    "drips": ("too-slow", lambda server, name: drip(40)),
    "promises_more": ("truncated", lambda server, name: answer(200, table(name), Content_Length="100000")),
    "promises_less": (
        "few-accepted",
        lambda server, name: answer(200, table(name), Content_Length=str(len(table(name, 3)))),
    ),
    "sends_elsewhere": (
        "host-not-allowed",
        lambda server, name: answer(302, Location=server.url(f"/{name}.csv").replace("127.0.0.1", "localhost")),
    ),
    "page": (
        "html-page",
        lambda server, name: answer(200, b"<!DOCTYPE html><title>404</title>", Content_Type="text/csv"),
    ),
    "other_layout": ("wrong-columns", lambda server, name: answer(200, table(name).replace("番号".encode(), b"ID", 1))),
    "other_encoding": (
        "encoding",
        lambda server, name: answer(200, table(name, encoding="cp932"), Content_Type="text/csv; charset=utf-8"),
    ),
    "endless": ("too-large", lambda server, name: pour([0])),
    "zip_bomb": ("zip-bomb", lambda server, name: answer(200, zipped(table(name) + b"," * 10_000_000))),
    "ckan_gone": ("no-package", lambda server, name: answer(200, b'{"success": false}')),
}
"""Publishers by name, what the finding about each is called, and what happens there."""

SOUND: dict[str, Fault] = {
    "unchanged": lambda server, name: answer(304),
    "recovers": lambda server, name: in_turn(answer(500), answer(503), answer(200, table(name, ROWS + 1))),
    "says_another_encoding": lambda server, name: answer(200, table(name), Content_Type="text/csv; charset=Shift_JIS"),
}
"""Publishers whose servers behave oddly, but rightly enough."""


def onboard(server: Server, name: str, folder: Path) -> str:
    """Make the source of that publisher, with a good file on its server; the path that will misbehave."""
    file = f"/{name}.zip" if name.startswith("zip") else f"/{name}.csv"
    content = zipped(table(name)) if name.startswith("zip") else table(name)
    server.paths[file] = answer(200, content, ETag=f'"{name}"')
    fetch: dict[str, Any] = {"hosts": ["127.0.0.1"], "max_bytes": LIMIT, "mirror": ["none"]}
    asked = file
    if name.startswith("ckan"):
        fetch |= {"protocol": "ckan", "portal": server.url("/api"), "package": name, "resources": ["一覧"]}
        asked = f"/api/package_show?id={name}"
        server.paths[asked] = answer(200, package(server, name))
    else:
        fetch |= {"protocol": "http", "urls": [server.url(file)]}
    reader = {"format": "zip_csv" if name.startswith("zip") else "csv", "encoding": "utf-8"}
    told = {"id": name, "title": f"見本の町 {name}", "set": "live", "fetch": fetch, "reader": reader}
    tiny.write_folder(folder, tiny.SOURCE | told, tiny.MAPPING | {"records": RECORDS})
    return asked


@dataclass(frozen=True)
class State:
    """What a night left: the snapshot that serves, by source, and the lines of the published table of services."""

    snapshots: dict[str, str]
    services: set[str]


@dataclass(frozen=True)
class Nights:
    """The good night and the bad one, in one home, what each left, and what the servers were asked in the bad one."""

    good: Night
    bad: Night
    before: State
    after: State
    asked: list[tuple[str, dict[str, str]]]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    folder, home = tmp_path_factory.mktemp("sources"), tmp_path_factory.mktemp("faults") / "home"
    with serving() as server:
        faults = {name: fault for name, (_, fault) in FAULTS.items()} | SOUND
        paths = {name: onboard(server, name, folder) for name in faults}
        good = run(home, folder, AS_OF, Patience())
        before = left(home, good)
        server.paths |= {paths[name]: fault(server, name) for name, fault in faults.items()}
        server.seen.clear()
        bad = run(home, folder, AS_OF + timedelta(days=1), HASTY)
        yield Nights(good, bad, before, left(home, bad), list(server.seen))


def run(home: Path, folder: Path, as_of: date, patience: Patience) -> Night:
    """A night on the sources in that folder."""
    return nights.forked(home, as_of=as_of, prepare=partial(_set_up, folder, patience))


def _set_up(folder: Path, patience: Patience) -> None:
    os.environ["MICHISHIRUBE_SET"] = "live"
    from sources import catalog, landing

    found = {path.name: catalog.load(path) for path in sorted(folder.iterdir())}
    catalog.load_all = lambda: found  # type: ignore[assignment]
    landing.Patience = lambda: patience  # type: ignore[misc,assignment]


def left(home: Path, night: Night) -> State:
    keys = {name: night.sources[name]["key"] for name in (*FAULTS, *SOUND)}
    services = (home / "latest/csv/services.csv").read_text("utf-8")
    return State(
        snapshots={name: Shelf(home, name).summary(key)["snapshot"] for name, key in keys.items()},
        services=set(services.splitlines()),
    )


def test_the_good_night_takes_every_source(both: Nights) -> None:
    assert both.good.code == 0 and both.good.told["outcome"] == "released", both.good.stderr
    for name in (*FAULTS, *SOUND):
        run = both.good.sources[name]
        assert (run["rejected"], run["accepted"]) == (None, ROWS), name


def test_the_bad_night_ends_well(both: Nights) -> None:
    assert both.bad.code == 0, both.bad.stderr
    assert both.bad.told["outcome"] == "released" and both.bad.told["errors"] == []


@pytest.mark.parametrize("name", FAULTS)
def test_the_last_good_snapshot_serves(name: str, both: Nights) -> None:
    run = both.bad.sources[name]
    assert run["served"] and both.after.snapshots[name] == both.before.snapshots[name]
    assert run["accepted"] == run["rows_read"] == ROWS


@pytest.mark.parametrize("name", FAULTS)
def test_the_fault_is_one_plain_finding(name: str, both: Nights) -> None:
    [finding] = [one for one in ingest.findings(name, both.bad.home) if one.severity == Severity.REJECT]
    assert finding.code == FAULTS[name][0]
    assert both.bad.sources[name]["rejected"] == finding.message_ja
    assert JAPANESE.search(finding.message_ja) and finding.message_ja.endswith("。") and finding.message_en
    assert both.bad.sources[name]["findings"][Severity.REJECT] == 1


def test_the_steward_sees_each_fault_and_that_yesterdays_data_serve(both: Nights) -> None:
    with dg.DagsterInstance.from_config(str(both.bad.home / "dagster")) as instance:
        kept = instance.all_logs(both.bad.told["run_id"], of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    checks = [entry.dagster_event.asset_check_evaluation_data for entry in kept if entry.dagster_event]
    failed = {
        check.asset_key.path[-1]: check.description or ""
        for check in checks
        if check.check_name == "readable" and not check.passed
    }
    assert failed.keys() == FAULTS.keys()
    for name, description in failed.items():
        assert both.bad.sources[name]["rejected"] in description and "使い続けています" in description


def test_servers_that_behave_oddly_but_rightly_are_no_fault(both: Nights) -> None:
    assert {name: both.bad.sources[name]["rejected"] for name in SOUND} == dict.fromkeys(SOUND)
    assert [name for name in SOUND if both.after.snapshots[name] != both.before.snapshots[name]] == ["recovers"]
    assert both.bad.sources["recovers"]["accepted"] == ROWS + 1


def test_readers_of_the_release_see_only_what_is_new(both: Nights) -> None:
    before, after = both.before.services, both.after.services
    assert len(before) == 1 + ROWS * len({*FAULTS, *SOUND})
    [new] = after - before
    assert f"見本の相談recovers{ROWS + 1}" in new and before < after


def test_servers_are_asked_what_changed_and_no_more_than_three_times(both: Nights) -> None:
    asked = Counter(path for path, _ in both.asked)
    assert max(asked.values()) == asked["/silent.csv"] == asked["/recovers.csv"] == 3
    assert asked["/not_found.csv"] == asked["/endless.csv"] == asked["/drips.csv"] == 1
    assert {headers.get("If-None-Match") for path, headers in both.asked if path == "/unchanged.csv"} == {'"unchanged"'}
