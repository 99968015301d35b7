"""Finding the questions of one message: where one ends and the next begins.

Only the text decides here, and it decides with care: a greeting, a sentence of background or a relative
clause belongs to the question beside it, and what leans on the question before (“how long can I keep it?”)
stays with it. Whether a division is believed is for the turn to say (``bot/components/turn.py``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache

from bot.intents.text import for_counting
from bot.leaning import leans

MOST = 3  # questions that one message is divided into
_LONGEST = 700  # characters; a longer text is a story with one matter

# Without one of these nothing can be divided; looking for them is all that most messages cost.
_MAYBE = re.compile(r"[?؟!.;؛…]\s+\S|[?؟]\w|\n|[،,]\s*\S|(?i:\b(?:and|also|plus)\s|&)|\sو", re.UNICODE)
# A citation or an address is full of stops and questions that nobody asks.
_REFERENCE = re.compile(
    r"\(\s*\d{4}[a-z]?\s*\)|\b10\.\d{4,}/|\bisbn\b|\bissn\b|\bdoi\b|\bet al\b|\bvol\.|\bpp?\. ?\d|https?://|www\.",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[“\"«][^”\"»]{2,200}[”\"»]")
_SENTENCE = re.compile(r"(?<=[.!?؟;؛…])\s+|(?<=[?؟])(?=\w)|\s*\n+\s*")
_TOKEN = re.compile(r"\S+")
_EDGES = re.compile(r"^[^\w]+|[^\w]+$")
_ARABIC = re.compile(r"[\u0620-\u06d3]")


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WH = _set("what whats what's which who whos who's whom whose why how hows how's")
_WH_OF_CLAUSE = _set("when where")  # these begin clauses of time and place too
_WH_IS = _set("when's where's wheres whens")
_AUXILIARY = _set("can could do does did is are am was were may might will would should shall must has have")
_AUXILIARY |= _set("can't cant don't dont doesn't isn't aren't couldn't won't")
_SUBJECT = _set(
    "i you u we they he she it there the this that these those my your our their any anyone anybody "
    "someone students student faculty staff alumni visitors guests graduates undergraduates people "
    "everyone"
)


def _beginnings(*said: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(one.split()) for one in said)


_WISHES = _beginnings(
    *("i need", "i want", "i wanna", "i would like", "i'd like", "id like", "need to", "want to"),
    *("i'm looking", "im looking", "i am looking", "looking for", "we need", "we want", "we would like"),
    *("tell me", "show me", "help me", "give me", "explain", "let me know"),
    *("i wonder", "i was wondering", "i'm wondering", "wondering"),
)
# A matter where a message begins with it; behind “and” it only says more: “… and I can't come”.
_TROUBLES = _beginnings(
    *("i can't", "i cant", "i cannot", "i couldn't", "i'm unable", "i am unable"),
    *("i'm having trouble", "i have trouble", "i have a problem"),
)
_DOING = _set(
    "renew book borrow print scan cite find get return reserve request access use connect talk speak "
    "chat ask contact pay check reach cancel know see download"
)
_FILLING = _set(
    "hi hello hey dear sir madam please so ok okay well and also but plus then btw thanks thank you "
    "good morning afternoon evening first firstly second secondly finally lastly another question مرحبا "
    "السلام عليكم اهلا صباح مساء الخير لو سمحت سمحتم من فضلك فضلكم شكرا طيب يعطيكم العافيه و كمان ايضا "
    "وكمان وايضا كذلك وكذلك برضو وبرضو برضه وبرضه"
)
_UNFINISHED = _WH | _WH_OF_CLAUSE | _set("to the a of for in on with by متي كيف اين وين كم هل")
_AND = _set("and & plus")
_FILLING |= _AND
_ALSO = _set("also then")

_AR_ASKING = _set(
    "هل متي كيف اين وين فين كم بكم قديش قديه كام ماذا شو ايش ليش لماذا مين ايمت ايمتي امتي امتا ازاي "
    "لمين وش لوين"
)
_AR_MAY = _set(
    "ممكن يمكن يمكنني بقدر اقدر استطيع بامكاني ينفع بنفع بصير يجوز يسمح عندكم عندكو لديكم فاتحين فاتحه "
    "مفتوحه مفتوح تفتحون بتفتحو بتفتحوا بتسكروا بتسكرو تغلقون تفتح بتفتح تغلق بتسكر"
)
_AR_WISH = _set(
    "بدي اريد اود احتاج محتاج محتاجه ابحث ابي ابغي عايز عاوز ارغب دلني دلوني ساعدوني ساعدني اخبرني اخبروني"
)
_AR_NOT, _AR_ABLE = _set("ما مش لا مو لم ماني"), _set("بقدر قادر قادره استطيع اقدر استطع بتفتح بيفتح عم")
_AR_WHAT = _set(
    "هي هو معني افضل اسم رقم مواعيد ساعات اوقات شروط عنوان مده غرامه الفرق موعد سعر تكلفه رسوم طريقه انواع"
)
_AR_WHO = _set("هو هي المسوول المسووله مسوول امين امينه يستطيع يمكنه")
_AR_ALSO = _set("وكمان وايضا وكذلك وبرضو وبرضه")
_LOOKED_AT = 12  # words behind a place where another question may begin
_SHORTEST, _SHORTEST_ARABIC = 3, 2  # words of a question


class _Sort(Enum):
    QUESTION = "question"
    WISH = "wish"  # “I need …”: a matter of its own, or the background of the question after it
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Question:
    """A part of a message; ``leads``: a wish that may be no more than what leads to the next part."""

    text: str
    leads: bool = False


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    sort: _Sort
    joined: bool  # begins with “and”, “also”: it is one more matter


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    plain: str
    comma: bool  # one stands right behind it


def questions_in(text: str) -> tuple[Question, ...]:
    """Give the questions of a message in their order, at most ``MOST``; none where it cannot be divided.

    Takes a few microseconds for a message without any place to divide it, a hundred where there is one.
    """
    if len(text) > _LONGEST or not _MAYBE.search(text) or _REFERENCE.search(text):
        return ()
    pieces = [piece for sentence in _sentences(text) for piece in _pieces(sentence)]
    if sum(piece.sort is not _Sort.OTHER for piece in pieces) < 2:
        return ()
    parts = _gathered(pieces)
    return tuple(parts) if 1 < len(parts) <= MOST else ()


def _sentences(text: str) -> list[str]:
    """Divide a text behind its sentences, but never inside quotation marks."""
    quoted = [match.span() for match in _QUOTED.finditer(text)]
    found, start = [], 0
    for match in _SENTENCE.finditer(text):
        if not any(first < match.start() < last - 1 for first, last in quoted):
            found.append(text[start : match.start()])
            start = match.end()
    return [one for one in (*found, text[start:]) if one.strip()]


def _pieces(sentence: str) -> list[_Piece]:
    """Divide a sentence before “and how …”, “وهل …” where a question or a wish stands on both sides."""
    words = _words(sentence)
    found: list[_Piece] = []
    first = 0  # the word the piece begins with
    for at in range(1, len(words)):
        if at <= first or not _begins_another(words, at) or _inside_quotes(sentence, words[at].start):
            continue
        if words[at - 1].plain in _UNFINISHED:  # “how and why”
            continue
        left = sentence[words[first].start : words[at].start]
        sort = _sort(words[first:at], left)
        if sort is not _Sort.OTHER and _long_enough(words[at:]):
            found.append(_Piece(left, sort, _is_joined(words[first:at])))
            first = at
    if words:
        rest = sentence[words[first].start :]
        found.append(_Piece(rest, _sort(words[first:], rest), _is_joined(words[first:])))
    return found


def _gathered(pieces: Sequence[_Piece]) -> list[Question]:
    """Put background and what leans on a question together with that question."""
    parts: list[Question] = []
    before: list[str] = []  # background that waits for its question
    for at, piece in enumerate(pieces):
        if piece.sort is _Sort.OTHER:
            before.append(piece.text.strip())
            continue
        body = _without_joint(piece.text)
        alone = not leans(body) and _long_enough(_words(body))
        if piece.sort is _Sort.WISH and not alone and not parts:
            before.append(piece.text.strip())
        elif parts and not alone:
            parts[-1] = replace(parts[-1], text=" ".join([parts[-1].text, *before, piece.text.strip()]))
            before = []
        else:
            following = pieces[at + 1] if at + 1 < len(pieces) else None
            leads = not parts and piece.sort is _Sort.WISH and following is not None and not following.joined
            parts.append(Question(" ".join([*before, body]), leads))
            before = []
    if before and parts:
        parts[-1] = replace(parts[-1], text=" ".join([parts[-1].text, *before]))
    return parts


def _words(text: str) -> list[_Word]:
    found = []
    for match in _TOKEN.finditer(text):
        plain = _plain(match[0])
        if plain:
            found.append(_Word(match.start(), match.end(), plain, match[0][-1] in ",،;"))
    return found


@lru_cache(maxsize=4096)
def _plain(word: str) -> str:
    return "&" if word == "&" else _EDGES.sub("", for_counting(word)).replace("’", "'")


def _begins_another(words: Sequence[_Word], at: int) -> bool:
    """Whether another question may begin at a word: “and how”, “also I need”, “, can I”, “وكيف”, “و هل”."""
    first = words[at].plain
    if not (first in _AND or first == "also" or first[0] == "و" or words[at - 1].comma):
        return False
    plain = [word.plain for word in words[at : at + _LOOKED_AT]]
    if plain[0] in _AND or (plain[0] == "also" and words[at - 1].plain not in _AND):
        also = any(word in _ALSO for word in plain[:2])
        rest = _after_filling(plain)
        return _asks(rest, strict=True) or _wishes(rest) or (also and bool(rest) and rest[0] in _DOING)
    if plain[0] in _AR_ALSO or (plain[0] == "و" and len(plain) > 1 and plain[1] in {w[1:] for w in _AR_ALSO}):
        return True
    if plain[0] == "و" and len(plain) > 1:
        return _asks_in_arabic(plain[1:])
    if _bare(plain[0]) != plain[0] and _asks_in_arabic([_bare(plain[0]), *plain[1:]]):
        return True
    return words[at - 1].comma and (_asks(plain, strict=True) or plain[0] in _AR_ASKING)


def _bare(word: str) -> str:
    """Take an “and” off an Arabic word of asking; “وين” is one by itself."""
    if word.startswith("و") and word not in _AR_ASKING:
        rest = word[1:]
        if rest in _AR_ASKING or rest in _AR_MAY or rest in _AR_WISH or rest in ("ما", "من"):
            return rest
    return word


def _asks_in_arabic(plain: Sequence[str]) -> bool:
    following = plain[1] if len(plain) > 1 else ""
    if plain[0] == "ما":
        return following in _AR_WHAT
    if plain[0] == "من":
        return following in _AR_WHO
    return plain[0] in _AR_ASKING or plain[0] in _AR_MAY or plain[0] in _AR_WISH


def _sort(words: Sequence[_Word], text: str) -> _Sort:
    plain = _after_filling([word.plain for word in words])
    if not plain:
        return _Sort.OTHER
    if text.rstrip().endswith(("?", "؟")) or _asks(plain, strict=False):
        return _Sort.QUESTION
    if _ARABIC.search(plain[0]):
        bare = [_bare(plain[0]), *plain[1:]]
        if (
            _AR_ASKING & set(bare)
            or bare[0] in _AR_MAY
            or (bare[0] in ("ما", "من") and _asks_in_arabic(bare))
        ):
            return _Sort.QUESTION
        trouble = bare[0] in _AR_NOT and len(bare) > 1 and bare[1] in _AR_ABLE
        return _Sort.WISH if bare[0] in _AR_WISH or trouble else _Sort.OTHER
    return _Sort.WISH if _wishes(plain) or _troubled(plain) or plain[0] in _DOING else _Sort.OTHER


def _asks(plain: Sequence[str], *, strict: bool) -> bool:
    """Whether English words begin a question; ``strict``: where they might as well begin a clause."""
    if not plain:
        return False
    first, second = plain[0], plain[1] if len(plain) > 1 else ""
    if first in _WH or first in _WH_IS:
        return True
    if first in _WH_OF_CLAUSE:
        return second in _AUXILIARY or second == "to" or (first == "where" and second in ("i", "you", "we"))
    if first in _AUXILIARY:
        return second in _SUBJECT if strict or first in ("do", "have", "has") else True
    return False


def _wishes(plain: Sequence[str]) -> bool:
    said = tuple(word for word in plain[:5] if word not in _ALSO)  # “I also need”
    return any(said[: len(wish)] == wish for wish in _WISHES)


def _troubled(plain: Sequence[str]) -> bool:
    return any(tuple(plain[: len(trouble)]) == trouble for trouble in _TROUBLES)


def _after_filling(plain: Sequence[str]) -> list[str]:
    at = next((at for at, word in enumerate(plain) if word not in _FILLING), len(plain))
    return list(plain[at:])


def _is_joined(words: Sequence[_Word]) -> bool:
    first = words[0].plain if words else ""
    return first in _AND or first in _ALSO or (first.startswith("و") and _ARABIC.match(first) is not None)


_JOINT = re.compile(
    r"^(?:\W*\d\W+)?(?:(?:and|also|plus|then|&)[\s,]+|و\s+|و?(?:كمان|أيضا|ايضا|أيضًا|كذلك|برضو|برضه)\s+)*",
    re.IGNORECASE,
)


def _without_joint(text: str) -> str:
    """Take a number, “and also” or “و” off a question, and the comma left hanging at its end."""
    bare = _JOINT.sub("", text.strip(), count=1).rstrip(" ,،")
    first = bare.split(maxsplit=1)[0] if bare else ""
    return bare[1:] if first and _bare(_plain(first)) != _plain(first) else bare


def _long_enough(words: Sequence[_Word]) -> bool:
    plain = _after_filling([word.plain for word in words])
    least = _SHORTEST_ARABIC if plain and _ARABIC.search(plain[0]) else _SHORTEST
    return len(plain) >= least


def _inside_quotes(text: str, at: int) -> bool:
    return any(match.start() < at < match.end() for match in _QUOTED.finditer(text))
