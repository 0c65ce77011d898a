"""What an API key may be used for: the one registry, asked by /v1 and offered by the page of keys."""

from enum import StrEnum


class Scope(StrEnum):
    """Named after the thing and what is done to it. A key keeps the scopes that it was made with."""

    IMAGES_WRITE = "images:write"
    MODELS_READ = "models:read"
    USAGE_READ = "usage:read"

    @property
    def words(self) -> str:
        """What the scope lets a key do."""
        return WORDS[self]


WORDS = {
    Scope.IMAGES_WRITE: "make pictures, which cost money, and get those",
    Scope.MODELS_READ: "list the models",
    Scope.USAGE_READ: "read what the key has spent this month, and what credit is left",
}


def every() -> list[str]:
    return [scope.value for scope in Scope]
