"""The books. A new transaction is an adjustment; nothing else is written here."""

import uuid
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.admin_site import Fetched
from accounts.models import User
from billing import amounts, ledger
from billing.admin.read import DollarsField, KeptAdmin, ReadOnlyAdmin
from billing.models import Account, Posting, Transaction
from billing.services import adjust


@admin.display(description="balance", ordering="balance")
def _balance(account: Account) -> str:
    return amounts.dollars(account.balance)


@admin.display(description="amount", ordering="amount")
def _amount(posting: Posting) -> str:
    return amounts.dollars(posting.amount)


@admin.display(description="credit", ordering="credit_micros")
def _credit(row: Transaction) -> str:
    return amounts.dollars(row.credit_micros)


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    list_display = ("workspace", "kind", "source", "expires_at", _balance, "proved_at")
    list_filter = ("kind", "source")
    list_select_related = ("workspace",)
    search_fields = ("workspace__slug", "workspace__name")


@admin.register(Posting)
class PostingAdmin(Fetched, ReadOnlyAdmin):
    list_display = ("transaction", "account", _amount)
    fetched = ("transaction", "account")
    ordering = ("-id",)
    search_fields = ("=transaction__key", "=transaction__hold")
    show_full_result_count = False


class AdjustmentForm(ModelForm[Transaction]):
    """Adds credit to a workspace, or takes it away."""

    dollars = DollarsField(
        is_signed=True, label="Amount in dollars", help_text="Below zero to take it away, as in -5.00."
    )
    reason = forms.CharField(max_length=200, help_text="The workspace reads it on its statement.")
    # Of this form as it was opened: sent twice, it moves once.
    nonce = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    class Meta:
        model = Transaction
        fields = ("workspace", "reason")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        workspace, micros = values.get("workspace"), values.get("dollars")
        if workspace and micros and micros < 0 and ledger.balance(workspace=workspace) < -micros:
            there = amounts.dollars(ledger.balance(workspace=workspace))
            self.add_error("dollars", ValidationError(f"Only {there} can be taken away."))
        return values

    def validate_constraints(self) -> None:
        """The service makes the row."""


@admin.register(Transaction)
class TransactionAdmin(KeptAdmin):
    form = AdjustmentForm
    list_display = ("created_at", "workspace", "kind", _credit, "reason", "hold", "made_by")
    list_filter = ("kind",)
    list_select_related = ("workspace", "made_by")
    search_fields = ("=key", "=hold", "=reference", "workspace__slug")
    ordering = ("-created_at", "-id")
    autocomplete_fields = ("workspace",)
    show_full_result_count = False

    def get_fieldsets(self, request: HttpRequest, obj: Transaction | None = None) -> Any:
        if obj:
            return [(None, {"fields": [field.name for field in Transaction._meta.fields]})]
        return [("Adjust credit", {"fields": ["workspace", "dollars", "reason", "nonce"]})]

    def save_model(self, request: HttpRequest, obj: Transaction, form: Any, change: bool) -> None:
        values = form.cleaned_data
        key, staff = f"adjust:{values['nonce']}", cast("User", request.user)
        adjust.adjust(
            workspace=obj.workspace, key=key, amount_micros=values["dollars"], reason=values["reason"], by=staff
        )
        # What the admin goes on with is the row that the service made.
        obj.__dict__.update(Transaction.objects.get(key=key).__dict__)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        try:
            return super().add_view(request, form_url, extra_context)
        except (ledger.InsufficientFunds, ledger.LedgerError) as error:
            # It was spent since the form was read, or the form was sent before with something else in it.
            messages.error(request, f"Nothing was moved: {error}.")
            return redirect("admin:billing_transaction_add")
