"""Whether the gateway lives, whether it is ready, and what it counted."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from ipaddress import ip_address

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import SecretStr

Troubles = Callable[[], Awaitable[list[str]]]
Complaints = Callable[[], dict[str, list[str]]]


def health_router(
    troubles: Troubles, complaints: Complaints = dict, metrics_token: SecretStr | None = None
) -> APIRouter:
    """Give ``/healthz`` (the process answers), ``/readyz`` (so do its parts) and ``/metrics``.

    ``complaints`` says what is wrong with single channels and desks: it is shown, and the gateway is ready
    all the same. How many patrons ask is the library's own business: metrics are for whoever has the token
    and, without one, for this machine.
    """
    routes = APIRouter(include_in_schema=False)

    @routes.get("/healthz")
    async def alive() -> PlainTextResponse:
        return PlainTextResponse("ok\n")

    @routes.get("/readyz")
    async def ready() -> JSONResponse:
        found = await troubles()
        told = {"ready": not found, "troubles": found, "channels": complaints()}
        return JSONResponse(told, 503 if found else 200)

    @routes.get("/metrics")
    async def metrics(request: Request) -> Response:
        if not _may_read(request, metrics_token):
            return PlainTextResponse("not for you: see DALIL_METRICS_TOKEN\n", 403)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return routes


def _may_read(request: Request, token: SecretStr | None) -> bool:
    if token is not None:
        given = request.headers.get("authorization", "").encode()
        return hmac.compare_digest(given, f"Bearer {token.get_secret_value()}".encode())
    try:
        # A proxy on this machine passes on for whom it asks, and uvicorn puts that in place of its address.
        return request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:
        return False
