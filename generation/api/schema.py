"""Describes /v1 for its readers and their tools: OpenAPI 3.1, of the same constants that the views read bodies by.

A view's method is decorated with `operation`; what it takes and answers stands beside it as JSON Schema. A thing with
a name is made by `component` and can be referred to from anywhere. Every answer of every route has the headers of
`HEADERS`, and every error the one envelope, so neither is said again at each route.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.conf import settings
from drf_spectacular.utils import extend_schema

from accounts.scopes import Scope
from generation import codes

Json = dict[str, Any]
View = TypeVar("View", bound=Callable[..., Any])

JSON = "application/json"
FORM = "multipart/form-data"
SSE = "text/event-stream"

_components: dict[str, Json] = {}


def component(name: str, schema: Json) -> Json:
    """Give a schema a name; what is returned refers to it."""
    _components[name] = schema
    return {"$ref": f"#/components/schemas/{name}"}


def thing(properties: Mapping[str, Json], *, optional: Iterable[str] = (), text: str = "") -> Json:
    """An object with these properties and no others, all of which are there but the optional ones."""
    left_out = set(optional)
    told = {"description": text} if text else {}
    return {
        "type": "object",
        **told,
        "properties": dict(properties),
        "required": [name for name in properties if name not in left_out],
        "additionalProperties": False,
    }


def text(description: str = "", **more: Any) -> Json:
    return {"type": "string", **({"description": description} if description else {}), **more}


def whole(description: str = "", **more: Any) -> Json:
    return {"type": "integer", **({"description": description} if description else {}), **more}


def listed(items: Json) -> Json:
    """OpenAI's list of things."""
    return thing({"object": {"const": "list"}, "data": {"type": "array", "items": items}})


@dataclass(frozen=True)
class Answer:
    """What a route answers when all is well: a schema for each media type it may have, JSON where only one is given."""

    description: str
    schema: Json | None = None
    content: Mapping[str, Json] = field(default_factory=dict)

    def told(self) -> Json:
        json = {JSON: {"schema": self.schema}} if self.schema is not None else {}
        return {"description": self.description, "headers": _refer(HEADERS), "content": json | dict(self.content)}


def operation(
    summary: str,
    *,
    name: str,
    tag: str,
    scope: Scope | None,
    answers: Mapping[int, Answer],
    errors: Iterable[int] = (),
    description: str = "",
    body: Mapping[str, Json] | None = None,
    parameters: Iterable[Json] = (),
) -> Callable[[View], View]:
    """Describe a view's method. `name` is unique; `body` has a media type object for each type that is read.

    `errors` are the statuses of its own; those that every route may answer with are added. `scope` is what the key
    needs, None for a route without a key.
    """
    statuses = sorted({*errors, *codes.ANYWHERE})
    told: Json = {
        "operationId": name,
        "summary": summary,
        "tags": [tag],
        "description": "\n\n".join(filter(None, [description, f"Scope of the key: `{scope}`." if scope else ""])),
        "parameters": list(parameters),
        "security": [{"key": []}] if scope else [],
        "responses": {
            **{str(status): answer.told() for status, answer in answers.items()},
            **{str(status): {"$ref": f"#/components/responses/Error{status}"} for status in statuses},
        },
    }
    if body:
        told["requestBody"] = {"required": True, "content": dict(body)}
    return extend_schema(operation=told)


def in_path(name: str, description: str, **schema: Any) -> Json:
    return {"name": name, "in": "path", "required": True, "description": description, "schema": text(**schema)}


def in_query(name: str, description: str, schema: Json) -> Json:
    return {"name": name, "in": "query", "description": description, "schema": schema}


IDEMPOTENCY_KEY: Json = {"$ref": "#/components/parameters/IdempotencyKey"}
"""For routes whose repetition must not pay twice."""

HEADERS: dict[str, Json] = {
    "x-request-id": {"description": "Names this request in every log line: quote it to whoever runs the site.",
                     "required": True, "schema": text()},
    "openai-processing-ms": {"description": "Milliseconds until the request was understood.", "schema": whole()},
    "x-ratelimit-limit-requests": {"description": "Requests a minute that are possible.", "schema": whole()},
    "x-ratelimit-remaining-requests": {"description": "What is left of them.", "schema": whole()},
    "x-ratelimit-reset-requests": {"description": "When all are there again, as in `12ms` or `1.5s`.",
                                   "schema": text(pattern=r"^\d+(ms|(\.\d+)?s)$")},
}  # fmt: skip
"""Of every answer. The rate is not told where the site counts nobody."""

MORE_HEADERS: dict[int, dict[str, Json]] = {
    401: {"www-authenticate": {"description": "`Bearer`.", "schema": text()}},
    429: {
        "retry-after": {"description": "Seconds to wait, where waiting helps.", "schema": whole()},
        "x-should-retry": {"description": "`false` where it does not.", "schema": text(enum=["false"])},
    },
    503: {"retry-after": {"description": "Seconds to wait.", "schema": whole()}},
}

ERROR = component(
    "Error",
    thing(
        {
            "error": thing(
                {
                    "message": text("A sentence for people: what happened, and what was not charged."),
                    "type": text("What kind of error.", enum=codes.KINDS),
                    "param": {"type": ["string", "null"], "description": "The field that is wrong."},
                    "code": text("What went wrong, for programs.", examples=["invalid_value"]),
                    "lines": {
                        "type": "array",
                        "description": "Of a batch, the first lines that are wrong.",
                        "items": thing(
                            {
                                "line": whole("Its number.", minimum=1),
                                "param": {"type": ["string", "null"]},
                                "code": text(),
                                "message": text(),
                            }
                        ),
                    },
                },
                optional=["lines"],
            )
        }
    ),
)


def complete(result: Json, **_: Any) -> Json:
    """Add what all routes share; drf-spectacular calls it with what it has found."""
    parts = result.setdefault("components", {})
    parts["schemas"] = dict(sorted(_components.items()))
    parts["headers"] = HEADERS | {name: header for more in MORE_HEADERS.values() for name, header in more.items()}
    parts["responses"] = {f"Error{status}": _error(status) for status in sorted({p.status for p in codes.PROBLEMS})}
    parts["parameters"] = {
        "IdempotencyKey": {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "A name of your own for this request. Sent again with the same body, it is answered with"
            " what the first one made, and paid once.",
            "schema": text(maxLength=255, pattern=r"^[!-~]*$"),
        }
    }
    parts["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "An API key of a workspace: `aur_live_…`."}
    }
    result["servers"] = [{"url": settings.BASE_URL}]
    return result


def _error(status: int) -> Json:
    problems = codes.of_status(status)
    return {
        "description": "\n".join(f"- `{problem.code}`: {problem.when}" for problem in problems),
        "headers": _refer(HEADERS) | _refer(MORE_HEADERS.get(status, {})),
        "content": {JSON: {"schema": ERROR}},
    }


def _refer(headers: Iterable[str]) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in headers}
