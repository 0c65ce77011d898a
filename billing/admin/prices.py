"""The price list: rows are added, and hold from their day on. The past stays."""

from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import ValidationError
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from billing import amounts, prices
from billing.admin.read import DollarsField, KeptAdmin
from billing.models import Price


class PriceForm(ModelForm[Price]):
    dollars = DollarsField(label="Price in dollars", help_text="As in 0.07")
    valid_from = forms.SplitDateTimeField(
        required=False, widget=AdminSplitDateTime, help_text="From when on, in UTC. Empty: from now on."
    )

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


@admin.display(description="price", ordering="micros")
def _price(price: Price) -> str:
    return amounts.dollars(price.micros)


@admin.register(Price)
class PriceAdmin(KeptAdmin):
    form = PriceForm
    list_display = ("item", _price, "valid_from", "reason", "set_by", "created_at")
    list_filter = ("item",)
    list_select_related = ("set_by",)
    ordering = ("-valid_from", "item")

    def get_fields(self, request: HttpRequest, obj: Price | None = None) -> Any:
        return (
            "item",
            _price if obj else "dollars",
            "valid_from",
            "reason",
            *(("set_by", "created_at") if obj else ()),
        )

    def save_model(self, request: HttpRequest, obj: Price, form: Any, change: bool) -> None:
        prices.change(obj, by=cast("User", request.user))
