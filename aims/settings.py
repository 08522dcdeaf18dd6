"""Django settings. Every value that differs between installations comes from aims.configuration."""

from pathlib import Path
from typing import Any

import pghistory
from csp.constants import NONE, SELF
from django.contrib.messages import constants as message_levels
from whitenoise.compress import Compressor

from aims import configuration

BASE_DIR = Path(__file__).resolve().parent.parent
CONFIGURATION = configuration.load()
AIMS_ENV = CONFIGURATION.aims_env
IS_PRODUCTION = CONFIGURATION.is_production

DEBUG = CONFIGURATION.debug
SECRET_KEY = CONFIGURATION.secret_key
SECRET_KEY_FALLBACKS = list(CONFIGURATION.secret_key_fallbacks)
ALLOWED_HOSTS = list(CONFIGURATION.allowed_hosts)
BASE_URL = CONFIGURATION.base_url.rstrip("/")
API_KEY_PEPPER = CONFIGURATION.api_key_pepper
FIELD_KEYS = CONFIGURATION.field_key.split(",")
DNS_SERVER = CONFIGURATION.dns_server
AIMS_SIGNING_KEY = configuration.signing_key_pem(CONFIGURATION)
AIMS_HOME = CONFIGURATION.aims_home

INSTALLED_APPS = [
    "aims.core",
    "inventory",
    "risk",
    "controls",
    "audits",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "pgtrigger",
    "pghistory",
    "guardian",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "django_htmx",
    "django_cotton",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "aims.core.middleware.SecurityHeadersMiddleware",
    "aims.core.middleware.PlainCookiesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "aims.core.middleware.SessionMiddleware",
    "aims.core.middleware.ActingMiddleware",
]

ROOT_URLCONF = "aims.urls"
WSGI_APPLICATION = "aims.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "aims.core.context_processors.frame",
            ],
            "builtins": ["django_cotton.templatetags.cotton", "django.templatetags.static"],
        },
    }
]
COTTON_DIR = "cotton"

TENANT_BACKEND = {"ENGINE": "aims.core.tenancy.db", "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
DATABASES = {
    "default": configuration.database_settings(CONFIGURATION.database_url) | TENANT_BACKEND,
    "owner": configuration.database_settings(CONFIGURATION.database_owner_url or CONFIGURATION.database_url)
    | TENANT_BACKEND
    | {"TEST": {"MIRROR": "default"}},
    "operator": configuration.database_settings(
        CONFIGURATION.database_operator_url or CONFIGURATION.database_url
    )
    | TENANT_BACKEND
    | {"TEST": {"MIRROR": "default"}},
}
# No alias of Django's: only the backup uses it, by the client programs of Postgres.
DATABASE_BACKUP_URL = CONFIGURATION.database_backup_url
DISABLE_SERVER_SIDE_CURSORS = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DATABASE_CACHE: dict[str, Any] = {
    "BACKEND": "django.core.cache.backends.db.DatabaseCache",
    "LOCATION": "cache_entries",
    # Above it, counters of wrong passwords are thrown away before their time: a hundred clients use up
    # Django's 300.
    "OPTIONS": {"MAX_ENTRIES": 10_000},
}
if CONFIGURATION.redis_url:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": CONFIGURATION.redis_url,
        }
    }
else:
    CACHES = {"default": DATABASE_CACHE}

AUTH_USER_MODEL = "core.Person"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
# 19 MiB, two passes: Django's default of 100 MiB a login is a way to exhaust memory (security.md section 6).
PASSWORD_HASHERS = ["aims.core.passwords.BoundedArgon2", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "start"
ANONYMOUS_USER_NAME = None  # guardian's shared anonymous account is not made

ACCOUNT_ADAPTER = "aims.core.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""  # else it is the host that the request named
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_EMAIL_NOTIFICATIONS = True
MFA_ADAPTER = "aims.core.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_FORMS = {
    "add_webauthn": "aims.core.forms.sign_in.AddPasskeyForm",
    "authenticate": "aims.core.forms.sign_in.SignInCodeForm",
    "reauthenticate": "aims.core.forms.sign_in.ConfirmCodeForm",
}
MFA_TOTP_TOLERANCE = 0
MFA_TOTP_ISSUER = "AIMS portal"
USERSESSIONS_TRACK_ACTIVITY = True

SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "aims.core.views.errors.csrf_failure"
CSRF_TRUSTED_ORIGINS = [BASE_URL]
IS_HTTPS = BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
if IS_HTTPS:
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    SECURE_HSTS_SECONDS = 2 * 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SECURE_SSL_REDIRECT = True
if CONFIGURATION.trust_proxy:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = 1  # else all clients share the proxy's address, and its sign-in limit
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_MAX_MEMORY_SIZE = 0  # uploads always go to a file, so that hashing streams
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
# Without a login of their own the operators have no site.
OPERATORS_PATH = (
    CONFIGURATION.operators_path
    if CONFIGURATION.operators_path != "off" and CONFIGURATION.database_operator_url
    else ""
)
OPERATORS_NETWORKS = list(CONFIGURATION.operators_networks)
OPERATORS_CONTACT = CONFIGURATION.operators_contact
FETCH_ALLOWED_HOSTS = [host.lower() for host in CONFIGURATION.fetch_allowed_hosts]
MAX_UPLOAD_BYTES = CONFIGURATION.max_upload_mb * 1024 * 1024

LANGUAGE_CODE = "en"
TIME_ZONE = CONFIGURATION.time_zone
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = AIMS_HOME / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
FILES_STORAGE = (
    {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": CONFIGURATION.s3_bucket,
            "endpoint_url": CONFIGURATION.s3_endpoint_url or None,
            "region_name": CONFIGURATION.s3_region or None,
            "access_key": CONFIGURATION.s3_access_key_id or None,
            "secret_key": CONFIGURATION.s3_secret_access_key or None,
            "default_acl": "private",
            "file_overwrite": False,
        },
    }
    if CONFIGURATION.s3_bucket
    else {
        "BACKEND": "aims.core.durable_storage.DurableStorage",
        "OPTIONS": {
            "location": CONFIGURATION.files_dir,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    }
)
S3_LOCK_DAYS = CONFIGURATION.s3_lock_days
CHECKPOINT_DIR = CONFIGURATION.checkpoint_dir
TIME_STAMP_URL = CONFIGURATION.time_stamp_url
TIME_STAMP_ROOTS = CONFIGURATION.time_stamp_roots
TIME_STAMP_POLICY = CONFIGURATION.time_stamp_policy
STORAGES = {
    "default": FILES_STORAGE,
    # Taken when S3_LOCK_DAYS is set, only.
    "locked": {**FILES_STORAGE, "BACKEND": "aims.core.locked_storage.LockedStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if IS_PRODUCTION or (AIMS_ENV == "development" and not DEBUG)
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# Compressing the source maps of the API's documentation would take a minute of the first start.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
WHITENOISE_ALLOW_ALL_ORIGINS = False


def WHITENOISE_ADD_HEADERS_FUNCTION(headers: Any, path: str, url: str) -> None:
    """Static files are answered before the other middleware: a picture opened by its address runs nothing."""
    headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"


WHITENOISE_USE_FINDERS = AIMS_ENV == "test"
# Looked up when asked for: each of the tests' thousands of clients would list all files first.
WHITENOISE_AUTOREFRESH = AIMS_ENV == "test"

vars().update(configuration.email_settings(CONFIGURATION.email_url))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = CONFIGURATION.default_from_email

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["aims.core.rest.authentication.ActingAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["aims.core.rest.permission.VerbPermission"],
    "DEFAULT_SCHEMA_CLASS": "aims.core.rest.schema.Description",
    "DEFAULT_PAGINATION_CLASS": "aims.core.rest.pages.Pages",
    "DEFAULT_RENDERER_CLASSES": ["aims.core.rest.render.FastJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "aims.core.rest.parse.StrictJSONParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "EXCEPTION_HANDLER": "aims.core.rest.problems.problem",
    "PAGE_SIZE": 50,
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "AIMS portal",
    "DESCRIPTION": "Records of an AI management system by ISO/IEC 42001.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_PATCH": False,  # the version that was read is required in every change
    "SCHEMA_PATH_PREFIX": "/api/v1/organizations/{organization}",
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],  # aims.api.schema looks who asks
    "ENUM_NAME_OVERRIDES": {
        "AlertKind": "inventory.enums.AlertKind",
        "AlertSeverity": "inventory.enums.AlertSeverity",
        "AlertState": "inventory.enums.AlertState",
        "AssessmentState": "risk.enums.AssessmentState",
        "AuditState": "audits.enums.AuditState",
        "ChangeKind": "inventory.enums.ChangeKind",
        "ChangeRequestState": "inventory.enums.ChangeRequestState",
        "ChangeStep": "inventory.api.changes.STEPS",
        "ClassificationState": "risk.enums.ClassificationState",
        "BodyPart": "inventory.enums.BodyPart",
        "ClauseAnswer": "inventory.enums.ClauseAnswer",
        "CompetenceState": "controls.enums.CompetenceState",
        "CompetenceStep": "controls.api.competence.COMPETENCE_STEPS",
        "CompetenceTopic": "controls.enums.CompetenceTopic",
        "CriteriaMet": "inventory.enums.CriteriaMet",
        "DiscoverySource": "inventory.enums.DiscoverySource",
        "DiscoveryState": "inventory.enums.DiscoveryState",
        "DraftGrade": "audits.enums.DraftGrade",
        "EvidenceKind": "aims.core.enums.EvidenceKind",
        "FieldKind": "inventory.enums.FieldKind",
        "EvidenceState": "aims.core.enums.EvidenceState",
        "FindingState": "audits.enums.FindingState",
        "Grade": "audits.enums.Grade",
        "ImplementationState": "controls.enums.ImplementationState",
        "ImportState": "inventory.enums.ImportState",
        "ImportedKind": "inventory.api.imports.KINDS",
        "ImportOutcome": "inventory.api.imports.OUTCOMES",
        "ClockUnit": "inventory.enums.ClockUnit",
        "ConcernOutcome": "inventory.enums.ConcernOutcome",
        "DisclosureAudience": "inventory.enums.DisclosureAudience",
        "DisclosureKind": "inventory.enums.DisclosureKind",
        "ConcernState": "inventory.enums.ConcernState",
        "IncidentKind": "inventory.enums.IncidentKind",
        "IncidentSeverity": "inventory.enums.IncidentSeverity",
        "IncidentState": "inventory.enums.IncidentState",
        "NoticeKind": "inventory.enums.NoticeKind",
        "SeriousIncident": "inventory.enums.SeriousIncident",
        "IssueKind": "inventory.enums.IssueKind",
        "IssueStanding": "inventory.enums.IssueStanding",
        "IssueTheme": "inventory.enums.IssueTheme",
        "JobState": "aims.core.enums.JobState",
        "DataRole": "inventory.enums.DataRole",
        "ModelKind": "inventory.enums.ModelKind",
        "ModelRole": "inventory.enums.ModelRole",
        "PromptKind": "inventory.enums.PromptKind",
        "PromptRole": "inventory.enums.PromptRole",
        "MetricKind": "inventory.enums.MetricKind",
        "MetricSource": "inventory.enums.MetricSource",
        "NeedKind": "inventory.enums.NeedKind",
        "PackKind": "audits.enums.PackKind",
        "PackState": "audits.enums.PackState",
        "PartyKind": "inventory.enums.PartyKind",
        "ProvisionalClass": "inventory.enums.ProvisionalClass",
        "QuestionKind": "inventory.enums.QuestionKind",
        "QuestionnaireState": "inventory.enums.QuestionnaireState",
        "ReEvaluationAnswer": "inventory.enums.ReEvaluationAnswer",
        "ReasonKind": "controls.enums.ReasonKind",
        "ReevaluationTrigger": "inventory.enums.ReevaluationTrigger",
        "RiskState": "risk.enums.RiskState",
        "SoAState": "controls.enums.SoAState",
        "SignInProtocol": "aims.core.enums.SignInProtocol",
        "ScreeningHint": "inventory.enums.ScreeningHint",
        "StageRecordKind": "inventory.enums.StageRecordKind",
        "StageRecordState": "inventory.enums.StageRecordState",
        "SupplierEventKind": "inventory.enums.SupplierEventKind",
        "SupplierKind": "inventory.enums.SupplierKind",
        "SupplierState": "inventory.enums.SupplierState",
        "SystemGate": "inventory.api.gates.ACTIONS",
        "SystemStage": "inventory.enums.SystemStage",
        "TreatmentOption": "risk.enums.TreatmentOption",
        "TreatmentWithoutControls": ["avoid", "share", "retain"],
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "aims.core.rest.schema.complete",
    ],
}

PGHISTORY_CONTEXT_FIELD = pghistory.ContextJSONField()
PGHISTORY_DEFAULT_TRACKERS = (
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    pghistory.DeleteEvent(),
)

MESSAGE_TAGS = {message_levels.ERROR: "bad", message_levels.SUCCESS: "ok", message_levels.WARNING: "warn"}
SILENCED_SYSTEM_CHECKS: list[str] = []

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"without_links": {"()": "aims.logs.WithoutLinks"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": CONFIGURATION.log_level},
    "loggers": {
        "django.request": {"filters": ["without_links"]},
        "django.security.csrf": {"filters": ["without_links"]},
        "fontTools": {"level": "WARNING"},
        "pikepdf": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},
    },
}
