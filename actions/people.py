"""The library's people: by name, by subject, and by what they look after."""

from __future__ import annotations

import re

from actions.answering import answer, say_hit, search
from actions.hours_said import the_place
from actions.talk import Reply, Talk, payload
from bot.model import Choice, Citation, Content, Kind
from knowledge_base.engine.records import Person, Place, Subject
from knowledge_base.engine.text import fold

TOPIC = "subject_librarian"
_MOST = 3
_WHO = re.compile(
    r"(?<!someone )(?<!somebody )(?<!person )(?<!people )\b(?:who|whom)\b"
    r"|\b(?:in charge|responsible|handles|looks after)\b|(?:^| )(?:مين|من|مسوول|المسوول)(?: |$)"
)
_CONTACT = re.compile(
    r"\b(?:phone|telephone|number|ring|call|e-?mail|mail)\b|هاتف|تلفون|رقم|بريد|ايميل|اتصل|(?:^| )نمره"
)
_REACHING = re.compile(
    r"\b(?:phone|telephone|number|ring|call|e-?mail|mail|contact|reach|write|talk|speak|meet|see|book|office|"
    r"hours|where|when|find|available|appointment|message|name)\b"
    r"|ايميل|بريد|رقم|هاتف|تلفون|تليفون|نمر|جوال|مكتب|تواصل|احكي|اتكلم|اراسل|موعد|وين|اين|فين|متي|احجز|دوام|"
    r"اقابل|موجود"
)
_OWN = re.compile(  # the library's own address, not a person's
    r"\b(?:e-?mail|mail|phone|telephone|number|contacts?|address)\b[^.?!]* (?:of|for|to) (?:the|your|marsad)"
    r" (?:university )?library\b"
    r"|\blibrary(?:'?s)? (?:e-?mail|phone|telephone|number|contact)\b"
    r"|\byour (?:e-?mail|phone|telephone|number|contact)\b"
    r"|\b(?:contact|reach|call|phone|ring|e-?mail|write to) (?:you|u|the library)\b"
    r"|(?:هاتف|تلفون|رقم|نمره|بريد|ايميل|عنوان) (?:\S+ )?(?:ال|لل|بال)مكتبه\b|"
    r"(?:ايميل|رقم|هاتف|تلفون|بريد)كم\b"
    r"|(?:اتواصل|التواصل|نتواصل) (?:معكم|معاكم|مع المكتبه)|(?:اتصل|الاتصال|اتصال) (?:بكم|فيكم|عليكم|بالمكتبه)"
    r"|(?:احكي|اراسل)(?:كم| معكم| المكتبه)"
)
_AGAIN = re.compile(  # the person spoken of before
    r"\b(?:her|his|him|their|them|she|he)\b|\b[وفب]?(?:(?:ايميل|بريد|رقم|هاتف|تلفون|نمرت|تليفون|جوال|"
    r"دوام)(?:ها|ه|هم)|"
    r"مكتبها|مكتبه الشخصي|(?:ال)?(?:اتواصل|احكي|تواصل|اتكلم) (?:معها|معه|وياها|وياه)|معها|معه|عندها|اراسلها|"
    r"اراسله)\b"
)
_FEW = 9  # words of a text that may only go on about a person
_CONTACT_ALONE = re.compile(  # “e-mail?”, “and the phone number”
    r"^\W*(?:(?:and|what|what's|whats|is|the|an?|her|his|their|contact|و|شو|ايش|ما|هو|ال|رقم)\W+)*"
    r"(?:e-?mail|mail|phone|telephone|number|office|extension|contact|"
    r"[وف]?(?:ال)?(?:ايميل|بريد|هاتف|تلفون|تليفون|رقم|مكتب)(?: الالكتروني)?)"
    r"(?:\W+(?:address|number|details|info|please|pls|hours))*\W*$"
)
_OF_BRANCH = re.compile(
    r"\b(?:in charge of|responsible for|runs?|manages?|heads?(?: of)?|director of|librarian (?:of|at|for|in))"
    r"(?: the)?(?: [\w'-]+){0,4} (?:library|branch|reading room)\b"
    r"|(?:مسوول|مسووله|مدير|مديره|امين|امينه|رييس|رييسه) (?:عن |في )?(?:ال)?(?:مكتبه|فرع|قاعه)(?: |$|\W)"
)
_WORLD = re.compile(  # people whom no library looks after
    r"\b(?:president|prime minister|king|queen|minister|pope|emperor) (?:of|in)\b"
    r"|(?:^| )(?:رييس|ملك|ملكه|وزير|رييس وزراء) (?!قسم|القسم|المكتبه|مكتبه|الجامعه|جامعه|فرع|دايره)\S+"
)
_FIELD = (
    re.compile(
        r"\b(?:librarians?|specialists?|experts?) (?:is |are |who |that |there |here )*"
        r"(?:for|on|of|in|about|knows|handles|covers?|does)\s+(.+)$",
        re.IGNORECASE,
    ),
    re.compile(r"(?:^|\s)(?:[أا]مين[ةه]?|اختصاصي[ةه]?|[أا]خصائي[ةه]?) (?:ال)?مكتب[ةه] (?:ل|في |عن )?(.+)$"),
)
_FIELD_WORDS = 5
_NO_FIELD_WORDS = """
    my our your me us this that it duty call charge library branch department dept subject faculty
    field major course class school college university campus help research here today now questions
    general chat weekend a an any all every students student hours loan loans قسمي قسمنا تخصصي كليتي
    كليتنا موضوعي بحثي الجامعه جامعه المكتبه الكليه القسم هنا الان اليوم المناوب كل
"""
_NO_FIELD = frozenset(_NO_FIELD_WORDS.split())
_PRESENT = re.compile(
    r"\b(?:in today|in the office|in office|around today|available|office hours|when is)\b"
    r"|\b(?:موجود|موجوده|بمكتبه|بمكتبها|متي بكون|بداوم|متاح|متاحه)\b"
)


