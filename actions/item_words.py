"""The words around a title, in both languages, so that they can be taken off."""

from __future__ import annotations

import re

from knowledge_base.engine.text import fold

_I = re.IGNORECASE

# Taken off the front, again and again, until none of them is there any more.
LEADS = tuple(
    re.compile(rf"^(?:{pattern})[\s,:،-]*", _I)
    for pattern in (
        r"(?:hi|hello|hey|good (?:morning|afternoon|evening)|dear (?:librarian|library)|السلام عليكم|"
        r"مرحبا|لو سمحتم?|من فضلكم?)\b",
        r"(?:please|pls|kindly)\b",
        r"(?:(?:can|could|would) (?:you|u) (?:please )?)?(?:check|tell me|see|find out|look up) (?:if|"
        r"whether)\b",
        r"(?:(?:can|could|would) (?:you|u) (?:please )?)?(?:find|get|locate|look up|search for|"
        r"order)(?: me| for me)?\b",
        r"(?:i was wondering|i wonder|i would like to know|i want to know) (?:if|whether)\b",
        r"(?:do|does|did|would|will) (?:you|u|we|the library|marsad|your library)(?: guys|"
        r" all)?(?: happen to)?"
        r" (?:have|hav|own|hold|carry|stock|keep|get|subscribe to)(?: got)?\b",
        r"have (?:you|u|we) got\b|have (?:you|u)\b|you have\b|got\b",
        r"(?:is|are) there\b|is it possible to (?:get|find|borrow|read)\b",
        r"(?:can|could|may) (?:i|we) (?:please )?(?:get|find|borrow|read|have|see|access|download)\b",
        r"(?:where|how) (?:can|could|do|would) i (?:find|get|read|borrow|access)\b",
        r"(?:i am|i'm|im|i was)?\s*(?:looking|searching|hunting) (?:for|4)\b",
        r"i(?:'d| would)? (?:really )?(?:need|want|like)(?: to (?:read|find|borrow|get|see|have))?\b",
        r"(?:need|want)(?: to (?:read|find|borrow|get))?\b|i(?:'m| am)? (?:trying|try) to find\b",
        r"my (?:friend|professor|teacher|tutor) recommended\b",
        r"(?:the )?(?:library|we) (?:have|own|hold)\b|access to\b|find\b",
        r"هل (?:يوجد|توجد|لديكم|عندكم|يتوفر|تتوفر|يمكنني إيجاد|أجد)(?: (?:لديكم|عندكم))?",
        r"(?:في )?عند(?:كم|كو|ك)\b|لديكم\b|متوفر(?:ة)? عندكم\b|هل\b",
        r"(?:انا |أنا )?(?:بدي|بدنا|اريد|أريد|نريد|ابي|أبي|ابغى|أبغى|عايز|عاوز|عايزة|عاوزة|محتاج|محتاجة|"
        r"احتاج|أحتاج|أبحث عن|ابحث عن)"
        r"(?: (?:اقرا|أقرأ|الاقي|استعير|أستعير|إلى|الى|ألاقي))?\b",
        r"(?:ممكن )?(?:تشوفلي|تشوفي لي|دورلي|دوروا لي|شوفلي|لاقيلي|ابحث لي)(?: (?:اذا|إذا|على|عن))?\b",
        r"(?:وين|فين|أين|اين|كيف) (?:بلاقي|الاقي|ألاقي|أجد|اجد|بحصل على)\b",
        r"اذا\b|إذا\b|في\b(?= (?:كتاب|رواية|نسخة))",
    )
)

# The kind of thing, standing before the title.
KINDS = re.compile(
    r"^(?:(?:a|an|any|the|some|this|that|your|one|another|ال)\s+)*"
    r"(?:(?:full|new|latest|old|digital|print|printed|electronic|online|physical|arabic|english)\s+)*"
    r"(?:(?:copy|copies|pdf|full[- ]text|ebooks?|e-books?|books?|textbooks?|novels?|articles?|papers?|"
    r"journals?|magazines?|dvds?|"
    r"films?|movies?|thesis|dissertation|chapters?|editions?|version|audiobook)\b)"
    r"(?:\s+(?:copy|version|edition|article|book|paper))?"
    r"(?:\s+(?:please|pls))?(?:\s+(?:called|titled|named|entitled|of|by the name of|for|"
    r"about the name))?[\s,:-]*(?:the book\s+)?",
    _I,
)
AR_KINDS = re.compile(
    r"^(?:(?:نسخة|نسخه|النسخة|طبعة|الطبعة(?: \S+)?|النص الكامل|ملف|pdf)\s+(?:من\s+|ل(?=\S))?)?"
    r"(?:(?:ال)?(?:كتاب|كتب|رواية|روايه|روايات|مقال|مقالة|مقاله|مجلة|مجله|رسالة|فيلم|ديوان|قصة)\s+)"
    r"(?:(?:اسمه|اسمها|بعنوان|بإسم|عنوانه|عنوانها)\s+)?|^(?:نسخة|نسخه)\s+من\s+|^(?:اسمه|بعنوان)\s+",
    _I,
)

