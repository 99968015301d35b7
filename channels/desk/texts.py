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
        Language.AR: "لم يُكتب شيء بعد.",
    },
    "record": {
        Language.EN: "Please choose a READ level, directional or reference, and a topic from the list.",
        Language.AR: "يلزم اختيار مستوى READ، ونوع السؤال (إرشادي أو مرجعي)، وموضوع من القائمة.",
    },
    "not_allowed": {
        Language.EN: "Your account does not allow this. An admin can change that.",
        Language.AR: "لا يسمح حسابك بذلك، ويمكن لأحد المشرفين تغيير هذا.",
    },
    "not_agreed": {
        Language.EN: "The patron has not agreed to have earlier conversations seen, or has taken that back.",
        Language.AR: "لم يوافق المستفيد على الاطلاع على محادثاته السابقة، أو سحب موافقته.",
    },
    "not_author": {
        Language.EN: "Only whoever wrote a message can change it.",
        Language.AR: "لا يمكن تعديل الرسالة إلا لمن كتبها.",
    },
    "full": {
        Language.EN: "You take up to {capacity} at once, and have that many already.",
        Language.AR: "بلغت محادثاتك حدّها الأقصى في آنٍ واحد ({capacity}).",
    },
    "referral_over": {
        Language.EN: "This referral is over: it was taken, recalled, or had its time.",
        Language.AR: "انتهت هذه الإحالة: قُبلت، أو سُحبت، أو انقضت مهلتها.",
    },
    "another_open": {
        Language.EN: "The patron has asked for a librarian again meanwhile; the newer request is open.",
        Language.AR: "طلب المستفيد أمين مكتبة من جديد في هذه الأثناء، وطلبه الأحدث مفتوح.",
    },
    "refer_to_one": {
        Language.EN: "Choose one colleague, or one subject.",
        Language.AR: "يلزم اختيار زميل واحد أو تخصص واحد.",
    },
    "no_colleague": {
        Language.EN: "That colleague cannot take it. Choose another.",
        Language.AR: "لا يستطيع هذا الزميل تسلّمها. يُرجى اختيار غيره.",
    },
    "nobody_for_subject": {
        Language.EN: "No colleague’s account has that subject.",
        Language.AR: "لا أحد من الزملاء مسجّل لهذا التخصص.",
    },
    "out_of_bounds": {
        Language.EN: "{field}: a number from {least} to {most}, please.",
        Language.AR: "{field}: يلزم رقم من {least} إلى {most}.",
    },
    "bad_hours": {
        Language.EN: "“{text}” is not a span of hours; write them as 09:00-12:30, 14:00-17:00.",
        Language.AR: "«{text}» ليس مدة صحيحة؛ تُكتب الساعات هكذا: \u206609:00-12:30, 14:00-17:00\u2069.",
    },
    "bad_date": {
        Language.EN: "That is not a date; write it as 2026-12-31.",
        Language.AR: "هذا ليس تاريخًا صحيحًا؛ يُكتب التاريخ هكذا: \u20662026-12-31\u2069.",
    },
    "exists": {
        Language.EN: "There is an account with this id or e-mail already.",
        Language.AR: "يوجد حساب بهذا المعرّف أو بهذا البريد الإلكتروني.",
    },
    "weak_password": {
        Language.EN: "A password has {least} to {most} characters.",
        Language.AR: "تتكوّن كلمة المرور من {least} إلى {most} حرف.",
    },
    "same_password": {
        Language.EN: "That is the password you have already.",
        Language.AR: "هذه كلمة المرور الحالية نفسها.",
    },
    "wrong_password": {
        Language.EN: "That is not your present password.",
        Language.AR: "كلمة المرور الحالية غير صحيحة.",
    },
    "passwords_differ": {
        Language.EN: "The two new passwords are not the same.",
        Language.AR: "كلمتا المرور الجديدتان غير متطابقتين.",
    },
    "bad_id": {
        Language.EN: "An id has small letters, digits and hyphens only, for example layla-haddad.",
        Language.AR: "يتكوّن المعرّف من حروف لاتينية صغيرة وأرقام وشرطات فقط، مثل layla-haddad.",
    },
    "bad_name": {
        Language.EN: "A name is needed, of 200 characters at most.",
        Language.AR: "الاسم مطلوب، وأقصاه 200 حرف.",
    },
    "bad_email": {
        Language.EN: "That is not an e-mail address.",
        Language.AR: "هذا ليس عنوان بريد إلكتروني.",
    },
    "no_language": {
        Language.EN: "Choose at least one language.",
        Language.AR: "يلزم اختيار لغة واحدة على الأقل.",
    },
    "no_account": {
        Language.EN: "There is no such account.",
        Language.AR: "لا يوجد حساب كهذا.",
    },
    "last_admin": {
        Language.EN: "Nobody would be left who may look after the desk. Make another admin first.",
        Language.AR: "لن يبقى من يشرف على المكتب. يلزم تعيين مشرف آخر أولًا.",
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
        Language.EN: "Too many wrong sign-ins for this address. You can try again in {wait}.",
        Language.AR: "تكرّرت محاولات الدخول الخاطئة لهذا العنوان. يمكنك المحاولة مجددًا {wait}.",
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
