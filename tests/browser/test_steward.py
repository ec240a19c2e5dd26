"""What a steward sees: the real UI, as ``make ui`` starts it, in a real browser, after a night on the samples."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from pipelines import checks
from pipelines.defs.sources import CHECKS
from schemas.finding import SEVERITY_JA
from sources import catalog
from tests import nights
from tests.nights import ROOT, Night
from tests.secrets_of_samples import SECRETS

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 120.0
"""Seconds after which a server that does not answer has failed to start."""

SAMPLES = [source.id for source in nights.samples()]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium が見つかりません (no Chromium on this machine)")


@pytest.fixture(scope="module")
def ui(night: Night, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the UI of that night; of a copy of its history, because the UI writes into it."""
    home = tmp_path_factory.mktemp("ui")
    shutil.copytree(night.home / "dagster", home / "dagster")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    told = {
        "MICHISHIRUBE_HOME": str(home),
        "DAGSTER_HOME": str(home / "dagster"),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "VIRTUAL_ENV": sys.prefix,
        "PYTHONPATH": str(ROOT),
        "TMPDIR": str(home),
    }
    dg = str(Path(sys.executable).with_name("dg"))
    command = [dg, "dev", "--use-active-venv", "--host", "127.0.0.1", "--port", str(port)]
    with (home / "log").open("w") as log:
        server = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | told, stdout=log, stderr=log, start_new_session=True
        )
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(address, server, home / "log")
            yield address
        finally:
            # Web server, daemon and code server are one session; a signal to the first alone leaves the others.
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the server answers."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/server_info"):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    pytest.fail(log.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def seen() -> list[str]:
    """The text of every page that the tests have visited."""
    return []


@pytest.fixture(scope="module")
def page(ui: str) -> Iterator[Page]:
    """A window of the browser at the UI."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(base_url=ui, viewport={"width": 1500, "height": 9000})
        page.set_default_timeout(30_000)
        expect.set_options(timeout=30_000)
        page.goto("/assets")
        yield page
        browser.close()


def visit(page: Page, path: str) -> None:
    """Go to another page of the UI as its own links do, without loading the whole program again."""
    page.evaluate("path => { history.pushState({}, '', path); dispatchEvent(new PopStateEvent('popstate')) }", path)


def test_every_source_is_an_asset_with_its_title(page: Page, seen: list[str]) -> None:
    visit(page, "/assets")
    for name in SAMPLES:
        expect(page.locator(f"a[href='/assets/sources/{name}']")).to_be_visible()
        # Without marks of Markdown, which this list would show as they are.
        expect(page.get_by_text(f"{catalog.load_all()[name].title} 提供：").first).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    seen.append(page.inner_text("body"))


def test_a_source_tells_where_it_comes_from(page: Page, seen: list[str]) -> None:
    source = catalog.load_all()["sample_ibasho"]
    visit(page, f"/assets/sources/{source.id}")
    expect(page.get_by_text(f"提供：{source.publisher}")).to_be_visible()
    expect(page.get_by_role("link", name="公開元のページ")).to_have_attribute("href", source.home_page)
    expect(page.get_by_text("団体の名称 ← 団体名", exact=True)).to_be_visible()
    seen.append(page.inner_text("body"))


@pytest.mark.parametrize("name", SAMPLES)
def test_every_source_has_its_checks(page: Page, seen: list[str], name: str) -> None:
    visit(page, f"/assets/sources/{name}?view=checks&checkDetail=findings")
    for check, description in CHECKS.items():
        expect(page.get_by_text(check, exact=True).first).to_be_visible()
        if check == "findings":
            expect(page.get_by_text(description)).to_be_visible()
    expect(page.get_by_text(f"sheets/{name}.xlsx")).to_be_visible()
    seen.append(page.inner_text("body"))


def test_the_table_of_findings_is_a_table_in_japanese(page: Page, seen: list[str]) -> None:
    visit(page, "/assets/sources/sample_ibasho?view=checks&checkDetail=findings")
    expect(page.get_by_text(checks.TABLE, exact=True)).to_be_visible()
    page.get_by_text("[Show Markdown]", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("columnheader", name="正しい形").first).to_be_visible()
    for severity in ("quarantine", "withhold"):
        expect(dialog.get_by_text(SEVERITY_JA[severity], exact=True)).to_be_visible()
    expect(dialog.get_by_role("cell", name="昭和65年4月1日", exact=True)).to_be_visible()
    expect(dialog.get_by_text(checks.MASKED.strip())).to_be_visible()
    assert checks.MASK in dialog.inner_text()
    seen.append(page.inner_text("body"))
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_a_refused_file_says_why_and_what_serves(page: Page, night: Night, seen: list[str]) -> None:
    visit(page, "/assets/sources/sample_html?view=checks&checkDetail=readable")
    expect(page.get_by_text(night.sources["sample_html"]["rejected"])).to_be_visible()
    expect(page.get_by_text("採用したデータがまだ一度もないため")).to_be_visible()
    seen.append(page.inner_text("body"))


def test_the_release_and_the_night_are_listed(page: Page, night: Night, seen: list[str]) -> None:
    visit(page, "/assets/release")
    expect(page.get_by_text(f"{night.told['release']}/quality.html")).to_be_visible()
    seen.append(page.inner_text("body"))
    visit(page, "/locations/michishirube/jobs/nightly/runs")
    expect(page.get_by_role("link", name=night.told["run_id"][:8])).to_be_visible()
    seen.append(page.inner_text("body"))


def test_no_page_tells_a_secret(seen: list[str]) -> None:
    assert len(seen) >= len(SAMPLES)
    everything = "\n".join(seen)
    assert [why for secret, why in SECRETS.items() if secret in everything] == []
