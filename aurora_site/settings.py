"""Settings. Each is read from the environment by a checked helper; docs/runbook.md lists the variables."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from redis.backoff import NoBackoff
from redis.retry import Retry

from aurora_site import connections, env, logs, schedule, social
from aurora_site.servers.layout import Layout

# Lets `ModelAdmin[Picture]` and the like run, not only type-check.
django_stubs_ext.monkeypatch()

# --- Places ---------------------------------------------------------------------------------------------------------

BASE_DIR = Path(__file__).resolve().parent.parent
AURORA_VAR = env.folder("AURORA_VAR", BASE_DIR / "var")
AURORA_LAYOUT = Layout.of(AURORA_VAR)
# Where the engine's step lies, built for this processor.
AURORA_FUSED = AURORA_VAR / "fused"

# --- The site -------------------------------------------------------------------------------------------------------

DEBUG = env.flag("DEBUG", default=False)
SECRET_KEY = env.secret("SECRET_KEY") or connections.secret_key(AURORA_VAR)
BASE_URL = env.text("BASE_URL", f"http://127.0.0.1:{env.number('PORT', 8000, low=1, high=65535)}").rstrip("/")
_base = urlsplit(BASE_URL)
if _base.scheme not in {"http", "https"} or not _base.hostname:
    raise ImproperlyConfigured(f"BASE_URL={BASE_URL!r} is not a web address; write BASE_URL=https://aurora.example.")
HTTPS = _base.scheme == "https"
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", _base.hostname, *env.words("HOST"), *env.words("ALLOWED_HOSTS")]
CSRF_TRUSTED_ORIGINS = [f"{_base.scheme}://{_base.netloc}"]

ROOT_URLCONF = "aurora_site.urls"
ASGI_APPLICATION = "aurora_site.asgi.application"
INSTALLED_APPS = [
    "aurora_site",
    "accounts",
    "billing",
    "generation",
    "accounts.admin_config.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    *social.APPS,
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "django_structlog",
    "csp",
]
MIDDLEWARE = [
    "aurora_site.middleware.health",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "aurora_site.middleware.browser_headers",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "aurora_site.middleware.request_id",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.audited",
    "accounts.staff_door.door",
    "accounts.looking.on",
    "accounts.middleware.leaving",
    "accounts.middleware.personal",
    "accounts.middleware.workspace_scope",
    "accounts.middleware.staff_scope",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.workspace",
                "billing.context.stripe",
                "billing.pages.notices.arrears",
                "billing.pages.notices.credit",
            ]
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
INSTALLED_APPS.append("django.forms")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ko", "한국어")]
TIME_ZONE = "UTC"
USE_TZ = True
LOGGING = logs.configure(level=env.text("LOG_LEVEL", "INFO").upper(), as_json=env.flag("LOG_JSON", default=False))

# --- Servers --------------------------------------------------------------------------------------------------------

DATABASES = {
    "default": connections.database(
        env.secret("DATABASE_URL"),
        layout=AURORA_LAYOUT,
        # A model worker draws each generation in a thread of its own, as ASGI answers each request in one.
        pool_size=env.number("DATABASE_POOL", 64 * env.flag("AURORA_HOSTS_MODEL", default=False), low=0, high=200),
    )
}
EMBEDDED_DATABASE = not env.secret("DATABASE_URL")
EMBEDDED_REDIS = not env.secret("REDIS_URL")
REDIS_URL = connections.redis_db(env.secret("REDIS_URL") or AURORA_LAYOUT.redis_url, 0)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        # redis-py's own retries sleep for six seconds: with Valkey away, at every session that is read.
        "OPTIONS": {"socket_connect_timeout": 1, "retry": Retry(NoBackoff(), 1)},
    }
}
# In the database alone: with Valkey away, people stay logged in and pages answer.
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# --- Files ----------------------------------------------------------------------------------------------------------

S3_BUCKET = env.text("S3_BUCKET")
S3_ENDPOINT_URL = env.text("S3_ENDPOINT_URL")
S3_ACCESS_KEY_ID = env.text("S3_ACCESS_KEY_ID")
S3_SECRET_ACCESS_KEY = env.secret("S3_SECRET_ACCESS_KEY")
S3_REGION = env.text("S3_REGION", "us-east-1")
_s3_options = {
    "bucket_name": S3_BUCKET,
    "endpoint_url": S3_ENDPOINT_URL or None,
    "access_key": S3_ACCESS_KEY_ID or None,
    "secret_key": S3_SECRET_ACCESS_KEY or None,
    "region_name": S3_REGION,
    # boto3 signs with V2 against a custom endpoint unless told otherwise.
    "signature_version": "s3v4",
    "addressing_style": "path" if S3_ENDPOINT_URL else "auto",
    "querystring_expire": 600,
    "file_overwrite": True,
    "default_acl": None,
}
MEDIA_ROOT = AURORA_VAR / "media"
STATIC_URL = "static/"
STATIC_ROOT = AURORA_VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# For work on the pages: serve static files from where they lie, without `collectstatic`.
STATIC_FROM_SOURCES = env.flag("STATIC_FROM_SOURCES", default=DEBUG)
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = STATIC_FROM_SOURCES
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": _s3_options}
    if S3_BUCKET
    else {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": MEDIA_ROOT}},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if STATIC_FROM_SOURCES
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- Celery ---------------------------------------------------------------------------------------------------------

CELERY_BROKER_URL = connections.celery_broker(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {"generation.tasks.generate": {"queue": "gpu"}}
CELERY_BEAT_SCHEDULE = schedule.BEAT
# In memory: a schedule file is what a killed process leaves broken.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
DJANGO_STRUCTLOG_CELERY_ENABLED = True

# --- Generation -----------------------------------------------------------------------------------------------------

AURORA_LEASE_SECONDS = env.number("AURORA_LEASE_SECONDS", 20, low=2, high=3600)
# Requests to /v1 a minute: of a workspace, by its plan, and of an address; 0 is any number.
AURORA_REQUESTS_A_MINUTE = {
    plan: env.number(f"AURORA_REQUESTS_{plan.upper()}", number, low=0, high=10**6)
    for plan, number in {"free": 120, "super": 300, "team": 600}.items()
}
AURORA_REQUESTS_AN_ADDRESS = env.number("AURORA_REQUESTS_AN_ADDRESS", 1200, low=0, high=10**6)
# Files that a person may fetch a minute, each made anew. 0: any number.
AURORA_DOWNLOADS_A_MINUTE = env.number("AURORA_DOWNLOADS_A_MINUTE", 60, low=0, high=10**6)
# Pictures to start from, and webhooks, are at public addresses on the usual ports; these two are for tests, and for
# sites that know why.
AURORA_FETCH_PRIVATE = env.flag("AURORA_FETCH_PRIVATE", default=False)
AURORA_FETCH_PORTS = [int(port) for port in env.words("AURORA_FETCH_PORTS")]
# What judges prompts and pictures (generation/services/moderation), and the header in which a proxy that is always in
# front tells the country of a request, as "CF-IPCountry"; without one, rules for regions find nobody.
AURORA_MODERATOR = env.text("AURORA_MODERATOR", "generation.services.moderation.engine.RuleEngine")
AURORA_COUNTRY_HEADER = env.text("AURORA_COUNTRY_HEADER")
AURORA_QUEUE_POSITIONS = env.number("AURORA_QUEUE_POSITIONS", 500_000, low=1, high=10**9)
# Where what workspaces share is written as a data set, when staff ask for it.
AURORA_DATA_SET = Path(env.text("AURORA_DATA_SET", str(AURORA_VAR / "shared-data")))
# What the model worker loads: "aurora", from AURORA_WEIGHTS, or "janus:" and the folder of a checkpoint.
AURORA_MODEL = env.text("AURORA_MODEL", "aurora")
AURORA_WEIGHTS = Path(env.text("AURORA_WEIGHTS")) if env.text("AURORA_WEIGHTS") else None
# Set by `manage.py up` for the one process that is to load the model, and the one that sends the periodic tasks.
AURORA_HOSTS_MODEL = env.flag("AURORA_HOSTS_MODEL", default=False)
AURORA_RUNS_BEAT = env.flag("AURORA_RUNS_BEAT", default=False)

# What pictures are signed with: PEM, or a file of it; without one, a test certificate in AURORA_VAR. Certificates that
# it took the place of are still known by /verify.
AURORA_C2PA_CERT, AURORA_C2PA_KEY = env.secret("AURORA_C2PA_CERT"), env.secret("AURORA_C2PA_KEY")
AURORA_C2PA_OLD_CERTS = env.secret("AURORA_C2PA_OLD_CERTS")

# --- Money ----------------------------------------------------------------------------------------------------------

STRIPE_SECRET_KEY = env.secret("STRIPE_SECRET_KEY")
# Several, separated by commas, while one takes the place of another.
STRIPE_WEBHOOK_SECRET = env.secret("STRIPE_WEBHOOK_SECRET")
# Another Stripe than the real one: the fake that `manage.py up` starts. Browsers may reach its pages elsewhere.
STRIPE_API_BASE = env.text("STRIPE_API_BASE").rstrip("/")
STRIPE_PAGES = env.text("STRIPE_PAGES", STRIPE_API_BASE)
STRIPE_TEST_MODE = bool(STRIPE_API_BASE) or STRIPE_SECRET_KEY.startswith(("sk_test_", "rk_test_"))
_stripe_pages = ["https://checkout.stripe.com", "https://billing.stripe.com"] if STRIPE_SECRET_KEY else []
if STRIPE_PAGES:
    _stripe_pages = [f"{urlsplit(STRIPE_PAGES).scheme}://{urlsplit(STRIPE_PAGES).netloc}"]

# --- Accounts -------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "accounts.backends.EmailBackend",
    "django.contrib.auth.backends.ModelBackend",
    "accounts.backends.StaffRights",
]
# Unproved addresses may be claimed by several accounts (see accounts.models.User).
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
ACCOUNT_ADAPTER = "accounts.adapter.Adapter"
ACCOUNT_FORMS = {"add_email": "accounts.forms.NewAddress", "request_login_code": "accounts.forms.AskForCode"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
# A newcomer is in at once, on a claim that proves nothing; "strict" lets even a taken address be claimed, so that a
# sign-up tells nobody who is here (decision 0013).
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "signup": "60/m/ip",
    "reset_password": "20/m/ip,5/m/key",
    # More than one, or who claims an address could keep the letter of its owner from being sent.
    "confirm_email": "5/5m/key",
}
MFA_ADAPTER = "accounts.adapter.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Aurora"
# A phone's clock may be half a minute off.
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {"add_webauthn": "accounts.forms.NewPasskey"}
USERSESSIONS_ADAPTER = "accounts.adapter.SessionsAdapter"
SOCIALACCOUNT_ADAPTER = "accounts.adapter.SocialAdapter"
SOCIALACCOUNT_PROVIDERS = social.PROVIDERS
# An address that the provider has verified leads into the account that has it; allauth takes the password away where
# the account itself had not proved it.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXIES", 0, low=0, high=10)
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
LOGIN_URL = "account_login"

EMAIL_HOST = env.text("EMAIL_HOST")
EMAIL_PORT = env.number("EMAIL_PORT", 587, low=1, high=65535)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.secret("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", default=True)
EMAIL_TIMEOUT = 10
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'filebased'}.EmailBackend"
EMAIL_FILE_PATH = AURORA_VAR / "mail"
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", f"Aurora <no-reply@{_base.hostname}>")

# --- Security -------------------------------------------------------------------------------------------------------

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_SSL_REDIRECT = False
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
_pictures = [f"{urlsplit(S3_ENDPOINT_URL).scheme}://{urlsplit(S3_ENDPOINT_URL).netloc}"] if S3_ENDPOINT_URL else []
if S3_BUCKET and not S3_ENDPOINT_URL:
    _pictures = [f"https://{S3_BUCKET}.s3.amazonaws.com", f"https://{S3_BUCKET}.s3.{S3_REGION}.amazonaws.com"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:", *_pictures],
        "connect-src": [SELF],
        "font-src": [SELF],
        "manifest-src": [SELF],
        # Browsers hold the redirect to a provider, or to Stripe, to be part of the form's way.
        "form-action": [SELF, *social.ORIGINS, *_stripe_pages],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Aurora",
    "DESCRIPTION": "Pictures from words. Clients made for OpenAI’s images API work here with another address and key.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/v1",
    "SORT_OPERATIONS": False,
    "POSTPROCESSING_HOOKS": ["generation.api.schema.complete"],
}
