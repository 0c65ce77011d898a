"""The books: read here; the pages of money say what proves them, and put them right."""

from django.contrib import admin

from accounts.admin_site import Fetched
from billing import amounts
from billing.admin.read import ReadOnlyAdmin
from billing.models import Account, Posting, Transaction


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


@admin.register(Transaction)
class TransactionAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "workspace", "kind", _credit, "reason", "hold", "made_by")
    list_filter = ("kind",)
    list_select_related = ("workspace", "made_by")
    search_fields = ("=key", "=hold", "=reference", "workspace__slug")
    ordering = ("-created_at", "-id")
    show_full_result_count = False
