"""The files of the small knowledge base that the tests use."""

from __future__ import annotations

LIBRARY = """\
name: {en: Test Library, ar: مكتبة الاختبار}
short_name: {en: the library, ar: المكتبة}
university: {en: Test University, ar: جامعة الاختبار}
time_zone: Asia/Amman
assistant: {en: Dalil, ar: دليل}
email: ask@library.example
phone: "+962 6 000 0000"
links:
  home: {url: "https://library.example/", title: {en: Home, ar: الرئيسة}}
templates:
  discovery: https://search.example/?query={query}
  catalogue: https://catalogue.example/?q={query}
  isbn: https://catalogue.example/isbn/{isbn}
  doi: https://search.example/doi/{doi}
  ill: https://ill.example/?title={query}
proxy_prefix: https://login.example/login?url=
desk: ask
"""

HOURS = """\
places:
  main:
    weekly:
      - {days: [sun, mon, tue, wed, thu], hours: ["08:00-22:00"]}
      - {days: [fri], hours: ["09:00-11:30", "14:00-20:00"]}
    exceptions:
      - {from: 2027-01-03, to: 2027-01-21, hours: ["08:00-24:00"], name: {en: Exam period, ar: فترة الامتحانات}, also: [finals]}
  night:
    weekly:
      - {days: [mon], hours: ["18:00-24:00"]}
      - {days: [tue], hours: ["00:00-06:00"]}
  ask:
    weekly:
      - {days: [sun, mon, tue, wed, thu], hours: ["09:00-17:00"]}
exceptions:
  - {date: 2026-12-25, closed: true, name: {en: Christmas Day, ar: عيد الميلاد}, also: [xmas, الكريسماس]}
  - {date: 2027-01-10, closed: true, name: {en: Tree Day, ar: يوم الشجرة}}
  - {from: 2027-02-01, to: 2027-02-28, hours: ["10:00-15:00"], name: {en: Short month, ar: الشهر القصير}}
  - {date: 2027-02-14, closed: true, name: {en: Founders' Day, ar: يوم التأسيس}}
"""  # noqa: E501

LOCATIONS = """\
places:
  main:
    name: {en: Ibn Rushd Library, ar: مكتبة ابن رشد}
    also: [main library, the big library, المكتبة الرئيسية]
    kind: branch
    address: {en: Campus, ar: الحرم}
    directions: {en: By the gate., ar: عند البوابة.}
  cafe:
    name: {en: Café, ar: المقهى}
    also: [coffee shop, كافيه]
    kind: service
    part_of: main
    address: {en: Campus, ar: الحرم}
    directions: {en: On floor G., ar: في الطابق الأرضي.}
  night:
    name: {en: Night room, ar: قاعة الليل}
    kind: space
    address: {en: Campus, ar: الحرم}
    directions: {en: Behind the garden., ar: خلف الحديقة.}
  ask:
    name: {en: Chat desk, ar: مكتب المحادثة}
    kind: desk
    address: {en: Online, ar: على الشبكة}
    directions: {en: In the chat., ar: في المحادثة.}
  garage:
    name: {en: Car park, ar: موقف السيارات}
    kind: space
    address: {en: Campus, ar: الحرم}
    directions: {en: By the east gate., ar: عند البوابة الشرقية.}
"""

LIBRARIANS = """\
subjects:
  biology: {name: {en: Biology, ar: الأحياء}, also: [life science, علم الأحياء]}
  business: {name: {en: Business, ar: الأعمال}, also: [management]}
  computer-science: {name: {en: Computer science, ar: علم الحاسوب}, also: [IT, computing]}
people:
  mona-haddad:
    name: {en: Mona Haddad, ar: منى حداد}
    title: {en: Biology librarian, ar: أمينة مكتبة الأحياء}
    subjects: [biology]
    languages: [ar, en]
    email: mona@library.example
    office: {en: Room 1, ar: غرفة 1}
    about: {en: Likes plants., ar: تحب النبات.}
    handles: [renewal]
  omar-saleh:
    name: {en: Omar Saleh, ar: عمر صالح}
    title: {en: Business librarian, ar: أمين مكتبة الأعمال}
    subjects: [business, biology]
    languages: [ar]
    email: omar@library.example
    office: {en: Room 2, ar: غرفة 2}
    about: {en: Likes maps., ar: يحب الخرائط.}
"""

