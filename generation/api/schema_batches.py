"""How /v1/batches and /v1/videos are described; the views take these decorators."""

from accounts.scopes import Scope
from generation import catalog
from generation.api import parsing
from generation.api.schema import (
    FORM,
    IDEMPOTENCY_KEY,
    JSON,
    Answer,
    Json,
    component,
    in_path,
    in_query,
    operation,
    text,
    thing,
    whole,
)  # fmt: skip

JSONL = "application/jsonl"
STATES = ["running", "paused", "canceling", "canceled", "finished"]
LINE_STATES = ["waiting", "open", "succeeded", "failed", "canceled"]
_count = whole(minimum=0)
_micros = whole("In micro-dollars: 1,000,000 are a dollar.")

LINE = component("BatchRequestLine", thing({
    "custom_id": text("Yours; the result comes back by it.", minLength=1, maxLength=64),
    "method": text(enum=["POST"]),
    "url": text(enum=["/v1/images/generations"]),
    "body": {"$ref": "#/components/schemas/GenerateRequest"},
}, optional=("method", "url")))  # fmt: skip
BATCH = component("Batch", thing({
    "id": text(format="uuid"),
    "object": {"const": "batch"},
    "endpoint": text(enum=["/v1/images/generations"]),
    "status": text(enum=STATES),
    "error": {"anyOf": [thing({"code": text(), "message": text()}), {"type": "null"}],
              "description": "Why it is paused."},
    "created_at": whole("In Unix seconds."),
    "finished_at": {"type": ["integer", "null"]},
    "request_counts": thing({"total": _count, **dict.fromkeys(LINE_STATES, _count)}),
    "price": thing({
        "discount_percent": whole(),
        "micros_per_picture": thing(dict.fromkeys(catalog.MODES, _micros)),
        "most_micros": _micros,
        "charged_micros": _micros,
    }),
    "rules": thing({"priority": text(), "reserved": text(), "credit": text()}),
    "results_url": text(format="uri"),
}))  # fmt: skip
BATCHES = component("Batches", thing({
    "object": {"const": "list"},
    "data": {"type": "array", "items": BATCH},
    "has_more": {"type": "boolean"},
}))  # fmt: skip
_ID = in_path("id", "The batch’s id.", format="uuid")
_TOLD = {200: Answer("The batch.", BATCH)}
_BODY: dict[str, Json] = {
    FORM: {"schema": {"type": "object", "required": ["file"], "properties": {
        "file": text("JSONL: a request of `BatchRequestLine` a line.", format="binary"),
    }}},
    JSON: {"schema": thing({"requests": {"type": "array", "items": LINE, "minItems": 1}})},
}  # fmt: skip

create = operation(
    "Begin a batch", name="createBatch", tag="Batches", scope=Scope.IMAGES_WRITE, body=_BODY, answers=_TOLD,
    parameters=[IDEMPOTENCY_KEY], errors=(400, 413, 415, 422),
    description="Its pictures are drawn when nothing else waits, for half the price. If a line is wrong nothing is"
    " begun; `error.lines` says which.",
)  # fmt: skip
list_ = operation(
    "List batches", name="listBatches", tag="Batches", scope=Scope.IMAGES_WRITE,
    answers={200: Answer("The batches of whoever made the key, newest first.", BATCHES)},
    parameters=[in_query("limit", "How many.", whole(minimum=1, maximum=100, default=20)),
                in_query("after", "The id of the last one that you have.", text(format="uuid"))],
)  # fmt: skip
get = operation(
    "Get a batch", name="getBatch", tag="Batches", scope=Scope.IMAGES_WRITE, answers=_TOLD, parameters=[_ID],
    errors=(404,),
)  # fmt: skip
cancel = operation(
    "Cancel a batch", name="cancelBatch", tag="Batches", scope=Scope.IMAGES_WRITE, answers=_TOLD, parameters=[_ID],
    errors=(404, 415), description="What is delivered stays, and is paid.",
)  # fmt: skip
results = operation(
    "Get the results", name="getBatchResults", tag="Batches", scope=Scope.IMAGES_WRITE, parameters=[_ID], errors=(404,),
    answers={200: Answer("A line for each request that is over.", content={JSONL: {"schema": text()}})},
    description="In the order of the file. Each has `custom_id`, and `response` or `error`.",
)  # fmt: skip

_VIDEO: dict[str, Json] = {
    "prompt": text(maxLength=catalog.MAX_PROMPT),
    "model": text(),
    "duration": whole("Seconds.", minimum=1),
    "aspect_ratio": text(),
    "resolution": text(),
    "user": text(maxLength=parsing.MAX_USER),
}
make_video = operation(
    "Make a video", name="generateVideo", tag="Videos", scope=Scope.IMAGES_WRITE, answers={},
    body={JSON: {"schema": {"type": "object", "properties": _VIDEO}}}, errors=(400, 413, 415),
    description="Refused by models that draw no videos.",
)  # fmt: skip
get_video = operation(
    "Get a video", name="getVideo", tag="Videos", scope=Scope.IMAGES_WRITE, answers={}, errors=(404,),
    parameters=[in_path("name", "What making it was answered with.")],
)  # fmt: skip
