"""One particular book or article: what the patron wants, and the links that find it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from actions import item_words as words
from actions.answering import answer, say_hit, search
from actions.boolean_query import topic_of
from actions.talk import Reply, Talk, payload
from bot.model import Citation, Content, Kind
from knowledge_base.engine.records import Hit
from knowledge_base.engine.text import fold

TOPIC = "find_resource"
WAITING = "find_resource__known_item"  # what `last_topic` says after “which book?”
_LONGEST = 200  # characters of a title

_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"'<>«»“”]+", re.IGNORECASE)
_ISBN = re.compile(r"(?<![\d-])(?:97[89][ -]?)?\d(?:[ -]?\d){8}[ -]?[\dXx](?![\d-])")
_ISBN_SAID = re.compile(r"\bisbn\b[\s:#-]*([\dXx][\dXx -]{3,20})", re.IGNORECASE)
_ON_SUBJECT = re.compile(  # “books about …” names a subject, not a title
    r"\b(?:(?:books?|articles?|papers?|sources?|journals?|materials?|novels?|anything|something|stuff)"
    r"(?: or (?:books?|articles?|papers?))? (?:that (?:are|is) )?(?:about|regarding|concerning|dealing with)"
    r"|(?:books|articles|papers|sources|journals|materials?|anything|something) on)\s+(?P<en>\S.*)$"
    r"|(?:^|\s)(?:ال)?(?:كتب|كتاب|كتابا|كتابًا|مراجع|مصادر|مقالات|مقال|مقالة|روايات|ابحاث|أبحاث|شي|شيء|إشي|"
    r"اشي)"
    r"\s+(?:\S+\s+)?(?:عن|حول|بخصوص)\s+(?P<ar>\S.*)$",
    re.IGNORECASE,
)
# “Author, A. (2004). Title. Publisher”, as it is copied from a list of references.
_REFERENCE = re.compile(
    r"(?:^|[:؟?!.\n]\s*)(?P<author>[^\W\d_][^()?؟!\n]{2,160}?)[.,،]?"
    r"\s*\((?P<year>\d{4})[a-z]?(?:, [^)]{2,20})?\)[.,:،]\s*(?P<title>[^.?؟!\n]{4,200})",
)
_IN_A_JOURNAL = re.compile(r"\b\d+\s?\(\d+\)|\b\d+\s?[-–]\s?\d+\b|\bvol\.|\bjournal\b|مجلة", re.IGNORECASE)
_NOT_A_WISH = re.compile(
    r"^\W*(?:how|where|what|which|why|who|كيف|وين|اين|فين|ازاي|شو|ما|ليش|لماذا|من|مين)\b"
)
_NOT_THERE_AT_MOST = 8  # words; a longer text says more than that
_TRAILING = ".,;:)]}؟?،!"


@dataclass(frozen=True, slots=True)
class Item:
    """What was asked for. ``value`` is the ISBN (digits), the DOI, or the title as it is shown."""

    kind: Literal["isbn", "doi", "title", "subject"]
    value: str
    query: str  # for the catalogue: title and author, without the words around them
    article: bool = False


def read_item(text: str) -> Item | None:
    """Find the wanted thing in a text; None where no thing is named."""
    doi = _DOI.search(text)
    if doi:
        value = doi[0].rstrip(_TRAILING)
        return Item("doi", value, value, article=True)
    isbn = read_isbn(text)
    if isbn:
        return Item("isbn", isbn, isbn)
    return read_reference(text) or _subject(text) or _title(text)


def read_reference(text: str) -> Item | None:
    """Read an entry of a list of references, with or without a question around it."""
    found = _REFERENCE.search(fold_digits(text))
    if found is None:
        return None
    title = found["title"].strip(" \t\"'“”«»*_,،")
    first = re.split(r"[,،&]| and ", found["author"], maxsplit=1)[0].strip()
    after = text[found.end() :]
    return Item("title", title[:_LONGEST], f"{title} {first}"[:_LONGEST], bool(_IN_A_JOURNAL.search(after)))


def names_a_number(text: str) -> bool:
    """Whether a text has a DOI or an ISBN, which are enough by themselves."""
    return bool(_DOI.search(text)) or read_isbn(text) is not None


def wants_on_subject(text: str) -> bool:
    """Whether books on a subject are wanted: “do you have books about …”, not “how do I find books …”."""
    item = read_item(text) if not _NOT_A_WISH.match(fold(text)) else None
    return item is not None and item.kind == "subject"


def _subject(text: str) -> Item | None:
    """Give what books are wanted about, where no title is named."""
    if words.QUOTED.search(text):
        return None
    about = _ON_SUBJECT.search(" ".join(text.split()))
    if about is None:
        return None
    said = topic_of(about["en"] or about["ar"])
    subject = _without_tails(said).strip(" \t\"'“”«»,،.:;?؟!-")[:_LONGEST]
    return Item("subject", subject, subject) if subject else None


def read_isbn(text: str) -> str | None:
    """Give the first ISBN-10 or ISBN-13 with a right check digit, as digits; None where there is none."""
    for hit in _ISBN.finditer(fold_digits(text)):
        digits = re.sub(r"[ -]", "", hit[0]).upper()
        if isbn_valid(digits):
            return digits
    return None


def wrong_isbn(text: str) -> str | None:
    """Give what was called an ISBN, or has a book number's length and prefix, but fails its check digit."""
    folded = fold_digits(text)
    said = _ISBN_SAID.search(folded)
    candidates = [said[1]] if said else [h[0] for h in _ISBN.finditer(folded) if h[0].startswith("97")]
    for candidate in candidates:
        digits = re.sub(r"[ -]", "", candidate).upper()
        if not isbn_valid(digits):
            return candidate.strip()
    return None