DATABASES = """\
databases:
  jstor:
    name: JSTOR
    also: [j-stor, جيستور]
    url: https://www.jstor.org/
    subjects: [multidisciplinary]
    kinds: [articles, books]
    about: {en: Old volumes., ar: أعداد قديمة.}
    access: {en: Everyone., ar: للجميع.}
    proxy: true
    languages: [en]
  nature:
    name: Nature
    url: https://www.nature.com/
    subjects: [biology]
    kinds: [articles]
    about: {en: A journal., ar: مجلة.}
    access: {en: Everyone., ar: للجميع.}
    proxy: false
    languages: [en]
  plants:
    name: PlantBase
    url: https://plants.example/
    subjects: [biology, business]
    kinds: [articles]
    about: {en: Plants., ar: نبات.}
    access: {en: Everyone., ar: للجميع.}
    proxy: true
    languages: [en]
    best_for: [biology]
"""

RENEWAL_EN = """\
---
title: Renewing what you borrowed
topic: renewal
language: en
audience: [everyone]
owner: mona-haddad
reviewed: 2026-09-14
---

## How do I renew a book? {#renew-online}
> Can I keep my book for longer?
> extend my loan

Sign in to [My Account](https://library.example/account), open **Loans** and choose Renew beside the item.
You may do so four times, unless somebody waits for it.

## What does it cost to bring a book back late? {#late}
> overdue fines
> how much is the fine

You pay ten piastres for each day that a book is late, and never more than five dinars for one book.
"""

RENEWAL_AR = """\
---
title: تجديد ما استعرته
topic: renewal
language: ar
audience: [everyone]
owner: mona-haddad
reviewed: 2026-09-14
---

## كيف أجدد كتابًا؟ {#renew-online}
> بدي اخلي الكتاب معي اكتر
> تمديد الاعارة

ادخل إلى [حسابي](https://library.example/account) وافتح **الإعارات** واختر تجديد بجانب الكتاب.
ولك أن تفعل ذلك أربع مرات ما لم ينتظره قارئ آخر.

## كم تكلف إعادة الكتاب متأخرًا؟ {#late}
> غرامة التأخير
> قديش الغرامة

تدفع عشرة قروش عن كل يوم يتأخر فيه الكتاب، ولا تزيد على خمسة دنانير للكتاب الواحد.
"""

_BODY_EN = """
Ask three things of every page you find before you lean on it in your own writing.

## Who wrote it? {#author}

Look for a name and for what that person does. A page that nobody signs may still be right, but then you need
a second source that says the same, and that did not copy it. Search for the author's other work too.

## When was it written? {#date}

Look for the day of the last change at the head or the foot of the page. In medicine or law a page from five
years ago may be wrong today, while a history of the city may be as good as it ever was.
"""

GUIDE_EN = f"""\
---
title: Judging sources
topic: research_consultation
language: en
audience: [students, faculty]
owner: omar-saleh
reviewed: 2026-08-01
summary: Three questions to ask.
---
{_BODY_EN}"""

GUIDE_AR = """\
---
title: الحكم على المصادر
topic: research_consultation
language: ar
audience: [students, faculty]
owner: omar-saleh
reviewed: 2026-08-01
---

اسأل عن كل صفحة ثلاثة أشياء قبل أن تعتمد عليها في كتابتك.

## من كتبها؟ {#author}

ابحث عن الاسم وعن عمل صاحبه. وقد تصح صفحة لم يوقعها أحد، لكنك تحتاج حينها إلى مصدر ثان يقول ما تقوله ولم ينقل
عنها. وابحث أيضًا عن أعمال أخرى للكاتب نفسه، وعن الجهة التي يعمل فيها، وعما يقوله غيره عنه.

## متى كُتبت؟ {#date}

ابحث عن تاريخ آخر تعديل في رأس الصفحة أو في ذيلها. ففي الطب أو القانون قد تخطئ اليوم صفحة عمرها خمس سنوات، أما
تاريخ المدينة فقد يبقى صالحًا كما كان. وإن لم تجد تاريخًا فانظر إلى تواريخ المراجع التي تذكرها الصفحة.
"""

SMALL = {
    "library.yml": LIBRARY,
    "hours.yml": HOURS,
    "locations.yml": LOCATIONS,
    "librarians.yml": LIBRARIANS,
    "databases.yml": DATABASES,
    "faq/renewal.en.md": RENEWAL_EN,
    "faq/renewal.ar.md": RENEWAL_AR,
    "guides/judging-sources.en.md": GUIDE_EN,
    "guides/judging-sources.ar.md": GUIDE_AR,
}
