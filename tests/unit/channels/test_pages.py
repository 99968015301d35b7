"""The demo page and the widget's files: types, caching, headers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from channels.web.bundle import CannotBundle, bundle
from tests.fakes.gateway import gateway


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with gateway() as served, httpx.AsyncClient(base_url=served.url) as client:
        yield client


async def test_the_page_speaks_both_languages(http: httpx.AsyncClient) -> None:
    english = await http.get("/?lang=en")
    arabic = await http.get("/?lang=ar")
    assert '<html lang="en" dir="ltr">' in english.text
    assert '<html lang="ar" dir="rtl">' in arabic.text
    assert "مكتبة جامعة مرصد" in arabic.text
    assert "Law Reading Room</dt><dd>Closed" in english.text
    by_browser = await http.get("/", headers={"Accept-Language": "fr, ar-JO;q=0.8, en;q=0.5"})
    assert 'lang="ar"' in by_browser.text
    assert by_browser.headers["vary"] == "Accept-Language"
    assert 'lang="en"' in (await http.get("/?lang=xx")).text


async def test_the_page_keeps_a_strict_policy(http: httpx.AsyncClient) -> None:
    page = await http.get("/")
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"<script(?![^>]*\bsrc=)", page.text)
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=", page.text)


async def test_files_have_types_and_live_long(http: httpx.AsyncClient) -> None:
    loader = await http.get("/widget/dalil.js")
    version = re.search(r'VERSION ?= ?"([0-9a-f]{12})"', loader.text)
    assert version is not None
    assert "max-age=300" in loader.headers["cache-control"]
    for name, kind in (
        ("widget.js", "text/javascript"),
        ("widget.css", "text/css"),
        ("vendor/socket.io.esm.min.js", "text/javascript"),
        ("vendor/socket.io.LICENSE.txt", "text/plain"),
        ("pattern.svg", "image/svg+xml"),
    ):
        file = await http.get(f"/widget/{version[1]}/{name}")
        assert file.status_code == 200, name
        assert file.headers["content-type"].split(";")[0] == kind
        assert "immutable" in file.headers["cache-control"]
        assert file.headers["access-control-allow-origin"] == "*"
        assert file.headers["x-content-type-options"] == "nosniff"
        assert file.headers["content-encoding"] == "gzip" or len(file.content) < 700
    older = await http.get("/widget/0123456789ab/widget.js")
    assert older.status_code == 200
    assert "immutable" not in older.headers["cache-control"]


async def test_a_file_that_did_not_change_is_not_sent_again(http: httpx.AsyncClient) -> None:
    etag = (await http.get("/widget/dalil.js")).headers["etag"]
    again = await http.get("/widget/dalil.js", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path", ["nothing.js", "../channel.py", "%2e%2e/channel.py", "..%2f..%2frest.py", ""]
)
async def test_only_the_widgets_files_are_served(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(f"/widget/{path}")).status_code == 404


async def test_the_page_pays_little(http: httpx.AsyncClient) -> None:
    loader = await http.get("/widget/dalil.js")
    assert len(loader.content) <= 10_000, "bytes before anybody opens it, not even packed"
    version = re.search(r'VERSION ?= ?"([0-9a-f]{12})"', loader.text)
    assert version is not None
    packed = {}
    for name in ("dalil.js", "widget.js", "widget.css", "pattern.svg"):
        async with http.stream("GET", f"/widget/{version[1]}/{name}") as response:
            assert response.headers["content-encoding"] == "gzip"
            packed[name] = len(b"".join([piece async for piece in response.aiter_raw()]))
    assert sum(packed.values()) <= 30_000, packed
    text = (await http.get(f"/widget/{version[1]}/widget.js")).text
    assert not re.search(r"""\bimport\s*\(|\bfrom\s*["']""", text), (
        "something more is loaded, and not counted"
    )


def test_modules_that_do_not_fit_together_are_named() -> None:
    files = {
        "a.js": b'import { b } from "./b.js";\nexport const a = b;\n',
        "b.js": b"export function b() {}\n",
    }
    assert bundle("a.js", files) == "function b() {}\n\nexport const a = b;\n"
    for name, body, told in (
        ("b.js", b"const a = 1;\n", "both declare a"),
        ("b.js", b'import { a } from "./a.js";\n', "in a circle"),
        ("b.js", b"export default 1;\n", "not understood"),
        ("b.js", b'import { c } from "./c.js";\n', "there is none"),
        ("b.js", b"const [c, a] = [1, 2];\n", "both declare a"),
    ):
        with pytest.raises(CannotBundle, match=told):
            bundle("a.js", files | {name: body})
