"""Pictures of the widget in every state, for eyes; the fake core of the tests stands behind it."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from bot.model import Choice, Content, Kind, LibrarianId, Speaker, Speaking
from tests.fakes.gateway import Gateway, gateway
from tests.fakes.patron_door import library

SIZES = {"320": (320, 640), "768": (768, 1024), "1440": (1440, 900)}
LAYLA = {"en": "Layla Haddad", "ar": "ليلى حداد"}
SAY = {
    "answer": {"en": "How do I renew a book?", "ar": "كيف أجدّد كتابًا؟"},
    "rate": {"en": "Rate", "ar": "تقييم"},
    "joined": {
        "en": "Layla Haddad has joined and is reading what was said so far.",
        "ar": "معك الآن ليلى حداد من فريق المكتبة، ويصلك الرد بعد الاطلاع على ما كُتب.",
    },
    "hello": {
        "en": "Good morning! Could you show me what the page says when you open Nature?",
        "ar": "صباح الخير! ما الذي يظهر في الصفحة عند فتح مجلة Nature (المجلد 12، 2026)؟",
    },
    "waiting": {
        "en": "I have passed your question to the librarians. Somebody will join you here.",
        "ar": "أحلتُ سؤالك إلى أمناء المكتبة، وسينضم أحدهم إليك هنا.",
    },
    "file": {
        "en": "Thank you. Files are for the librarians: I cannot look into this one myself.",
        "ar": "شكرًا لك. الملفات يطّلع عليها أمناء المكتبة، أما أنا فلا أستطيع قراءتها.",
    },
    "consent": {
        "en": "One more thing, if you like: when you come back, may librarians see your earlier "
        "conversations with them? They could go on where you left off.",
        "ar": "وسؤال أخير إن أحببت: عند عودتك إلينا، هل يُسمح لأمناء المكتبة بالاطلاع على محادثاتك "
        "السابقة معهم ليتابعوا من حيث انتهيت؟",
    },
    "yes": {"en": "Yes, they may", "ar": "نعم، أوافق"},
    "no": {"en": "No, thank you", "ar": "لا، شكرًا"},
    "person": {"en": "Talk to a librarian", "ar": "التحدث إلى أمين مكتبة"},
    "away": {"en": "Is the reading room open on Friday?", "ar": "هل قاعة المطالعة مفتوحة يوم الجمعة؟"},
}


def a_screen(width: int = 320, height: int = 200) -> bytes:
    """Draw a small picture, as a patron's screen might look."""
    row = b"".join(bytes((60 + x * 120 // width, 120, 110)) for x in range(width))
    raw = b"".join(b"\0" + row for _ in range(height))

    def chunk(name: bytes, data: bytes) -> bytes:
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packed = zlib.compress(raw)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


SETTLED = """() => [...document.querySelector("#dalil-widget").shadowRoot.querySelectorAll("img")]
  .every((img) => img.complete) && document.fonts.status === 'loaded'"""


@dataclass
class Scene:
    """One page with the widget, and what stands behind it."""

    page: Page
    served: Gateway
    language: str
    panel: Locator

    def text(self, key: str) -> str:
        """Give a sentence in the scene's language."""
        return SAY[key][self.language]

    async def say(self, key: str) -> None:
        """Let the patron say something."""
        await self.panel.locator("textarea").fill(self.text(key))
        await self.panel.locator("textarea").press("Enter")

    async def librarian(self) -> None:
        """Let a librarian join and speak."""
        door, address = self.served.door, self.served.door.only()
        name = LAYLA[self.language]
        await door.say(address, Content(self.text("joined"), Kind.NOTICE, event="librarian_joined"))
        await door.speak(address, Speaking(Speaker.LIBRARIAN, name, librarian=LibrarianId("layla")))
        await door.say(address, Content(self.text("hello")), Speaker.LIBRARIAN, name)

    async def give(self, name: str, body: bytes, kind: str) -> None:
        """Let the patron give a file."""
        file = {"name": name, "mimeType": kind, "buffer": body}
        await self.panel.locator("input[type=file]").set_input_files([file])  # type: ignore[list-item]


State = Callable[[Scene], Awaitable[None]]


async def closed(scene: Scene) -> None:
    """The button alone."""
    await scene.page.evaluate("Dalil.close()")


async def hello(scene: Scene) -> None:
    """Nothing said yet."""


async def answer(scene: Scene) -> None:
    """An answer with its source, ratings and choices."""
    await scene.say("answer")
    await expect(scene.panel.locator(".card")).to_be_visible()


async def unread(scene: Scene) -> None:
    """Something came while the panel was closed."""
    await answer(scene)
    await closed(scene)
    await scene.served.door.say(scene.served.door.only(), Content(scene.text("hello")))
    await expect(scene.page.locator("#dalil-widget .count")).to_be_visible()


async def waiting(scene: Scene) -> None:
    """A librarian was asked for."""
    await answer(scene)
    door, address = scene.served.door, scene.served.door.only()
    choice = Choice(scene.text("person"), "core:leave")
    await door.say(address, Content(scene.text("waiting"), Kind.NOTICE, (choice,), event="waiting"))
    await door.speak(address, Speaking(Speaker.ASSISTANT, waiting=True))


async def librarian(scene: Scene) -> None:
    """A librarian speaks and writes on; the patron has given a picture and a PDF."""
    await answer(scene)
    await scene.librarian()
    await scene.give("screen.png", a_screen(), "image/png")
    await scene.give("thesis-chapter-2.pdf", b"%PDF-1.7", "application/pdf")
    await expect(scene.panel.locator("a.file")).to_have_count(2)
    await scene.served.web.show_typing(scene.served.door.only(), LAYLA[scene.language], True)
    await expect(scene.panel.locator(".typing")).to_be_visible()


async def watched(scene: Scene) -> None:
    """A librarian sees what is being written, and the patron is told so."""
    scene.served.door.sees_writing = True
    await scene.page.reload()
    await scene.page.evaluate("Dalil.open()")
    await answer(scene)
    await scene.librarian()
    await scene.panel.locator("textarea").fill(scene.text("away"))
    await expect(scene.panel.locator(".composer .link")).to_be_visible()


async def consent(scene: Scene) -> None:
    """After the rating the patron is asked whether earlier conversations may be seen."""
    await rating(scene)
    choices = (Choice(scene.text("yes"), "core:consent:yes"), Choice(scene.text("no"), "core:consent:no"))
    notice = Content(scene.text("consent"), Kind.NOTICE, choices, event="consent_ask")
    await scene.served.door.say(scene.served.door.only(), notice)
    await expect(scene.panel.locator(".entry .choices")).to_be_visible()


async def agreed(scene: Scene) -> None:
    """The menu, after the patron agreed."""
    await menu(scene)
    item = scene.panel.get_by_role("menuitemcheckbox").last
    await item.click()
    await expect(item).to_have_attribute("aria-checked", "true")


async def file_for_person(scene: Scene) -> None:
    """A file was given to the assistant."""
    await answer(scene)
    await scene.give("screen.png", a_screen(), "image/png")
    await expect(scene.panel.locator("a.file")).to_have_count(1)
    person = Choice(scene.text("person"), "core:person")
    notice = Content(scene.text("file"), Kind.NOTICE, (person,), event="file")
    await scene.served.door.say(scene.served.door.only(), notice)


async def refused(scene: Scene) -> None:
    """A file that is too large, and one of the wrong kind."""
    await answer(scene)
    await scene.give("lecture.pdf", b"%PDF-1.7" + b"0" * 20_000, "application/pdf")
    await scene.give("tool.exe", b"MZ", "application/exe")
    await expect(scene.panel.locator(".refused")).to_have_count(2)


async def offline(scene: Scene) -> None:
    """The line is cut; what is written waits."""
    await answer(scene)
    await scene.page.context.set_offline(True)
    await scene.say("away")
    await expect(scene.panel.locator(".banner")).to_be_visible()


async def menu(scene: Scene) -> None:
    """The menu is open."""
    await answer(scene)
    await scene.panel.locator("button[aria-haspopup=menu]").click()


async def forget(scene: Scene) -> None:
    """Before a conversation is deleted."""
    await menu(scene)
    await scene.panel.get_by_role("menuitem").last.click()


async def rating(scene: Scene) -> None:
    """The librarian has gone; the patron is asked how it was."""
    await scene.say("rate")
    await expect(scene.panel.locator(".rating")).to_be_visible()
    await scene.panel.locator(".mark-out-of-5").nth(3).click()


ALL: tuple[State, ...] = (
    *(closed, unread, hello, answer, waiting, librarian),
    *(file_for_person, refused, offline, menu, forget, rating),
    *(watched, consent, agreed),
)
STATES: dict[str, State] = {getattr(state, "__name__", ""): state for state in ALL}


async def opened(context: BrowserContext, served: Gateway, language: str) -> Scene:
    """Open the demo page and the widget on it."""
    page = await context.new_page()
    await page.goto(f"{served.url}/?lang={language}")
    await page.wait_for_function("window.Dalil")
    await page.evaluate("Dalil.open()")
    panel = page.locator("#dalil-widget").get_by_role("dialog").first
    await expect(panel.locator(".hello h2")).to_be_visible()
    return Scene(page, served, language, panel)


async def take(browser: Browser, folder: Path, only: str = "") -> None:
    """Take every state at every size in both languages, and at one size in the dark as well."""
    folder.mkdir(parents=True, exist_ok=True)
    for size, (width, height) in SIZES.items():
        for scheme in ("light", "dark") if size == "768" else ("light",):
            for language in ("en", "ar"):
                for name, state in STATES.items():
                    if only and only not in name:
                        continue
                    async with gateway(library) as served:
                        context = await browser.new_context(
                            viewport={"width": width, "height": height},
                            color_scheme="dark" if scheme == "dark" else "light",
                            reduced_motion="reduce",
                        )
                        scene = await opened(context, served, language)
                        await state(scene)
                        await scene.page.wait_for_function(SETTLED)
                        file = folder / f"widget-{name}-{language}-{size}-{scheme}.png"
                        await scene.page.screenshot(path=str(file))
                        await context.close()
