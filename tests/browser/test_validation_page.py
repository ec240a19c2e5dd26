"""``--format html`` as it is read: on a phone, at a desk, in the dark, without a network."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from sources import answers
from tests.sources import reports

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ["--no-sandbox", "--headless", "--disable-gpu", "--disable-quic", "--no-first-run"]
LONG = "https://www.example.jp/" + "a" * 300

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium が見つかりません (no Chromium on this machine)")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A page with the usual faults, one value that is too long for any screen, and one that tries to be markup."""
    path = tmp_path_factory.mktemp("page") / "答え.html"
    more = [reports.finding(9, 1, cell=LONG, expected=LONG), reports.finding(10, 1, cell="<script>alert(1)</script>")]
    with path.open("wb") as file:
        answers.write(reports.make([*reports.FINDINGS, *more]), "html", file)
    return path.as_uri()


def opened(browser: Browser, address: str, width: int, scheme: str = "light") -> tuple[Page, list[str]]:
    """The page, and all that it asked for."""
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    page.goto(address)
    return page, asked


@pytest.mark.parametrize("width", [320, 390, 1200])
def test_nothing_stands_beyond_the_screen(browser: Browser, address: str, width: int) -> None:
    page, asked = opened(browser, address, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert asked == [address]
    sizes = page.evaluate(
        "[...document.querySelectorAll('p, dd, h3')].map(e => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert min(sizes) >= 13
    page.close()


def test_the_findings_stand_row_by_row(browser: Browser, address: str) -> None:
    page, _ = opened(browser, address, 390)
    expect(page.get_by_role("heading", level=1)).to_have_text("名簿.csv")
    rows = page.locator("section")
    assert rows.locator("h2").all_inner_texts() == ["ファイル全体", "見出し", "3 行目", "4 行目", "9 行目", "10 行目"]
    article = rows.nth(2).locator("article").first
    expect(article.get_by_role("heading")).to_contain_text("C 列「電話」")
    expect(article).to_contain_text("０１６６－００－０００１")
    expect(article.locator(".expected")).to_have_text("0166-00-0001")
    expect(rows.nth(5)).to_contain_text("<script>alert(1)</script>")
    page.close()


CONTRAST = """() => {
  const channel = c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = colour => { const [r, g, b] = colour.match(/[\\d.]+/g).map(Number);
    return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b); };
  const paper = light(getComputedStyle(document.body).backgroundColor);
  return Math.min(...[...document.querySelectorAll('p, dt, dd, h1, h2, h3, .tag')].map(e => {
    const ink = light(getComputedStyle(e).color);
    return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05); }));
}"""


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
def test_every_text_can_be_told_from_its_paper(browser: Browser, address: str, scheme: str, dark: bool) -> None:
    page, _ = opened(browser, address, 390, scheme)
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (paper != "rgb(255, 255, 255)") == dark
    assert page.evaluate(CONTRAST) >= 4.5
    page.close()