def isbn_valid(digits: str) -> bool:
    """Whether 10 or 13 characters make an ISBN with a right check digit."""
    if re.fullmatch(r"\d{9}[\dX]", digits):
        values = [10 if d == "X" else int(d) for d in digits]
        return sum(v * (10 - i) for i, v in enumerate(values)) % 11 == 0
    if re.fullmatch(r"97[89]\d{10}", digits):
        return sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(digits)) % 10 == 0
    return False


def fold_digits(text: str) -> str:
    """Write Arabic-Indic digits as ASCII ones; everything else stays."""
    return "".join(str(ord(c) % 16) if "٠" <= c <= "٩" or "۰" <= c <= "۹" else c for c in text)


def _title(text: str) -> Item | None:
    article = bool(words.ARTICLE.search(text))
    quoted = words.QUOTED.search(text)
    if quoted:
        title = (quoted[1] or quoted[2]).strip(" ,،.")
        after = re.match(
            r"[\s,]*(?:by|تأليف|للكاتبة?)\s+([^,?؟.]{3,60})", text[quoted.end() :], re.IGNORECASE
        )
        author = _without_tails(after[1]) if after else ""
        return Item("title", title[:_LONGEST], f"{title} {author}".strip()[:_LONGEST], article)
    title = without_politeness(text)
    if not title or set(fold(title).split()) <= words.GENERIC:
        return None
    by = words.BY.match(title)
    query = f"{by['title']} {by['author']}" if by else _arabic_author(title)
    return Item("title", title[:_LONGEST], query[:_LONGEST], article)


def without_politeness(text: str) -> str:
    """Take the asking off a text, and leave the title with its author."""
    title = " ".join(text.split())
    parts = re.split(r"(?<=[.!?؟])\s+", title)
    if len(parts) > 1:  # a greeting or a story before the question itself
        title = next((p for p in parts if _asks(p)), title)
    before = None
    while before != title:
        before = title
        for lead in words.LEADS:
            title = lead.sub("", title, count=1)
        title = words.KINDS.sub("", title, count=1)
        title = words.AR_KINDS.sub("", title, count=1)
        title = re.sub(
            r"^is\s+(?=\S.*\b(?:available|in the library|in the collection)\b)", "", title, flags=re.I
        )
    return _without_tails(title).strip(" \t\"'“”«»,،.:;?؟!-")


def _asks(sentence: str) -> bool:
    return any(lead.match(sentence) for lead in words.LEADS[2:])


def _without_tails(title: str) -> str:
    before = None
    while before != title:
        before = title
        title = title.rstrip(" ?؟.!،,")
        for tail in words.TAILS:
            title = tail.sub("", title, count=1)
    return title


def _arabic_author(title: str) -> str:
    """Take the ل off an author's name that follows a title: a catalogue knows the name without it."""
    parts = title.split()
    for at in range(len(parts) - 1, 0, -1):
        word = parts[at]
        if word.startswith("لل") and len(word) > 4:
            return " ".join([*parts[:at], "ال" + word[2:], *parts[at + 1 :]])
        if word.startswith("ل") and len(word) > 3 and not word.startswith("لا"):
            return " ".join([*parts[:at], word[1:], *parts[at + 1 :]])
    return title


