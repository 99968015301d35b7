"""What the demo page says, in both languages. Names, links and hours come from the library's files."""

from __future__ import annotations

from bot.model import Language

TEXTS: dict[Language, dict[str, str]] = {
    Language.EN: {
        "skip": "Skip to the content",
        "nav": "Library",
        "other": "العربية",
        "headline": "Look further, from where you are.",
        "lead": "Books, articles, manuscripts and people who know them: search, or ask.",
        "search": "Search books, articles and more",
        "search_button": "Search",
        "ask": "Ask the library, at any hour",
        "ask_text": (
            "answers from the library’s own pages and shows you which. When a person is the better "
            "answer, a librarian joins the same conversation."
        ),
        "ask_button": "Open the chat",
        "hours": "Open today",
        "hours_more": "All opening hours",
        "closed": "Closed",
        "services": "What people come for",
        "about": "A demonstration page. The library, its university and its town are invented.",
        "example_1": "Are you open on Friday evening?",
        "example_2": "Who is the librarian for biology?",
    },
    Language.AR: {
        "skip": "الانتقال إلى المحتوى",
        "nav": "المكتبة",
        "other": "English",
        "headline": "أفق أبعد، وأنت في مكانك.",
        "lead": "كتب ومقالات ومخطوطات، وأناس يعرفونها حق المعرفة: ابحث، أو اسأل.",
        "search": "كتب ومقالات وغيرها",
        "search_button": "بحث",
        "ask": "اسأل المكتبة في أي وقت",
        "ask_text": (
            "يجيبك من صفحات المكتبة نفسها ويدلّك عليها. وإذا كان الحديث مع إنسان أجدى لك، "
            "انضم أحد أمناء المكتبة إلى المحادثة نفسها."
        ),
        "ask_button": "فتح المحادثة",
        "hours": "الدوام اليوم",
        "hours_more": "جميع ساعات الدوام",
        "closed": "لا دوام",
        "services": "أكثر الخدمات طلبًا",
        "about": "صفحة للعرض والتجربة. المكتبة وجامعتها ومدينتها من نسج الخيال.",
        "example_1": "هل تفتحون مساء الجمعة؟",
        "example_2": "من أمين المكتبة المختص بالأحياء؟",
    },
}

# ids of links in library.yml; those a library does not have are left out
NAVIGATION = ("account", "databases", "guides", "librarians")
SERVICES = ("rooms", "equipment", "printing", "ill", "reserves", "remote", "makerspace", "citing")
