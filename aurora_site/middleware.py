"""What every answer carries: a request id, and headers that keep the browser strict."""

from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from aurora_site import health as parts

GetResponse = Callable[[HttpRequest], HttpResponse]


def health(get_response: GetResponse) -> GetResponse:
    """Answer `/healthz` and `/readyz` before all else.

    Probes come every few seconds, by address and not by name: no host check, no session, no log line.
    """
    answers = {"/healthz": parts.healthz, "/readyz": parts.readyz}

    def answer(request: HttpRequest) -> HttpResponse:
        return answers.get(request.path_info, get_response)(request)

    return answer


def request_id(get_response: GetResponse) -> GetResponse:
    """Put the id that the log lines carry on the answer too, so that a user can quote it."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        current = structlog.contextvars.get_contextvars().get("request_id")
        if current:
            response.headers.setdefault("x-request-id", current)
        return response

    return answer


def browser_headers(get_response: GetResponse) -> GetResponse:
    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"
        )
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    return answer
