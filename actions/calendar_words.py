"""The words people use for days, months and parts of the day, as patterns over folded text."""

from __future__ import annotations

import re
from collections.abc import Mapping

Part = str  # morning, afternoon, evening, night

# What Arabic writes onto the front of a word: and, so, in, for, this (dialect).
_GLUED = r"(?:و|ف)?(?:ه|ب|ل|ع)?"

_WEEKDAYS: Mapping[int, tuple[str, str]] = {  # 0 is Monday: English, Arabic
    0: (r"mon(?:day)?s?", r"(?:ال|ل)(?:اثنين|اتنين|تنين)|يوم (?:اثنين|اتنين|تنين)"),
    1: (r"tue(?:s|sday)?s?", r"(?:ال|ل)(?:ثلاثاء|ثلاثا|ثلاث|تلاتا|تلات|تلاتاء)|ثلاثاء|يوم (?:ثلاثا|تلات)"),
    2: (r"we(?:d|ds|dnesday|dnsday|nsday|densday)s?", r"(?:ال|ل)?(?:اربعاء|اربعا)|يوم الاربع"),
    3: (r"thu(?:r|rs|rsday)?s?", r"(?:ال|ل)?خميس"),
    4: (r"fri(?:day)?s?", r"(?:ال|ل)?جمعه"),
    5: (r"sat(?:urday|erday)?s?", r"(?:ال|ل)?سبت"),
    6: (r"sun(?:day)?s?", r"(?:ال|ل)احد|الحد|يوم (?:احد|حد)"),
}
WEEKDAYS = {
    day: re.compile(rf"\b(?:{english})\b|\b{_GLUED}(?:{arabic})\b")
    for day, (english, arabic) in _WEEKDAYS.items()
}
WEEKDAY_NAMES = {
    "monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5, "sunday": 6
}  # fmt: skip

MONTHS: Mapping[str, int] = {
    **dict.fromkeys(("january", "jan", "يناير", "كانون الثاني", "كانون ثاني"), 1),
    **dict.fromkeys(("february", "feb", "فبراير", "شباط"), 2),
    **dict.fromkeys(("march", "mar", "مارس", "اذار"), 3),
    **dict.fromkeys(("april", "apr", "ابريل", "نيسان"), 4),
    **dict.fromkeys(("may", "مايو", "ايار"), 5),
    **dict.fromkeys(("june", "jun", "يونيو", "حزيران"), 6),
    **dict.fromkeys(("july", "jul", "يوليو", "تموز"), 7),
    **dict.fromkeys(("august", "aug", "اغسطس", "اب"), 8),
    **dict.fromkeys(("september", "sept", "sep", "سبتمبر", "ايلول"), 9),
    **dict.fromkeys(("october", "oct", "اكتوبر", "تشرين الاول", "تشرين اول"), 10),
    **dict.fromkeys(("november", "nov", "نوفمبر", "تشرين الثاني", "تشرين ثاني"), 11),
    **dict.fromkeys(("december", "dec", "ديسمبر", "كانون الاول", "كانون اول"), 12),
}
MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))

NOW = re.compile(
    r"\b(?:(?:right |just )?now|currently|at the moment|still open|open yet|rn)\b"
    r"|\b(?:الان|هلق|هلا|هسا|هسه|دلوقتي|دلوقت|حاليا|الحين|لسا|لسه)\b"
)
TODAY = re.compile(
    rf"\b(?:today|2day|tody|todays|today's|tonight|2nite)\b|\b{_GLUED}(?:اليوم|ليوم|يوم الليله|الليله|"
    rf"ليله|النهارده|انهارده)\b"
)
TONIGHT = re.compile(r"\b(?:tonight|2nite)\b|\bالليله\b|\bهالليله\b")
DAY_AFTER = re.compile(r"\bday after (?:tomorrow|tmrw)\b|\bبعد (?:بكره|بكرا|غد|غدا)\b")
TOMORROW = re.compile(
    r"\b(?:tomm?orr?ow|tmrw|tmr|tomo|2morrow|2moro|tomorow)\b|"
    rf"\b{_GLUED}(?:غدا|بكره|بكرا|باكر|بوكره)\b|\bيوم غد\b|\bالغد\b"
)
WEEKEND = re.compile(
    r"\bweek ?ends?\b|\bنهايه (?:ال|هال)?اسبوع\b|\bالويك ?اند\b|\bويك ?اند\b|\bعطله الاسبوع\b"
)
NEXT_WEEK = re.compile(
    r"\b(?:next|coming|following) week\b|\bالاسبوع (?:القادم|الجاي|الجايي|المقبل|اللي جاي|الي جاي|التالي)\b"
)
THIS_WEEK = re.compile(
    r"\b(?:this|the|whole|all|every|per) week\b|\bweekly\b|\b(?:هذا|هاد|طول|كل) (?:ال)?اسبوع\b|"
    r"\bهالاسبوع\b|\bالاسبوع\b"
)
NEXT_WORD = re.compile(r"\bnext\s+$")
IN_DAYS = re.compile(r"\b(?:in|after) (\d{1,2}) days?\b|\bبعد (\d{1,2}) (?:ايام|يوم)\b|\b(بعد يومين)\b")

