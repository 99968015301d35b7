"""Trouble with reading from home: what is it, for whom, the fitting fix, and a person if it is not enough."""

from __future__ import annotations

import re

from actions import databases
from actions.answering import answer, answered_slots, search
from actions.quoting import citation, shorten
from actions.skipping import skips
from actions.talk import Reply, Talk, payload
from bot.model import Choice, Content, Kind, Packet
from knowledge_base.engine.records import Database, Passage
from knowledge_base.engine.text import fold

FORM = "remote_access_form"
TOPIC = "remote_access"
SLOTS = ("access_resource", "access_symptom", "access_who", "access_solved")
SKIPPED = "skipped"
SYMPTOMS = ("pay", "password", "blank", "denied", "other")
PEOPLE = ("off_campus", "on_campus", "new_student", "alumni")
YES, NO = "yes", "no"

_SYMPTOM = {
    "pay": re.compile(
        r"\b(?:pay|paying|paid|paywall|purchase|buy|price|charge|dollars?|\$\d+|subscribe to read|money)\b"
        r"|دفع|ادفع|مدفوع|شراء|فلوس|مصاري|اشتراك مدفوع"
    ),
    "password": re.compile(
        r"\b(?:password|passcode|username|user name|log ?in (?:not|isn't|doesn't|fails?|failed)|"
        r"authentication|authenticator|"
        r"(?:can't|cant|cannot|can not|couldn't|unable to) (?:log|sign)[ -]?in\w*|wrong credentials|"
        r"invalid credentials|isn't accepted|not accepted|id not working)\b"
        r"|كلمه (?:السر|المرور)|باسورد|الباسورد|يوزر|اسم المستخدم|رمز التحقق|(?:ما بقدر|لا استطيع|"
        r"مش قادر) (?:اسجل|تسجيل)|تسجيل الدخول (?:لا|ما|مش)|"
        r"المعرف (?:مش|لا)|"
        r"معرف مرصد (?:مش|لا)"
    ),
    "blank": re.compile(
        r"\b(?:blank|white page|empty page|loops?|looping|keeps? (?:sending|asking|loading|coming)|"
        r"again and again|"
        r"goes round|redirect\w*|session expired|won't load|isn't loading|not loading|too many redirects|"
        r"error)\b"
        r"|صفحه (?:بيضا|فاضيه|فارغه)|بيضاء|بتعيد|تعيدني|بيرجعني|يرجعني|كل شوي|بتحمل|انتهت الجلسه|بتدور|خطا"
    ),
    "denied": re.compile(
        r"\b(?:no access|access denied|denied|not authori[sz]ed|unauthori[sz]ed|does not subscribe|"
        r"doesn't subscribe|not subscribed|"
        r"don't have access|do not have access|not recogni[sz]\w*|forbidden|403|locked|refuses? me)\b"
        r"|رفض الوصول|تم رفض|صلاحيه|غير مشترك|ممنوع|ما عندك|غير مصرح|مرفوض"
    ),
}
# Some database goes by this name too, but it is hardly meant.
_EBOOKS = re.compile(r"\b(?:e-?books?|electronic books?)\b|(?:ال)?كتب (?:ال)?الكترونيه")
_TROUBLE = re.compile(
    r"\b(?:can't|cant|cannot|can not|couldn't|won't|wont|doesn't|doesnt|isn't|isnt|not working|unable|"
    r"problem|trouble|"
    r"broken|fail\w*|stuck|stopped|error|down|issue|no longer|let me in|blocked)\b"
    r"|ما (?:بقدر|بتفتح|بيفتح|بفتح|عم|اقدر|عاد|رضي)|مش (?:راضي|شغال|فاتح|عم|بيفتح|بتفتح|قادر)|لا (?:يعمل|"
    r"يفتح|استطيع|تعمل|تفتح|اقدر)"
    r"|(?:مش|مو|ما|مب|ماني|لا) (?:عم )?(?:عارف|قادر|بعرف|عرفت|اعرف|فيني|راضي|رضي)\w* (?!كيف|شو|وين|اذا|ازاي|"
    r"ليش|ايش|متي|من)"
    r"|عجزت|مشكله|عطل|معطل|خطا|واقف|تعذر|لم استطع|ماشتغل|ما اشتغل"
)
_WHO = {
    "alumni": re.compile(
        r"\b(?:alumn\w+|graduated|i graduate|after graduation|former student|visitor|community member)\b|"
        r"خريج|تخرجت|زاير"
    ),
    "new_student": re.compile(
        r"\b(?:new student|just (?:registered|enrolled)|freshman|first week)\b|طالب(?:ه)? جديد|"
        r"جديده? بالجامعه|مستجد"
    ),
    "on_campus": re.compile(
        r"\b(?:on campus|in the library|at the university|campus (?:wifi|network)|in the lab)\b|"
        r"(?<!خارج )(?:داخل الجامعه|في الجامعه|بالجامعه|بالمكتبه|داخل الحرم)"
    ),
    "off_campus": re.compile(
        r"\b(?:off[ -]campus|home|at my house|abroad|my flat|dorm|outside|travel\w*|from \w+land)\b|"
        r"البيت|بيتي|منزلي|خارج|برا|السفر|مسافر"
    ),
}
_SOLVED = re.compile(
    r"\b(?:it works|works now|working now|that worked|it worked|fixed|solved|i'm in|im in|got in|it did|"
    r"perfect)\b"
    r"|زبط|اشتغل|انحل|انحلت|فتحت|فتح معي|نجح|تمام"
)
# How an answer begins that is a no, whatever else it says.
_PLAIN_NO = re.compile(
    r"(?:no|nope|nah|not yet|still not)\b|(?:لا|لسا لا|ليس بعد)(?!\w)"
)  # how the answer begins
_NOT_SOLVED = re.compile(
    r"\b(?:still|not|no|nope|didn't|doesn't|same|nothing)\b|(?:^| )(?:لا|لسا|لسه|ما|مش|لم|نفس|برضه)(?: |$)"
)


