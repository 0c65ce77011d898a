"""Every error that /v1 answers with: its status, type and code, when it comes and what to do. Plain data.

The served schema and the page of errors are made of it; a test finds codes that are missing here.
"""

from dataclasses import dataclass

BAD_REQUEST = "invalid_request_error"
USER = "image_generation_user_error"
RATE = "rate_limit_exceeded"
QUOTA = "insufficient_quota"
SERVER = "server_error"


@dataclass(frozen=True)
class Problem:
    """`anywhere` means: on every route, whatever it does."""

    status: int
    kind: str
    code: str
    when: str
    todo: str
    anywhere: bool = False


PROBLEMS: tuple[Problem, ...] = (
    Problem(400, BAD_REQUEST, "missing_required_parameter", "A field that is needed is missing or empty.",
            "Send the field that `param` names."),
    Problem(400, BAD_REQUEST, "invalid_value", "A field has a value that cannot be drawn or read.",
            "Correct the field that `param` names; the message lists what is possible."),
    Problem(400, BAD_REQUEST, "unknown_parameter", "A field that does not exist here, often a typing error.",
            "Take it out, or correct its name."),
    Problem(400, BAD_REQUEST, "unsupported_by_model", "The model that is loaded cannot do this, as videos.",
            "Nothing is charged. Ask whoever runs the site for a model that can."),
    Problem(400, BAD_REQUEST, "invalid_batch", "The file of a batch cannot be read, or lines of it are wrong.",
            "Correct the lines that `error.lines` names; nothing was begun."),
    Problem(400, BAD_REQUEST, "invalid_json", "The body is no JSON, or no whole form.",
            "Send valid JSON with `Content-Type: application/json`."),
    Problem(400, BAD_REQUEST, "invalid_request", "The request as such cannot be read.",
            "Look at its headers; the message says what is wrong.", anywhere=True),
    Problem(400, USER, "moderation_blocked", "The prompt or the picture is not allowed.",
            "Change it: the message says why. Nothing is charged."),
    Problem(400, BAD_REQUEST, "canceled", "Somebody stopped the generation before a picture was there.",
            "Nothing is charged. Send it again if it was a mistake."),
    Problem(401, BAD_REQUEST, "invalid_api_key", "No key was sent, or one that is wrong, revoked or over.",
            "Send a key that works as `Authorization: Bearer …`.", anywhere=True),
    Problem(403, BAD_REQUEST, "permission_denied", "The key lacks the scope, or its maker the right, for this.",
            "Use another key, or ask an admin of the workspace.", anywhere=True),
    Problem(403, BAD_REQUEST, "plan_required", "The mode is not part of the workspace’s plan.",
            "Choose another `mode`, or a plan that has it."),
    Problem(403, BAD_REQUEST, "member_limit", "An admin has not opened this mode to the key’s maker.",
            "Choose another `mode`, or ask an admin."),
    Problem(403, BAD_REQUEST, "feature_off", "The people who run this site have turned the feature off for now.",
            "Try again later; nothing is charged. The message says more.", anywhere=True),
    Problem(404, BAD_REQUEST, "not_found", "There is no such thing, or it belongs to another workspace.",
            "Look at the address and the id."),
    Problem(405, BAD_REQUEST, "method_not_allowed", "The address exists, but not with this method.",
            "Look up the route’s method."),
    Problem(413, BAD_REQUEST, "request_too_large", "The body is larger than the route takes.",
            "Send smaller pictures, or their addresses."),
    Problem(415, BAD_REQUEST, "unsupported_media_type", "The body is of a type that the route does not read.",
            "Send JSON, or a form where the route takes files."),
    Problem(422, BAD_REQUEST, "idempotency_key_reused", "The `Idempotency-Key` came with another request before.",
            "Choose a new one for each request."),
    Problem(429, RATE, "rate_limit_exceeded", "Too many requests a minute, or too many generations at once.",
            "Wait as `Retry-After` says; the clients do so by themselves.", anywhere=True),
    Problem(429, RATE, "queue_full", "Too much waits to be drawn on this site.",
            "Wait as `Retry-After` says. Nothing is charged."),
    Problem(429, RATE, "too_many_batches", "As many batches of the workspace are under way as may be.",
            "Wait for one to finish, or cancel one."),
    Problem(429, QUOTA, "insufficient_quota", "The credit is used up.",
            "Buy credit, or turn on automatic top-up. The clients do not try again."),
    Problem(429, QUOTA, "key_limit_reached", "The key has spent what it may spend a month.",
            "Ask an admin to change its cap, or wait for the next month."),
    Problem(429, QUOTA, "member_limit", "The key’s maker has used what they may use a day or a month.",
            "Ask an admin to change the limit."),
    Problem(500, SERVER, "server_error", "Something went wrong here.",
            "Send it again. Only pictures that were delivered are charged.", anywhere=True),
    Problem(500, SERVER, "worker_lost", "The model stopped three times while it drew this.",
            "Send it again; nothing is charged."),
    Problem(500, SERVER, "too_large", "The picture does not fit into the memory of the machine that draws.",
            "Choose a smaller size; nothing is charged."),
    Problem(500, SERVER, "storage_failed", "The picture was drawn but could not be stored.",
            "Send it again; nothing is charged."),
    Problem(503, SERVER, "no_worker", "No model is running at the moment.",
            "Wait as `Retry-After` says; the clients do so by themselves."),
    Problem(503, SERVER, "timeout", "The picture was not drawn in ten minutes, as too much is waiting.",
            "Send it again later; nothing is charged."),
)  # fmt: skip


def of_status(status: int) -> list[Problem]:
    return [problem for problem in PROBLEMS if problem.status == status]


KINDS = sorted({problem.kind for problem in PROBLEMS})
ANYWHERE = sorted({problem.status for problem in PROBLEMS if problem.anywhere})
