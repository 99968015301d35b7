"""What threads and topics say to librarians, in both languages."""

from __future__ import annotations

from bot.errors import (
    AnotherOpen,
    AtCapacity,
    DalilError,
    HandoffEnded,
    HandoffTaken,
    HandoffUnknown,
    MessageRefused,
    NotAllowed,
    NotAssigned,
    NotYours,
    ReferralOver,
    Rejected,
)
from bot.model import Language

EN, AR = Language.EN, Language.AR

TEXTS: dict[str, dict[Language, str]] = {
    # What stands at the top
    "waiting": {EN: "Waiting for a librarian", AR: "بانتظار أمين مكتبة"},
    "left": {
        EN: "Left for later: the patron is not waiting",
        AR: "متروك لوقت لاحق: المستفيد لا ينتظر الآن",
    },
    "assigned": {EN: "With {name}", AR: "مع {name}"},
    "closed": {EN: "Closed by {name}", AR: "انتهت مع {name}"},
    "returned": {EN: "Over", AR: "انتهت"},
    "abandoned": {
        EN: "The patron has left, or needs no person any more",
        AR: "غادر المستفيد أو لم يعد بحاجة إلى أمين مكتبة",
    },
    "forgotten": {EN: "The patron had this conversation deleted.", AR: "طلب المستفيد حذف هذه المحادثة."},
    "referred_to": {EN: "{by} asks {to} to take it over", AR: "إحالة من {by} إلى {to}"},
    "rated": {EN: "Rated {mark} of 5", AR: "التقييم {mark} من 5"},
    "typing": {EN: "The patron is writing…", AR: "المستفيد يكتب…"},
    "no_question": {
        EN: "(asked for a person without saying why)",
        AR: "(طُلب أمين مكتبة، ولم يُكتب السؤال بعد)",
    },
    # The packet
    "question": {EN: "Question", AR: "السؤال"},
    "reason": {EN: "Why a person", AR: "سبب طلب أمين مكتبة"},
    "topic": {EN: "Topic", AR: "الموضوع"},
    "language": {EN: "Language", AR: "اللغة"},
    "channel": {EN: "Writes from", AR: "القناة"},
    "channel_web": {EN: "the website", AR: "الموقع"},
    "channel_rest": {EN: "another system", AR: "نظام آخر"},
    "channel_telegram": {EN: "Telegram", AR: "تيليغرام"},
    "channel_slack": {EN: "Slack", AR: "سلاك"},
    "channel_other": {EN: "another channel", AR: "قناة أخرى"},
    "subject": {EN: "Subject", AR: "التخصص"},
    "wanted": {EN: "Asked for", AR: "طلب التحدث إلى"},
    "tried": {EN: "Tried already", AR: "ما جُرّب"},
    "answered": {EN: "The assistant answered", AR: "ما أجاب به المساعد"},
    "earlier": {
        EN: "Earlier conversations, as the patron agreed: {n}, last on {day}. Read them on the web desk.",
        AR: "محادثات سابقة وافق المستفيد على ظهورها: {n}، آخرها بتاريخ {day}. تُقرأ في المكتب على الموقع.",
    },
    "earlier_helper": {
        EN: "Helped before by {name}, who is available now.",
        AR: "ممن ساعد المستفيد من قبل، وفي المكتب الآن: {name}.",
    },
    "en": {EN: "English", AR: "الإنجليزية"},
    "ar": {EN: "Arabic", AR: "العربية"},
    "reason_asked": {EN: "asked for one", AR: "طلب المستفيد ذلك"},
    "reason_not_understood": {EN: "not understood", AR: "لم يُفهم السؤال"},
    "reason_did_not_help": {EN: "the answer did not help", AR: "لم تُفد الإجابة"},
    "reason_remote_access": {EN: "trouble with access from outside", AR: "مشكلة في الدخول من خارج الجامعة"},
    "reason_research": {EN: "research help", AR: "مساعدة في البحث"},
    "reason_engine_failed": {EN: "the assistant had a fault", AR: "عطل في المساعد"},
    "reason_no_answer": {EN: "nothing on it in the knowledge base", AR: "لا جواب عنه في قاعدة المعرفة"},
    "reason_known_item": {EN: "looking for a certain book or article", AR: "البحث عن كتاب أو مقال بعينه"},
    "reason_out_of_scope": {
        EN: "outside what the assistant may answer",
        AR: "خارج ما يحق للمساعد الإجابة عنه",
    },
    "reason_other": {EN: "the assistant passed it on", AR: "إحالة من المساعد"},
    "topic_other": {EN: "something else", AR: "موضوع آخر"},
    # Who speaks
    "patron": {EN: "Patron", AR: "المستفيد"},
    "patron_edited": {EN: "Patron, edited", AR: "المستفيد، بعد تعديل"},
    "assistant": {EN: "Dalil", AR: "دليل"},
    "elsewhere": {EN: "{name}, on another desk", AR: "{name}، من مكتب آخر"},
    "note_by": {EN: "Note by {name}", AR: "ملاحظة من {name}"},
    "changed_by": {EN: "{name} changed this", AR: "تعديل من {name} على هذه الرسالة"},
    # Buttons
    "claim": {EN: "Claim", AR: "تسلّم"},
    "preview": {EN: "Preview", AR: "معاينة"},
    "later": {EN: "Later", AR: "لاحقًا"},
    "refer": {EN: "Refer", AR: "إحالة"},
    "put_back": {EN: "Back to queue", AR: "إعادة إلى الانتظار"},
    "give_back": {EN: "Return to assistant", AR: "إعادة إلى المساعد"},
    "close": {EN: "Close", AR: "إنهاء"},
    "insert": {EN: "From the knowledge base", AR: "من قاعدة المعرفة"},
    "reopen": {EN: "Reopen", AR: "إعادة فتح"},
    "accept": {EN: "Take it over", AR: "قبول"},
    "decline": {EN: "Decline", AR: "اعتذار"},
    "recall": {EN: "Take the referral back", AR: "سحب الإحالة"},
    "claim_send": {EN: "Claim and send", AR: "تسلّم وإرسال"},
    "claim_beyond": {EN: "Claim all the same", AR: "تسلّم على أي حال"},
    "cancel": {EN: "Cancel", AR: "إلغاء"},
    "send": {EN: "Send", AR: "إرسال"},
    "send_n": {EN: "Send {n}", AR: "إرسال {n}"},
    "more": {EN: "More", AR: "المزيد"},
    # What is said in the thread
    "ask_claim": {
        EN: "Nobody has this conversation yet. Claim it and send what you wrote to the patron?",
        AR: "لم يتسلّم أحد هذه المحادثة بعد. لإرسال ما كتبته إلى المستفيد يلزم تسلّمها أولًا.",
    },
    "not_sent": {EN: "Not delivered: {reason}", AR: "لم تصل الرسالة: {reason}"},
    "twice": {
        EN: "Perhaps delivered twice: the line broke while it was being sent.",
        AR: "ربما وصلت مرتين: انقطع الاتصال أثناء إرسالها.",
    },
    "kept_inside": {
        EN: "Kept as a note: only {name}, who has this conversation, speaks to the patron.",
        AR: "حُفظت ملاحظةً داخلية ولم تصل إلى المستفيد، فالمحادثة مع {name}.",
    },
    "over_inside": {
        EN: "Kept as a note: the conversation is over, so the patron did not get it.",
        AR: "حُفظت ملاحظةً داخلية ولم تصل إلى المستفيد، فالمحادثة انتهت.",
    },
    "stays_inside": {
        EN: "This is still a note. To send it to the patron, write it as a new message.",
        AR: "تبقى هذه ملاحظةً داخلية. لإرسالها إلى المستفيد يلزم كتابتها في رسالة جديدة.",
    },
    "will_look": {EN: "I will come back to this later.", AR: "سأعود إلى هذه المحادثة لاحقًا."},
    "reopened_topic": {
        EN: "The topic of this conversation was deleted; this one takes its place.",
        AR: "حُذف موضوع هذه المحادثة، وهذا بديل عنه.",
    },
    "anonymous": {
        EN: (
            "You write as the group, so Dalil cannot tell who you are, and nothing was sent. An owner of the "
            "group can switch “Remain anonymous” off for you."
        ),
        AR: (
            "رسالتك باسم المجموعة، فلا يعرف «دليل» من كتبها، ولم تُرسل إلى المستفيد. يستطيع مالك المجموعة "
            "إيقاف «البقاء مجهولًا» لحسابك."
        ),
    },
    "stranger": {
        EN: (
            "Only librarians whose account is linked can act here. Your ID here is {identity}: ask whoever "
            "runs Dalil for “dalil librarian link”."
        ),
        AR: (
            "لا يستطيع ذلك إلا أمناء المكتبة المرتبطة حساباتهم. معرّفك هنا {identity}، ويمكن لمن يدير «دليل» "
            "ربط حسابك بالأمر \u2066dalil librarian link\u2069."
        ),
    },
    # Modals and steps
    "close_title": {EN: "Close", AR: "إنهاء المحادثة"},
    "read": {EN: "READ value", AR: "مستوى READ"},
    "read_1": {EN: "1: no effort", AR: "1: بلا جهد"},
    "read_2": {EN: "2: little effort", AR: "2: جهد يسير"},
    "read_3": {EN: "3: knowledge of sources", AR: "3: معرفة بالمصادر"},
    "read_4": {EN: "4: several sources", AR: "4: عدة مصادر"},
    "read_5": {EN: "5: much work", AR: "5: جهد كبير"},
    "read_6": {EN: "6: research of hours or days", AR: "6: بحث يستغرق ساعات أو أيامًا"},
    "transaction": {EN: "Kind", AR: "نوع السؤال"},
    "directional": {EN: "Directional", AR: "إرشادي"},
    "reference": {EN: "Reference", AR: "مرجعي"},
    "note": {EN: "Note (for the desk)", AR: "ملاحظة (للزملاء)"},
    "choose": {EN: "Choose", AR: "اختيار"},
    "refer_title": {EN: "Refer", AR: "إحالة المحادثة"},
    "refer_to": {EN: "To whom", AR: "إلى"},
    "word": {EN: "A word to them", AR: "كلمة إلى الزملاء"},
    "word_to_patron": {EN: "A word of your own before it", AR: "كلمة منك تسبقه"},
    "insert_title": {EN: "Knowledge base", AR: "قاعدة المعرفة"},
    "search": {EN: "Search", AR: "البحث"},
    "search_hint": {EN: "Type to search", AR: "كلمات البحث"},
    "results": {EN: "What to send", AR: "ما سيُرسل"},
    "search_usage": {
        EN: "Other words: /search and what you look for.",
        AR: "للبحث بكلمات أخرى: \u200e/search ثم كلمات البحث.",
    },
    "nothing_found": {EN: "Nothing found.", AR: "لا نتائج."},
    "nothing_chosen": {EN: "Search and choose something first.", AR: "يلزم البحث واختيار نتيجة أولًا."},
    "preview_title": {EN: "Conversation", AR: "المحادثة"},
    "available": {EN: "available", AR: "في المكتب"},
    "away": {EN: "away", AR: "خارج المكتب"},
    "offline": {EN: "not there", AR: "غير متصل"},
    "presence_on": {
        EN: "You are available: patrons who ask for a person can be yours.",
        AR: "حالتك الآن: في المكتب. قد تصلك محادثات من يطلبون أمين مكتبة.",
    },
    "presence_off": {EN: "You are off the desk.", AR: "حالتك الآن: غير متصل."},
    "presence_away": {EN: "You are away.", AR: "حالتك الآن: خارج المكتب."},
    "presence_list": {EN: "On the desk: {people}", AR: "الزملاء الآن: {people}"},
    "nobody": {EN: "nobody", AR: "لا أحد"},
    "menu_desk": {EN: "On, off or away: whether you take patrons", AR: "حالتك في المكتب: on أو off أو away"},
    "menu_search": {EN: "Search the knowledge base, and send", AR: "البحث في قاعدة المعرفة والإرسال"},
    "menu_refer": {EN: "Refer, with a word to the colleague", AR: "إحالة مع كلمة إلى الزملاء"},
    "menu_close": {EN: "Close, with a note", AR: "إنهاء مع ملاحظة"},
    "menu_undo": {EN: "Take back the message you answer to", AR: "سحب رسالة بالرد عليها"},
    "presence_usage": {EN: "/desk on, /desk off or /desk away", AR: "/desk on أو /desk off أو /desk away"},
    # Why not
    "taken": {EN: "{name} was quicker.", AR: "صارت هذه المحادثة مع {name} قبل لحظات."},
    "ended": {EN: "This conversation is over already.", AR: "انتهت هذه المحادثة من قبل."},
    "gone": {
        EN: "This conversation is not kept any more; the patron may have had it deleted.",
        AR: "لم تعد هذه المحادثة محفوظة، وربما طلب صاحبها حذفها.",
    },
    "not_yours": {
        EN: "Only the librarian who has claimed this conversation can do that.",
        AR: "لا يستطيع ذلك إلا من تسلّم هذه المحادثة من أمناء المكتبة.",
    },
    "not_written": {
        EN: "You can only change what you wrote yourself.",
        AR: "لا يمكنك تعديل إلا ما كتبته بنفسك.",
    },
    "not_your_words": {
        EN: "Only who wrote this can send it.",
        AR: "لا يستطيع إرسال هذه الرسالة إلا من كتبها.",
    },
    "not_allowed": {EN: "Your account may not do that.", AR: "لا يسمح حسابك بذلك."},
    "referral_over": {EN: "This referral is over already.", AR: "انتهت هذه الإحالة من قبل."},
    "another_open": {
        EN: "The patron has asked again meanwhile, so this one stays closed.",
        AR: "طلب المستفيد أمين مكتبة من جديد في هذه الأثناء، فتبقى هذه المحادثة منتهية.",
    },
    "at_capacity": {
        EN: "You have {capacity} conversations already, which is enough at once.",
        AR: "بلغت محادثاتك حدّها الأقصى في آنٍ واحد ({capacity}).",
    },
    "rejected": {EN: "That cannot be done so.", AR: "لا يمكن فعل ذلك على هذا النحو."},
    "no_colleague": {EN: "That is nobody who could take it.", AR: "لا يستطيع هذا الزميل تسلّمها."},
    "nobody_for_subject": {EN: "No colleague has this subject.", AR: "لا أحد من الزملاء مسجّل لهذا التخصص."},
    "too_long": {EN: "That is too long.", AR: "النص أطول مما ينبغي."},
    "empty": {EN: "There is nothing in it.", AR: "لا شيء في هذه الرسالة."},
    "record": {EN: "The READ value, kind or topic is missing.", AR: "ينقص مستوى READ أو النوع أو الموضوع."},
    "failed": {
        EN: "Something went wrong here. Please try again in a moment.",
        AR: "حدث خلل لدينا. يُرجى المحاولة بعد قليل.",
    },
}


# Between things that are listed
COMMA = {EN: ", ", AR: "، "}
SEMICOLON = {EN: "; ", AR: "؛ "}


def say(key: str, language: Language, **values: object) -> str:
    """Give a sentence. Raises KeyError for an unknown key."""
    return TEXTS[key][language].format(**values)


def why_not(error: DalilError, language: Language) -> str:
    """Say why the core did not do what a librarian asked."""
    match error:
        case HandoffTaken():
            return say("taken", language, name=str(error) or "…")
        case HandoffEnded():
            return say("ended", language)
        case HandoffUnknown():
            return say("gone", language)
        case NotAssigned():
            return say("not_yours", language)
        case NotYours() if str(error) in TEXTS:
            return say(str(error), language)
        case NotYours():
            return say("not_written", language)
        case NotAllowed():
            return say("not_allowed", language)
        case ReferralOver():
            return say("referral_over", language)
        case AnotherOpen():
            return say("another_open", language)
        case AtCapacity():
            return say("at_capacity", language, capacity=error.capacity)
        case MessageRefused() if error.code in TEXTS:
            return say(error.code, language)
        case Rejected():
            return say(error.code if error.code in TEXTS else "rejected", language)
        case _:
            return say("failed", language)
