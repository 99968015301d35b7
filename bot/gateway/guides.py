"""Guide pages: where a citation leads when the library has no page of its own for it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from pathlib import Path

from fastapi import APIRouter, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from knowledge_base.engine.pages import render_document
from knowledge_base.engine.snapshot import DocumentView, Snapshot

HERE = Path(__file__).resolve().parent
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; script-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cache-Control": "no-cache",
}
MONTHS = {
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    "ar": [
        "كانون الثاني/يناير",
        "شباط/فبراير",
        "آذار/مارس",
        "نيسان/أبريل",
        "أيار/مايو",
        "حزيران/يونيو",
        "تموز/يوليو",
        "آب/أغسطس",
        "أيلول/سبتمبر",
        "تشرين الأول/أكتوبر",
        "تشرين الثاني/نوفمبر",
        "كانون الأول/ديسمبر",
    ],
}
TEXTS = {
    "en": {
        "guides": "Guides",
        "questions": "Questions and answers",
        "reviewed": "Reviewed",
        "by": "by",
        "on_page": "On this page",
        "missing": "There is no such page.",
        "other": "العربية",
        "home": "Home",
        "ask": "Is something unclear? Ask Dalil, at the bottom of this page.",
    },
    "ar": {
        "guides": "الأدلة",
        "questions": "أسئلة وأجوبة",
        "reviewed": "تاريخ المراجعة",
        "by": "بإشراف",
        "on_page": "في هذه الصفحة",
        "missing": "لا توجد صفحة بهذا العنوان.",
        "other": "English",
        "home": "الرئيسة",
        "ask": "هل من أمر غير واضح؟ يمكن سؤال «دليل» في أسفل هذه الصفحة.",
    },
}


def guides_router(snapshot: Callable[[], Snapshot]) -> APIRouter:
    """Give ``/guides/…``: a list, guides, and FAQ files as pages, in both languages."""
    routes = APIRouter(include_in_schema=False)
    templates = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = (HERE / "static" / "guide.css").read_bytes()
    version = hashlib.sha256(style).hexdigest()[:12]

    def page(request: Request, name: str, language: str, status: int = 200, **facts: object) -> Response:
        text = templates.get_template(name).render(
            t=TEXTS[language],
            language=language,
            direction="rtl" if language == "ar" else "ltr",
            other="en" if language == "ar" else "ar",
            library=snapshot().library,
            version=version,
            **facts,
        )
        return Response(text, status, HEADERS | {"Content-Language": language}, "text/html")

    def missing(request: Request, language: str) -> Response:
        return page(request, "missing.html", language if language in TEXTS else "en", 404)

    @routes.get("/guides/style-{_version}.css")
    async def stylesheet(_version: str) -> Response:
        return Response(
            style, headers={"Cache-Control": "public, max-age=31536000, immutable"}, media_type="text/css"
        )

    @routes.get("/guides")
    @routes.get("/guides/{language}")
    async def overview(request: Request, language: str = "en") -> Response:
        if language not in TEXTS:
            return missing(request, "en")
        found = [d for d in snapshot().documents.values() if d.language == language]
        by_title = sorted(found, key=lambda document: document.title)
        return page(
            request,
            "overview.html",
            language,
            guides=[d for d in by_title if d.kind == "guide"],
            faqs=[d for d in by_title if d.kind == "faq"],
        )

    @routes.get("/guides/{language}/faq/{id_}")
    async def faq(request: Request, language: str, id_: str) -> Response:
        return show(request, language, id_, "faq")

    @routes.get("/guides/{language}/{id_}")
    async def guide(request: Request, language: str, id_: str) -> Response:
        return show(request, language, id_, "guide")

    def show(request: Request, language: str, id_: str, kind: str) -> Response:
        held = snapshot()
        view = held.document(id_, language, kind) if language in TEXTS else None
        if view is None:
            return missing(request, language)
        owner = held.people.get(view.document.owner)
        return page(
            request,
            "guide.html",
            language,
            view=view,
            body=render_document(view),
            reviewed=_spelt(view.document.reviewed, language),
            owner=owner.name[language] if owner else "",
            twin=_twin(held, view, kind),
        )

    return routes


def _twin(held: Snapshot, view: DocumentView, kind: str) -> str | None:
    other = "en" if view.document.language == "ar" else "ar"
    if held.document(view.document.id, other, kind) is None:
        return None
    return f"/guides/{other}/{'faq/' if kind == 'faq' else ''}{view.document.id}"


def _spelt(day: date, language: str) -> str:
    return f"{day.day} {MONTHS[language][day.month - 1]} {day.year}"
