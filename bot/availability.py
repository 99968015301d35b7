"""Whether a person is there for a patron, and the words for when not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.model import Choice, Content, HandoffId, Kind, Language, Librarian, Packet, Presence
from bot.ports import DeskHours
from bot.wording import Wording


class Availability:
    """Presence and desk hours together, in the library's time zone."""

    def __init__(self, hours: DeskHours, zone: ZoneInfo, wording: Wording) -> None:
        """``zone`` is where the library's clocks hang."""
        self._hours = hours
        self._zone = zone
        self._wording = wording

    def someone(self, present: Sequence[tuple[Librarian, Presence]]) -> bool:
        """Whether at least one librarian takes handoffs now; whoever is signed in counts at any hour."""
        return any(who.answers and presence is Presence.AVAILABLE for who, presence in present)

    def when(self, language: Language, now: datetime) -> str | None:
        """Say when the desk opens next, as part of a sentence; None where nobody knows."""
        opening = self._hours.next_opening(now)
        if opening is None:
            return None
        here, there = now.astimezone(self._zone).date(), opening.astimezone(self._zone)
        time = f"{there:%H:%M}"
        days = (there.date() - here).days
        if days == 0:
            return self._wording.say(language, "when_today", time=time)
        if days == 1:
            return self._wording.say(language, "when_tomorrow", time=time)
        weekday = self._wording.say(language, "days").split(",")[there.weekday()].strip()
        day = f"{weekday} {there.day}/{there.month}"
        return self._wording.say(language, "when_day", day=day, time=time)

    def words_on_opening(
        self, packet: Packet, language: Language, someone: bool, now: datetime, name: str | None = None
    ) -> Content:
        """Say what happens after a person was asked for; where nobody is there, the question is left."""
        if not someone:
            take_back = Choice(self._wording.say(language, "choice_take_back"), "core:cancel")
            text = self._absent("person_absent", language, now)
            return Content(text, Kind.NOTICE, (take_back,), event="left")
        if not packet.question:
            text = self._wording.say(language, "person_asked_empty")
        elif name:
            text = self._wording.say(language, "person_asked_named", name=name)
        else:
            text = self._wording.say(language, "person_asked")
        return Content(text, Kind.NOTICE, waiting_choices(self._wording, language), event="waiting")

    def words_while_waiting(
        self, language: Language, someone: bool, words: int, now: datetime
    ) -> tuple[Content, bool]:
        """Say that the patron is not forgotten, and whether the question counts as left from now on."""
        if not someone:
            return Content(self._absent("absent_word", language, now), Kind.NOTICE, event="left"), True
        key = f"waiting_word_{words + 1}" if words < 2 else "waiting_word_more"
        text = self._wording.say(language, key)
        return Content(text, Kind.NOTICE, waiting_choices(self._wording, language), event="waiting"), False

    def words_on_return(
        self, name: str, language: Language, someone: bool, now: datetime
    ) -> tuple[Content, bool]:
        """Say that a librarian can't go on, what happens now, and whether the question is left."""
        say = self._wording.say
        if not someone:
            text = f"{say(language, 'cannot_go_on', name=name)} {self._absent('absent_word', language, now)}"
            take_back = Choice(say(language, "choice_take_back"), "core:cancel")
            return Content(text, Kind.NOTICE, (take_back,), event="left"), True
        text = f"{say(language, 'cannot_go_on', name=name)} {say(language, 'back_in_queue')}"
        return Content(text, Kind.NOTICE, waiting_choices(self._wording, language), event="waiting"), False

    def time_of_day(self, at: datetime) -> str:
        """Write a moment as the library's clocks show it."""
        return f"{at.astimezone(self._zone):%H:%M}"

    def _absent(self, key: str, language: Language, now: datetime) -> str:
        if self._hours.open_at(now):  # they should be there, and somebody may come any moment
            return self._wording.say(language, f"{key}_in_hours")
        when = self.when(language, now)
        if when is None:
            return self._wording.say(language, f"{key}_unknown")
        return self._wording.say(language, key, when=when)


def waiting_choices(wording: Wording, language: Language) -> tuple[Choice, ...]:
    """Give what a waiting patron can do: leave the question, or go back to the assistant."""
    return (
        Choice(wording.say(language, "choice_leave"), "core:leave"),
        Choice(wording.say(language, "choice_cancel"), "core:cancel"),
    )


def consent_offer(wording: Wording, language: Language, key: str) -> Content:
    """Ask, in the words of ``key``, whether librarians may see earlier conversations."""
    choices = (
        Choice(wording.say(language, "choice_consent"), "core:consent:yes"),
        Choice(wording.say(language, "choice_no_consent"), "core:consent:no"),
    )
    return Content(wording.say(language, key), Kind.NOTICE, choices, event="consent_ask")


def csat_choices(handoff: HandoffId) -> tuple[Choice, ...]:
    """Give the marks 1 to 5 for a handoff."""
    return tuple(Choice(str(mark), f"core:csat:{mark}:{handoff}") for mark in range(1, 6))
