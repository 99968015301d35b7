"""Who may read how much is asked."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from bot.gateway.health import health_router


async def _nothing() -> list[str]:
    return []


@pytest.mark.parametrize(
    ("client", "token", "sent", "status"),
    [
        ("127.0.0.1", None, None, 200),
        ("::1", None, None, 200),
        ("198.51.100.7", None, None, 403),
        ("a-name", None, None, 403),
        ("198.51.100.7", "long-word", "Bearer long-word", 200),
        ("127.0.0.1", "long-word", None, 403),
        ("127.0.0.1", "long-word", "Bearer another", 403),
    ],
)
async def test_metrics_are_for_this_machine_or_for_the_token(
    client: str, token: str | None, sent: str | None, status: int
) -> None:
    app = FastAPI()
    app.include_router(health_router(_nothing, metrics_token=SecretStr(token) if token else None))
    transport = httpx.ASGITransport(app, client=(client, 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://dalil.example") as http:
        answer = await http.get("/metrics", headers={"Authorization": sent} if sent else {})
    assert answer.status_code == status
    assert ("dalil_turns" in answer.text) is (status == 200)
