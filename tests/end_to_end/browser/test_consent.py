"""A patron lets librarians see earlier conversations, and takes it back while one is being read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from bot.model import Handoff
from tests.end_to_end.browser.test_desk_stories import desk_of, healthy, patron_of, say, until_open
from tests.fakes.desk import LAYLA, OMAR, DeskWorld, desk_world

WORDS = {
    "en": {
        "ask": "May I talk to a person?",
        "answer": "Here is the link you need.",
        "menu": "Librarians may see my earlier conversations",
        "alone": "Now they see only the one at hand",
        "agreed": "You agreed on",
        "not_agreed": "Not shown: the patron has not agreed.",
        "helper": f"Helped before by {LAYLA.name}, who is available now",
        "back": "The patron no longer agrees",
    },
    "ar": {
        "ask": "أريد التحدث إلى شخص",
        "answer": "تفضّل، هذا هو الرابط.",
        "menu": "السماح لأمناء المكتبة برؤية محادثاتي السابقة",
        "alone": "لا يرون الآن إلا المحادثة الحالية",
        "agreed": "تاريخ موافقتك",
        "not_agreed": "لا تظهر: لم يوافق المستفيد على ذلك.",
        "helper": f"ممن ساعد هذا المستفيد من قبل، وفي المكتب الآن: {LAYLA.name}",
        "back": "سحب المستفيد موافقته",
    },
}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[DeskWorld]:
    async with desk_world(tmp_path) as running:
        yield running


async def asks(patron: Page, world: DeskWorld, text: str) -> Handoff:
    await say(patron, text)
    (opened,) = await until_open(world, 1)
    return opened


async def agree(patron: Page, words: dict[str, str], *, on: bool) -> None:
    await patron.locator("[aria-haspopup=menu]").click()
    item = patron.get_by_role("menuitemcheckbox", name=words["menu"])
    await expect(item).to_have_attribute("aria-checked", str(not on).lower())
    await item.click()
    await expect(item).to_have_attribute("aria-checked", str(on).lower())
    await expect(item).to_contain_text(words["agreed"] if on else words["alone"])
    await patron.keyboard.press("Escape")


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_agreed_and_taken_back(browser: Browser, world: DeskWorld, language: str) -> None:
    words, door = WORDS[language], world.core.librarians
    world.attended()
    patron = await patron_of(browser, world, language)
    first = await asks(patron, world, words["ask"])
    await door.claim(first.id, LAYLA.id)
    await door.reply(first.id, LAYLA.id, words["answer"], "first-reply")
    await door.close(first.id, LAYLA.id, 3, "reference", "remote_access")
    second = await asks(patron, world, words["ask"])
    layla, omar = (
        await desk_of(browser, world, LAYLA, language),
        await desk_of(browser, world, OMAR, language),
    )
    await omar.locator(f'.item[data-id="{second.id}"]').click()
    context = omar.locator(".context")
    await expect(context.get_by_text(words["not_agreed"])).to_be_visible()
    await expect(omar.locator(".thread").get_by_text(words["answer"])).to_have_count(0)
    # The patron agrees, in the menu.
    await patron.locator("[aria-haspopup=menu]").click()
    await expect(patron.get_by_text(words["alone"])).to_be_visible()
    await healthy(patron)
    await patron.keyboard.press("Escape")
    await agree(patron, words, on=True)
    await expect(context.get_by_text(words["helper"])).to_be_visible()
    earlier = context.locator(".earlier button")
    await expect(earlier).to_have_count(1)
    await expect(earlier).to_contain_text(LAYLA.name)
    await healthy(omar)
    # It is read, and nothing can be done with it.
    await earlier.click()
    reading = omar.locator("dialog.reading")
    await expect(reading.get_by_text(words["answer"])).to_be_visible()
    await expect(reading.locator(".own, textarea")).to_have_count(0)
    await healthy(omar)
    # The patron takes it back: the open one goes, and the list.
    await agree(patron, words, on=False)
    await expect(reading).to_have_count(0)
    await expect(omar.locator(".toast")).to_contain_text(words["back"])
    await expect(context.get_by_text(words["not_agreed"])).to_be_visible()
    await expect(context.locator(".earlier")).to_have_count(0)
    # As it stands, after a reload too.
    await patron.reload()
    await patron.locator("[aria-haspopup=menu]").click()
    item = patron.get_by_role("menuitemcheckbox", name=words["menu"])
    await expect(item).to_have_attribute("aria-checked", "false")
    for page in (patron, layla, omar):
        await page.context.close()