def begin(talk: Talk) -> Reply:
    """Answer what is only asked about; where something does not work, begin to find out what."""
    turn, text = talk.turn, talk.turn.text
    folded = fold(text)
    if turn.values.get("passage") or (not text and turn.values.get("about")):
        found = answer(talk)
        if found:
            return Reply(found.contents, {**found.slots, "diagnosis": False})
    symptom = turn.values.get("symptom") or symptom_in(text)
    trouble = turn.values.get("trouble") or symptom or _TROUBLE.search(folded)
    resource = turn.values.get("resource") or _resource_in(talk, text)
    if text and not trouble:
        named = resource is not None and _resource_in(talk, _EBOOKS.sub(" ", folded)) is not None
        found = None if named else answer(talk)
        if found is None and resource:
            named, found = True, databases.cards(talk, [talk.kb.databases[resource]])
        if found:
            first = found.contents[0] if named else _with_offer(talk, found.contents[0])
            return Reply((first, *found.contents[1:]), {**found.slots, "diagnosis": False})
    slots: dict[str, object] = {
        "diagnosis": True,
        "access_resource": resource,
        "access_symptom": symptom,
        "access_who": turn.values.get("who") or who_in(text),
        "access_solved": None,
        "access_fix": None,
        "access_notes": None,
        "access_question": None,
        "last_topic": TOPIC,
        "misses": 0,
        "shown": [],
    }
    if text:
        slots |= {"last_question": text, "access_question": text}
    return Reply((Content(talk.say("access_begin"), topic=TOPIC),), slots)


def _with_offer(talk: Talk, content: Content) -> Content:
    trouble = talk.choice("choice_trouble", payload(TOPIC, trouble="yes"))
    return Content(
        content.text,
        content.kind,
        (trouble, *content.choices),
        content.citations,
        content.rateable,
        content.topic,
    )


def ask(talk: Talk, slot: str) -> Reply:
    """Ask one question of the diagnosis; the last of them gives the fix and asks whether it helped."""
    skip, person = talk.choice("choice_skip", "/skip"), talk.person
    if slot == "access_solved":
        return _fix(talk)
    choices: tuple[Choice, ...] = ()
    if slot == "access_symptom":
        choices = tuple(talk.choice(f"symptom_{s}", payload(TOPIC, symptom=s)) for s in SYMPTOMS)
    elif slot == "access_who":
        choices = tuple(talk.choice(f"who_{w}", payload(TOPIC, who=w)) for w in PEOPLE)
    return Reply((talk.question(talk.say(f"ask_{slot}"), *choices, skip, person, topic=TOPIC),))


