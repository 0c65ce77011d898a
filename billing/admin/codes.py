"""Promo codes: made here, given out elsewhere. How often and how long one can be used may be changed later."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.forms import ModelForm
from django.http import HttpRequest

from accounts.models import User
from billing import amounts
from billing.admin.read import DollarsField
from billing.models import PromoCode
from billing.services import new_codes


class CodeForm(ModelForm[PromoCode]):
    """For a new code."""

    code = forms.CharField(
        required=False,
        max_length=40,
        validators=[
            RegexValidator(r"^\s*[A-Za-z0-9][A-Za-z0-9-]{3,}\s*\Z", "Letters, digits and hyphens, at least four.")
        ],
        help_text="Empty: one is made up that nobody guesses.",
    )
    dollars = DollarsField(label="Credit in dollars", help_text="As in 10.00")

    class Meta:
        model = PromoCode
        fields = ("code", "credit_days", "max_uses", "ends_at", "reason")

    def clean_code(self) -> str:
        code = new_codes.tidy(self.cleaned_data["code"]) or new_codes.free_code()
        if PromoCode.objects.filter(code=code).exists():
            raise ValidationError("There is such a code already.")
        return code

    def clean_credit_days(self) -> int:
        days: int = self.cleaned_data["credit_days"]
        if not 1 <= days <= 3660:
            raise ValidationError("From 1 day to 10 years.")
        return days

    def _post_clean(self) -> None:
        self.instance.amount_micros = self.cleaned_data.get("dollars", 1)
        super()._post_clean()  # type: ignore[misc]  # not in the stubs


class CodeEndForm(ModelForm[PromoCode]):
    """For one that is there."""

    class Meta:
        model = PromoCode
        fields = ("max_uses", "ends_at")

    def clean_max_uses(self) -> int | None:
        most: int | None = self.cleaned_data["max_uses"]
        if most is not None and most < self.instance.uses:
            raise ValidationError(f"It was used {self.instance.uses} times already.")
        return most


@admin.display(description="credit", ordering="amount_micros")
def _credit(code: PromoCode) -> str:
    return amounts.dollars(code.amount_micros)


@admin.register(PromoCode)
class PromoCodeAdmin(admin.ModelAdmin[PromoCode]):
    list_display = ("code", _credit, "credit_days", "uses", "max_uses", "ends_at", "reason", "made_by")
    list_select_related = ("made_by",)
    search_fields = ("code", "reason")
    ordering = ("-created_at",)

    def get_form(self, request: HttpRequest, obj: PromoCode | None = None, change: bool = False, **options: Any) -> Any:
        return super().get_form(request, obj, change, **{"form": CodeEndForm if obj else CodeForm} | options)

    def get_fields(self, request: HttpRequest, obj: PromoCode | None = None) -> Any:
        if obj:
            return ("code", _credit, "credit_days", "uses", "max_uses", "ends_at", "reason", "made_by", "created_at")
        return ("code", "dollars", "credit_days", "max_uses", "ends_at", "reason")

    def get_readonly_fields(self, request: HttpRequest, obj: PromoCode | None = None) -> Any:
        return ("code", _credit, "credit_days", "uses", "reason", "made_by", "created_at") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: PromoCode | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: PromoCode, form: Any, change: bool) -> None:
        staff = cast("User", request.user)
        if change:
            new_codes.change(obj, by=staff)
        else:
            new_codes.make(obj, by=staff)
