"""Calling a person, with everything that spares the patron from saying it again."""

from __future__ import annotations

import re

from actions import remote_access, research
from actions.answering import by_twin
from actions.talk import Reply, Talk
from bot.model import Packet
from knowledge_base.engine.text import fold

# What a wish for a person is made of; a word besides these says what it is about.
_WISH_WORDS = """
    a an the i i'd i'll i'm we me my you your it it's this that to with for of on in at from is are
    am be do does can could may might will would shall should want wanna need like love prefer let
    please pls plz ok okay yes no not hi hello hey thanks thank speak talk chat ask tell connect
    transfer put through get give call contact reach have has help answer message write see human
    being person people someone somebody anyone anybody one librarian librarians staff member agent
    operator real live actual another other real-life bot robot machine computer there here now
    right just instead rather really still so and or but urgent urgently asap quick quickly today
    directly about something anything sb library
    بدي بدنا اريد نريد اود ودي ابغي ابي عايز عاوز محتاج حاب حابه ممكن يمكن يمكنني بامكاني لو سمحت
    سمحتم سمحتي من فضلك فضلكم بليز الو مرحبا شكرا احكي يحكي تحكي التكلم اتكلم اتحدث التحدث الكلام
    احادث اكلم اسال اتواصل التواصل حولني حولوني تحويل وصلني وصلوني خليني اعطني يساعدني تساعدني
    مساعده معي مع الي علي في عن ب ل او و ان هل انا لي احد حد شخص انسان بشر بشري موظف موظفه موظفين
    مسوول امين امينه المكتبه مكتبه مكتبي مختص حقيقي حقيقيه بشكل مباشر مباشره الان هلق هلا هسا حالا
    ضروري عاجل فورا بدل البوت الروبوت اليك نعم لا طيب يا اخي شي شيء شغله لحظه ما مش مو بس اي ايه
"""
_OF_THE_WISH = frozenset(fold(_WISH_WORDS).split())
_WORDS = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def person(talk: Talk) -> Reply:
    """Call a librarian: the one who was chosen or named, with the form's answers where one was open."""
    turn = talk.turn
    asked, before = turn.whole or turn.text, turn.slot("last_question") or ""
    question = asked if _says_what_about(asked) or not before else before
    summary: list[tuple[str, str]] = []
    topic, reason = turn.slot("last_topic"), "asked"
    if turn.form == research.FORM:
        summary, topic, reason = research.summary(talk), research.TOPIC, "research"
        question = research.known(talk, "research_topic") or before or question
    elif turn.form == remote_access.FORM:
        summary, topic, reason = remote_access.summary(talk), remote_access.TOPIC, "remote_access"
        question = turn.slot("access_question") or before or question
    named = talk.kb.person_named(turn.text) if turn.text else None
    wanted = turn.values.get("wanted") or (named.id if named else None)
    if turn.values.get("for") == research.TOPIC:  # “ask them now”, under the result of the interview
        summary, topic, reason = research.summary(talk), research.TOPIC, "research"
        question = research.known(talk, "research_topic") or before or question
    packet = Packet(
        question=question,
        reason=reason,
        topic=topic,
        summary=tuple(summary),
        tried=tried(talk),
        subject=_subject(talk, reason, f"{asked} {question}"),
        wanted=wanted if wanted in talk.kb.people else None,
    )
    return Reply(handoff=packet)


def _says_what_about(wish: str) -> bool:
    words = (word.replace("’", "'") for word in _WORDS.findall(fold(wish)))
    return not all(_of_the_wish(word) for word in words)


def _of_the_wish(word: str) -> bool:
    """Tell it also with the article, and with the ending of an indefinite object: موظفًا."""
    return any(form in _OF_THE_WISH for form in (word, word.removeprefix("ال"), word.removesuffix("ا")))


def _subject(talk: Talk, reason: str, text: str) -> str | None:
    found = research.subject_of(talk) if reason == "research" else None
    return found.id if found else subject_of(talk, text)


def tried(talk: Talk) -> tuple[str, ...]:
    """Give what the assistant has shown for the question at hand, by heading."""
    passages = [by_twin(talk, twin) for twin in talk.turn.slots.get("shown") or ()]
    return tuple(p.heading for p in passages if p is not None)


def subject_of(talk: Talk, text: str) -> str | None:
    """Give the id of the first subject a text names."""
    found = talk.kb.subjects_named(text)
    return found[0].id if found else None