def read(talk: Talk, slot: str) -> str:
    """Read the answer to one question of the diagnosis; ``skipped`` where there is none."""
    given = talk.turn.values.get(slot.removeprefix("access_"))
    if given:
        return given
    text = " ".join(talk.turn.text.split())
    if slot == "access_solved":
        return _solved(talk)
    if skips(talk):
        return SKIPPED
    if slot == "access_resource":
        return _resource_in(talk, text) or text
    if slot == "access_symptom":
        return symptom_in(text) or text
    return who_in(text) or (SKIPPED if symptom_in(text) else text)  # what goes wrong says nothing of who


def fits(talk: Talk, slot: str) -> bool:
    """Whether a text is plainly an answer to the question, whatever intent it looks like."""
    text = talk.turn.text
    if slot == "access_resource":
        return len(text.split()) <= 6 and _resource_in(talk, text) is not None
    if slot == "access_symptom":
        return symptom_in(text) is not None
    if slot == "access_who":
        return len(text.split()) <= 8 and who_in(text) is not None
    return bool(_SOLVED.search(fold(text)))


def symptom_in(text: str) -> str | None:
    """Give what goes wrong, where a text says it."""
    folded = fold(text)
    return next((symptom for symptom, pattern in _SYMPTOM.items() if pattern.search(folded)), None)


def who_in(text: str) -> str | None:
    """Give who and where the patron is, where a text says it."""
    folded = fold(text)
    return next((who for who, pattern in _WHO.items() if pattern.search(folded)), None)


def _resource_in(talk: Talk, text: str) -> str | None:
    found = talk.kb.databases_named(text) if text else []
    return found[0].id if found else None


def news(talk: Talk, slot: str) -> str | None:
    """Give what is neither yes nor no to “did that help?” but something new, once."""
    turn = talk.turn
    text = " ".join(turn.text.split())
    if slot != "access_solved" or not text or turn.slot("access_notes") or turn.intent == "skip":
        return None
    folded = fold(text)
    if _SOLVED.search(folded) and not _NOT_SOLVED.search(folded):
        return None
    no = turn.intent in ("deny", "did_not_help") or _PLAIN_NO.match(folded) is not None
    news = (symptom_in(text), turn.slot("access_symptom")), (who_in(text), turn.slot("access_who"))
    if any(said is not None and not (no and said == known) for said, known in news):
        return text
    plain = no or turn.intent in ("affirm", "thanks")
    return None if plain or _NOT_SOLVED.search(folded) else text


def _solved(talk: Talk) -> str:
    intent, folded = talk.turn.intent, fold(talk.turn.text)
    if talk.turn.slot("access_notes") and intent in ("affirm", "deny"):  # “shall I bring a librarian?”
        if _SOLVED.search(folded) and not _NOT_SOLVED.search(folded):
            return YES
        return NO if intent == "affirm" else SKIPPED
    if intent in ("deny", "did_not_help") or _PLAIN_NO.match(folded):
        return NO
    if intent in ("affirm", "thanks"):
        return YES
    if intent == "skip":
        return SKIPPED
    if _NOT_SOLVED.search(folded):
        return NO
    return YES if _SOLVED.search(folded) else NO


def diagnose(symptom: str | None, who: str | None) -> str:
    """Name the fix to look up: what hinders most comes first."""
    if who == "alumni":
        return "alumni"
    if who == "new_student" and symptom in ("password", "denied", None, SKIPPED):
        return "password"
    if symptom in ("pay", "password", "blank", "denied"):
        return symptom
    return "other"


