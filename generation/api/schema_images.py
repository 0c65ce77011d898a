"""How /v1/images is described: what is taken, what is answered, what is streamed."""

from collections.abc import Callable
from typing import Any

from accounts.scopes import Scope
from generation import catalog, uploads
from generation.api import parsing, shape
from generation.api.schema import (
    FORM,
    IDEMPOTENCY_KEY,
    JSON,
    SSE,
    Answer,
    Json,
    View,
    component,
    operation,
    text,
    thing,
    whole,
)  # fmt: skip
from generation.storage import FORMATS, QUALITY

SIZES = [str(size) for size in dict.fromkeys(size for mode in catalog.MODES.values() for size in mode.sizes)]
QUALITIES = sorted(set(shape.QUALITY_OF_MODE.values()))
_OF_MODES = "; ".join(f"{mode.name}: {', '.join(map(str, mode.sizes))}" for mode in catalog.MODES.values())
_QUALITY = ", ".join(f"{quality} is mode {mode}" for quality, mode in shape.MODE_OF_QUALITY.items())


def _dial(told: str, bounds: tuple[float, float], name: str) -> Json:
    own = "; ".join(f"{mode.name}: {getattr(mode, name):g}" for mode in catalog.MODES.values())
    return {"type": "number", "description": f"{told} Without it the mode’s own: {own}.",
            "minimum": bounds[0], "maximum": bounds[1]}  # fmt: skip


PROMPT = text("What the picture shows.", minLength=1, maxLength=catalog.MAX_PROMPT)
FIELDS: dict[str, Json] = {
    "model": text("The model to draw with.", enum=[catalog.MODEL], default=catalog.MODEL),
    "n": whole("How many pictures.", minimum=1, maximum=catalog.MAX_N_API, default=1),
    "size": text(f"Width and height. {_OF_MODES}.", enum=[shape.AUTO, *SIZES], default=shape.AUTO),
    "quality": text(f"OpenAI’s word for the mode: {_QUALITY}.", enum=[shape.AUTO, *shape.MODE_OF_QUALITY],
                    default=shape.AUTO),
    "mode": text("How carefully it is drawn, and at which price.", enum=list(catalog.MODES)),
    "aspect_ratio": text("xAI’s way to a size: the largest of this shape that the mode has. Not with `size`.",
                         enum=list(shape.RATIOS), default=shape.AUTO),
    "resolution": text("xAI’s way to a size: how large. Not with `size`.", enum=list(shape.RESOLUTIONS),
                       default=shape.AUTO),
    "seed": whole("The same seed, prompt, mode and size draw the same picture. Further pictures count on from it.",
                  minimum=0, maximum=catalog.MAX_SEED),
    "negative_prompt": text("What the picture is led away from.", maxLength=catalog.MAX_NEGATIVE),
    "guidance": _dial("How strongly it follows the prompt; 1 leads from nothing.", catalog.GUIDANCE, "guidance"),
    "variety": _dial("The temperature of sampling: at 0 always the likeliest is drawn.", catalog.VARIETY, "variety"),
    "response_format": text("A signed address that ends after an hour, or the picture itself.",
                            enum=list(parsing.RESPONSE_FORMATS), default=parsing.RESPONSE_FORMATS[0]),
    "output_format": text("The file’s format.", enum=list(FORMATS), default=FORMATS[0]),
    "output_compression": whole("Quality of jpeg and webp, 100 being the best.", minimum=0, maximum=100,
                                default=QUALITY),
    "background": text("Pictures are opaque.", enum=["auto", "opaque"], default="auto"),
    "stream": {"type": "boolean", "description": "Answer with events while the picture is drawn.", "default": False},
    "partial_images": whole("How many unfinished pictures a stream shows of each.", minimum=0,
                            maximum=catalog.MAX_PARTIALS, default=0),
    "user": text("A name of your own for whoever asks, kept with the pictures.", maxLength=parsing.MAX_USER),
    **{name: {"description": "Taken and not looked at."} for name in sorted(parsing.IGNORED)},
}  # fmt: skip
_JSON_PICTURE: Json = {
    "description": "An address that can be fetched (https, PNG, JPEG or WebP), or a data URI.",
    "anyOf": [text(minLength=1), {"type": "object", "properties": {"url": text(minLength=1)}, "required": ["url"]}],
}
_FILE = text(
    f"A PNG, JPEG or WebP file of at most {uploads.MAX_BYTES // 1_000_000} MB and"
    f" {uploads.MAX_PIXELS // 1_000_000} megapixels.",
    format="binary",
)
_EDIT: dict[str, str] = {"image": "The picture to start from.",
                         "mask": "As large as the picture; what is transparent in it is drawn anew."}  # fmt: skip