PARTS: Mapping[Part, re.Pattern[str]] = {
    "morning": re.compile(r"\b(?:morning|mornings|early)\b|\b(?:الصبح|صباح|صباحا|الصباح|الضحي|بدري|بكير)\b"),
    "afternoon": re.compile(r"\b(?:afternoon|afternoons)\b|\b(?:العصر|عصرا|بعد الظهر|الظهر|ظهرا)\b"),
    "evening": re.compile(
        r"\b(?:evening|evenings|eve)\b|\b(?:المسا|المساء|مساء|مسا|العشا|العشاء|المغرب|مغرب)\b"
    ),
    "night": re.compile(
        r"\b(?:night|nights|tonight|(?<!how )late|overnight)\b"
        r"|\b(?:الليل|ليلا|بليل|بالليل|الليله|هالليله|متاخر)\b"
    ),
}
# The day before a holiday; “Friday eve” is an evening.
EVE = re.compile(r"\beves?\b|\b(?:day|night|evening) before\b|\b(?:ليله|عشيه|وقفه)\b")
AROUND_CLOCK = re.compile(
    r"\b24 ?/ ?7\b(?! ?/)|\b24[ -]?(?:hours?|hrs?|h)\b|\baround the clock\b|\ball night\b|\bovernight\b|"
    r"\b24 ساعه\b|\bعلي مدار الساعه\b|\bطول الليل\b"
)

_HOURS = {
    "واحده": 1, "وحده": 1, "الواحده": 1, "ثنتين": 2, "تنتين": 2, "اثنتين": 2, "الثانيه": 2,
    "ثلاث": 3, "ثلاثه": 3, "تلاته": 3, "الثالثه": 3, "اربع": 4, "اربعه": 4, "الرابعه": 4,
    "خمس": 5, "خمسه": 5, "الخامسه": 5, "ست": 6, "سته": 6, "السادسه": 6, "سبع": 7, "سبعه": 7, "السابعه": 7,
    "ثمان": 8, "ثمانيه": 8, "تمانيه": 8, "تمنيه": 8, "الثامنه": 8, "تسع": 9, "تسعه": 9, "التاسعه": 9,
    "عشره": 10, "عشر": 10, "العاشره": 10,
}  # fmt: skip
HOUR_WORDS: Mapping[str, int] = _HOURS
_HOUR = r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?"
_AM = r"(?P<am>a\.?m\b\.?|ص\b|صباحا?|الصبح)"
_PM = r"(?P<pm>p\.?m\b\.?|م\b|مساء|المسا|بالليل|ليلا|العصر|عصرا|المغرب|بعد الظهر|الظهر)"
TIMES: tuple[re.Pattern[str], ...] = (
    re.compile(rf"(?<![\d/:.]){_HOUR} ?(?:{_AM}|{_PM})"),
    re.compile(
        rf"\b(?:at|around|by|till|til|until|before|after|about|from) {_HOUR}(?![\d/]|(?:st|nd|rd|th)\b)"
    ),
    re.compile(rf"\b(?:ال)?ساعه {_HOUR}(?![\d/])"),
    re.compile(rf"\b(?:ال)?ساعه (?P<word>{'|'.join(_HOURS)})\b"),
    re.compile(r"(?<![\d/.-])(?P<hour>\d{1,2}):(?P<minute>\d{2})\b"),
)
NOON = re.compile(r"\b(?:noon|midday)\b")
MIDNIGHT = re.compile(r"\bmidnight\b|\bمنتصف الليل\b|\bنص الليل\b")
