"""Says on a page of credit what Stripe, or a rule, has against what was asked for. Nothing was changed then."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import stripe
import structlog
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from accounts.pages.typed import WorkspaceRequest
from accounts.services.rights import Refused
from billing.stripe_client import NotConfigured

AWAY = "The payment service does not answer at the moment. Nothing was charged; try again in a minute."
CLOSED = "Credit cannot be bought on this site. Ask the people who run it."
View = Callable[..., HttpResponse]
log = structlog.get_logger(__name__)


def back_to(route: str) -> Callable[[View], View]:
    """The page that the reader is led to, with what was wrong."""

    def says(view: View) -> View:
        @wraps(view)
        def answer(request: WorkspaceRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                return view(request, slug, *args, **kwargs)
            except (Refused, NotConfigured, stripe.StripeError) as error:
                messages.error(request, why(error))
                return redirect(route, slug)

        return answer

    return says


def why(error: Exception) -> str:
    """In words for people."""
    if isinstance(error, Refused):
        return str(error)
    if isinstance(error, NotConfigured):
        return CLOSED
    log.warning("stripe_failed", error=str(error))
    return AWAY
