"""What the desk's server says to librarians, in both languages. The page's own words are in its texts.js."""

from __future__ import annotations

import math

from bot.model import Language

PAGE: dict[Language, dict[str, str]] = {
    Language.EN: {
        "title": "Librarians’ desk",
        "lead": "Sign in to see who is waiting and to answer.",
        "email": "E-mail",
        "password": "Password",
        "sign_in": "Sign in",
        "other": "العربية",
        "help": "No account yet, or a forgotten password? Whoever runs Dalil can make you a new one.",
        "script": "The desk needs JavaScript. Please switch it on for this site.",
        "loading": "Opening the desk…",
    },
    Language.AR: {
        "title": "مكتب أمناء المكتبة",
        "lead": "تسجيل الدخول لرؤية من ينتظر والرد عليه.",
        "email": "البريد الإلكتروني",
        "password": "كلمة المرور",
        "sign_in": "تسجيل الدخول",
        "other": "English",
        "help": "ليس لديك حساب، أو نسيت كلمة المرور؟ يمكن لمن يدير «دليل» إنشاء حساب أو كلمة مرور لك.",
        "script": "يحتاج المكتب إلى جافا سكربت. يُرجى تفعيلها لهذا الموقع.",
        "loading": "جارٍ فتح المكتب…",
    },
}

ERRORS: dict[str, dict[Language, str]] = {
    "signed_out": {
        Language.EN: "You are signed out. Please sign in again.",
        Language.AR: "انتهت جلستك. يُرجى تسجيل الدخول من جديد.",
    },
    "sign_in": {
        Language.EN: "E-mail and password do not belong together, or the account is closed.",
        Language.AR: "خطأ في البريد الإلكتروني أو كلمة المرور، أو أن الحساب موقوف.",
    },
    "origin": {
        Language.EN: "This request did not come from the desk’s own page, so nothing was done.",
        Language.AR: "لم يأتِ هذا الطلب من صفحة المكتب نفسها، فلم يُنفَّذ شيء.",
    },
    "csrf": {
        Language.EN: "This page is out of date, so nothing was done. Please load it again.",
        Language.AR: "هذه الصفحة قديمة، فلم يُنفَّذ شيء. يُرجى إعادة تحميلها.",
    },
    "unknown": {
        Language.EN: "This conversation is not kept any more. The patron may have had it deleted.",
        Language.AR: "لم تعد هذه المحادثة محفوظة. ربما طلب صاحبها حذفها.",
    },
    "taken": {
        Language.EN: "{name} was quicker.",
        Language.AR: "صارت هذه المحادثة مع {name} قبل لحظات.",
    },
    "taken_by_somebody": {
        Language.EN: "A colleague was quicker.",
        Language.AR: "صارت هذه المحادثة مع أحد الزملاء قبل لحظات.",
    },
    "ended": {
        Language.EN: "This conversation is over already.",
        Language.AR: "انتهت هذه المحادثة من قبل.",
    },
    "not_yours": {
        Language.EN: "Only the librarian who has claimed this conversation can do that.",
        Language.AR: "لا يستطيع ذلك إلا من تسلّم هذه المحادثة من أمناء المكتبة.",
    },
    "too_long": {
        Language.EN: "That is too long: {limit} characters at most.",
        Language.AR: "النص أطول مما ينبغي: الحد الأقصى {limit} حرف.",
    },
    "empty": {
        Language.EN: "There is nothing in it yet.",
        Language.AR: "لم تكتب شيئًا بعد.",
    },
    "record": {
        Language.EN: "Please choose a READ level, directional or reference, and a topic from the list.",
        Language.AR: "يلزم اختيار مستوى READ، ونوع السؤال (إرشادي أو مرجعي)، وموضوع من القائمة.",
    },
    "bad_request": {
        Language.EN: "The desk could not read that request.",
        Language.AR: "تعذّر على المكتب فهم هذا الطلب.",
    },
    "too_big": {
        Language.EN: "That is more than the desk takes at once.",
        Language.AR: "هذا أكبر مما يقبله المكتب دفعة واحدة.",
    },
    "too_fast": {
        Language.EN: "That was too much at once. Please try again in {wait}.",
        Language.AR: "طلبات كثيرة في وقت قصير. يُرجى المحاولة {wait}.",
    },
    "locked": {
        Language.EN: "Too many wrong passwords. You can try again in {wait}.",
        Language.AR: "تكرّر إدخال كلمة مرور خاطئة. يمكنك المحاولة مجددًا {wait}.",
    },
    "failed": {
        Language.EN: "Something went wrong here. Please try again in a moment.",
        Language.AR: "حدث خلل لدينا. يُرجى المحاولة بعد قليل.",
    },
}


def error_text(code: str, language: Language, **values: object) -> str:
    """Say what is wrong, in words for a librarian."""
    return ERRORS[code][language].format(**values)


def in_a_while(seconds: float, language: Language) -> str:
    """Say how long to wait: full minutes, or seconds below one."""
    minutes = seconds > 60
    count = max(1, math.ceil(seconds / 60 if minutes else seconds))
    if language is Language.EN:
        unit = "minute" if minutes else "second"
        return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return f"بعد {_counted(count, _MINUTE if minutes else _SECOND)}"


_MINUTE = ("دقيقة واحدة", "دقيقتين", "دقائق", "دقيقة")
_SECOND = ("ثانية واحدة", "ثانيتين", "ثوانٍ", "ثانية")


def _counted(count: int, forms: tuple[str, str, str, str]) -> str:
    """Count in Arabic, where the noun changes with the number."""
    one, two, few, many = forms
    if count == 1:
        return one
    if count == 2:
        return two
    return f"{count} {few if 3 <= count % 100 <= 10 else many}"
