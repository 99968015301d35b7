"""A patron in distress: a fixed, humane answer that goes before everything else."""

from __future__ import annotations

import re

from actions.talk import Reply, Talk
from bot.model import Content
from knowledge_base.engine.text import fold

TOPIC = "wellbeing"  # also the id of the counselling service's link in library.yml, where there is one

# Only the first person counts: “articles on suicide prevention” is a question for the library.
_ENGLISH = (
    r"\b(?:kill(?:ing)?|hurt(?:ing)?|harm(?:ing)?|cut(?:ting)?) my ?self\b",
    r"\b(?:end(?:ing)?|take|taking) my (?:own )?life\b|\bend it all\b",
    r"\b(?:i|and|just|really) (?:(?:just|really|only) )*(?:want to|wanna|wish to) (?:die|be dead)\b"
    r"(?! (?:but|of (?:laugh|embarrass|boredom)))",
    r"\bi wish i (?:was|were) (?:dead|never born)\b",
    r"\b(?:i )?(?:don'?t|do not|dont) (?:want to|wanna) (?:live|be alive|exist)\b"
    r"(?! (?:in|on|at|off|near|with)\b)",
    r"\b(?:no reason to live|can'?t go on living|better off dead)\b",
    r"\bi(?:'m| am|m| feel|'ve been| have been)(?: feeling)?(?: (?:so|very|really|too|just))*"
    r" (?:depressed|suicidal|hopeless|worthless)\b",
    r"\bi(?:'m| am|'ve been| have been)? (?:think|thinking|thought) (?:of|about) suicide\b",
)
_WISH = r"(?:بدي|اريد(?: ان)?|ابي|ابغي|ابغا|عايز|عايزه|عاوز|عاوزه|نفسي|ودي|اتمني(?: ان)?|حابب|حابه)"
_ARABIC = (
    rf"\b{_WISH} اموت\b(?! (?:من )?(?:الضحك|ضحك|الجوع|جوع|الحر|البرد))|\bاتمني الموت\b",
    r"\b(?:اقتل|بقتل|اوذي|اذي|اءذي|ااذي|بءذي) (?:نفسي|حالي)\b|\b(?:انهي|انهاء|بنهي) حياتي\b",
    rf"\b(?:{_WISH}|رح|راح|سوف|ح) انتحر\b|\b(?:افكر|بفكر|عم بفكر|فكرت) (?:في |ب)(?:ال)?انتحار\b|\bسانتحر\b",
    r"\b(?:ما|مش|لا) (?:بدي|عايز|عايزه|عاوز|عاوزه|اريد(?: ان)?|ابي|ابغي) اعيش\b(?! (?:في|مع|ب))",
    r"\bكرهت (?:حياتي|عيشتي)\b|\bتعبت من (?:الحياه|حياتي)\b",
    r"\b(?:انا|اني|حاسس حالي|حاسه حالي) (?:كتير |جدا )?(?:مكتيب|مكتيبه|مكتءب|مكتءبه)\b",
    r"\b(?:اشعر|بشعر|حاسس|حاسه|احس|بحس) (?:ب|بال)اكتياب\b",
)
_DISTRESS = re.compile("|".join((*_ENGLISH, *_ARABIC)))
_TITLE = re.compile(
    r"[\"“«„][^\"”»]*[\"”»]"
    r"|\b(?:books?|novels?|films?|titled|called|كتاب|روايه|فيلم|بعنوان|اسمه)\s+(?:\S+\s+){0,2}?(?=i\b|اريد|"
    r"بدي)[^.?!؟]*"
)


def in_distress(text: str) -> bool:
    """Whether a patron says that they want to die, to harm themselves, or are in despair."""
    plain = fold(text).replace("’", "'")
    return bool(_DISTRESS.search(_TITLE.sub(" ", plain)))


def comfort(talk: Talk) -> Reply | None:
    """Give the fixed answer where the message calls for it; None for every other message."""
    if not in_distress(talk.turn.text):
        return None
    content = Content(
        talk.say("wellbeing"), choices=(talk.person,), citations=talk.links(TOPIC), topic="out_of_scope"
    )
    return Reply((content,), {"interview": False, "diagnosis": False, "misses": 0, "shown": []})
