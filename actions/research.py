"""Help with research: a short interview, then where to look, a query, and who can help further."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from actions import databases, known_item
from actions.answering import answer, say_hit, search
from actions.boolean_query import build_query, names_topic, synonym_groups, topic_of
from actions.people import ask_now
from actions.query_words import ABOUT
from actions.skipping import skips
from actions.talk import Reply, Talk, payload
from bot.model import Choice, Citation, Content, Kind
from knowledge_base.engine.records import Person, Subject
from knowledge_base.engine.snapshot import DocumentView
from knowledge_base.engine.text import fold

FORM = "research_form"
TOPIC = "research_consultation"
SLOTS = ("research_topic", "research_subject", "research_level", "research_tried")
SKIPPED = "skipped"
NOTHING = "nothing"
LEVELS = ("undergraduate", "masters", "doctoral", "staff")
ANY_SUBJECT = "multidisciplinary"
_DATABASES, _GUIDES = 3, 3

_APPOINTMENT = re.compile(
    r"\b(?:appointment|consultation|zoom|meet|schedule|one on one|sit down)\b|\b(?:موعد|استشاره|زووم|"
    r"مقابله|لقاء|احجز|حجز)\b"
)
_BEFORE_TRIED = ("research_subject", "research_level")
_SHORT = 4  # words of an answer that names a subject or a level and nothing else
_TRIED_WORDS = 6  # of an answer that only says where one has looked
_ENGINES = re.compile(
    r"\b(?:google|googled|googling|bing|yahoo|duckduckgo|wikipedia|youtube|chat ?gpt|chatbot|copilot|gemini|"
    r"scholar)\b"
    r"|جوجل|غوغل|قوقل|كوكل|ويكيبيديا|يوتيوب|شات جي بي تي|تشات جي بي تي"
)
# A wish for sources or help, which an entry about sources does not grant.
_WISH = re.compile(
    r"^\W*(?:(?:i|pls|please|can|could|you|u|someone|anyone|somebody|would|like|to|get|just|really)\W+)*"
    r"(?:need|want|help|find|looking for|give)\b.*"
    r"\b(?:sources?|articles?|papers?|research|studies|references)\b"
    r"|^\W*(?:انا )?(?:بدي|اريد|احتاج|محتاج|محتاجه|عايز|عاوز|ابي|ابغي|ساعدني|ساعدوني|دورلي|ممكن)\b.*"
    r"(?:مصادر|مراجع|مقالات|بحث|دراسات|مساعد)"
)
_LEVEL = {
    "doctoral": re.compile(r"\b(?:phd|ph\.d|doctoral|doctorate|dissertation)\b|دكتوراه"),
    "masters": re.compile(
        r"\b(?:masters?|master's|msc|mba|graduate (?:student|level|course)|grad (?:student|school|level)|"
        r"postgrad\w*|"
        r"[5-7]00[ -]?(?:level|lvl)|level [5-7]00)\b|ماجستير|دراسات عليا"
    ),
    "staff": re.compile(r"\b(?:faculty|lecturer|professor here|i teach|staff)\b|(?:عضو هييه|محاضر|موظف)"),
    "undergraduate": re.compile(
        r"\b(?:undergrad\w*|bachelor\w*|(?:first|second|third|fourth|fifth|final|1st|2nd|3rd|4th|"
        r"5th)[ -]?(?:year|yr)|"
        r"year (?:one|two|three|four|[1-5])|[1-4]00[ -]?(?:level|lvl)|level [1-4]00|freshman|freshers?|"
        r"sophomore|"
        r"junior year|senior|honou?rs)\b"
        r"|بكالوريوس|(?:^| )(?:ال)?سنه (?:ال)?(?:اولي|تانيه|ثانيه|تالته|ثالثه|رابعه|رابع|خامسه|اخيره|[1-5])|"
        r"بحث التخرج"
    ),
}


def begin(talk: Talk) -> Reply:
    """Answer at once where the guides do, else begin the interview with what is already known."""
    text = talk.turn.text
    if talk.turn.values.get("begin"):  # the choice under an answer: the question before has the topic
        text = talk.turn.slot("last_question") or ""
    if talk.turn.values.get("passage") or (not text and talk.turn.values.get("about")):
        found = answer(talk)
        if found:
            return _answered(found)
    if talk.turn.text and known_item.read_reference(text):  # one article, not articles about something
        return _answered(known_item.known_item(talk))
    topic = text if text and names_topic(text) else None
    if talk.turn.text:
        found = _settled(talk, topic is not None)
        if found:
            return _answered(_with_offer(talk, found))
    subject = talk.turn.values.get("subject") or _subject_in(talk, text)
    slots: dict[str, object] = {
        "interview": True,
        "research_topic": topic_of(topic) if topic else None,
        "research_subject": subject,
        "research_level": talk.turn.values.get("level") or level_in(text),
        "research_tried": None,
        "last_topic": TOPIC,
        "misses": 0,
        "shown": [],
    }
    if text:
        slots["last_question"] = text
    return Reply((Content(talk.say("research_begin"), topic=TOPIC),), slots)


def _settled(talk: Talk, named: bool) -> Reply | None:
    """Give the guides' answer where it is what was asked for, and not just a page about research help.

    ``named``: the text names a topic, so that only what plainly is no search for sources is answered.
    """
    hits = search(talk, talk.turn.text)
    if not hits or hits[0].score < talk.enough.answer:
        return None
    passage = hits[0].passage
    if passage.document.topic != TOPIC or passage.document.kind != "faq":
        return say_hit(talk, hits) if hits[0].score >= talk.enough.clear and not named else None
    if _APPOINTMENT.search(fold(" ".join((passage.heading, *passage.asked)))):
        return say_hit(talk, hits) if _APPOINTMENT.search(fold(talk.turn.text)) else None
    asks_for_it = named or _WISH.search(fold(talk.turn.text))
    least = talk.enough.sure if asks_for_it else talk.enough.clear
    return say_hit(talk, hits) if hits[0].score >= least else None


def _answered(found: Reply) -> Reply:
    return Reply(found.contents, {**found.slots, "interview": False}, found.handoff)


def _with_offer(talk: Talk, found: Reply) -> Reply:
    """Put the choice to begin the interview under an answer."""
    first = found.contents[0]
    choice = talk.choice("choice_research", payload(TOPIC, begin="yes"))
    offered = Content(
        first.text, first.kind, (choice, *first.choices), first.citations, first.rateable, first.topic
    )
    return Reply((offered, *found.contents[1:]), found.slots)


def ask(talk: Talk, slot: str) -> Reply:
    """Ask one question of the interview; each can be skipped, and a person is always a choice away."""
    skip, person = talk.choice("choice_skip", "/skip"), talk.person
    choices: tuple[Choice, ...] = (skip, person)
    if slot == "research_level":
        levels = tuple(talk.choice(f"level_{level}", payload(TOPIC, level=level)) for level in LEVELS)
        choices = (*levels, skip, person)
    elif slot == "research_tried":
        choices = (talk.choice("choice_nothing_yet", payload(TOPIC, tried=NOTHING)), skip, person)
    return Reply((talk.question(talk.say(f"ask_{slot}"), *choices, topic=TOPIC),))


def read(talk: Talk, slot: str) -> str:
    """Read the answer to one question of the interview; ``skipped`` where there is none."""
    given = talk.turn.values.get(slot.removeprefix("research_"))
    if given:
        return given
    text = " ".join(talk.turn.text.split())
    if skips(talk):
        return SKIPPED
    if slot in _BEFORE_TRIED and _says_tried(talk, text):
        return SKIPPED  # an answer to the question that comes later; see ``besides``
    if slot == "research_tried" and talk.turn.intent == "deny":
        return NOTHING
    if slot == "research_subject":
        return _subject_in(talk, text) or text
    if slot == "research_level":
        return level_in(text) or text
    return topic_of(text) if slot == "research_topic" else text


def besides(talk: Talk, slot: str) -> dict[str, str]:
    """Give what an answer says beside what was asked: the level in “psych 200 level”, what was tried."""
    text, found = " ".join(talk.turn.text.split()), dict[str, str]()
    if not text or skips(talk):
        return found
    level = level_in(text) if slot in ("research_topic", "research_subject") else None
    if level and not talk.turn.slot("research_level"):
        found["research_level"] = level
    if slot in _BEFORE_TRIED and _says_tried(talk, text) and not talk.turn.slot("research_tried"):
        found["research_tried"] = text
    return found


def elsewhere(talk: Talk, slot: str) -> Mapping[str, str]:
    """Give what a message answers of the interview’s other questions, where it is no answer to this one.

    “Psychology” is no level and “2nd year” was not tried: it is kept where it belongs, and the question is
    asked once more.
    """
    text = " ".join(talk.turn.text.split())
    if not text or skips(talk) or _says_tried(talk, text):
        return {}
    level = level_in(text)
    if (
        slot == "research_tried"
        and level
        and len(text.split()) <= _SHORT
        and not known(talk, "research_level")
    ):
        return {"research_level": level}
    about = ABOUT.search(text)
    if about and not level and talk.turn.slot("research_topic") == SKIPPED and slot != "research_topic":
        return {"research_topic": (about["en"] or about["ar"]).strip(" .,!?؟،")}
    if slot in ("research_level", "research_tried") and not level and len(text.split()) <= _SHORT:
        subject = _subject_in(talk, text)
        if subject and subject != known(talk, "research_subject"):
            return {"research_subject": subject}
    return {}


def _says_tried(talk: Talk, text: str) -> bool:
    """Whether a few words only say where one has looked: “just google”, “بس جوجل”."""
    if len(text.split()) > _TRIED_WORDS or level_in(text):
        return False
    return bool(_ENGINES.search(fold(text)) or talk.kb.databases_named(text))


def fits(talk: Talk, slot: str) -> bool:
    """Whether a text is plainly an answer to the question, whatever intent it looks like."""
    text = talk.turn.text
    if (slot in _BEFORE_TRIED and _says_tried(talk, text)) or elsewhere(talk, slot):
        return True
    if slot == "research_subject":
        return len(text.split()) <= 5 and _subject_in(talk, text) is not None
    if slot == "research_tried":
        return _says_tried(talk, text)
    return slot == "research_level" and len(text.split()) <= 6 and level_in(text) is not None


def level_in(text: str) -> str | None:
    """Give the level of study a text names."""
    folded = fold(text)
    return next((level for level, pattern in _LEVEL.items() if pattern.search(folded)), None)


def _subject_in(talk: Talk, text: str) -> str | None:
    found = talk.kb.subjects_named(text)
    return found[0].id if found else None


def result(talk: Talk) -> Reply:
    """Say where to begin: the query and the link that runs it, databases, guides, and a librarian."""
    topic = known(talk, "research_topic")
    subject = subject_of(talk)
    parts = [talk.say("research_result", topic=topic) if topic else talk.say("research_result_no_topic")]
    parts += _query(talk, topic, subject)
    found = talk.kb.databases_for(subject.id if subject else ANY_SUBJECT, _DATABASES)
    if found:
        parts.append(f"{_databases_heading(talk, subject)}\n\n{databases.listed(talk, found)}")
    guides = _guides(talk, topic, subject)
    if guides:
        lines = [f"- [{g.document.title}]({_url(g)})" for g in guides]
        parts.append("\n".join([talk.say("research_guides"), "", *lines]))
    person = _person(talk, subject)
    choices: tuple[Choice, ...] = (talk.person,)
    if person:
        parts.append(talk.say("research_person", name=talk.both(person.name), title=talk.both(person.title)))
        choices = (ask_now(talk, person, **{"for": TOPIC}),)
    sources = tuple(
        Citation(g.document.title, _url(g), reviewed=g.document.reviewed, guide=g.document.id) for g in guides
    )
    content = Content("\n\n".join(parts), Kind.ANSWER, choices, sources, rateable=True, topic=TOPIC)
    question = topic or talk.turn.slot("last_question")
    return Reply(
        (content,),
        {"interview": False, "last_topic": TOPIC, "last_question": question, "misses": 0, "shown": []},
    )


def _databases_heading(talk: Talk, subject: Subject | None) -> str:
    if subject is None or subject.id == ANY_SUBJECT:
        return talk.say("research_databases_any")
    return talk.say("research_databases", subject=talk.both(subject.name))


def _query(talk: Talk, topic: str | None, subject: Subject | None) -> list[str]:
    query = build_query(topic, _synonyms(talk, subject)) if topic else None
    if query is None:
        return []
    explained = " ".join(talk.say(f"explain_{operator}") for operator in query.operators)
    url = talk.kb.fill("discovery", query.text)
    lines = [talk.say("research_query"), query.text]
    if explained:
        lines.append(explained)
    if url:
        lines.append(talk.say("research_run", url=url))
    return ["\n\n".join(lines)]


def _synonyms(talk: Talk, subject: Subject | None) -> list[tuple[str, ...]]:
    """Give the guides' synonyms but for those with the university's own name: it is an example there."""
    library = talk.kb.library
    generic = {"university", "library", "the", "of", "جامعه", "مكتبه", "الجامعه", "المكتبه"}
    names = (*library.university.values(), *library.name.values())
    own = {word for name in names for word in fold(name).split()} - generic
    own.add(fold(library.time_zone.rpartition("/")[2].replace("_", " ")))  # the city's
    groups = synonym_groups(_guide_texts(talk, subject))
    return [group for group in groups if not any(own & set(fold(term).strip('"').split()) for term in group)]


def _guide_texts(talk: Talk, subject: Subject | None) -> Iterable[str]:
    """Give the texts whose synonyms may be used: a word means another thing in another subject's guide."""
    for passage in talk.kb.passages.values():
        of = passage.document.subjects
        if passage.document.kind == "guide" and (not of or (subject is not None and subject.id in of)):
            yield passage.text


