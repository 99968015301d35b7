"""What a few words ask about the matter at hand (its price, how long, for whom), and where a text says so.

Each aspect is two patterns over folded text: how it is asked, and what a sentence that answers it has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from knowledge_base.engine.text import bare, fold, is_arabic

_BLOCKS = re.compile(r"\n\s*\n")
_ITEM = re.compile(r"^\s*(?:[-*]|\d+[.)]) ")
_ADDRESS = re.compile(r"https?://[^\s)]+")
_SENTENCE = re.compile(r"(?<=[.!?؟])\s+(?=\S)")
_NUMBER = (
    r"(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|a|an|"
    r"ثلاث\w*|اربع\w*|خمس\w*|ست\w*|سبع\w*|ثماني?\w*|تسع\w*|عشر\w*)"
)


@dataclass(frozen=True, slots=True)
class Aspect:
    """Something that can be asked of nearly any matter."""

    name: str
    asked: re.Pattern[str]
    said: re.Pattern[str]


def _aspect(name: str, asked: str, said: str | None = None) -> Aspect:
    return Aspect(name, re.compile(asked), re.compile(said or asked))


_COST = (
    r"\bcosts?\b|\bprices?\b|\bfees?\b|\bcharged?\b|\bfree\b|\bpay|سعر|اسعار|تكلف|كلفه|رسوم|مجان|ببلاش|ثمن"
)
_HOURS_AND_SO_ON = r"(?:minutes?|hours?|days?|weeks?|months?|years?|semesters?|terms?)"
# The first that is asked counts: “how many days” is a length of time before it is a number.
ASPECTS = (
    _aspect("undergraduates", r"\bundergrad\w*|\bbachelor\w*|بكالوريوس"),
    _aspect("doctoral", r"\bph\.?d\b|\bdoctora\w+|دكتوراه"),
    _aspect(
        "graduates", r"\bgrad(?:uate)?s?\b|\bpost-?grad\w*|\bmaster'?s?\b|ماجستير|دراسات عليا|الدراسات العليا"
    ),
    _aspect(
        "teachers",
        r"\bfaculty\b|\bteachers?\b|\blecturers?\b|\bprofessors?\b|\bacademics?\b|\binstructors?\b"
        r"|استاذ|اساتذه|مدرس|هييه التدريس|هييه تدريس|محاضر",
    ),
    _aspect("staff", r"\bstaff\b|\bemployees?\b|موظف|عاملين|العاملون"),
    _aspect("graduated", r"\balum\w+|خريج"),
    _aspect(
        "visitors",
        r"\bvisitors?\b|\bguests?\b|\bpublic\b|\bcommunity\b|\boutsiders?\b|\bexternal\b"
        r"|زوار|زاير|المجتمع|ضيوف|خارج الجامعه",
    ),
    _aspect("students", r"\bstudents?\b|طلب[هت]|طلاب|طالب"),
    _aspect(
        "length",
        rf"\bhow long\b|\bhow many {_HOURS_AND_SO_ON}\b|\b(?:loan )?period\b|\bduration\b"
        r"|كم (?:ال)?(?:مده|وقت|يوم|ساعه|اسبوع|شهر|سنه)|(?:^| )(?:ال|ل)?مده|(?:^| )قد ايه"
        r"|يستغرق|تستغرق|بياخذ|ياخذ|تطول|بتطول|يطول|كم من الوقت|قديش (?:المده|بياخذ|بتطول|الوقت)",
        rf"\b{_NUMBER}[ -](?:\w+ )?{_HOURS_AND_SO_ON}\b|overnight"
        rf"|{_NUMBER} (?:دقايق|دقيقه|ساعات|ساعه|ايام|يوما|اسابيع|اسبوعا|اشهر|شهرا|سنوات|سنه|اعوام)"
        r"|(?:^| )(?:ل|ال|و)?(?:ساع(?:ه|تان|تين)|يوم(?:ان|ين)?|اسبوع(?:ان|ين)?|شهر(?:ان|ين)?|فصل)\b"
        r"|(?:^| )(?:ل|ال|و)?(?:سنت|عام)(?:ان|ين)\b",
    ),
    _aspect(
        "number",
        r"\bhow (?:many|often)\b|\b(?:limit|maximum|max)\b"
        r"|كم (?:مره|عدد|واحد|كتاب)|(?:^| )(?:ال)?حد (?:ال)?اقصي|قديش (?:مره|عدد)",
        r"\b(?:once|twice|up to|at most|no more than)\b"
        rf"|\b{_NUMBER} (?:times|books|items|rooms|people|pages)\b"
        rf"|مره|مرات|مرتين|حتي {_NUMBER}|لا يزيد|{_NUMBER} (?:كتب|كتابا|غرف|صفحات)",
    ),
    _aspect(
        "price",
        rf"\bhow much\b|{_COST}|^\W*(?:و|ب)?(?:كم|قديش|بكم|بقديش)\W*$|(?:^| )بكم|فلوس|مصاري"
        r"|(?:كم|قديش|شو) (?:ب|ا|ن|ت)?دفع"
        r"|(?:و|ب)?كم (?:يكلف|بيكلف|حق)",
        rf"\bjd\b|\bfils\b|{_COST}|دينار|دنانير|قرش|فلس|بلا مقابل|دون مقابل",
    ),
    _aspect("phone", r"\bphone\b|\btelephone\b|\bcall\b|بالهاتف|هاتف|بالتلفون|تلفون"),
    _aspect("mail", r"\be-?mail\b|بالبريد|ايميل", r"\be-?mail\b|@|بالبريد|بريد"),
    _aspect(
        "online",
        r"\bonline\b|\bwebsite\b|\bweb ?page\b|\bfrom home\b|\bapp\b"
        r"|اونلاين|الكتروني|انترنت|الموقع|عن بعد|من البيت|من المنزل",
        r"\bonline\b|https?://|\bwebsite\b|الكتروني|الموقع",
    ),
    _aspect(
        "where",
        r"^\W*(?:and |but )?where\b|\b(?:which|what) floor\b|(?:^| )و?(?:اين|وين|فين)\b|(?:اي|باي) طابق",
        r"\bfloor\b|\bdesk\b|\bentrance\b|\bground\b|طابق|مكتب ",
    ),
)
_STYLE = re.compile(r"\b(?:apa|mla|chicago|harvard|ieee|vancouver|ama|turabian|oscola)\b", re.IGNORECASE)
_GOES_ON = re.compile(
    r"^\W*(?:and|but|also|what about|how about|what if|or|in|for|on|with|without|by|via|during|after)\b"
    r"|^\W*(?:و?(?:ماذا|شو|ايش) (?:عن|بالنسبه)|طيب|طب|بالنسبه|كمان)(?: |$)"
    r"|^\W*و \w"
    # “and” is written onto an Arabic word, and many a word begins with its letter
    r"|^\W*و(?!اي فاي|ين\b|قت|صل|رق|ثايق|ثيق|سايل|سيله|زن|رش|حده|ضع|ظيف|ظايف|اتس)\w"
)


def aspect_of(text: str) -> Aspect | None:
    """Give the aspect that a text asks about; None where it asks about none of them."""
    folded = fold(text)
    return next((aspect for aspect in ASPECTS if aspect.asked.search(folded)), None)


def goes_on(text: str) -> bool:
    """Whether a text begins as one that goes on with what was said: “and …”, “what about …”, “وماذا عن …”."""
    return bool(_GOES_ON.search(fold(text)))


def restyled(question: str, text: str) -> str | None:
    """Give a question about one citation style with the one that ``text`` names; None without both."""
    wanted, before = _STYLE.search(text), _STYLE.search(question)
    if not wanted or not before or wanted[0].lower() == before[0].lower():
        return None
    return _STYLE.sub(wanted[0], question)


def any_of(said: Iterable[str], whole: bool = False) -> re.Pattern[str]:
    """Give a pattern for folded words, in any of their endings unless ``whole``; no words fit nothing."""
    found = sorted({_in_any_form(bare(word), whole) for word in said}, reverse=True)
    return re.compile("|".join(found) or r"(?!)")


def _in_any_form(word: str, whole: bool) -> str:
    before = r"\b(?:[وف]?(?:ال|لل|بال|[بلك]))?" if is_arabic(word) else r"\b"
    if whole:
        return rf"{before}{re.escape(word)}\b"
    if is_arabic(word):
        return before + (re.escape(word[:-1]) + "[هت]" if word.endswith("ه") else re.escape(word))
    return before + re.escape(word[: max(4, len(word) - 2)])


def said_of(said: re.Pattern[str], markdown: str, wished: re.Pattern[str], at_most: int = 3) -> str:
    """Give the sentences and items of a text that have something of ``said``; empty where none has.

    Of several, those that also have something of ``wished``, the words that were asked with, are enough.
    """
    found = [one for one in _statements(markdown) if said.search(_read(one))]
    found = [one for one in found if wished.search(_read(one))] or found
    items = [one for one in found if _ITEM.match(one)]
    return ("\n" if len(items) == len(found) else "\n\n" if items else " ").join(found[:at_most])


def _read(statement: str) -> str:
    """Give a statement as it is compared: an address counts as an address, whatever words it is made of."""
    return fold(_ADDRESS.sub("https://", statement))


def _statements(markdown: str) -> Iterator[str]:
    """Give a text's sentences and list items, without those that only announce a list."""
    for block in _BLOCKS.split(markdown.strip()):
        lines = block.splitlines()
        if any(_ITEM.match(line) for line in lines):
            yield from (line.strip() for line in lines if _ITEM.match(line))
        else:
            yield from (s for s in _SENTENCE.split(" ".join(lines)) if not s.endswith((":", "：")))
