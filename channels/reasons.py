"""Why something does not work, in the desk's words: adapters say it in English, and networks in their own."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.model import Language

EN, AR = Language.EN, Language.AR
SEMICOLON = {EN: "; ", AR: "؛ "}
TROUBLE = {EN: "Trouble with {where}: {trouble}", AR: "عطل في {where}: {trouble}"}
OVER = {EN: "{where} works again.", AR: "انتهى العطل في {where}."}

PLACES: dict[str, dict[Language, str]] = {
    "web": {EN: "The website", AR: "الموقع"},
    "desk": {EN: "The desk on the web", AR: "المكتب على الموقع"},
    "telegram": {EN: "Telegram", AR: "تيليغرام"},
    "telegram-desk": {EN: "Telegram, the librarians’ group", AR: "مجموعة أمناء المكتبة في تيليغرام"},
    "slack": {EN: "Slack", AR: "سلاك"},
    "slack-desk": {EN: "Slack, the librarians’ channel", AR: "قناة أمناء المكتبة في سلاك"},
}

# What Telegram says, without regard to case, and what it means.
PLAIN = {
    "bot was blocked by the user": "the patron has blocked the bot",
    "user is deactivated": "the patron’s account is no more",
    "chat not found": "Telegram does not know this chat",
    "message is too long": "the message is too long",
    "bot was kicked from the supergroup chat": "the bot was removed from the group",
    "not enough rights to create a topic": "the bot may not make topics (the right “Manage topics”)",
    "not enough rights to send text messages to the chat": "the bot may not write there",
    "the chat is not a forum": "topics are off in the group",
}

ARABIC = {
    "Telegram does not accept the bot’s token": "لا يقبل تيليغرام رمز البوت",
    "Telegram does not answer": "لا يستجيب تيليغرام",
    "Telegram does not know this chat": "لا يعرف تيليغرام هذه المحادثة",
    "another program fetches this bot’s messages, or a webhook is set for it": (
        "برنامج آخر يستلم رسائل هذا البوت، أو ضُبط له webhook"
    ),
    "somebody deleted a conversation’s topic, and it has a new one": (
        "حُذف موضوع إحدى المحادثات، ولها الآن بديل عنه"
    ),
    "the group has a new number": "صار للمجموعة رقم جديد",
    "the bot was removed from the group": "أُخرج البوت من المجموعة",
    "the bot may not make topics (the right “Manage topics”)": (
        "لا يُسمح للبوت بإنشاء المواضيع (صلاحية Manage topics)"
    ),
    "the bot may not write there": "لا يُسمح للبوت بالكتابة هناك",
    "topics are off in the group": "المواضيع غير مفعّلة في المجموعة",
    "the patron has blocked the bot": "حظر المستفيد البوت",
    "the patron’s account is no more": "حُذف حساب المستفيد",
    "the message is too long": "الرسالة أطول مما ينبغي",
    "the line to Telegram broke": "انقطع الاتصال بتيليغرام",
    "Slack does not accept the app’s token": "لا يقبل سلاك رمز التطبيق",
    "Slack does not accept the app-level token": "لا يقبل سلاك رمز التطبيق (app-level)",
    "nothing arrives from Slack, whose socket is closed": "لا يصل شيء من سلاك، فالاتصال به مقطوع",
    "Slack does not let Dalil write to patrons": "لا يسمح سلاك لدليل بالكتابة إلى المستفيدين",
    "Slack cannot be reached": "تعذّر الوصول إلى سلاك",
    "Slack refuses it": "رفض سلاك ذلك",
    "the line to Slack broke": "انقطع الاتصال بسلاك",
    "the channel is not there, or Dalil may not see it": "القناة غير موجودة، أو لا يستطيع دليل رؤيتها",
    "the channel is archived": "القناة مؤرشفة",
    "Dalil is not a member of the channel (invite it with /invite)": (
        "دليل ليس عضوًا في القناة (يُدعى إليها بالأمر /invite)"
    ),
    "the message is too long for Slack": "الرسالة أطول مما يقبله سلاك",
    "Slack has not given Dalil that right (install the app again from the manifest)": (
        "لم يمنح سلاك دليل هذه الصلاحية (يلزم تثبيت التطبيق من جديد من ملف manifest)"
    ),
    "the workspace does not let apps write there": "لا تسمح مساحة العمل للتطبيقات بالكتابة هناك",
    "the channel is set to be read only": "القناة للقراءة فقط",
    "the token is not a bot token": "الرمز ليس رمز بوت",
    "the thread was deleted": "حُذفت سلسلة الردود",
    "the message was deleted": "حُذفت الرسالة",
    "there is no such person in the workspace": "لا يوجد هذا الشخص في مساحة العمل",
}
_WITH_DETAIL = re.compile(r"(.+?) (\([^()]*\))")


def in_words(reason: str, language: Language) -> str:
    """Say a reason, or several, as far as they are known; the rest stays as it was said."""
    known = _known(reason, language)
    if known is not None:
        return known
    for between, joint in (("; ", SEMICOLON[language]), (": ", ": ")):
        head, found, tail = reason.partition(between)
        if found:
            return in_words(head, language) + joint + in_words(tail, language)
    detailed = _WITH_DETAIL.fullmatch(reason)
    told = _known(detailed[1], language) if detailed else None
    return f"{told} {detailed[2]}" if detailed and told is not None else reason


def trouble_in_words(where: str, trouble: str, language: Language) -> str:
    """Say what is wrong with a channel or desk, by its name."""
    named = PLACES.get(where, {})
    told = trouble.replace(f"{named[EN]}: ", "") if named else trouble
    place = named.get(language, where)
    return TROUBLE[language].format(where=place, trouble=in_words(told, language))


class Troubles:
    """What a desk says of trouble elsewhere: not while it has some itself, and no end without a beginning.

    A network's channel and its desk have much trouble in common, of which one word is enough.
    """

    def __init__(self, language: Language) -> None:
        self._language = language
        self._known: dict[str, str] = {}  # by the channel's or desk's name
        self._said: dict[str, str] = {}  # by trouble: of which it was said

    def words(self, where: str, trouble: str | None, own: Sequence[str]) -> str | None:
        """Say what is wrong with a channel or desk, by its name, or that it works again; or nothing."""
        before = self._known.pop(where, None)
        over = self._said.pop(before, None) if before and before not in self._known.values() else None
        if trouble is None:
            place = PLACES.get(over or "", {}).get(self._language, over)
            return OVER[self._language].format(where=place) if over else None
        if own:
            return None
        self._known[where] = trouble
        if trouble in self._said:
            return None
        self._said[trouble] = where
        return trouble_in_words(where, trouble, self._language)


def _known(reason: str, language: Language) -> str | None:
    english = PLAIN.get(reason.casefold(), reason)
    if language is AR:
        return ARABIC.get(english) or PLACES_IN_ARABIC.get(english)
    return english if english in ARABIC else None


PLACES_IN_ARABIC = {named[EN]: named[AR] for named in PLACES.values()}