def subject_librarian(talk: Talk) -> Reply:
    """Name the librarian of a subject, with their card and “ask them now”."""
    text = talk.asked()
    person = talk.kb.person_named(text)
    if person:
        return _cards(talk, [person], "")
    again = same_again(talk)
    if again is not None:
        return again
    if _WORLD.search(fold(text)):
        return _not_ours(talk)
    found = _by_subject(talk, text)
    if found is not None:
        return found
    unknown = _unknown_field(text)
    if unknown and talk.kb.place_named(text) is None:
        return _nobody_for(talk, unknown)
    return answer(talk) or _which_subject(talk)


def _unknown_field(text: str) -> str | None:
    """Give the field in “librarian for …”, where it is one, and not “my department” or the like."""
    field = next((hit[1].strip(" \t\"'“”«»?؟.!,،") for p in _FIELD if (hit := p.search(text))), "")
    said = fold(field).split()
    return field if said and len(said) <= _FIELD_WORDS and not _NO_FIELD & set(said) else None


def _nobody_for(talk: Talk, field: str) -> Reply:
    """Say that no librarian has a field, and who helps with what is nobody's."""
    people = talk.kb.people_for("multidisciplinary") or talk.kb.people_handling("research_consultation")
    if not people:
        return _which_subject(talk)
    return _cards(talk, people[:1], talk.say("subject_nobody", field=field, name=talk.both(people[0].name)))


def staff(talk: Talk) -> Reply:
    """Say how to reach a person, a place or whoever handles something."""
    text = talk.asked()
    person = talk.kb.person_named(text)
    if person:
        return _cards(talk, [person], "")
    again = same_again(talk)
    if again is not None:
        return again
    named = talk.kb.place_named(text)
    if _OWN.search(fold(text)) and (named is None or (named.part_of is None and _is_whole(talk, named))):
        return _general(talk)
    if _WORLD.search(fold(text)):
        return _not_ours(talk)
    if named is not None and _OF_BRANCH.search(fold(text)):
        return _by_subject(talk, text) or (_place_contact(talk, named) if named.phone else _general(talk))
    if not _WHO.search(fold(text)):
        hits = search(talk, text, {})
        if hits and hits[0].score >= talk.enough.sure and hits[0].passage.document.topic == "staff_lookup":
            return say_hit(talk, hits)
    by_matter = _by_matter(talk, text) if _WHO.search(fold(text)) else None
    place = talk.kb.place_named(text)
    if by_matter is None and place and place.phone:
        return _place_contact(talk, place)
    found = by_matter or _by_subject(talk, text) or _by_matter(talk, text)
    if found is None and _CONTACT.search(fold(text)):
        return _general(talk)
    return found or answer(talk) or _general(talk)


def _is_whole(talk: Talk, place: Place) -> bool:
    """Whether a place is the one whose number is the library's own."""
    return place.phone == talk.kb.library.phone


def _not_ours(talk: Talk) -> Reply:
    """Say that the question is about somebody whom the library does not know."""
    content = Content(talk.say("out_of_scope"), choices=(talk.person,), topic="out_of_scope")
    return Reply((content,), {"shown": [], "misses": 0})


def same_again(talk: Talk) -> Reply | None:
    """Show the person spoken of before, where a few words only say “her”, “his” or “e-mail?”; else None."""
    before, text = talk.turn.slot("last_question"), talk.turn.text
    if not text or not before or talk.turn.slot("last_topic") != TOPIC:
        return None
    said = fold(text)
    again = _CONTACT_ALONE.search(said) or (_AGAIN.search(said) and _about_reaching(text))
    if not again or talk.kb.subjects_named(text):
        return None
    person = talk.kb.person_named(before)
    found = _cards(talk, [person], "") if person else _by_subject(talk, before) or _by_matter(talk, before)
    return Reply(found.contents, {**found.slots, "last_question": before}) if found else None


