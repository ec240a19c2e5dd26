"""The door of a release as it is read: on a phone, at a desk, with the keyboard alone, without a network."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from publish import door
from tests.publish import told_release

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ["--no-sandbox", "--headless", "--disable-gpu", "--disable-quic", "--no-first-run"]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium が見つかりません (no Chromium on this machine)")

CONTRAST = """() => {
  const channel = c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = colour => { const [r, g, b] = colour.match(/[\\d.]+/g).map(Number);
    return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b); };
  const paper = e => { const own = getComputedStyle(e).backgroundColor;
    return own === 'rgba(0, 0, 0, 0)' ? paper(e.parentElement) : light(own); };
  return Math.min(...[...document.querySelectorAll('body *')].filter(e => e.innerText).map(e => {
    const ink = light(getComputedStyle(e).color), under = paper(e);
    return (Math.max(ink, under) + 0.05) / (Math.min(ink, under) + 0.05); }));
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("release") / door.DOOR
    path.write_text(door.build(told_release.index(), told_release.report()), encoding="utf-8")
    return path.as_uri()


def opened(browser: Browser, address: str, width: int) -> tuple[Page, list[str]]:
    """The page, and all that it asked for."""
    page = browser.new_page(viewport={"width": width, "height": 800})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    return page, asked


@pytest.mark.parametrize("width", [320, 390, 1200])
def test_nothing_stands_beyond_the_screen_and_nothing_is_fetched(browser: Browser, address: str, width: int) -> None:
    page, asked = opened(browser, address, width)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert asked == [address]
    page.close()


def test_every_text_can_be_told_from_its_paper(browser: Browser, address: str) -> None:
    page, _ = opened(browser, address, 1200)
    assert page.evaluate(CONTRAST) >= 4.5
    page.close()


def test_the_keyboard_skips_to_the_content_and_opens_an_area(browser: Browser, address: str) -> None:
    page, _ = opened(browser, address, 390)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    area = page.locator("details.area").first
    expect(area.get_by_role("link").first).to_be_hidden()
    area.locator("summary").focus()
    page.keyboard.press("Enter")
    link = area.get_by_role("row", name="札幌市 ").get_by_role("link")
    assert link.first.get_attribute("href") == "areas/011002/services.csv"
    expect(link.first).to_be_visible()
    page.close()
