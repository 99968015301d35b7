"""Words that say nothing about a topic, in both languages: left out of a Boolean query."""

from __future__ import annotations

import re

from knowledge_base.engine.text import fold

# Words of grammar, of asking, and those that stand in every title; first English, then Arabic.
_STOP = """
    a an the of in on at for from to by with without within between among about into over under through
    during and or but nor so than then as is are was were be been being am do does did doing have has
    had having can could will would should may might must shall i me my we our us you your he she it its
    they them their this that these those there here who whom whose which what when where why how if
    whether not no yes also very more most much many some any all each other another such only own same
    too just
    please pls help need want looking look find finding found search searching get give show know like
    thanks hi hello hey dear start begin write writing topic topics paper papers essay thesis
    dissertation assignment project report research question article articles journal journals study
    studies source sources literature review information info peer reviewed scholarly academic evidence
    material materials book books publication publications published recent latest good credible
    reliable primary case class course professor due
    effect effects impact impacts influence influences role roles relationship relationships relation
    association affect affects affecting use uses using used way ways thing things issue issues problem
    problems factor factors cause causes importance important increase decrease improve based related
    regarding concerning towards toward new different various several people world today
    في من على الى عن مع هل ما ماذا كيف متى اين انا انت هو هي هم هذا هذه ذلك تلك التي الذي الذين ان او ثم
    قد لقد لي لو لكن كان كانت يكون تكون بين عند بعد قبل حول خلال ضد نحو حتى كل بعض اي ايضا جدا غير دون
    لدى لدي عند عندي شو وين ايش مين مش مو انه انها التى وفي ومن وعلى
    بدي اريد نريد احتاج محتاج محتاجه ابحث ابغى ابي عايز عاوز ممكن لازم مساعده ساعدوني ساعدني مقال مقالات
    مقاله بحث بحثي ابحاث دراسه دراسات مصدر مصادر مرجع مراجع معلومات موضوع موضوعي رساله رسالتي ماجستير
    دكتوراه مشروع تقرير واجب كتب كتاب علميه علمي محكمه محكم سابقه السابقه موثوقه اكاديميه اعطني اعطيني
    دور الاقي القى كتابه اكتب حديثه لبحثي لبحث
    اثر تاثير اثار دور علاقه العلاقه اهميه اسباب سبب عوامل عامل استخدام استعمال واقع مدى مشكله قضيه طرق
    طريقه
"""
STOP = frozenset(fold(word) for word in _STOP.split())

# A sentence that asks for help, and does not only name a topic, has one of these before its “about”.
_REQUEST = """
    help need want looking look find finding search searching get give source sources article articles
    paper papers research info information literature studies topic thesis essay speech report project
    assignment books resources material evidence statistics write writing question published
    بدي اريد أريد احتاج أحتاج محتاج محتاجة ابحث أبحث ابغى ابي عايز دور الاقي لازم مصادر مراجع مقالات
    دراسات ابحاث أبحاث بحث بحثي معلومات موضوع موضوعي كتب رسالة مشروع تقرير مساعدة اعطني
"""
REQUEST = frozenset(fold(word) for word in _REQUEST.split())
# What follows the topic and only says what it is for.
PURPOSE = re.compile(
    r"[\s,]+for (?:my|our|a|an|the|this)\b[^,.;]*\b(?:thesis|dissertation|papers?|essay|assignment"
    r"|projects?|class|course|report|speech|presentation|homework|degree)\b.*$"
    r"|\s+(?:لبحث|لبحثي|لرسالة|لرسالتي|لمشروع|لمشروعي|لمادة|لواجب)(?:\s.*)?$",
    re.IGNORECASE | re.DOTALL,
)
# When it is wanted, which is no part of a topic.
_DAY = (
    r"(?:today|tonight|tomorrow|tmrw|the end of the (?:week|month)|(?:this|next) (?:week|month|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day)|(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
)
DEADLINE = re.compile(
    rf"[\s,،;-]+(?:(?:and|which|that|it|it's|it is|is|the deadline)\s+)*"
    rf"(?:due|needed|to submit|to hand in)\s+"
    rf"(?:(?:on|by|for|in|at)\s+)?(?:{_DAY}|\d+ (?:days?|weeks?|hours?))\b"
    rf"|[\s,،;-]+(?:for|by|until|before|till)\s+{_DAY}\b(?!'s)"
    r"|[\s,،;-]+(?:deadline|due)\s+(?:is\s+)?(?:today|tomorrow|soon)\b"
    r"|\s+(?:و?(?:التسليم|تسليمه|موعده|لازم اسلمه|لازم أسلمه)\s+)?"
    r"(?:قبل |ل)?(?:بكرة|بكره|بكرا|غدا|غدًا|الغد|لغد)"
    r"(?=[\s.!؟،]|$)|\s+و?(?:التسليم|تسليمه)\s+(?:اليوم|الأسبوع\s+\S+|الاسبوع\s+\S+|يوم\s+\S+)",
    re.IGNORECASE,
)
# Set phrases with a word of grammar inside.
FIXED = re.compile(
    r"\w+ عن بُ?عد|\b(?:quality|end|cost|way) of (?:life|living)\b|\binternet of things\b"
    r"|\bwork(?:ing)? from home\b|\bpoint of care\b|\bfreedom of \w+\b|\brule of law\b",
    re.IGNORECASE,
)
ABOUT = re.compile(
    r"\b(?:about|on the topic of|on|regarding|concerning|into|discussing|topic is|topic:|question is:?|"
    r"shows? that|showing that|argues?|argue"
    r" against|against)\s+(?P<en>.+)$"
    r"|(?:^|\s)(?:عن|حول|بخصوص|موضوعي|موضوعه|في موضوع|بعنوان)\s+(?P<ar>.+)$",
    re.IGNORECASE | re.DOTALL,
)
COURSE = re.compile(r"\b[A-Za-z]{2,4}[ -]?\d{3}\b")
