"""Payments for staff: purchases are read and refunded."""

from typing import Any, cast

import stripe
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse

from accounts.models import User
from accounts.services.rights import Refused
from billing import amounts
from billing.admin.read import ReadOnlyAdmin
from billing.models import DataSharing, Purchase, Redemption, TopUp
from billing.pages.credit_forms import DollarsField, plain
from billing.pages.failing import why
from billing.services import returns
from billing.stripe_client import NotConfigured


class RefundForm(forms.Form):
    amount = DollarsField(label="Amount, in dollars")
    seen = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(max_length=200, help_text="The workspace reads it on its statement.")


@admin.register(Purchase)
class PurchaseAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "workspace", "kind", "status", "amount", "returned")
    list_filter = ("kind", "status")
    list_select_related = ("workspace",)
    search_fields = ("workspace__slug", "workspace__name", "session_id", "payment_id")
    date_hierarchy = "created_at"

    @admin.display(ordering="amount_micros")
    def amount(self, purchase: Purchase) -> str:
        return amounts.dollars(purchase.amount_micros)

    @admin.display(ordering="returned_micros", description="paid back")
    def returned(self, purchase: Purchase) -> str:
        return amounts.dollars(purchase.returned_micros) if purchase.returned_micros else ""

    def get_urls(self) -> list[URLPattern]:
        own = path("<uuid:pk>/refund/", self.admin_site.admin_view(self.refund), name="billing_purchase_refund")
        return [own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        found = self.get_object(request, object_id)
        left = returns.left_of(found) if found else 0
        return super().change_view(request, object_id, form_url, (extra_context or {}) | {"refundable": left})

    def refund(self, request: HttpRequest, pk: Any) -> HttpResponseBase:
        """Send money back to the card: by those who may see all of the books, superusers."""
        purchase = Purchase.objects.select_related("workspace").filter(pk=pk).first()
        if purchase is None:
            raise Http404("No such purchase.")
        if not request.user.has_perm("billing.change_purchase"):
            raise PermissionDenied
        left = returns.left_of(purchase)
        form = RefundForm(request.POST or None, initial={"amount": plain(left), "seen": purchase.returned_micros})
        if request.method == "POST" and form.is_valid() and self._refund(request, purchase, form):
            return redirect(reverse("admin:billing_purchase_change", args=[pk]))
        context = self.admin_site.each_context(request) | {
            "title": f"Refund {amounts.dollars(purchase.amount_micros)} of {purchase.workspace}",
            "opts": self.model._meta,
            "purchase": purchase,
            "form": form,
            "left": amounts.dollars(left),
        }
        return render(request, "admin/billing/purchase/refund.html", context, status=422 if form.errors else 200)

    def _refund(self, request: HttpRequest, purchase: Purchase, form: RefundForm) -> bool:
        sent = form.cleaned_data
        purchase.returned_micros = sent["seen"]
        try:
            returns.refund_purchase(
                purchase=purchase, amount_micros=sent["amount"], reason=sent["reason"], by=cast("User", request.user)
            )
        except (Refused, NotConfigured, stripe.StripeError) as error:
            form.add_error("amount", why(error))
            return False
        messages.success(request, f"{amounts.dollars(sent['amount'])} goes back to the card.")
        return True


@admin.register(Redemption)
class RedemptionAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "code", "workspace", "person")
    list_select_related = ("code", "workspace", "person")
    search_fields = ("code__code", "workspace__slug")


@admin.register(TopUp)
class TopUpAdmin(ReadOnlyAdmin):
    list_display = ("workspace", "is_on", "threshold_micros", "amount_micros", "monthly_limit_micros", "failure")
    list_filter = ("is_on",)
    list_select_related = ("workspace",)


@admin.register(DataSharing)
class DataSharingAdmin(ReadOnlyAdmin):
    list_display = ("workspace", "started_at", "ended_at", "withdrawn_at")
    list_select_related = ("workspace",)
    search_fields = ("workspace__slug",)