def _fix(talk: Talk) -> Reply:
    yes = talk.choice("choice_solved", "/affirm")
    no = talk.choice("choice_not_solved", "/did_not_help")
    if talk.turn.slot("access_notes"):
        works = talk.choice("choice_solved", payload(TOPIC, solved=YES))
        return Reply((talk.question(talk.say("access_noted"), talk.person, works, topic=TOPIC),))
    if talk.turn.slot("access_fix"):  # something else was asked in between
        return Reply((talk.question(talk.say("ask_access_solved"), yes, no, topic=TOPIC),))
    passage = _passage(talk)
    database = _database(talk)
    fix = diagnose(talk.turn.slot("access_symptom"), talk.turn.slot("access_who"))
    parts = [shorten(passage.text)[0] if passage else talk.say(f"fix_{fix}")]
    if database:
        parts.append(talk.say("fix_link", name=database.name, url=talk.kb.database_url(database)))
        if fix in ("denied", "alumni"):
            parts.append(talk.say("database_access", access=talk.both(database.access)))
    sources = (citation(passage),) if passage else talk.links("remote")
    answered = Content("\n\n".join(parts), Kind.ANSWER, (), sources, rateable=False, topic=TOPIC)
    question = talk.question(talk.say("ask_access_solved"), yes, no, talk.person, topic=TOPIC)
    slots: dict[str, object] = {"access_fix": passage.twin if passage else SKIPPED}
    if passage:
        kept = answered_slots(talk, TOPIC, [passage])
        slots |= {"shown": kept["shown"]}
    return Reply((answered, question), slots)


def _passage(talk: Talk) -> Passage | None:
    """Look up the fix; what the patron said in their own words decides where no symptom fits."""
    symptom, who = talk.turn.slot("access_symptom"), talk.turn.slot("access_who")
    fix = diagnose(symptom, who)
    own_words = symptom if symptom not in (*SYMPTOMS, SKIPPED, None) else talk.turn.slot("access_question")
    question = own_words if fix == "other" and own_words else talk.say(f"query_{fix}")
    hits = search(talk, question, {TOPIC: 1.0, "databases": 0.3})
    topics = (TOPIC, "databases") if fix == "other" else (TOPIC,)
    good = [h.passage for h in hits if h.passage.document.topic in topics and h.score >= talk.enough.show]
    if good:
        return good[0]
    general = search(talk, talk.say("query_other"), {TOPIC: 1.0})
    return next((h.passage for h in general if h.passage.document.topic == TOPIC), None)


def _database(talk: Talk) -> Database | None:
    return talk.kb.databases.get(talk.turn.slot("access_resource") or "")


def finish(talk: Talk) -> Reply:
    """End the diagnosis: glad, or a person with everything that was tried."""
    solved = talk.turn.slot("access_solved")
    if solved == YES:
        return Reply((Content(talk.say("access_glad"), topic=TOPIC),), {"diagnosis": False, "misses": 0})
    if solved == SKIPPED:
        text = talk.say("access_open")
        return Reply((Content(text, choices=(talk.person,), topic=TOPIC),), {"diagnosis": False})
    question = talk.turn.slot("access_question") or talk.say("access_question")
    said = [(talk.say("label_said_after"), talk.turn.text)] if talk.turn.text else []
    packet = Packet(
        question=question,
        reason=TOPIC,
        topic=TOPIC,
        summary=(*summary(talk), *said),
        tried=_tried(talk),
    )
    return Reply((Content(talk.say("access_person")),), {"diagnosis": False}, packet)


def _tried(talk: Talk) -> tuple[str, ...]:
    passage = talk.kb.passage(f"{talk.turn.slot('access_fix')}:{talk.language.value}")
    return (passage.heading,) if passage else ()


def summary(talk: Talk) -> list[tuple[str, str]]:
    """Give what the diagnosis brought, as labels and values for the librarian."""
    database = _database(talk)
    resource = database.name if database else _said(talk, "access_resource")
    symptom, who = _said(talk, "access_symptom"), _said(talk, "access_who")
    values = (
        ("label_resource", resource),
        ("label_symptom", talk.say(f"symptom_{symptom}") if symptom in SYMPTOMS else symptom),
        ("label_who", talk.say(f"who_{who}") if who in PEOPLE else who),
        ("label_noted", _said(talk, "access_notes")),
    )
    return [(talk.say(label), value) for label, value in values if value]


def _said(talk: Talk, slot: str) -> str | None:
    value = talk.turn.slot(slot)
    return None if value in (None, SKIPPED) else value
