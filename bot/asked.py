"""What a message asks, without what is put around it: greetings, thanks, shouting, vowel marks.

An encoder takes every word for a part of the question. “Hello! … Thank you so much” moves it a little, a line
in capitals or with all its vowel marks a good deal. The message itself is kept as it was written.
"""

from __future__ import annotations

import re

_MARKS = re.compile(r"[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640]")  # vowels, tatweel
_INDIC = {0x0660 + digit: str(digit) for digit in range(10)} | {
    0x06F0 + digit: str(digit) for digit in range(10)
}
_SPACES = re.compile(r"\s+")
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_BETWEEN = r"[\s,.!:;،؛–-]"

_GREETINGS = (
    r"(?:hi|hello|hey|hiya|greetings|salam|salaam)(?: there| all| everyone| team| again)?",
    r"good (?:morning|afternoon|evening|day)",
    r"dear (?:sir or madam|sir|madam|librarians?|library|team|all)",
    r"(?:i )?hope (?:you are|you're|all is|you all are) (?:doing )?(?:well|fine|good)(?: today)?",
    r"how are you(?: doing)?(?: today)?\?*",
    r"excuse me|sorry to (?:bother|disturb) you|pardon me",
    r"(?:i have )?(?:just )?(?:a|one|another) (?:quick |short |small )?question(?: for you)?",
    r"quick question|please|pls|ok(?:ay)?|so|well",
    r"wait(?= ?[,.!]| (?:what|when|where|how|who|is|are|do|does|can)\b)",
    # What a patron says of himself: a student like others (for graduates and visitors rules may differ).
    r"my name is \w+(?= ?[,.;]| and\b)(?: and)?",
    r"(?:and )?(?:i am|i'm|im) an? (?:(?!ph\.?d|doctora|master|grad|visiting|exchange)[\w-]+ ){0,4}student"
    r"(?: (?:at|in|of) [^,.;]{2,40})?(?= ?[,.;]| and\b)(?: and)?",
    r"(?:and )?i(?: just)? (?:want|wanted|would like|'d like) to (?:ask|know)(?: you)?(?: about)?",
    r"(?:and )?i was (?:just )?wondering",
    r"مرحبا[ً]?(?: بكم)?|مراحب|[أا]هل[اي]ن?(?: وسهلا)?|هلا|هاي|هلو|الو",
    r"السلام عليكم(?: ورحم[ةه] الله(?: وبركات[هة])?)?|سلام",
    r"صباح (?:الخير|النور)|مساء (?:الخير|النور)|تحي[ةه] طيب[ةه](?: وبعد)?|يسعد (?:صباحك|مساك)م?",
    r"(?:الله )?يعطيكم? العافي[ةه]|يعطيك العافي[ةه]|لحظ[ةه]|استن[ىي]",
    r"كيف (?:حالكم|الحال|حالك)؟*|شو [أا]خباركم؟*",
    r"و?لو سمحت(?:م|وا|ي)?|من فضلك(?:م)?|[إا]ذا سمحت(?:م|وا)?|عفوا|بعد [إا]ذنكم?",
    r"[أا]تمن[ىي] (?:[أا]ن )?(?:ت?كونوا?|ت?كوني|الجميع) بخير|[أا]رجو [أا]ن تكونوا بخير",
    r"(?:و?[أا]نا )?طالب[ةه]?(?: (?:جديد[ةه]?|سن[ةه] \w+|في \S+ \S+|من \S+ \S+|بكالوريوس))?(?= ?[،,.])",
    r"و?(?:[أا]ريد|[أا]ود|بدي|حاب[ةه]?|[أا]بغ[ىي]) (?:[أا]ن )?(?:[أا]عرف|[أا]س[أا]ل|[أا]ستفسر)(?: عن)?",
    r"(?:عندي|لدي) (?:سؤال|سوال|استفسار)(?: سريع)?|سؤال|سوال|استفسار|ممكن (?:سؤال|سوال)|بدي [اأ]س[اأ]ل",
)
_THANKS = (
    r"(?:many )?thanks?(?: you)?(?: (?:so|very) much| a lot| in advance| again| for your (?:help|time))*",
    r"thx|ty|tnx|cheers|please(?: help)?|pls|plz|(?:best|kind|warm) (?:regards|wishes)|regards|sincerely",
    r"(?:any|your) help (?:is|would be|will be) (?:much |greatly )?appreciated|i appreciate (?:it|your help)",
    r"و?شكر[اً]+(?: جزيلا| كثيرا| لكم?| لك| سلفا| مقدما| الكم?)*|و?مشكور(?:ين|ه|ة)?|تسلموا|يسلمو",
    r"لو سمحت(?:م|وا|ي)?|من فضلك(?:م)?|[إا]ذا سمحت(?:م|وا)?|بليز|(?:الله )?يعطيكم? العافي[ةه]",
    r"جزاكم? الله (?:كل )?خيرا?|بارك الله فيكم?|و?لكم (?:جزيل )?الشكر|مع (?:جزيل )?الشكر|تحياتي",
)
_BEGINS = re.compile(rf"^{_BETWEEN}*(?:(?:{'|'.join(_GREETINGS)})(?:{_BETWEEN}+|$))+", re.IGNORECASE)
_ENDS = re.compile(rf"(?:(?:{_BETWEEN}|[?؟])+(?:{'|'.join(_THANKS)}))+{_BETWEEN}*$", re.IGNORECASE)
_MARK = re.compile(r"[?؟]")
_BLANKS = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" ?\n(?: ?\n)* ?")  # behind _BLANKS: one blank at most between two line ends
_PILED = re.compile(r"([\u0300-\u036f]{3})[\u0300-\u036f]+")
_READ_FIRST, _READ_LAST = 1400, 600  # characters of a very long message: a question begins or ends it
_AROUND = 200  # characters at either end in which greetings and thanks are looked for
_LONG_VOWELS = "اويىه"
_SHOUTED = 12  # capitals from which a text without a small letter is shouted, rather than a name


