"""Logging in by Google, GitHub or an OpenID Connect provider: each is there when its keys are in the environment."""

from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from aurora_site import env


def _keys(prefix: str) -> dict[str, str] | None:
    """Client id and secret of a provider; None without both. Raises ImproperlyConfigured when one is missing."""
    client_id, secret = env.text(f"{prefix}_CLIENT_ID"), env.secret(f"{prefix}_CLIENT_SECRET")
    if bool(client_id) != bool(secret):
        raise ImproperlyConfigured(f"One of {prefix}_CLIENT_ID and {prefix}_CLIENT_SECRET is missing: give both.")
    return {"client_id": client_id, "secret": secret} if client_id else None


def _google(keys: dict[str, str]) -> dict[str, Any]:
    return {"APPS": [keys], "SCOPE": ["profile", "email"], "OAUTH_PKCE_ENABLED": True}


def _github(keys: dict[str, str]) -> dict[str, Any]:
    return {"APPS": [keys], "SCOPE": ["user:email"]}


def _openid(keys: dict[str, str], server: str) -> dict[str, Any]:
    app = keys | {"provider_id": "oidc", "name": env.text("OIDC_NAME", "Single sign-on")}
    return {"APPS": [app | {"settings": {"server_url": server}}], "OAUTH_PKCE_ENABLED": True}


def _openid_server() -> str:
    server = env.text("OIDC_SERVER_URL")
    if urlsplit(server).scheme not in {"http", "https"} or not urlsplit(server).hostname:
        raise ImproperlyConfigured(f"OIDC_SERVER_URL={server!r} is not a web address; OIDC_CLIENT_ID needs it.")
    return server


PROVIDERS: dict[str, dict[str, Any]] = {}
ORIGINS: list[str] = []
if _found := _keys("GOOGLE"):
    PROVIDERS["google"] = _google(_found)
    ORIGINS.append("https://accounts.google.com")
if _found := _keys("GITHUB"):
    PROVIDERS["github"] = _github(_found)
    ORIGINS.append("https://github.com")
if _found := _keys("OIDC"):
    _server = _openid_server()
    PROVIDERS["openid_connect"] = _openid(_found, _server)
    ORIGINS.append(f"{urlsplit(_server).scheme}://{urlsplit(_server).netloc}")
APPS = [f"allauth.socialaccount.providers.{name}" for name in PROVIDERS]