def known_item(talk: Talk) -> Reply:
    """Answer “do you have …” with links that look it up, and interlibrary loan if it is not there."""
    text = talk.turn.values.get("item") or talk.asked()
    if talk.turn.values.get("passage"):
        return answer(talk) or _which(talk)
    wrong = wrong_isbn(text)
    if wrong and read_isbn(text) is None:
        return Reply(
            (talk.question(talk.say("isbn_wrong", isbn=wrong), talk.person),), {"last_topic": WAITING}
        )
    item = read_item(text)
    if item is None or item.kind in ("title", "subject"):
        hits = search(talk, text)
        sentence = item is not None and words.SENTENCE.search(fold(item.value))
        least = talk.enough.answer if sentence else talk.enough.sure
        ours = item is None or item.kind != "subject" or hits[:1] == _of_finding(hits)[:1]
        if hits and hits[0].score >= least and ours and not words.QUOTED.search(text):
            return say_hit(talk, hits)
    return _links(talk, item) if item else _which(talk)


def _of_finding(hits: list[Hit]) -> list[Hit]:
    """Give the hits on finding things: “books about AI” is not answered with how to cite AI."""
    return [hit for hit in hits if hit.passage.document.topic == TOPIC]


def not_there(talk: Talk) -> Reply | None:
    """Offer the thing from another library, where a text says that ours has not got it; else None."""
    turn = talk.turn
    if turn.slot("last_topic") != TOPIC or turn.slots.get("shown"):  # an entry was shown, and no links
        return None
    if not turn.text or len(turn.text.split()) > _NOT_THERE_AT_MOST:
        return None
    if not words.NOT_THERE.search(fold(turn.text)):
        return None
    item = read_item(turn.slot("last_question") or "")
    if item is None or item.kind == "subject":
        return None
    return interlibrary_loan(replace(talk, turn=replace(turn, values={"item": item.query})))


def _which(talk: Talk) -> Reply:
    return Reply((talk.question(talk.say("which_item"), talk.person),), {"last_topic": WAITING})


def _links(talk: Talk, item: Item) -> Reply:
    order = {
        "isbn": ("isbn", "discovery"),
        "doi": ("doi",),
        "title": ("catalogue", "discovery"),
        "subject": ("discovery", "catalogue"),
    }[item.kind]
    if item.kind == "title" and item.article:
        order = ("discovery", "catalogue")
    found = [(name, url) for name in order if (url := talk.kb.fill(name, item.query)) is not None]
    lines = [talk.say(f"item_{item.kind}", item=item.value)]
    lines += [talk.say(f"item_link_{name}", url=url) for name, url in found]
    ill = talk.kb.fill("ill", item.query) if item.kind != "subject" else None
    see = [] if item.kind == "subject" else ["", talk.say("item_see")]
    text = "\n".join([lines[0], "", *(f"- {line}" for line in lines[1:]), *see])
    if ill:
        text = f"{text} {talk.say('item_not_there', url=ill)}"
    sources = tuple(Citation(talk.say(f"item_source_{name}"), url) for name, url in found[:1])
    further = talk.choice("choice_ill", payload("interlibrary_loan", item=item.query))
    if item.kind == "subject":
        further = talk.choice("choice_research", payload("research_consultation", begin="yes"))
    choices = (further, talk.person)
    content = Content(text, Kind.ANSWER, choices, sources, rateable=True, topic=TOPIC)
    asked = {"last_question": talk.turn.text} if talk.turn.text else {}
    return Reply((content,), {**asked, "last_topic": TOPIC, "misses": 0, "shown": []})


def interlibrary_loan(talk: Talk) -> Reply | None:
    """Say how to get a thing from another library, with the request filled in where it is known."""
    item = talk.turn.values.get("item")
    url = talk.kb.fill("ill", item) if item else None
    if not item or url is None:
        return answer(talk)
    hits = search(talk, talk.say("query_ill"), {"interlibrary_loan": 1.0})
    reply = (
        say_hit(talk, hits[:1]) if hits and hits[0].passage.document.topic == "interlibrary_loan" else None
    )
    first = Content(talk.say("ill_request", item=item, url=url), Kind.TEXT, topic="interlibrary_loan")
    if reply is None:
        return Reply((first,), {"last_topic": "interlibrary_loan", "misses": 0})
    return Reply((first, *reply.contents), reply.slots)
