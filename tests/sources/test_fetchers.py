from __future__ import annotations

import gzip
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from fetch_support import HASTY, Server, answer, drip, http_source, in_turn, make_source, pour, serving

from sources.catalog import Source
from sources.fetchers import Fetched, FetchError, file, http, mirror, plain_names

CSV = "名称,電話\n見本の会,0112223333\n".encode()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def get(into: Path, *urls: str, **settings: object) -> list[Fetched]:
    return http.fetch(http_source(*urls, **settings), into, {}, HASTY)


def failure(into: Path, *urls: str, **settings: object) -> FetchError:
    with pytest.raises(FetchError) as caught:
        get(into, *urls, **settings)
    assert caught.value.message_ja and caught.value.message_en
    return caught.value


class TestHttp:
    def test_brings_the_bytes_and_what_the_server_says_of_them(self, server: Server, tmp_path: Path) -> None:
        server.paths["/a.csv"] = answer(200, CSV, ETag='"1"', Last_Modified="Mon, 02 Nov 2026 01:00:00 GMT")
        [fetched] = get(tmp_path, server.url("/a.csv"))
        assert fetched.path.read_bytes() == CSV
        assert (fetched.name, fetched.size, fetched.etag) == ("a.csv", len(CSV), '"1"')
        assert fetched.last_modified == "Mon, 02 Nov 2026 01:00:00 GMT"

    def test_fills_in_release_and_parts_in_order(self, server: Server, tmp_path: Path) -> None:
        server.paths |= {"/202603/b_11.csv": answer(200, CSV), "/202603/b_12.csv": answer(200, b"x")}
        fetched = get(tmp_path, server.url("/{release}/b_{part}.csv"), release="202603", parts=["11", "12"])
        assert [(one.name, one.release) for one in fetched] == [("b_11.csv", "202603"), ("b_12.csv", "202603")]

    def test_asks_with_validators_and_takes_known_bytes_on_304(self, server: Server, tmp_path: Path) -> None:
        server.paths["/a.csv"] = answer(304)
        old = tmp_path / "old.csv"
        old.write_bytes(CSV)
        known = Fetched("old.csv", old, "", len(CSV), server.url("/a.csv"), '"1"', "Mon, 02 Nov 2026 01:00:00 GMT")
        [fetched] = http.fetch(http_source(server.url("/a.csv")), tmp_path, {server.url("/a.csv"): known}, HASTY)
        assert fetched.path.read_bytes() == CSV
        assert (fetched.etag, fetched.last_modified) == (known.etag, known.last_modified)
        asked = server.seen[0][1]
        assert (asked["If-None-Match"], asked["If-Modified-Since"]) == (known.etag, known.last_modified)

    def test_304_that_nobody_asked_for_is_an_error(self, server: Server, tmp_path: Path) -> None:
        server.paths["/a.csv"] = answer(304)
        assert failure(tmp_path, server.url("/a.csv")).code == "http-status"

    def test_404_is_not_tried_again(self, server: Server, tmp_path: Path) -> None:
        error = failure(tmp_path, server.url("/gone.csv?key=secret"))
        assert error.code == "http-status" and "404" in error.message_ja and "secret" not in error.message_ja
        assert len(server.seen) == 1

    def test_500_is_tried_again(self, server: Server, tmp_path: Path) -> None:
        server.paths["/a.csv"] = in_turn(answer(500), answer(503), answer(200, CSV))
        assert get(tmp_path, server.url("/a.csv"))[0].path.read_bytes() == CSV
        assert len(server.seen) == 3

    def test_500_for_ever_is_given_up(self, server: Server, tmp_path: Path) -> None:
        server.paths["/a.csv"] = answer(500)
        assert failure(tmp_path, server.url("/a.csv")).code == "server-error"
        assert len(server.seen) == HASTY.attempts

    def test_no_server_at_all(self, tmp_path: Path) -> None:
        with serving() as stopped:
            url = stopped.url("/a.csv")
        assert failure(tmp_path, url).code == "unreachable"

    def test_slow_server_runs_into_the_read_timeout(self, server: Server, tmp_path: Path) -> None:
        server.paths["/a.csv"] = lambda handler: time.sleep(0.5)
        with pytest.raises(FetchError) as caught:
            http.fetch(http_source(server.url("/a.csv")), tmp_path, {}, replace(HASTY, read=0.1))
        assert caught.value.code == "timeout"
        assert len(server.seen) == HASTY.attempts

    @pytest.mark.parametrize("promised", [{"Content_Length": "100000"}, {}])
    def test_dripping_server_is_cut_off(self, server: Server, tmp_path: Path, promised: dict[str, str]) -> None:
        server.paths["/a.csv"] = drip(100, **promised)
        started = time.monotonic()
        with pytest.raises(FetchError) as caught:
            source = http_source(server.url("/a.csv"), max_bytes=200_000)
            http.fetch(source, tmp_path, {}, replace(HASTY, whole=0.3))
        assert caught.value.code == "too-slow"
        assert time.monotonic() - started < 4

    def test_headers_that_drip_are_cut_off(self, server: Server, tmp_path: Path) -> None:
        server.paths["/a.csv"] = drip(100, status=None)
        started = time.monotonic()
        with pytest.raises(FetchError) as caught:
            http.fetch(http_source(server.url("/a.csv")), tmp_path, {}, replace(HASTY, whole=0.3))
        assert caught.value.code == "too-slow" and "0.3" in caught.value.message_ja
        assert time.monotonic() - started < 4
        assert list(tmp_path.iterdir()) == []

    def test_body_shorter_than_promised_is_an_error(self, server: Server, tmp_path: Path) -> None:
        server.paths["/a.csv"] = answer(200, CSV, Content_Length=str(len(CSV) + 1))
        assert failure(tmp_path, server.url("/a.csv")).code == "truncated"

    def test_of_a_body_longer_than_promised_no_more_is_taken(self, server: Server, tmp_path: Path) -> None:
        server.paths["/a.csv"] = answer(200, CSV, Content_Length="10")
        assert get(tmp_path, server.url("/a.csv"))[0].path.read_bytes() == CSV[:10]

    @pytest.mark.parametrize("length", ["-5", "many", "1e3"])
    def test_a_length_that_is_no_number_is_not_looked_at(self, server: Server, tmp_path: Path, length: str) -> None:
        server.paths["/a.csv"] = answer(200, CSV, Content_Length=length)
        assert get(tmp_path, server.url("/a.csv"))[0].path.read_bytes() == CSV

    def test_two_lengths_are_an_error(self, server: Server, tmp_path: Path) -> None:
        server.paths["/a.csv"] = answer(200, CSV, Content_Length="5, 7")
        assert failure(tmp_path, server.url("/a.csv")).code == "unreachable"

    def test_chunked_body_that_breaks_off_is_an_error(self, server: Server, tmp_path: Path) -> None:
        def break_off(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.send_header("Transfer-Encoding", "chunked")
            handler.end_headers()
            handler.wfile.write(b"5\r\nabcde\r\n")

        server.paths["/a.csv"] = break_off
        assert failure(tmp_path, server.url("/a.csv")).code == "truncated"

    def test_too_large_is_refused_before_the_body(self, server: Server, tmp_path: Path) -> None:
        server.paths["/a.csv"] = answer(200, b"x" * 20_000)
        assert failure(tmp_path, server.url("/a.csv")).code == "too-large"

    def test_ten_gigabytes_are_cut_off_at_the_limit_in_little_memory(self, server: Server, tmp_path: Path) -> None:
        limit, poured = 20_000_000, [0]
        server.paths["/a.csv"] = pour(poured)
        tracemalloc.start()
        try:
            error = failure(tmp_path, server.url("/a.csv"), max_bytes=limit)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert error.code == "too-large" and "20,000,000" in error.message_ja
        assert limit <= poured[0] < limit + 20_000_000
        assert peak < 2_000_000

    def test_ten_gigabytes_that_are_promised_are_not_begun(self, server: Server, tmp_path: Path) -> None:
        poured = [0]
        server.paths["/a.csv"] = pour(poured, Content_Length="10000000000")
        assert failure(tmp_path, server.url("/a.csv")).code == "too-large"
        assert poured[0] < 20_000_000

    def test_compressed_answer_counts_as_it_unpacks(self, server: Server, tmp_path: Path) -> None:
        server.paths["/a.csv"] = answer(200, gzip.compress(CSV), Content_Encoding="gzip")
        server.paths["/bomb.csv"] = answer(200, gzip.compress(b"x" * 1_000_000), Content_Encoding="gzip")
        assert get(tmp_path, server.url("/a.csv"))[0].path.read_bytes() == CSV
        assert failure(tmp_path, server.url("/bomb.csv")).code == "too-large"

    def test_twice_compressed_answer_does_not_fill_the_memory(self, server: Server, tmp_path: Path) -> None:
        bomb = gzip.compress(gzip.compress(bytes(300_000_000)))
        server.paths["/a.csv"] = answer(200, bomb, Content_Encoding="gzip, gzip")
        tracemalloc.start()
        try:
            assert failure(tmp_path, server.url("/a.csv")).code == "too-large"
            assert tracemalloc.get_traced_memory()[1] < 5_000_000
        finally:
            tracemalloc.stop()

    def test_redirects_within_the_named_hosts_are_followed(self, server: Server, tmp_path: Path) -> None:
        server.paths |= {"/old.csv": answer(302, Location="/new.csv"), "/new.csv": answer(200, CSV)}
        [fetched] = get(tmp_path, server.url("/old.csv"))
        assert fetched.path.read_bytes() == CSV and fetched.url == server.url("/old.csv")

    def test_redirect_to_another_host_is_refused_and_never_asked(self, server: Server, tmp_path: Path) -> None:
        with serving() as other:
            elsewhere = other.url("/a.csv").replace("127.0.0.1", "localhost")
            server.paths["/a.csv"] = answer(302, Location=elsewhere)
            error = failure(tmp_path, server.url("/a.csv"))
            assert error.code == "host-not-allowed" and "localhost" in error.message_ja
            assert other.seen == []

    @pytest.mark.parametrize("location", ["file:///etc/hostname", "ftp://127.0.0.1/a.csv"])
    def test_redirect_to_another_scheme_is_refused(self, server: Server, tmp_path: Path, location: str) -> None:
        server.paths["/a.csv"] = answer(302, Location=location)
        assert failure(tmp_path, server.url("/a.csv")).code == "host-not-allowed"

    def test_redirect_to_no_address_is_an_error(self, server: Server, tmp_path: Path) -> None:
        server.paths["/a.csv"] = answer(302, Location="http://[nowhere/a.csv")
        assert failure(tmp_path, server.url("/a.csv")).code == "unreachable"

    def test_redirects_end(self, server: Server, tmp_path: Path) -> None:
        server.paths["/a.csv"] = answer(302, Location="/a.csv")
        assert failure(tmp_path, server.url("/a.csv")).code == "too-many-redirects"
        assert len(server.seen) == 1 + http.MAX_REDIRECTS

    def test_host_that_is_not_named_is_never_asked(self, server: Server, tmp_path: Path) -> None:
        server.paths["/a.csv"] = answer(200, CSV)
        hidden = server.url("/a.csv").replace("http://", "http://www.example.jp@")
        assert failure(tmp_path, hidden, hosts=["www.example.jp"]).code == "host-not-allowed"
        assert server.seen == []

    def test_declared_encoding_is_not_looked_at(self, server: Server, tmp_path: Path) -> None:
        server.paths["/a.csv"] = answer(200, CSV, Content_Type="text/csv; charset=Shift_JIS")
        assert get(tmp_path, server.url("/a.csv"))[0].path.read_bytes() == CSV

    def test_page_of_html_is_for_the_readers_to_refuse(self, server: Server, tmp_path: Path) -> None:
        server.paths["/a.csv"] = answer(200, CSV, Content_Type="text/html")
        assert get(tmp_path, server.url("/a.csv"))[0].path.read_bytes() == CSV


class TestFile:
    def test_copies_in_the_order_told(self, tmp_path: Path) -> None:
        source = _folder_source(tmp_path, {"b.csv": CSV, "a.csv": b"x"}, ["b.csv", "a.csv"])
        fetched = file.fetch(source, tmp_path)
        assert [(one.name, one.path.read_bytes()) for one in fetched] == [("b.csv", CSV), ("a.csv", b"x")]

    def test_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(FetchError) as caught:
            file.fetch(_folder_source(tmp_path, {}, ["a.csv"]), tmp_path)
        assert (caught.value.code, caught.value.file) == ("not-found", "a.csv")

    def test_folder_in_place_of_a_file(self, tmp_path: Path) -> None:
        with pytest.raises(FetchError) as caught:
            file.fetch(_folder_source(tmp_path, {"a.csv/b.csv": CSV}, ["a.csv"]), tmp_path)
        assert caught.value.code == "unreadable"

    def test_nothing_outside_the_source_folder(self, tmp_path: Path) -> None:
        (tmp_path / "secret.csv").write_bytes(CSV)
        source = _folder_source(tmp_path, {}, ["../secret.csv"])
        (source.folder / "link.csv").symlink_to(tmp_path / "secret.csv")
        for path in ("../secret.csv", str(tmp_path / "secret.csv"), "link.csv"):
            with pytest.raises(FetchError, match="フォルダの外"):
                file.fetch(replace(source, fetch={"files": [path]}), tmp_path)


def _folder_source(tmp_path: Path, files: dict[str, bytes], names: list[str]) -> Source:
    folder = tmp_path / "source"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    return make_source(folder, {"protocol": "file", "files": names})


class TestMirror:
    PATTERNS = (
        r"w-(?P<release>\d{6})/z_\d{6}_(?P<part>\d{2})\.zip",
        r"w-(?P<release>\d{6})/c0(?P<part>\d{2})\.csv",
    )

    def chosen(self, tmp_path: Path, patterns: tuple[str, ...], *paths: str) -> list[str]:
        for path in paths:
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_bytes(path.encode())
        return [candidate.path for candidate in mirror.select(list(patterns), tmp_path)]

    def test_of_one_part_only_the_newest_release_ordered_by_part(self, tmp_path: Path) -> None:
        paths = ("w-202503/c045.csv", "w-202503/c013.csv", "w-202603/z_202603_45.zip", "w-202503/README.md")
        assert self.chosen(tmp_path, self.PATTERNS, *paths) == ["w-202503/c013.csv", "w-202603/z_202603_45.zip"]

    def test_one_part_twice_in_a_release_counts_once_by_the_first_pattern(self, tmp_path: Path) -> None:
        paths = ("w-202603/c045.csv", "w-202603/z_202603_45.zip")
        assert self.chosen(tmp_path, self.PATTERNS, *paths) == ["w-202603/z_202603_45.zip"]

    def test_without_groups_every_file_by_path(self, tmp_path: Path) -> None:
        assert self.chosen(tmp_path, (r"k/.*\.csv",), "k/b.csv", "k/a.csv", "other.csv") == ["k/a.csv", "k/b.csv"]

    def test_without_part_all_files_of_the_newest_release(self, tmp_path: Path) -> None:
        paths = ("r/202503/a.csv", "r/202603/b.csv", "r/202603/a.csv")
        pattern = r"r/(?P<release>\d{6})/.*"
        assert self.chosen(tmp_path, (pattern,), *paths) == ["r/202603/a.csv", "r/202603/b.csv"]

    def test_pattern_must_match_the_whole_path(self, tmp_path: Path) -> None:
        assert self.chosen(tmp_path, (r"a\.csv",), "x/a.csv", "a.csv.bak", "a.csv") == ["a.csv"]

    def test_fetch_copies_and_tells_the_release(self, tmp_path: Path) -> None:
        self.chosen(tmp_path / "m", self.PATTERNS, "w-202503/c013.csv", "w-202603/c045.csv")
        source = make_source(tmp_path, {"protocol": "http", "mirror": list(self.PATTERNS)})
        fetched = mirror.fetch(source, tmp_path / "m", tmp_path)
        assert [(one.name, one.release) for one in fetched] == [("c013.csv", "202503"), ("c045.csv", "202603")]
        assert fetched[0].path.read_bytes() == b"w-202503/c013.csv"

    @pytest.mark.parametrize("folder", [".", "no-such-folder"])
    def test_nothing_there(self, tmp_path: Path, folder: str) -> None:
        source = make_source(tmp_path, {"protocol": "http", "mirror": [r"a\.csv"]})
        with pytest.raises(FetchError) as caught:
            mirror.fetch(source, tmp_path / folder, tmp_path)
        assert caught.value.code == "not-in-mirror" and str(tmp_path) not in caught.value.message_ja


@pytest.mark.parametrize(
    ("addresses", "names"),
    [
        (["https://www.example.jp/d/%E4%B8%80%E8%A6%A7.csv?v=1"], ["一覧.csv"]),
        (["x/a.csv", "y/a.csv", "b.csv"], ["x_a.csv", "y_a.csv", "b.csv"]),
        (["https://h.example.jp/x?i=1", "https://h.example.jp/x?i=2"], ["h.example.jp_x_i=1", "h.example.jp_x_i=2"]),
        (["https://www.example.jp/"], ["_"]),
        (["d/manifest.json", "d/.fetched.json"], ["_manifest.json", "fetched.json"]),
        (["https://www.example.jp/..%2F..%2Fpasswd"], ["passwd"]),
        (["a.csv", "a.csv"], ["1_a.csv", "2_a.csv"]),
    ],
)
def test_names_are_plain_and_distinct(addresses: list[str], names: list[str]) -> None:
    assert plain_names(addresses) == names
