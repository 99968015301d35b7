"""What the Slack adapter says by itself to patrons, in both languages."""

from __future__ import annotations

from bot.model import Language

EN, AR = Language.EN, Language.AR

TEXTS: dict[str, dict[Language, str]] = {
    "person": {EN: "Talk to a librarian", AR: "التحدث إلى أمين مكتبة"},
    "help": {EN: "What can you do?", AR: "ما الذي يمكنك فعله؟"},
    "consent": {EN: "Earlier conversations", AR: "المحادثات السابقة"},
    "home": {
        EN: (
            "I am Dalil, the library’s assistant. Write to me in Messages, in English or Arabic: about "
            "loans, hours, articles, rooms or research. In a channel, mention me and I answer in the thread."
        ),
        AR: (
            "أنا دليل، مساعد المكتبة. تصلني أسئلتك بالعربية والإنجليزية في تبويب Messages: عن الإعارة أو "
            "ساعات الدوام أو المقالات أو الغرف أو البحث. ويمكنك ذكر اسمي في أي قناة فأجيب في سلسلة "
            "الردود نفسها."
        ),
    },
    "forget": {EN: "Delete my conversations", AR: "حذف محادثاتي"},
    "forget_title": {EN: "Delete them?", AR: "حذف المحادثات؟"},
    "forget_ask": {
        EN: (
            "Everything that is kept of our conversations, here and in channels, is deleted and cannot be "
            "brought back. A question that waits for a librarian goes with it. What you see in Slack "
            "stays there."
        ),
        AR: (
            "يُحذف كل ما حُفظ من محادثاتنا، هنا وفي القنوات، ولا يمكن استرجاعه، "
            "ويُحذف معه أي سؤال ينتظر أمين المكتبة. أما ما يظهر في سلاك فيبقى فيه."
        ),
    },
    "forget_yes": {EN: "Delete them", AR: "نعم، احذفها"},
    "forget_no": {EN: "Keep them", AR: "لا، أبقِها"},
    "forgotten": {
        EN: "Done: nothing is kept of our conversations. If you write again, we begin anew.",
        AR: "تم الحذف، ولم يعد شيء من محادثاتنا محفوظًا. وإذا كتبت مجددًا بدأنا من جديد.",
    },
    "not_yours": {
        EN: "This button is for whoever asked. Mention me with a question of your own.",
        AR: "هذا الزر لصاحب السؤال. لطرح سؤالك الخاص يكفي ذكر اسمي في رسالتك.",
    },
    "file": {EN: "File", AR: "ملف"},
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
}


def say(key: str, language: Language) -> str:
    """Give a sentence. Raises KeyError for an unknown key."""
    return TEXTS[key][language]
