"""The price list: what holds, what will hold, what held. Rows are added for now or later; the past stays."""

from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import ModelForm
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts import staff
from accounts.models import User
from accounts.staff import StaffAction
from billing import prices
from billing.models import Price
from generation.staff.fields import DollarsField, MomentField, reason_field
from generation.staff.frame import needs
from generation.staff.money.page import page

LINES = 100


class PriceForm(ModelForm[Price]):
    dollars = DollarsField(label="Price in dollars", help_text="As in 0.07")
    valid_from = MomentField(required=False, label="From", help_text="In UTC. Empty: from now on.")
    reason = reason_field("Kept beside the price.")

    field_order = ("item", "dollars", "valid_from", "reason")

    class Meta:
        model = Price
        fields = ("item", "valid_from", "reason")

    def clean_valid_from(self) -> datetime:
        now = timezone.now()
        asked: datetime | None = self.cleaned_data["valid_from"]
        if asked and asked < now:
            raise ValidationError("Prices of the past stay as they were: choose a moment to come, or none for now.")
        # The row and what is asked of it are of one moment, whatever the time between them.
        self.instance.created_at = now
        return asked or now

    def _post_clean(self) -> None:
        self.instance.micros = self.cleaned_data.get("dollars", 1)
        super()._post_clean()  # type: ignore[misc]  # not in the stubs


@needs(StaffAction.SEE_MONEY)
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponseBase:
    """The list; on POST one more row of it."""
    form = PriceForm(request.POST or None)
    if request.method == "POST":
        staff.demand(request.user, StaffAction.MOVE_MONEY)
        if form.is_valid():
            prices.change(form.save(commit=False), by=cast("User", request.user))
            messages.success(request, "The price is set.")
            return redirect("staff:money_prices")
    return page(
        request, "prices", _context(form), title="Prices", tab="money_prices", status=422 if form.errors else 200
    )


def _context(form: forms.BaseForm) -> dict[str, Any]:
    now = timezone.now()
    labels, listed = dict(Price.Item.choices), prices.listed(at=now)
    rows = Price.objects.select_related("set_by").order_by("-valid_from", "item")[:LINES]
    return {
        "form": form,
        "now": [(labels[item], micros) for item, micros in listed.items()],
        "coming": [row for row in rows if row.valid_from > now],
        "past": [row for row in rows if row.valid_from <= now],
    }
