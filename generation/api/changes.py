"""POST /v1/images/edits and /v1/images/variations: an earlier or uploaded picture, drawn anew in part."""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, QueryDict
from PIL import Image
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request

from accounts.models import User, Workspace
from generation import catalog, fetch, uploads
from generation.api import fields, parsing, shape
from generation.api.base import BigJSONParser
from generation.api.schema_images import EDIT, VARY, described
from generation.api.told import Told
from generation.api.views import ImageView
from generation.models import Generation
from generation.services import change, references
from generation.services.change import Start
from generation.services.order import INVALID, MISSING, Errors, Invalid, tidy

Change = Generation.Change
NUMBERS = {"partial_images", "output_compression"}
FRACTIONS = {"guidance", "variety"}


@dataclass(frozen=True)
class ChangeRequest:
    """A checked request: from what to start, how to change it, and how to answer."""

    asked: parsing.ImageRequest
    start: Start
    change: str


class _Changes(ImageView):
    kind = "image_edit"
    parser_classes = (BigJSONParser, MultiPartParser)

    def read(self, given: dict[str, Any]) -> ChangeRequest:
        raise NotImplementedError

    def place(self, data: Any, told: Told) -> tuple[Generation, parsing.ImageRequest]:
        wish = self.read(_given(data))
        return told.once(self.api_key, lambda sent: change.place(
            workspace=self.workspace, requested_by=self.api_key.created_by, source="api", order=wish.asked.order,
            start=wish.start, change=wish.change, api_key=self.api_key, sent=sent, end_user=wish.asked.user,
        )), wish.asked  # fmt: skip


class ImageEdits(_Changes):
    """OpenAI's form with files, or xAI's JSON with addresses. What is transparent is drawn anew; all, where nothing is
    and no mask is given."""

    @described("Draw a picture anew in part", name="editImage", kind="image_edit", body=EDIT, description="""
After words, where the picture or its mask is transparent, as OpenAI has it; all of it, where nothing is. In a form the
picture may also be called `image[]`.""")  # fmt: skip
    def post(self, request: Request) -> HttpResponse:
        return super().post(request)

    def read(self, given: dict[str, Any]) -> ChangeRequest:
        errors: Errors = {}
        start = _start(given, self.workspace, self.api_key.created_by, errors)
        asked = parsing.read_change(given, _mode_and_size(given, start, errors), errors)
        return ChangeRequest(asked, start, Change.EDIT)


class ImageVariations(_Changes):
    """Without words of its own a variation of a picture of the workspace is drawn after those of the picture."""

    @described("Draw a picture anew", name="varyImage", kind="image_edit", body=VARY, description="""
A `subtle` variation keeps more of it than a `strong` one. A picture of the workspace, sent byte for byte as it was
drawn, is varied by its own prompt.""")  # fmt: skip
    def post(self, request: Request) -> HttpResponse:
        return super().post(request)

    def read(self, given: dict[str, Any]) -> ChangeRequest:
        errors: Errors = {}
        strength = fields.choice(given, "strength", parsing.STRENGTHS, errors)
        given.pop("strength", None)
        if "mask" in given:
            errors["mask"] = ("unknown_parameter", "A variation takes no mask: send an edit.")
        start = _start(given, self.workspace, self.api_key.created_by, errors)
        if not tidy(str(given.get("prompt", ""))) and start.picture:
            given["prompt"] = start.picture.generation.prompt
        asked = parsing.read_change(given, _mode_and_size(given, start, errors), errors, prompt_needed=False)
        # What a picture has transparent is a matter of edits.
        return ChangeRequest(asked, Start(start.image.convert("RGB").convert("RGBA"), None, start.picture), strength)


def _given(data: Any) -> dict[str, Any]:
    """The fields of a form, as JSON would have them, or those of a JSON object. Raises Invalid."""
    if not isinstance(data, dict):
        raise Invalid({"": (INVALID, "The body must be a JSON object or a form.")})
    if not isinstance(data, QueryDict):
        return {
            name: value for name, value in data.items() if value is not None and name not in parsing.IGNORED_OF_CHANGES
        }
    errors: Errors = {}
    given: dict[str, Any] = {}
    for name, values in data.lists():
        plain = name.removesuffix("[]")
        if len(values) > 1:
            errors[plain] = (INVALID, f"{plain} was given {len(values)} times; one is taken.")
        given[plain] = _typed(plain, values[-1])
    if errors:
        raise Invalid(errors)
    return {name: value for name, value in given.items() if name not in parsing.IGNORED_OF_CHANGES}


def _typed(name: str, value: Any) -> Any:
    """Forms know texts alone."""
    if name == "stream" and value in ("true", "false"):
        return value == "true"
    if name in NUMBERS and isinstance(value, str) and value.isascii() and value.isdecimal():
        return int(value[:6])
    if name in FRACTIONS and isinstance(value, str) and re.fullmatch(r"[0-9]{1,6}([.][0-9]{1,12})?", value):
        return float(value)
    return value


def _start(given: dict[str, Any], workspace: Workspace, person: User, errors: Errors) -> Start:
    """Takes `image` and `mask` out of what is given. Raises Invalid where there is no picture to go by."""
    if "image" not in given:
        raise Invalid({"image": (MISSING, "Send the picture to start from as `image`.")})
    data = _bytes("image", given.pop("image"))
    mask = _bytes("mask", given.pop("mask")) if "mask" in given else None
    image = _picture("image", data)
    picture = references.same_picture(workspace=workspace, person=person, data=data)
    return Start(image, _picture("mask", mask) if mask is not None else None, picture)


def _bytes(name: str, value: Any) -> bytes:
    """A file; or a picture at an address or in a data URI, as `{"url": …}` or by itself. Raises Invalid."""
    if isinstance(value, UploadedFile):
        if (value.size or 0) > uploads.MAX_BYTES:
            raise Invalid({name: (INVALID, f"{name} is larger than {uploads.MAX_BYTES // 1_000_000} MB.")})
        return bytes(value.read())
    url = value.get("url") if isinstance(value, dict) else value
    if not isinstance(url, str) or not url:
        raise Invalid({name: (INVALID, f'{name} must be a file, or {{"url": …}} with an address or a data URI.')})
    if url.startswith("data:"):
        return _from_data_uri(name, url)
    try:
        return fetch.fetch(url)
    except fetch.Unfetchable as error:
        raise Invalid({name: (INVALID, f"{name} cannot be fetched: {error}")}) from error


def _from_data_uri(name: str, url: str) -> bytes:
    head, _, content = url.partition(",")
    try:
        if not head.endswith(";base64"):
            raise ValueError(head)
        return base64.b64decode(content, validate=True)
    except (ValueError, binascii.Error) as error:
        told = f"{name} is no data URI such as data:image/png;base64,…"
        raise Invalid({name: (INVALID, told)}) from error


def _picture(name: str, data: bytes) -> Image.Image:
    try:
        return uploads.read(data)
    except uploads.Unusable as error:
        raise Invalid({name: (INVALID, f"{name}: {error}")}) from error


def _mode_and_size(given: dict[str, Any], start: Start, errors: Errors) -> tuple[str, str]:
    """As for any picture; where the size is left open, the one that is most like the picture's."""
    open_ = all(given.get(name, shape.AUTO) == shape.AUTO for name in ("size", "aspect_ratio", "resolution"))
    mode, size = shape.read(given, errors)
    if open_ and (rules := catalog.MODES.get(mode)):
        size = str(references.nearest_size(start.image, rules))
    return mode, size
