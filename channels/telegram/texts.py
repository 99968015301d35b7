"""What the Telegram adapter says by itself to patrons, in both languages."""

from __future__ import annotations

from bot.model import Language

EN, AR = Language.EN, Language.AR

TEXTS: dict[str, dict[Language, str]] = {
    "person": {EN: "Talk to a librarian", AR: "التحدث إلى أمين مكتبة"},
    "consent": {EN: "Earlier conversations", AR: "المحادثات السابقة"},
    "help": {EN: "Help", AR: "مساعدة"},
    "start": {EN: "Start", AR: "بدء المحادثة"},
    "english": {EN: "English", AR: "English"},
    "arabic": {EN: "العربية", AR: "العربية"},
    "which_language": {EN: "Which language shall we speak?", AR: "بأي لغة نتحدث؟"},
    "forget_ask": {
        EN: (
            "Shall I delete everything that is kept of this conversation? It cannot be brought back, and a "
            "question that waits for a librarian goes with it. What you see in Telegram stays until you "
            "clear the chat there."
        ),
        AR: (
            "هل أحذف كل ما حُفظ من هذه المحادثة؟ لا يمكن استرجاعه بعد ذلك، ويُحذف معه أي سؤال ينتظر أمين "
            "المكتبة. أما ما يظهر في تيليغرام فيبقى إلى أن تُمسح المحادثة فيه."
        ),
    },
    "forget_yes": {EN: "Delete it", AR: "نعم، احذفها"},
    "forget_no": {EN: "Keep it", AR: "لا، أبقِها"},
    "forgotten": {
        EN: "Done: nothing is kept of our conversation. If you write again, we begin anew.",
        AR: "تم الحذف، ولم يعد شيء من محادثتنا محفوظًا. وإذا كتبت مجددًا بدأنا من جديد.",
    },
    "kept": {EN: "All right, everything stays as it is.", AR: "حسنًا، يبقى كل شيء كما هو."},
    "refused_too_long": {
        EN: "That message is too long for me. Please send it in parts.",
        AR: "هذه الرسالة أطول مما أستطيع قراءته. أرجو إرسالها على أجزاء.",
    },
    "refused_empty": {
        EN: "There was nothing to read in that message.",
        AR: "لم أجد في هذه الرسالة ما يُقرأ.",
    },
    "refused_too_fast": {
        EN: "You are writing faster than I can follow. Please wait a moment and send it again.",
        AR: "تصلني رسائلك بأسرع مما أستطيع متابعته. أرجو الانتظار قليلًا ثم إعادة الإرسال.",
    },
    "photo": {EN: "Picture", AR: "صورة"},
    "voice": {EN: "Voice message", AR: "رسالة صوتية"},
    "audio": {EN: "Sound file", AR: "ملف صوتي"},
    "video": {EN: "Video", AR: "مقطع فيديو"},
    "document": {EN: "File", AR: "ملف"},
    "sticker": {EN: "Sticker", AR: "ملصق"},
    "contact": {EN: "Contact", AR: "جهة اتصال"},
    "location": {EN: "Location", AR: "موقع"},
    "poll": {EN: "Poll", AR: "استطلاع"},
    "other": {EN: "Something other than text", AR: "محتوى غير نصي"},
    "too_big": {EN: "too big to open here", AR: "أكبر من أن يُفتح هنا"},
    "menu_help": {EN: "What I can do", AR: "ما يمكنني فعله"},
    "menu_person": {EN: "Talk to a librarian", AR: "التحدث إلى أمين مكتبة"},
    "menu_language": {EN: "العربية or English", AR: "العربية أو English"},
    "menu_consent": {
        EN: "Whether librarians see earlier conversations",
        AR: "اطلاع أمناء المكتبة على المحادثات السابقة",
    },
    "menu_forget": {EN: "Delete this conversation", AR: "حذف هذه المحادثة"},
}

MENU = ("help", "person", "language", "consent", "forget")


def say(key: str, language: Language) -> str:
    """Give a sentence. Raises KeyError for an unknown key."""
    return TEXTS[key][language]
