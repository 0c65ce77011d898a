"""One envelope for every error under /v1: `{"error": {"message", "type", "param", "code"}}`."""

from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import reverse
from rest_framework import exceptions, status
from rest_framework.response import Response

from accounts.services import switches
from billing.ledger import InsufficientFunds
from billing.prices import MICROS_PER_DOLLAR
from generation import codes
from generation.models import Generation
from generation.services.request import Blocked, Invalid, KeyLimitReached, LimitReached, PlanRequired, QueueFull

BAD_REQUEST = codes.BAD_REQUEST
SERVER = codes.SERVER

log = structlog.get_logger(__name__)


def envelope(message: str, *, kind: str, code: str, param: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def outcome(state: str, *, code: str, message: str) -> dict[str, Any] | None:
    """The envelope for a generation that ended in `state`; None when it succeeded."""
    if state == Generation.Status.SUCCEEDED:
        return None
    if state == Generation.Status.BLOCKED:
        return envelope(message, kind=codes.USER, code="moderation_blocked")
    if state == Generation.Status.CANCELED:
        return envelope("The generation was canceled.", kind=BAD_REQUEST, code="canceled")
    return envelope(message or "The picture could not be drawn.", kind=SERVER, code=code or SERVER)


class ApiError(exceptions.APIException):
    """An error with all that the envelope says."""

    def __init__(
        self,
        status_code: int,
        message: str,
        *,
        kind: str,
        code: str,
        param: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message, code)
        self.status_code = status_code
        self.body = envelope(message, kind=kind, code=code, param=param)
        self.headers = headers or {}


CODES: list[tuple[type[Exception], str]] = [
    (exceptions.NotAuthenticated, "invalid_api_key"),
    (exceptions.AuthenticationFailed, "invalid_api_key"),
    (exceptions.PermissionDenied, "permission_denied"),
    (exceptions.NotFound, "not_found"),
    (exceptions.MethodNotAllowed, "method_not_allowed"),
    (exceptions.UnsupportedMediaType, "unsupported_media_type"),
    (exceptions.ParseError, "invalid_json"),
]


def handle(error: Exception, context: dict[str, Any]) -> Response:
    """Turn any exception of a /v1 view into its answer."""
    told = _translate(error)
    if isinstance(told, ApiError):
        return Response(told.body, status=told.status_code, headers=told.headers)
    code = next((code for cls, code in CODES if isinstance(told, cls)), "invalid_request")
    headers = {"WWW-Authenticate": told.auth_header} if hasattr(told, "auth_header") else {}
    return Response(envelope(str(told.detail), kind=BAD_REQUEST, code=code), status=told.status_code, headers=headers)


def _translate(error: Exception) -> exceptions.APIException:
    if isinstance(error, Http404):
        return exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied(str(error) or None)
    if isinstance(error, exceptions.APIException):
        return error
    if refusal := next((make for cls, make in REFUSALS if isinstance(error, cls)), None):
        return refusal(error)
    log.error("api_failed", exc_info=error)
    return ApiError(500, "Something went wrong here. Nothing was charged; try again.", kind=SERVER, code=SERVER)


def _invalid(error: Invalid) -> ApiError:
    """`param` and `code` are of the first wrong field, as clients know only one; the message tells of all."""
    param, (code, _) = next(iter(error.errors.items()))
    return ApiError(status.HTTP_400_BAD_REQUEST, str(error), kind=BAD_REQUEST, code=code, param=param or None)


def blocked(reason: str) -> ApiError:
    """The prompt is not allowed."""
    message = f"{reason} Nothing was drawn or charged."
    return ApiError(400, message, kind=codes.USER, code="moderation_blocked", param="prompt")


def _insufficient(error: InsufficientFunds) -> ApiError:
    needed, there = _dollars(error.needed_micros), _dollars(error.balance_micros)
    return _quota(
        f"The credit is used up: this request costs {needed}, and {there} is left.", code="insufficient_quota"
    )


def _key_limit(error: KeyLimitReached) -> ApiError:
    cap, spent, cost = map(_dollars, (error.cap_micros, error.spent_micros, error.cost_micros))
    page = f"{settings.BASE_URL}{reverse('pages:keys', args=[error.api_key.workspace.slug])}"
    return _quota(
        f"This API key may spend {cap} a month: {spent} is used or reserved, and this request costs {cost}. Nothing was"
        f" charged. Its cap can be changed by an admin of the workspace: {page}",
        code="key_limit_reached",
    )


def _quota(message: str, *, code: str) -> ApiError:
    # 402 is unknown to the clients, and without the header they would try twice more.
    return ApiError(
        status.HTTP_429_TOO_MANY_REQUESTS,
        message,
        kind=codes.QUOTA,
        code=code,
        headers={"x-should-retry": "false"},
    )


def _dollars(micros: int) -> str:
    return f"${micros / MICROS_PER_DOLLAR:.2f}"


def _plan_required(error: PlanRequired) -> ApiError:
    message = f"{error} Compare the plans: {settings.BASE_URL}{reverse('pages:plans')}"
    return ApiError(status.HTTP_403_FORBIDDEN, message, kind=BAD_REQUEST, code="plan_required", param="mode")


def _limit_reached(error: LimitReached) -> ApiError:
    """A mode that is closed to the member is like one that the plan lacks; a limit reached, like used up credit."""
    if error.field:
        return ApiError(status.HTTP_403_FORBIDDEN, str(error), kind=BAD_REQUEST, code="member_limit", param=error.field)
    return _quota(str(error), code="member_limit")


def _queue_full(error: QueueFull) -> ApiError:
    return ApiError(
        status.HTTP_429_TOO_MANY_REQUESTS,
        str(error),
        kind=codes.RATE,
        code=error.code,
        headers={"Retry-After": str(error.retry_after_seconds)},
    )


def _off(error: switches.Off) -> ApiError:
    return ApiError(status.HTTP_403_FORBIDDEN, str(error), kind=BAD_REQUEST, code="feature_off")


REFUSALS: list[tuple[type[Exception], Callable[[Any], ApiError]]] = [
    (Blocked, lambda error: blocked(str(error))),
    (Invalid, _invalid),
    (PlanRequired, _plan_required),
    (LimitReached, _limit_reached),
    (QueueFull, _queue_full),
    (InsufficientFunds, _insufficient),
    (KeyLimitReached, _key_limit),
    (switches.Off, _off),
]