def _body(name: str, own: dict[str, Json], needed: list[str], *, open_form: bool = False) -> Json:
    """Fields of this route and those of all. In JSON null is as if it were not sent."""
    fields = own | FIELDS
    if not open_form:
        fields = {name: field if name in needed else _or_null(field) for name, field in fields.items()}
    told: Json = {"type": "object", "properties": fields, "required": needed}
    return component(name, told if open_form else told | {"additionalProperties": False})


def _or_null(field: Json) -> Json:
    if "anyOf" in field:
        return field | {"anyOf": [*field["anyOf"], {"type": "null"}]}
    nullable = {"type": [field["type"], "null"]} if "type" in field else {}
    return field | nullable | ({"enum": [*field["enum"], None]} if "enum" in field else {})


def _changes(name: str, *, form: bool) -> Json:
    is_edit = name == "Edit"
    picture = _FILE if form else _JSON_PICTURE
    own: dict[str, Json] = {"prompt": PROMPT if is_edit else text("Without it, the picture’s own.",
                                                                  maxLength=catalog.MAX_PROMPT),
                            "image": picture}  # fmt: skip
    if is_edit:
        own["mask"] = picture | {"description": f"{_EDIT['mask']} {picture['description']}"}
    else:
        own["strength"] = text("How much of it is drawn anew.", enum=list(parsing.STRENGTHS))
    own |= {name: {"description": "Taken and not looked at."} for name in sorted(parsing.IGNORED_OF_CHANGES)}
    needed = ["image", "prompt"] if is_edit else ["image"]
    return _body(f"{name}{'Form' if form else ''}Request", own, needed, open_form=form)


GENERATE = {JSON: {"schema": _body("GenerateRequest", {"prompt": PROMPT}, ["prompt"])}}
EDIT = {FORM: {"schema": _changes("Edit", form=True)}, JSON: {"schema": _changes("Edit", form=False)}}
VARY = {FORM: {"schema": _changes("Variation", form=True)}, JSON: {"schema": _changes("Variation", form=False)}}

_TOKENS = whole(minimum=0)
USAGE = component("Usage", thing({
    "input_tokens": _TOKENS, "output_tokens": _TOKENS, "total_tokens": _TOKENS,
    "input_tokens_details": thing({"text_tokens": _TOKENS, "image_tokens": _TOKENS}),
}))  # fmt: skip
_ABOUT: dict[str, Json] = {
    "size": text(enum=SIZES), "quality": text(enum=QUALITIES), "background": text(enum=["opaque"]),
    "output_format": text(enum=list(FORMATS)),
}  # fmt: skip
_B64 = text("The picture, base64 without a `data:` prefix.", contentEncoding="base64")
PICTURES = component("Images", thing({
    "created": whole("When it was asked for, in Unix seconds."),
    "data": {
        "type": "array",
        "minItems": 1,
        "items": thing(
            {"url": text("Signed, ends after an hour.", format="uri"), "b64_json": _B64, "seed": whole(),
             "size": text(enum=SIZES)},
            optional=("url", "b64_json"),
        ),
    },
    **_ABOUT,
    "usage": USAGE,
}))  # fmt: skip


def _events(kind: str) -> Json:
    """The events of a stream, by name; each is described as a component of its own."""
    title = kind.title().replace("_", "")
    index = whole("Which of the pictures.", minimum=0)
    shared = {"b64_json": _B64, "image_index": index, "created_at": whole(), **_ABOUT}
    partial, completed = f"{kind}.partial_image", f"{kind}.completed"
    which = {"partial_image_index": whole("Which of its unfinished ones.", minimum=0)}
    failure = {"type": {"const": "error"}, "error": {"$ref": "#/components/schemas/Error/properties/error"}}
    return {
        partial: component(f"{title}PartialImageEvent", thing({"type": {"const": partial}, **which, **shared})),
        completed: component(f"{title}CompletedEvent", thing({"type": {"const": completed}, **shared, "usage": USAGE})),
        "error": component("StreamErrorEvent", thing(failure)),
    }


def _stream(kind: str) -> Json:
    """OpenAPI 3.1 has no word for a stream: as its tools read it, this is each of the events."""
    events = _events(kind)
    data = text("JSON.", contentMediaType=JSON, contentSchema={"oneOf": list(events.values())})
    told = "With `stream: true`: one event. Lines that begin with a colon keep the connection alive."
    example = f'event: {kind}.completed\ndata: {{"type": "{kind}.completed", "b64_json": "…", "image_index": 0}}\n\n'
    return {"schema": thing({"event": text(enum=list(events)), "data": data}, text=told), "example": example}


def described(summary: str, *, name: str, kind: str, body: Any, description: str) -> Callable[[View], View]:
    """For a view that makes pictures."""
    return operation(
        summary,
        name=name,
        tag="Images",
        scope=Scope.IMAGES_WRITE,
        body=body,
        parameters=[IDEMPOTENCY_KEY],
        answers={200: Answer("The pictures, or a stream of them.", PICTURES, {SSE: _stream(kind)})},
        errors=(400, 413, 415, 422, 503),
        description=description,
    )
