"""Promo codes: made here, given out elsewhere. How often and how long one can be used may be changed later."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.forms import ModelForm
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts import staff
from accounts.models import User
from accounts.staff import StaffAction
from billing.models import PromoCode, Redemption
from billing.services import new_codes
from generation.staff import paging
from generation.staff.fields import DollarsField, MomentField, reason_field
from generation.staff.frame import needs
from generation.staff.money.page import page


class CodeForm(ModelForm[PromoCode]):
    """For a new code."""

    code = forms.CharField(
        required=False,
        max_length=40,
        validators=[
            RegexValidator(r"^\s*[A-Za-z0-9][A-Za-z0-9-]{3,}\s*\Z", "Letters, digits and hyphens, at least four.")
        ],
        help_text="Empty: one is made up that nobody guesses.",
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    dollars = DollarsField(label="Credit in dollars", help_text="As in 10.00")
    ends_at = MomentField(required=False, label="Ends", help_text="In UTC. Empty: never.")
    reason = reason_field("What it is for; only staff read it.")
    field_order = ("code", "dollars", "credit_days", "max_uses", "ends_at", "reason")

    class Meta:
        model = PromoCode
        fields = ("code", "credit_days", "max_uses", "ends_at", "reason")
        labels = {"credit_days": "The credit lasts, in days", "max_uses": "Uses"}
        help_texts = {"credit_days": "From the day on which it is redeemed.", "max_uses": "Empty: any number."}

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

    ends_at = MomentField(required=False, label="Ends", help_text="In UTC. Empty: never.")

    class Meta:
        model = PromoCode
        fields = ("max_uses", "ends_at")
        labels = {"max_uses": "Uses"}
        help_texts = {"max_uses": "Empty: any number."}

    def clean_max_uses(self) -> int | None:
        most: int | None = self.cleaned_data["max_uses"]
        if most is not None and most < self.instance.uses:
            raise ValidationError(f"It was used {self.instance.uses} times already.")
        return most


@needs(StaffAction.SEE_MONEY)
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponseBase:
    """All codes; on POST one more."""
    form = CodeForm(request.POST or None)
    if request.method == "POST":
        staff.demand(request.user, StaffAction.MOVE_MONEY)
        if form.is_valid():
            made = form.save(commit=False)
            new_codes.make(made, by=cast("User", request.user))
            messages.success(request, f"{made.code} can be redeemed.")
            return redirect("staff:money_codes")
    rows = PromoCode.objects.select_related("made_by")
    context = {"form": form, "found": paging.newest(request, rows)}
    return page(request, "codes", context, title="Promo codes", tab="money_codes", status=422 if form.errors else 200)


@needs(StaffAction.SEE_MONEY)
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One code and who redeemed it; on POST how often and how long it still can be."""
    found = PromoCode.objects.select_related("made_by").filter(pk=pk).first()
    if found is None:
        raise Http404("There is no such code.")
    form = CodeEndForm(request.POST or None, instance=found)
    if request.method == "POST":
        staff.demand(request.user, StaffAction.MOVE_MONEY)
        if form.is_valid():
            new_codes.change(found, by=cast("User", request.user))
            messages.success(request, "Changed.")
            return redirect("staff:money_code", pk)
    used = Redemption.objects.filter(code=found).select_related("workspace", "person")
    context: dict[str, Any] = {"code": found, "form": form, "found": paging.newest(request, used)}
    return page(request, "code", context, title=found.code, tab="money_codes", status=422 if form.errors else 200)