# Taken off the end, again and again.
TAILS = tuple(
    re.compile(rf"[\s,،.!?؟]*(?:{pattern})[\s,،.!?؟]*$", _I)
    for pattern in (
        r"\b(?:please|pls|plz|thanks|thank you|thx)",
        r"\b(?:in|at|from|on) (?:the|your|our|marsad) ?(?:main|science|medical|law|"
        r"university)? ?(?:library|libraries|catalogue|catalog|collection|shelf|shelves)",
        r"\b(?:in (?:stock|print)|online|available(?: online)?|as an? (?:e-?book|audiobook|pdf))",
        r"\bis (?:it|that|this) (?:available|there|in)|\bhave you got it|\bdo (?:you|we) (?:have|hold|"
        r"own) it|\bcan (?:we|i) (?:access|read|get|have) (?:it|this)",
        r"\b(?:is|are) (?:available|there|missing)|\bor not|\bfor me|\bi can borrow|\bto borrow",
        r"(?:موجود|موجودة|متوفر|متوفرة|متاح|متاحة)(?: (?:عندكم|لديكم|عندكو|في المكتبة|بالمكتبة))?",
        r"(?:عندكم|لديكم|عندكو)(?: ولا لا| أم لا)?|ولا لا|أم لا",
        r"(?:لو سمحتم?|من فضلكم?|شكرا|شكرًا|بليز)",
        r"(?:في|ب)\s?(?:ال)?مكتب(?:ة|ه|تكم)(?: الرئيسية| العلوم| الطبية)?|اونلاين|أونلاين",
    )
)

# What a title rarely has and a sentence often: then it may well be no title.
SENTENCE = re.compile(
    r"\b(?:you|your|i|i'm|we|could|would|should|please|buy|professor|teacher|because|but)\b"
    r"|(?:^| )(?:عندكم|لديكم|ممكن|لنا|قال|مو|مش|بدي|اخذه|اجيبه|تشتروه|تشترونه|الدكتور|ليش|كيف|وين)(?: |$)"
)
# “It's not there”, “مش موجود”: the place where the thing was to be does not have it. Read folded.
NOT_THERE = re.compile(
    r"\b(?:isn'?t|is not|its not|it's not|not|wasn'?t|aren'?t) (?:(?:even|actually|really) )?"
    r"(?:there|available|listed|found|in there|in it|in stock|on the shel(?:f|ves)|showing(?: up)?|coming up"
    r"|in (?:the|your) (?:catalog(?:ue)?|library|collection|system|list))\b"
    r"|\b(?:can'?t|cannot|can not|couldn'?t|could not|didn'?t|did not|don'?t|do not) (?:find|see|locate) "
    r"(?:it|them|that|this|anything|the (?:book|article|paper|title))\b"
    r"|\b(?:no|zero|0) (?:results?|hits|match(?:es)?|cop(?:y|ies)|luck|record)\b|\bnothing (?:there|found|"
    r"came up)\b"
    r"|\b(?:don'?t|do not|doesn'?t|does not) (?:have|own|hold) (?:it|them|that|this)\b|\bit(?:'?s|"
    r" is) missing\b"
    r"|(?:مش|مو|غير|ليس|ليست|مب|مهو|ماهو) (?:موجود|متوفر|متاح|هناك|لاقي|ملاقي)\w*"
    r"|(?:ما|لم|مش|مو|لا) (?:لقيت|لاقيت|حصلت|اجد|وجدت|بلاقي|الاقي|لاقي|يوجد|توجد|ظهر|يظهر|بيظهر|طلع|بيطلع)\w*"
    r"|(?:ما|مش|لم) عندكم\b|ما في (?:نتيجه|نتايج|نسخ|نسخه|شي)|\b(?:مافي|مفيش|ماكو|ملقتوش|مالقيتوش|مالقيته|"
    r"ملقيتوش)\b"
    r"|^\W*ما في\W*$"
)
ARTICLE = re.compile(
    r"\b(?:articles?|papers?|full[- ]text|paywall|pmid|vol(?:ume)?\.? ?\d|journal of)\b|مقال|المقال|"
    r"بحث منشور|ورقة",
    _I,
)
BY = re.compile(
    r"^(?P<title>.+?)[,،]?\s+(?:by|written by|تأليف|للكاتبة?|للمؤلفة?|بقلم)\s+(?P<author>\S.+)$", _I
)
QUOTED = re.compile(r"[\"“”«„]([^\"“”»„]{2,})[\"“”»]|(?<!\w)['‘]([^'‘’]{4,})['’](?!\w)")
_GENERIC = """
    a an the any some my our this that it book books textbook textbooks article articles novel novels
    journal paper papers something one copy ebook ebooks e-book class course i to for in كتاب كتب مقال مقالة
    رواية شي شيء بحث نسخة الكتاب المقال مادة
    isbn doi number i've have got رقم لكتاب لمقال لمقاله معي عندي معرف
"""
GENERIC = frozenset(fold(word) for word in _GENERIC.split())
