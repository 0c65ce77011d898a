"""One's own profile: name, picture, language, time, appearance, and what Aurora may do with one's data."""

import zoneinfo
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from accounts.pages.typed import UserRequest
from accounts.services import appearance, avatars
from accounts.services import profile as profiles


class Switch(forms.CheckboxInput):
    """On or off, for parts/switch.html."""


class ProfileForm(forms.Form):
    display_name = forms.CharField(
        label="Name",
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text="What others in your workspaces see. Without one, it is the first part of your e-mail address.",
    )
    avatar = forms.FileField(
        label="Picture",
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
        help_text="PNG, JPEG or WebP, up to 5 MB. The middle is kept, as a square.",
    )
    remove_avatar = forms.BooleanField(label="Remove my picture", required=False)
    locale = forms.ChoiceField(
        label="Language",
        choices=User.Locale.choices,
        help_text="Pages are being translated into Korean. What is not yet stays English.",
    )
    time_zone = forms.ChoiceField(label="Time zone", required=False)
    theme = forms.ChoiceField(label="Appearance", choices=User.Theme.choices, required=False, widget=forms.RadioSelect)
    product_mail = forms.BooleanField(
        label="E-mails about what is new",
        required=False,
        widget=Switch,
        help_text="A few a year. Mail about your account and your money comes in any case.",
    )
    feedback_use = forms.BooleanField(
        label="Use my feedback to improve the model",
        required=False,
        widget=Switch,
        help_text="The ratings and favourites you give, with the prompts they belong to. You can take it back here.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].choices = zones()  # type: ignore[attr-defined]

    def clean_avatar(self) -> bytes | None:
        upload: UploadedFile[bytes] | None = self.cleaned_data["avatar"]
        if upload is None:
            return None
        try:
            # One byte more than is allowed is enough to know that it is too large.
            return avatars.render(upload.read(avatars.MAX_BYTES + 1))
        except avatars.BadPictureError as error:
            raise ValidationError(str(error)) from error

    def clean_display_name(self) -> str:
        name = " ".join(self.cleaned_data["display_name"].split())
        if not name.isprintable():
            raise ValidationError("The name has characters that cannot be shown.")
        return name


def zones() -> list[tuple[str, str]]:
    """Every zone that has a place in its name, as people look for it."""
    known = sorted(zone for zone in zoneinfo.available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    return [("", "As my browser says"), *((zone, zone.replace("_", " ")) for zone in known)]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: UserRequest) -> HttpResponse:
    user = request.user
    form = ProfileForm(request.POST or None, request.FILES or None, initial=_initial(user))
    if request.method != "POST" or not form.is_valid():
        is_proved = user.has_proved(user.email)
        context = {"form": form, "is_proved": is_proved}
        return render(request, "accounts/profile.html", context, status=422 if form.errors else 200)
    said = form.cleaned_data
    profiles.update(
        user=user,
        profile=profiles.Profile(
            display_name=said["display_name"],
            locale=said["locale"],
            time_zone=said["time_zone"],
            theme=said["theme"],
            product_mail=said["product_mail"],
            feedback_use=said["feedback_use"],
        ),
        avatar=said["avatar"],
        remove_avatar=said["remove_avatar"],
    )
    messages.success(request, "Saved.")
    response = redirect("accounts:profile")
    if said["theme"]:
        appearance.tell(response, said["theme"], is_secure=request.is_secure())
    return response


@login_required
@require_POST
def theme(request: UserRequest) -> HttpResponse:
    """What the menu sends when another appearance is chosen there; the cookie it has set by itself."""
    chosen = request.POST.get("theme", "")
    if chosen not in User.Theme.values:
        return HttpResponseBadRequest("No such appearance.")
    appearance.remember(user=request.user, theme=chosen)
    return HttpResponse(status=204)


def _initial(user: User) -> dict[str, object]:
    return {
        "display_name": user.display_name,
        "locale": user.locale,
        "time_zone": user.time_zone,
        "theme": user.theme or User.Theme.DARK,
        "product_mail": bool(user.product_mail_since),
        "feedback_use": bool(user.feedback_use_since),
    }
