"""What a browser needs to install the site as an app."""

from django.http import HttpRequest, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

GROUND = "#090d16"
"""The dark ground of static/css/tokens.css, as manifests know no oklch."""

ICONS = (("icon-192.png", "192x192", "any"), ("icon-512.png", "512x512", "any"),
         ("icon-maskable-512.png", "512x512", "maskable"))  # fmt: skip
DAY = 24 * 60 * 60


@require_safe
def show(request: HttpRequest) -> JsonResponse:
    manifest = {
        "id": "/",
        "name": "Aurora",
        "short_name": "Aurora",
        "description": "Say what you want to see, and watch it being drawn.",
        "start_url": reverse("pages:home"),
        "scope": "/",
        "display": "standalone",
        "background_color": GROUND,
        "theme_color": GROUND,
        "icons": [
            {"src": static(f"icons/{name}"), "sizes": sizes, "type": "image/png", "purpose": purpose}
            for name, sizes, purpose in ICONS
        ],
    }
    answer = JsonResponse(manifest, content_type="application/manifest+json")
    patch_cache_control(answer, public=True, max_age=DAY)
    return answer
