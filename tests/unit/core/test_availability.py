"""What a patron hears where no librarian is there: true at any hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.availability import Availability
from bot.model import Language, Packet
from bot.settings import ROOT
from bot.wording import Wording

NOW = datetime(2026, 3, 3, 10, tzinfo=UTC)
TOMORROW = datetime(2026, 3, 4, 6, tzinfo=UTC)


@dataclass
class Hours:
    is_open: bool
    opening: datetime | None

    def open_at(self, at: datetime) -> bool:
        return self.is_open

    def next_opening(self, at: datetime) -> datetime | None:
        return self.opening


@pytest.mark.parametrize(
    ("hours", "language", "said", "not_said"),
    [
        (Hours(False, TOMORROW), Language.EN, "back tomorrow at 09:00", "open now"),
        (Hours(True, TOMORROW), Language.EN, "open now", "back tomorrow"),
        (Hours(False, None), Language.EN, "No librarian is at the desk just now. I have kept", "back"),
        (Hours(True, TOMORROW), Language.AR, "والخدمة مفتوحة الآن", "09:00"),
        (Hours(False, TOMORROW), Language.AR, "09:00", "مفتوحة الآن"),
    ],
)
def test_nobody_there(hours: Hours, language: Language, said: str, not_said: str) -> None:
    wording = Wording.load(ROOT / "bot" / "texts")
    words = Availability(hours, ZoneInfo("Asia/Amman"), wording).words_on_opening(
        Packet("How do I renew?", "asked"), language, False, NOW
    )
    assert said in words.text and not_said not in words.text
    assert words.event == "left"