def _guides(talk: Talk, topic: str | None, subject: Subject | None) -> list[DocumentView]:
    """Give the subject's own guide, one that suits the level, and one on what the topic brings up."""
    language = talk.language.value
    wanted: list[str] = []
    if subject:
        wanted += [d.id for d in talk.kb.documents.values() if subject.id in d.subjects and d.kind == "guide"]
    graduate = talk.turn.slot("research_level") in ("masters", "doctoral", "staff")
    wanted += _found(talk, talk.say("query_literature_review" if graduate else "query_finding_articles"))
    wanted += _found(talk, talk.say("query_boolean"))
    views = [talk.kb.document(id_, language) for id_ in dict.fromkeys(wanted)]
    return [view for view in views if view is not None][:_GUIDES]


def _found(talk: Talk, question: str) -> list[str]:
    hits = talk.kb.search(question, talk.language.value, 6)
    return [
        h.passage.document.id
        for h in hits
        if h.passage.document.kind == "guide" and h.score >= talk.enough.answer
    ][:1]


def _url(view: DocumentView) -> str:
    """Give the address of a whole guide, which is that of its first passage without the anchor."""
    first = view.intro or view.passages[0]
    return view.document.url or first.url.partition("#")[0]


def _person(talk: Talk, subject: Subject | None) -> Person | None:
    people = talk.kb.people_for(subject.id) if subject else []
    people = people or talk.kb.people_for(ANY_SUBJECT) or talk.kb.people_handling(TOPIC)
    return people[0] if people else None


def subject_of(talk: Talk) -> Subject | None:
    """Give the subject of the interview, where one was named."""
    said = known(talk, "research_subject")
    if said is None:
        return None
    return talk.kb.subjects.get(said) or next(iter(talk.kb.subjects_named(said)), None)


def summary(talk: Talk) -> list[tuple[str, str]]:
    """Give what the interview brought, as labels and values for the librarian."""
    subject = subject_of(talk)
    level, tried = known(talk, "research_level"), known(talk, "research_tried")
    values = (
        ("label_topic", known(talk, "research_topic")),
        ("label_subject", talk.both(subject.name) if subject else known(talk, "research_subject")),
        ("label_level", talk.say(f"level_{level}") if level in LEVELS else level),
        ("label_tried", talk.say("choice_nothing_yet") if tried == NOTHING else tried),
    )
    return [(talk.say(label), value) for label, value in values if value]


def known(talk: Talk, slot: str) -> str | None:
    """Give what the patron answered; None where nothing, or where it was skipped."""
    value = talk.turn.slot(slot)
    return None if value in (None, SKIPPED) else value
