"""Files of a data set on a portal, from real servers on loopback: CKAN's answers, Shirasagi's, and what is neither."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tiny
from fetch_support import HASTY, Server, answer, in_turn, make_source, serving

from sources import catalog
from sources.catalog import CatalogError
from sources.fetchers import Fetched, FetchError, ckan
from sources.landing import land
from tests.nights import AS_OF

ASKED = "/data/api/3/action/package_show?id=npo-support"
FETCH = {"protocol": "ckan", "package": "npo-support", "max_bytes": 10_000}
CSV = "名称,電話\n見本の会,0112223333\n".encode()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def listing(*resources: Any, **told: Any) -> bytes:
    """An answer of ``package_show``."""
    return json.dumps({"help": "…", "success": True, "result": {"resources": resources}, **told}).encode()


def fetch_of(server: Server, *patterns: str, **changes: Any) -> dict[str, Any]:
    """What ``source.yml`` says under ``fetch``."""
    portal = server.url("/data/api/3/action")
    return {**FETCH, "portal": portal, "resources": list(patterns), "hosts": ["127.0.0.1"], **changes}


def get(server: Server, into: Path, *patterns: str, **changes: Any) -> list[Fetched]:
    return ckan.fetch(make_source(into, fetch_of(server, *patterns, **changes)), into, {}, HASTY)


def failure(server: Server, into: Path, *patterns: str, **changes: Any) -> FetchError:
    with pytest.raises(FetchError) as caught:
        get(server, into, *patterns, **changes)
    assert caught.value.message_ja.endswith("。") and caught.value.message_en
    assert list(into.iterdir()) == []
    return caught.value


class TestResources:
    def test_by_pattern_then_as_the_portal_lists_them(self, server: Server, tmp_path: Path) -> None:
        listed = [
            {"name": "食料支援", "url": server.url("/d/1/shokuryo.csv")},
            {"name": "説明書", "url": server.url("/d/2/manual.pdf")},
            {"name": "居場所 一覧", "url": server.url("/d/3/ibasho_2026.csv")},
            {"name": None, "url": server.url("/d/4/%E7%9B%B8%E8%AB%87.csv")},
        ]
        server.paths[ASKED] = answer(200, listing(*listed))
        for number, name in ((1, "shokuryo.csv"), (3, "ibasho_2026.csv"), (4, "%E7%9B%B8%E8%AB%87.csv")):
            server.paths[f"/d/{number}/{name}"] = answer(200, str(number).encode())
        by_name, by_file, by_address = "居場所.*", r"(相談|shokuryo)\.csv", r"http://.*/d/\d/\w+\.csv"
        fetched = get(server, tmp_path, by_name, by_file, by_address)
        assert [(one.name, one.path.read_bytes()) for one in fetched] == [
            ("ibasho_2026.csv", b"3"), ("shokuryo.csv", b"1"), ("相談.csv", b"4"),
        ]  # fmt: skip
        assert not (tmp_path / "package_show").exists()
        assert "/d/2/manual.pdf" not in {path for path, _ in server.seen}

    def test_a_pattern_must_match_all_of_the_name(self, server: Server, tmp_path: Path) -> None:
        server.paths[ASKED] = answer(200, listing({"name": "居場所（旧）", "url": server.url("/old.csv")}))
        error = failure(server, tmp_path, "居場所")
        assert error.code == "no-resource"
        assert "「居場所」" in error.message_ja and "「居場所（旧）」" in error.message_ja

    def test_a_pattern_without_a_resource_is_an_error_though_others_have_one(
        self, server: Server, tmp_path: Path
    ) -> None:
        server.paths[ASKED] = answer(200, listing({"name": "a", "url": server.url("/a.csv")}))
        assert failure(server, tmp_path, "a", "b").code == "no-resource"
        assert len(server.seen) == 1

    def test_no_resources_at_all(self, server: Server, tmp_path: Path) -> None:
        server.paths[ASKED] = answer(200, listing())
        assert failure(server, tmp_path, ".*").code == "no-resource"

    @pytest.mark.parametrize("url", [None, "", 7, "http://[nowhere/a.csv"])
    def test_a_resource_without_an_address(self, server: Server, tmp_path: Path, url: Any) -> None:
        server.paths[ASKED] = answer(200, listing({"name": "外部リンク", "url": url}))
        error = failure(server, tmp_path, "外部.*")
        assert error.code == "no-resource" and "「外部リンク」" in error.message_ja

    def test_an_address_below_the_portals_host(self, server: Server, tmp_path: Path) -> None:
        server.paths |= {ASKED: answer(200, listing({"name": "a", "url": "/d/a.csv"})), "/d/a.csv": answer(200, CSV)}
        assert get(server, tmp_path, "a")[0].url == server.url("/d/a.csv")

    def test_a_portal_asked_by_https_is_not_left_for_http(self) -> None:
        listed = {"result": {"resources": [{"name": "a", "url": "http://data.example.jp/d/a.csv?v=1"}]}}
        [one] = ckan.resources(listed, {"portal": "https://data.example.jp/api/3/action", "package": "p"})
        assert one.url == "https://data.example.jp/d/a.csv?v=1"

    @pytest.mark.parametrize(
        ("told", "moment"),
        [
            ({"last_modified": "2026-10-31T23:30:00.123456"}, "2026-10-31T23:30:00.123456+00:00"),
            ({"updated": "2026-10-31T23:30:00.000+09:00"}, "2026-10-31T23:30:00+09:00"),
            ({"last_modified": None, "metadata_modified": "2026-10-01T00:00:00"}, "2026-10-01T00:00:00+00:00"),
            ({"last_modified": "きのう", "metadata_modified": 20261001}, None),
            ({}, None),
        ],
    )
    def test_when_it_changed(self, told: dict[str, Any], moment: str | None) -> None:
        listed = {"result": {"resources": [{"name": "a", "url": "https://data.example.jp/a.csv", **told}]}}
        [one] = ckan.resources(listed, {"portal": "https://data.example.jp", "package": "p"})
        assert (one.changed and one.changed.isoformat()) == moment


class TestPortals:
    def test_shirasagi_under_its_own_path(self, server: Server, tmp_path: Path) -> None:
        place = server.url("/opendata/dataset/1/resource/12")
        told = {
            "id": 12, "uuid": "2d2f5c0c", "name": "支援情報", "filename": "support.csv", "format": "CSV",
            "url": f"{place}/support.csv", "download_url": f"{place}/download", "updated": "2026-11-02T10:00:00+09:00",
        }  # fmt: skip
        server.paths |= {
            "/opendata/api/package_show?id=752c577e-0cbe": answer(200, listing(told)),
            "/opendata/dataset/1/resource/12/support.csv": answer(200, CSV),
        }
        [fetched] = get(server, tmp_path, "支援情報", portal=server.url("/opendata/api/"), package="752c577e-0cbe")
        assert (fetched.name, fetched.path.read_bytes()) == ("support.csv", CSV)
        assert fetched.dated is not None and fetched.dated.isoformat() == "2026-11-02T10:00:00+09:00"

    @pytest.mark.parametrize(
        "refusal",
        [
            answer(200, b'{"success": false, "error": {"message": "Not found", "type": "Not Found Error"}}'),
            answer(404, b'{"success": false, "error": {"__type": "Not Found Error"}}'),
            answer(403, b'{"success": false, "error": {"__type": "Authorization Error"}}'),
            answer(409, b"{}"),
        ],
        ids=["Shirasagi", "unknown", "private", "invalid"],
    )
    def test_the_data_set_is_not_given(self, server: Server, tmp_path: Path, refusal: Any) -> None:
        server.paths[ASKED] = refusal
        error = failure(server, tmp_path, ".*")
        assert error.code == "no-package" and "「npo-support」" in error.message_ja
        assert len(server.seen) == 1

    @pytest.mark.parametrize(
        "body",
        [
            b"<!DOCTYPE html><title>maintenance</title>", b"", b"\xff\xfe", b"[" * 100_000, b"[]", b"null", b'"a"',
            b'{"success": true}', b'{"result": null}', b'{"result": {"resources": 3}}',
            b'{"result": {"resources": ["a.csv"]}}', b'{"result": {"resources": [null]}}',
        ],
    )  # fmt: skip
    def test_the_answer_is_not_an_apis(self, server: Server, tmp_path: Path, body: bytes) -> None:
        server.paths[ASKED] = answer(200, body)
        error = failure(server, tmp_path, ".*")
        assert error.code == "not-an-api" and server.url("") not in error.message_ja

    def test_the_portal_breaks_down_for_a_moment(self, server: Server, tmp_path: Path) -> None:
        listed = answer(200, listing({"name": "a", "url": server.url("/a.csv")}))
        server.paths |= {ASKED: in_turn(answer(502), listed), "/a.csv": answer(200, CSV)}
        assert get(server, tmp_path, "a")[0].size == len(CSV)

    def test_an_answer_without_end(self, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ckan, "ANSWER_BYTES", 100)
        server.paths[ASKED] = answer(200, listing() + b" " * 1000)
        assert failure(server, tmp_path, ".*").code == "too-large"


class TestBounds:
    @pytest.mark.parametrize(
        "url", ["http://localhost/a.csv", "http://10.0.0.5/a.csv", "http://[::1]/a.csv", "file:///etc/hostname"]
    )
    def test_a_file_on_another_host_is_never_asked_for(self, server: Server, tmp_path: Path, url: str) -> None:
        server.paths[ASKED] = answer(200, listing({"name": "a", "url": url}))
        error = failure(server, tmp_path, "a")
        assert error.code == "host-not-allowed" and "hosts" in error.message_ja

    def test_the_portals_host_must_be_named(self, server: Server, tmp_path: Path) -> None:
        assert failure(server, tmp_path, "a", hosts=["www.example.jp"]).code == "host-not-allowed"
        assert server.seen == []

    def test_a_file_has_its_limit(self, server: Server, tmp_path: Path) -> None:
        server.paths |= {ASKED: answer(200, listing({"name": "a", "url": "/a.csv"})), "/a.csv": answer(200, CSV)}
        assert failure(server, tmp_path, "a", max_bytes=10).code == "too-large"

    def test_unchanged_is_what_the_files_server_says_not_the_hash_of_the_portal(
        self, server: Server, tmp_path: Path
    ) -> None:
        listed = [{"name": name, "url": server.url(f"/{name}.csv"), "hash": "same", "size": 1} for name in "ab"]
        server.paths |= {ASKED: answer(200, listing(*listed)), "/a.csv": answer(200, b"a", ETag='"1"')}
        server.paths["/b.csv"] = answer(200, b"b")
        source = make_source(tmp_path, fetch_of(server, "[ab]"))
        first = land(source, tmp_path, None, AS_OF, None, HASTY)
        server.paths |= {"/a.csv": answer(304), "/b.csv": answer(200, b"c")}
        second = land(source, tmp_path, None, AS_OF, first.sha256, HASTY)
        assert [file.path.read_bytes() for file in second.files] == [b"a", b"c"]
        assert [headers.get("If-None-Match") for path, headers in server.seen if path == "/a.csv"] == [None, '"1"']

    def test_a_mirror_stands_in_for_the_portal(self, server: Server, tmp_path: Path) -> None:
        (tmp_path / "m").mkdir()
        (tmp_path / "m/a.csv").write_bytes(CSV)
        source = make_source(tmp_path, fetch_of(server, "a", mirror=[r"a\.csv"]))
        assert land(source, tmp_path, tmp_path / "m", AS_OF).files[0].path.read_bytes() == CSV
        assert server.seen == []


class TestSourceYml:
    TOLD = FETCH | {"portal": "https://data.example.jp/opendata/api", "resources": [".*"], "hosts": ["data.example.jp"]}

    def test_says_where_the_portal_is(self, tmp_path: Path) -> None:
        source = tiny.make(tmp_path, fetch=self.TOLD | {"mirror": ["npo/.*"]})
        assert source.fetch["portal"] == "https://data.example.jp/opendata/api"
        assert catalog.load(source.folder) == source

    @pytest.mark.parametrize("missing", ["portal", "package", "resources", "hosts", "max_bytes"])
    def test_leaves_nothing_to_be_guessed(self, tmp_path: Path, missing: str) -> None:
        told = {key: value for key, value in self.TOLD.items() if key != missing}
        with pytest.raises(CatalogError, match="fetch"):
            tiny.make(tmp_path, fetch=told)