def _once(stretched: re.Match[str]) -> str:
    """Write a stretched letter twice, as “book” has it and “أجدد”; an Arabic long vowel once."""
    return stretched[1] if stretched[1] in _LONG_VOWELS else stretched[1] * 2


def readable(text: str) -> str:
    """Give as much of a message as is read: runs of blanks closed up, and at most 2,000 characters.

    What finds words in a text looks at a run of the same sign once for each place where it could begin; 8,000
    blanks would keep the whole gateway busy for seconds. The message itself is kept as it was written.
    """
    plain = _LINES.sub(_line_ends, _BLANKS.sub(" ", _PILED.sub(r"\1", text)))
    if len(plain) <= _READ_FIRST + _READ_LAST:
        return plain
    return f"{plain[:_READ_FIRST]}\n{plain[1 - _READ_LAST :]}"


def _line_ends(found: re.Match[str]) -> str:
    return "\n" if found[0].count("\n") == 1 else "\n\n"


def asked(text: str) -> str:
    """Give what is asked in a message, as an encoder reads it best; all of it where nothing would be left."""
    plain = _STRETCHED.sub(_once, _SPACES.sub(" ", _MARKS.sub("", text)).translate(_INDIC)).strip()
    if plain.isupper() and sum(character.isupper() for character in plain) >= _SHOUTED:
        plain = plain.lower()
    begins = _BEGINS.match(plain[:_AROUND])
    bare = plain[begins.end() :] if begins else plain
    cut = max(0, len(bare) - _AROUND)
    ends = _ENDS.search(bare, cut)
    if ends and ends.start():
        mark = _MARK.search(ends[0])
        bare = bare[: ends.start()] + (mark[0] if mark else "")
    return bare.strip() if len(bare.split()) >= 2 else plain
