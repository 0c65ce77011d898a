"""The mailed link that proves an address."""

from typing import Any

from allauth.account.models import get_emailconfirmation_model
from allauth.account.views import ConfirmEmailView
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render


class ConfirmEmail(ConfirmEmailView):
    """Proves the address for the account that is logged in, and for no other.

    Anybody can sign up with anybody's address. Were the link enough, one careless click in the mail would give the
    address to a stranger's account; so whoever clicks must also know how to get into that account.
    """

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        found = get_emailconfirmation_model().from_key(kwargs["key"])
        if found and not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if found and found.email_address.user_id != request.user.pk:
            return render(request, "account/email_confirm.html", {"is_foreign": True}, status=403)
        if not found:
            return render(request, "account/email_confirm.html", status=404)
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer


confirm_email = ConfirmEmail.as_view()
