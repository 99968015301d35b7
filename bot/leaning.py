"""Whether a few words have a subject of their own, or lean on what was said before them.

“And for staff?”, “how long can I keep it?”, “بكم؟” say nothing by themselves. The words below are those of
grammar and of what may be asked about anything (price, time, who may); what is left over is a subject.
"""

from __future__ import annotations

import re
from itertools import pairwise

from bot.intents.text import for_counting


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")

# Words that stand for something said before.
_PRONOUNS = _set(
    "it its it's them they they're one ones those these such ذلك ذاك هذا هذه هاد هاي هيدا عليه عليها "
    "فيه فيها منه منها له لها به بها عنه عنها معه معها نفسه نفسها وذلك"
)
_POINTING = _set("that this")
_THIS_IN_ARABIC = _set("هذا هذه هاد هاي")
_TIMES = _set(
    "week weekend month year term semester morning afternoon evening summer winter monday tuesday "
    "wednesday thursday friday saturday sunday library building campus university branch"
)
_ARABIC_TIMES = re.compile(r"^(?:ال)?(?:اسبوع|شهر|سنه|فصل|صيف|شتاء|يوم|مساء|صباح|مكتبه|مبني|جامعه|حرم|فرع)$")
_HANGING = re.compile(
    r"^(?:ا|ن|ب[انتي]?|ل[انتي]?|ت|ي)\S{2,}(?:ها|هم|هن)$"
)  # a verb with “it” written onto it
_ITS = re.compile(r"(?<=\w{3})(?:ها|هم|هن|ه)$")
_THERE = re.compile(r"\b(?:is|are|was|were|will) there\b|\bthere(?:'s| is| are)\b")

_GRAMMAR = _set(
    "right a an the and or but so then also plus too either as well of for to from in on at by with "
    "about into if is are was were be been am do does did can could may might will would should shall "
    "must have has had i i'm im me my mine we us our you your u he she his her they their there here "
    "what whats what's how hows how's when where which who whom whose why not no any some all every "
    "each other same else more less please thanks thank hi hello hey ok okay really just only still "
    "again now get need want know tell let say ask help like going go come take takes took give make هل "
    "متي كيف اين وين فين كم بكم قديش قديه كام ماذا ما شو ايش ليش لماذا مين من ايمت ايمتي امتي امتا اي "
    "ازاي في علي الي عن مع ل ب و او ثم ان انا نحن انت انتم هم كان يكون هناك هنا هو هي اذا لو قد التي "
    "الذي ممكن يمكن يمكنني بقدر اقدر استطيع بامكاني ينفع بنفع بصير يجوز يسمح لي عندي بدي اريد اود ارغب "
    "قد ايه يجب لازم ايضا كمان كذلك برضو برضه شكرا مرحبا فضلك سمحت سمحتم طيب تمام حسنا الان "
    "بعد قبل كل نفس غير"
)
_OF_ANYTHING = _set(
    "much many long often far soon late early big time times day days hour hours week weeks month "
    "months year years cost costs costing price prices pay fee fees charge charged free money online "
    "website web phone person app email limit limits maximum max minimum min rule rules allowed "
    "possible available work works working happen happens start begin end ready until till exactly mean "
    "means difference staff faculty student students undergraduate undergraduates undergrad undergrads "
    "graduate graduates grad postgraduate postgraduates alumni alumnus visitor visitors guest guests "
    "employee employees teacher teachers lecturer lecturers professor professors phd master masters "
    "public people others everyone anyone someone friend children kids member members external today "
    "tomorrow tonight weekend weekends weekday weekdays monday tuesday wednesday thursday friday "
    "saturday sunday holiday holidays summer ramadan exams مده المده وقت الوقت يوم ايام اليوم ساعه "
    "ساعات اسبوع شهر سنه سعر السعر تكلفه التكلفه يكلف تكلف كلفه الكلفه ثمن الثمن رسوم الرسوم غرامه "
    "مجاني مجانا مجانيه ببلاش بلاش فلوس مصاري ادفع دفع اونلاين انترنت الانترنت الكترونيا موقع الموقع حد "
    "اقصي الاقصي ادني مره مرات عدد العدد مسموح متاح متوفر شرط شروط الشروط بالضبط تستغرق يستغرق ياخذ "
    "تاخذ بياخذ يطول طويل طول فرق الفرق موظف موظفين الموظفين للموظفين موظفون طالب طلاب الطلاب طلبه "
    "الطلبه للطلبه للطلاب خريج خريجين الخريجين للخريجين زاير زوار الزوار للزوار استاذ اساتذه الاساتذه "
    "للاساتذه مدرس مدرسين المدرسين دكتور دكاتره اعضاء هييه الهييه التدريس لاعضاء تدريس ماجستير دكتوراه "
    "الدكتوراه الماجستير بكالوريوس البكالوريوس غيرهم غدا بكرا بكره بكرة الليله نهايه عطله العطله العطل "
    "الجمعه السبت الاحد الاثنين الثلاثاء الاربعاء الخميس رمضان العيد الصيف الصيفي"
)


def words_of(text: str) -> list[str]:
    """Give the words of a text as they are compared: small letters, one spelling of each Arabic letter."""
    return _WORD.findall(for_counting(text).replace("’", "'"))


def subject_of(text: str) -> list[str]:
    """Give the words of a text that say what it is about; none where it could be about anything."""
    return [word for word in words_of(text) if not _common(word)]


def content_of(text: str) -> list[str]:
    """Give the words of a text without those of grammar; “how much for staff?” has “much” and “staff”."""
    return [word for word in words_of(text) if word not in _GRAMMAR]


def points_back(text: str) -> bool:
    """Whether a text has a word that stands for something said before: “it”, “those”, “منها”."""
    plain = for_counting(text)
    words = _WORD.findall(plain.replace("’", "'"))
    if _PRONOUNS & set(words[:-1]) - _THIS_IN_ARABIC or (words and words[-1] in _PRONOUNS):
        return True
    if any(_HANGING.match(word) or _of_it(word) for word in words):
        return True
    if "there" in words and not _THERE.search(plain):
        return True
    follows = dict(pairwise(words))
    for word in _THIS_IN_ARABIC:
        if word in follows and not _ARABIC_TIMES.match(follows[word]):
            return True
    return any(word in words and follows.get(word) not in _TIMES for word in _POINTING)


def leans(text: str) -> bool:
    """Whether a text cannot be understood without what was said before it."""
    return points_back(text) or not subject_of(text)


def _of_it(word: str) -> bool:
    """Whether a word is one of what may be asked of anything, with “its” written onto it: “سعرها”, “مدته”."""
    owner = _ITS.search(word)
    if owner is None:
        return False
    bare = word[: owner.start()].removeprefix("و")
    return bare in _OF_ANYTHING or (bare.endswith("ت") and f"{bare[:-1]}ه" in _OF_ANYTHING)


def _common(word: str) -> bool:
    if _of_it(word):
        return True
    if word in _GRAMMAR or word in _OF_ANYTHING or word in _PRONOUNS or word in _POINTING or word.isdigit():
        return True
    for prefix in ("و", "ف", "ول", "وب", "ل", "ب", "ال", "وال", "لل", "ولل", "بال"):
        if word.startswith(prefix) and len(word) - len(prefix) >= 2:
            rest = word[len(prefix) :]
            if rest in _GRAMMAR or rest in _OF_ANYTHING:
                return True
    return False
