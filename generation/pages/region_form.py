"""What the page of a region sends: the mask as a file, or without a script four numbers."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from accounts.models import User, Workspace
from billing.ledger import InsufficientFunds
from generation.models import Generation, Picture
from generation.pages import words
from generation.services import regions
from generation.services import request as requests

NUMBERS = ("x", "y", "width", "height")
MOST = 10_000
"""Pixels beyond which a number is no place in a picture."""


class RegionForm(forms.Form):
    prompt = forms.CharField(required=False, strip=False)
    mode = forms.CharField(required=False)
    n = forms.CharField(required=False)
    credit = forms.CharField(required=False)
    mask = forms.FileField(required=False, allow_empty_file=True)
    x = forms.IntegerField(required=False, min_value=-MOST, max_value=MOST)
    y = forms.IntegerField(required=False, min_value=-MOST, max_value=MOST)
    width = forms.IntegerField(required=False, min_value=1, max_value=MOST)
    height = forms.IntegerField(required=False, min_value=1, max_value=MOST)

    def submit(self, *, picture: Picture, workspace: Workspace, person: User) -> Generation | None:
        """What was queued; or None: then the form has the errors and nothing was stored."""
        if not self.is_valid():
            return None
        given = self.cleaned_data
        try:
            return regions.redraw(
                workspace=workspace,
                person=person,
                picture=picture,
                mask=self._mask(picture),
                prompt=given["prompt"],
                mode=given["mode"],
                n=given["n"] or None,
                use_credit=given["credit"] == "1",
            )
        except requests.Invalid as invalid:
            for field, (_, message) in invalid.errors.items():
                self.add_error(field if field in self.fields else None, message)
        except requests.PlanRequired as refusal:
            self.add_error("mode", str(refusal))
        except (requests.LimitReached, requests.AllowanceUsed) as refusal:
            self.add_error(refusal.field if refusal.field in self.fields else None, str(refusal))
        except (requests.QueueFull, requests.StorageFull) as refusal:
            self.add_error(None, str(refusal))
        except InsufficientFunds as poor:
            self.add_error(None, words.too_poor(poor))
        except OSError:
            self.add_error(None, "The picture cannot be read at the moment. Nothing was charged; try again later.")
        return None

    def sentences(self) -> dict[str, str]:
        """Field -> what is wrong with it; the numbers are the mask's, and what belongs to no field is under "form"."""
        found: dict[str, str] = {}
        for name, errors in self.errors.items():
            place = {"__all__": "form"}.get(name, "mask" if name in NUMBERS else name)
            said = " ".join(map(str, errors))
            found[place] = f"{found[place]} {said}" if place in found else said
        return found

    def _mask(self, picture: Picture) -> Any:
        """Raises Invalid."""
        file = self.cleaned_data["mask"]
        if isinstance(file, UploadedFile):
            return regions.from_file(file.read(regions.MAX_MASK + 1), picture.size)
        numbers = [self.cleaned_data[name] for name in NUMBERS]
        if None in numbers:
            raise requests.Invalid({"mask": ("missing_required_parameter", regions.NOTHING)})
        left, top, width, height = numbers
        return regions.from_rectangle((left, top, width, height), picture.size)