def _about_reaching(text: str) -> bool:
    """Whether a text that says “her” or “his” is about reaching that person, and not about their books."""
    said = fold(text)
    return len(text.split()) <= _FEW and bool(_REACHING.search(said))


def _by_subject(talk: Talk, text: str) -> Reply | None:
    subjects = talk.kb.subjects_named(text)
    for subject in subjects:
        people = talk.kb.people_for(subject.id)
        if people:
            return _cards(talk, people[:_MOST], _intro(talk, subject, people))
    if subjects:
        return _which_subject(talk)
    return None


def _intro(talk: Talk, subject: Subject, people: list[Person]) -> str:
    names = talk.joined([f"**{talk.both(p.name)}**" for p in people[:_MOST]])
    key = "subject_person" if len(people) == 1 else "subject_people"
    return talk.say(key, subject=talk.both(subject.name), names=names)


def _by_matter(talk: Talk, text: str) -> Reply | None:
    """Find who looks after what a text is about, by the topic of the passages it finds."""
    hits = search(talk, text, {k: v for k, v in talk.fresh_weights().items() if k != "staff_lookup"})
    for hit in hits:
        topic = hit.passage.document.topic
        people = talk.kb.people_handling(topic)
        if hit.score >= talk.enough.hint and people and topic not in ("staff_lookup", TOPIC):
            intro = talk.say(
                "matter_person",
                topic=talk.topics.name(topic, talk.language.value),
                name=talk.both(people[0].name),
            )
            return _cards(talk, people[:1], intro)
    return None


def _cards(talk: Talk, people: list[Person], intro: str) -> Reply:
    parts = [intro] if intro else []
    if _PRESENT.search(fold(talk.turn.text)):
        parts.append(talk.say("people_presence"))
    parts += [card(talk, person) for person in people]
    choices = tuple(ask_now(talk, person) for person in people)
    sources = tuple(
        Citation(talk.say("book_with", name=talk.both(p.name)), p.book) for p in people if p.book
    ) + talk.links("librarians" if people[0].subjects else "staff")
    content = Content("\n\n".join(parts), Kind.ANSWER, choices, sources, rateable=True, topic=TOPIC)
    slots: dict[str, object] = {"last_topic": TOPIC, "misses": 0, "shown": []}
    if talk.turn.text:
        slots["last_question"] = talk.turn.text
    return Reply((content,), slots)


def card(talk: Talk, person: Person) -> str:
    """Write a person's card: name and title, a line about them, and how to reach them."""
    lines = [
        f"**{talk.both(person.name)}**{talk.comma}{talk.both(person.title)}",
        talk.say("quoted", text=talk.both(person.about)),
        talk.say("card_email", email=person.email),
    ]
    if person.phone:
        lines.append(talk.say("card_phone", phone=person.phone))
    lines.append(talk.say("card_office", office=talk.both(person.office)))
    return f"{lines[0]}\n\n{lines[1]}\n\n" + "\n".join(f"- {line}" for line in lines[2:])


def ask_now(talk: Talk, person: Person, **about: str) -> Choice:
    """Give the choice that asks for this person, here and now."""
    return talk.choice(
        "choice_ask_now", payload("human_handoff", wanted=person.id, **about), name=talk.both(person.name)
    )


def _which_subject(talk: Talk) -> Reply:
    text = talk.say("which_subject")
    content = Content(text, Kind.QUESTION, (talk.person,), talk.links("librarians"), topic=TOPIC)
    return Reply((content,), {"last_topic": TOPIC})


def _place_contact(talk: Talk, place: Place) -> Reply:
    text = talk.sentence("place_phone", place=the_place(talk, place), phone=place.phone)
    library = talk.kb.library
    text = f"{text} {talk.say('library_email', email=library.email)}"
    choices = (
        talk.choice("choice_where", payload("location_directions", place=place.id)),
        talk.choice("choice_hours", payload("hours", place=place.id)),
    )
    content = Content(text, Kind.ANSWER, choices, talk.links("staff"), rateable=True, topic="staff_lookup")
    return Reply((content,), _slots(talk))


def _general(talk: Talk) -> Reply:
    library = talk.kb.library
    text = talk.say("library_contact", email=library.email, phone=library.phone)
    content = Content(
        text, Kind.ANSWER, (talk.person,), talk.links("staff"), rateable=True, topic="staff_lookup"
    )
    return Reply((content,), _slots(talk))


def _slots(talk: Talk) -> dict[str, object]:
    asked = {"last_question": talk.turn.text} if talk.turn.text else {}
    return {**asked, "last_topic": "staff_lookup", "misses": 0, "shown": []}
