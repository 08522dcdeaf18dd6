"""Every setting of the portal, read from the environment. Standard library only."""

import base64
import binascii
import fcntl
import ipaddress
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from aims.launch import places

ENVIRONMENTS = ("development", "test", "production")
TAKEN_PATHS = ("o", "api", "accounts", "static", "theme", "healthz")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
YES = ("1", "true", "yes", "on")
NO = ("", "0", "false", "no", "off")

SHORTEST_SECRET_KEY = 50
SHORTEST_PEPPER = 32
FEWEST_DISTINCT_CHARACTERS = 5

# PKCS #8 of an Ed25519 key is this header followed by the 32 bytes of the key (RFC 8410).
ED25519_HEADER = bytes.fromhex("302e020100300506032b657004220420")
PEM_BEGIN = "-----BEGIN PRIVATE KEY-----"
PEM_END = "-----END PRIVATE KEY-----"


class ConfigurationError(Exception):
    """Holds every problem found, so that a person can put all of them right at once."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("The configuration is not usable:\n" + "\n".join(f"  - {p}" for p in problems))


def setting(meaning: str, default: str = "", *, required: bool = False, secret: bool = False) -> Any:
    """One row of the table; `required` means that production refuses to start without it."""
    row = {"meaning": meaning, "default": default, "required": required, "secret": secret}
    return field(metadata=row, repr=not secret)


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """The one table of settings. The name in the environment is the field's name in capitals."""

    aims_env: str = setting("`development`, `test` or `production`.", "development")
    aims_home: Path = setting("Directory of data, files, logs and generated secrets.", "var in the project")
    debug: bool = setting("Shows error pages with source code. Refused in production.", "no")

    base_url: str = setting(
        "Address that people type; used in mails and documents. Https in production.",
        "http://localhost:PORT",
        required=True,
    )
    allowed_hosts: tuple[str, ...] = setting(
        "Host names the portal answers to, separated by commas. Never `*` in production.",
        "localhost,127.0.0.1,[::1]",
        required=True,
    )
    trust_proxy: bool = setting(
        "Believe `X-Forwarded-Proto` and `X-Forwarded-For`. Only behind a proxy that sets them.", "no"
    )
    bind: str = setting("Address the web server listens on.", "127.0.0.1")
    port: int = setting("Port the web server listens on.", "8000")
    web_workers: int = setting("Processes of the web server.", "2")
    web_threads: int = setting("Threads of each web process.", "4")
    worker_processes: int = setting("Processes of the job worker.", "2")

    database_url: str = setting(
        "Postgres as `portal_app`, the login that row security binds.",
        "the embedded Postgres",
        required=True,
        secret=True,
    )
    database_owner_url: str = setting(
        "Postgres as `portal_owner`, for migrations. Leave it out where only the portal runs.",
        "the embedded Postgres",
        secret=True,
    )
    database_operator_url: str = setting(
        "Postgres as `portal_operator`, for the operators' site and commands over all organizations.",
        "the embedded Postgres",
        secret=True,
    )
    database_backup_url: str = setting(
        "Postgres as `portal_backup`, which reads everything and writes nothing. Only the backup needs it.",
        "the embedded Postgres",
        secret=True,
    )
    redis_url: str = setting(
        "Redis for jobs and cache, `redis://` or `rediss://`. Without it both use Postgres.", secret=True
    )

    secret_key: str = setting(
        "Signs sessions and links; 50 characters or more.", "generated", required=True, secret=True
    )
    secret_key_fallbacks: tuple[str, ...] = setting(
        "Earlier values of SECRET_KEY that are still accepted, separated by commas.", secret=True
    )
    api_key_pepper: str = setting(
        "Key of the digests of API keys; 32 characters or more.", "generated", required=True, secret=True
    )
    field_key: str = setting(
        "Encrypts fields in the database: 32 bytes in URL-safe base64. After a rotation the new key first, "
        "then the earlier ones, separated by commas.",
        "generated",
        required=True,
        secret=True,
    )
    signing_key: str = setting(
        "Ed25519 private key (PKCS #8 PEM) that signs evidence packs and checkpoints. "
        r"Line breaks may be written as `\n`.",
        "generated",
        required=True,
        secret=True,
    )

    email_url: str = setting(
        "`console`, or `smtp://user:password@host:port`; `smtp+tls://` for STARTTLS, `smtps://` for TLS.",
        "console",
        required=True,
        secret=True,
    )
    default_from_email: str = setting("Sender of mails.", "portal@localhost", required=True)

    dns_server: str = setting(
        "`address` or `address:port` of the DNS server that is asked for proofs of e-mail domains.",
        "the machine's own",
    )

    files_dir: Path = setting(
        "Directory of uploaded and built files, unless S3_BUCKET is set.", "AIMS_HOME/files"
    )
    checkpoint_dir: Path = setting(
        "Directory of the signed checkpoints of the trail. Best on a medium that the database server cannot "
        "write to.",
        "AIMS_HOME/checkpoints",
    )
    time_stamp_url: str = setting(
        "Address (https) of a time-stamp authority by RFC 3161 that stamps each signed checkpoint. Without "
        "it checkpoints are signed only."
    )
    time_stamp_roots: str = setting(
        "File with the root certificates (PEM) that the authority's certificate has to lead to. Needed with "
        "TIME_STAMP_URL; keep it as long as time stamps are to be verified."
    )
    time_stamp_policy: str = setting(
        "Policy (object identifier) that each time stamp has to name. Without a value any."
    )
    max_upload_mb: int = setting("Largest upload in megabytes.", "100")
    s3_bucket: str = setting("Bucket of an S3-compatible store that holds the files instead.")
    s3_endpoint_url: str = setting("Address of the store when it is not Amazon's.")
    s3_region: str = setting("Region of the bucket.")
    s3_access_key_id: str = setting("Access key, unless the machine's own identity is used.", secret=True)
    s3_lock_days: int = setting(
        "Days for which checkpoints of the trail and evidence packs are locked in the bucket (object lock, "
        "compliance mode): nobody changes or deletes them, the store's owner included. The bucket has to be "
        "made with object lock. 0 locks nothing.",
        "0",
    )
    s3_secret_access_key: str = setting("Secret of the access key.", secret=True)

    fetch_allowed_hosts: tuple[str, ...] = setting(
        "Hosts in the own network that the portal may call although their address is not public, as `host` "
        "or `host:port`, separated by commas: an identity provider, a receiver of webhooks. All others must "
        "be public, on port 443 or 8443. All are called by https; certificates are checked against "
        "`SSL_CERT_FILE` or the system's.",
    )
    operators_path: str = setting(
        "Path of the site for operators of the installation, such as `operate`; `off` switches it off.",
        "operate",
    )
    operators_networks: tuple[str, ...] = setting(
        "Networks from which the operators' site answers, such as `10.0.0.0/8`, separated by commas. "
        "Elsewhere it is not found. Without a value every network.",
    )
    operators_contact: str = setting(
        "Whom the members of a suspended organization are told to contact: an address or a name.",
        "the operators of this installation",
    )
    log_level: str = setting("`DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`.", "INFO")
    time_zone: str = setting("Time zone in which dates are shown and reminders fall due.", "UTC")

    @property
    def is_production(self) -> bool:
        return self.aims_env == "production"


def load(environment: Mapping[str, str] | None = None) -> Configuration:
    """Read all settings, or raise ConfigurationError with everything that is wrong with them."""
    reader = Reader(dict(os.environ if environment is None else environment))
    configuration = reader.read()
    if configuration.is_production:
        already_named = {problem.split()[0] for problem in reader.problems}
        reader.problems += [w for w in weaknesses(configuration) if w.split()[0] not in already_named]
    if reader.problems:
        raise ConfigurationError(reader.problems)
    return configuration


class Reader:
    """Turns strings into values and keeps every complaint."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.problems: list[str] = []

    def read(self) -> Configuration:
        environment_name = self.environment.get("AIMS_ENV") or "development"
        in_production = environment_name == "production"
        self._read_secret_files()
        # A missing value in production is a complaint, never a generated one that the next process
        # would not share.
        defaults = {} if in_production else self._development_defaults()

        values: dict[str, Any] = {}
        for row in fields(Configuration):
            name = row.name.upper()
            text = self.environment.get(name, "").strip() or defaults.get(name, "")
            if not text and in_production and row.metadata["required"]:
                self.problems.append(f"{name} is missing.")
            values[row.name] = self._value(row, text or self._published_default(row, in_production))
        configuration = Configuration(**values)
        self._check_forms(configuration)
        return configuration

    def _home(self) -> Path:
        return Path(self.environment.get("AIMS_HOME") or places.PROJECT / "var").resolve()

    def _read_secret_files(self) -> None:
        """NAME_FILE may name a file that holds the value of a secret setting."""
        for row in fields(Configuration):
            name = row.name.upper()
            path = self.environment.get(f"{name}_FILE")
            if not path or not row.metadata["secret"]:
                continue
            try:
                self.environment[name] = Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                self.problems.append(f"{name}_FILE cannot be read: {error.strerror} ({path}).")

    def _development_defaults(self) -> dict[str, str]:
        home = self._home()
        defaults = {
            "BASE_URL": f"http://localhost:{self.environment.get('PORT') or '8000'}",
            "DATABASE_URL": places.embedded_url(home, user="portal_app"),
        }
        # Whoever names a database of their own names its other logins too: the embedded ones are
        # logins of another database.
        if not self.environment.get("DATABASE_URL"):
            defaults["DATABASE_OWNER_URL"] = places.embedded_url(home, user="portal_owner")
            defaults["DATABASE_OPERATOR_URL"] = places.embedded_url(home, user="portal_operator")
            defaults["DATABASE_BACKUP_URL"] = places.embedded_url(home, user="portal_backup")
        missing = [name for name in GENERATORS if not self.environment.get(name)]
        if missing:
            try:
                defaults |= generated_secrets(home)
            except OSError as error:
                self.problems.append(f"AIMS_HOME cannot hold the generated secrets: {error}.")
        return defaults

    def _published_default(self, row: "Field[Any]", in_production: bool) -> str:
        home = self._home()
        computed = {
            "aims_home": str(home),
            "files_dir": str(home / "files"),
            "checkpoint_dir": str(home / "checkpoints"),
            "base_url": "",
            "database_url": "",
            "database_owner_url": "",
            "database_operator_url": "",
            "database_backup_url": "",
            "dns_server": "",
        }
        if row.name in computed:
            return computed[row.name]
        default: str = row.metadata["default"]
        return "" if default == "generated" or (in_production and row.metadata["required"]) else default

    def _value(self, row: "Field[Any]", text: str) -> Any:
        name = row.name.upper()
        if row.type is bool:
            return self._yes_or_no(name, text)
        if row.type is int:
            return self._number(name, text, least=0 if row.metadata["default"] == "0" else 1)
        if row.type is Path:
            return Path(text).resolve()
        if row.type is str:
            return text
        return tuple(part.strip() for part in text.split(",") if part.strip())

    def _yes_or_no(self, name: str, text: str) -> bool:
        if text.lower() not in YES + NO:
            self.problems.append(f"{name} must be yes or no, not {text!r}.")
        return text.lower() in YES

    def _number(self, name: str, text: str, *, least: int) -> int:
        if not text.isdecimal() or int(text) < least:
            self.problems.append(f"{name} must be a whole number above {least - 1}, not {text!r}.")
            return 0
        return int(text)

    def _check_forms(self, read: Configuration) -> None:
        """Complaints that hold in every environment. Values are not repeated: they may be secret."""
        self._one_of("AIMS_ENV", read.aims_env, ENVIRONMENTS)
        self._one_of("LOG_LEVEL", read.log_level, LOG_LEVELS)
        for row in fields(Configuration):
            if row.name.startswith("database_"):
                self._scheme(row.name.upper(), getattr(read, row.name), ("postgres", "postgresql"))
        self._scheme("REDIS_URL", read.redis_url, ("redis", "rediss", "unix"))
        self._scheme("BASE_URL", read.base_url, ("http", "https"))
        self._scheme("S3_ENDPOINT_URL", read.s3_endpoint_url, ("http", "https"))
        if read.email_url != "console":
            self._scheme("EMAIL_URL", read.email_url, ("smtp", "smtps", "smtp+tls"))
        self._scheme("TIME_STAMP_URL", read.time_stamp_url, ("https",))
        if read.s3_lock_days and not read.s3_bucket:
            self.problems.append("S3_LOCK_DAYS needs S3_BUCKET.")
        if read.time_stamp_url and not Path(read.time_stamp_roots or "/").is_file():
            self.problems.append("TIME_STAMP_ROOTS must name a file when TIME_STAMP_URL is set.")
        if not re.fullmatch(r"([0-2](\.\d+)+)?", read.time_stamp_policy):
            self.problems.append("TIME_STAMP_POLICY must be an object identifier, such as 1.2.3.4.")
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", read.operators_path):
            self.problems.append("OPERATORS_PATH must be one word of small letters, digits and hyphens.")
        if read.operators_path in TAKEN_PATHS:
            self.problems.append("OPERATORS_PATH is a path that the portal itself uses.")
        for network in read.operators_networks:
            if not _is_network(network):
                self.problems.append(f"OPERATORS_NETWORKS: {network!r} is no network, such as 10.0.0.0/8.")
        if read.field_key and not all(_is_field_key(key) for key in read.field_key.split(",")):
            self.problems.append("FIELD_KEY must be 32 bytes in URL-safe base64.")
        if read.signing_key and not is_signing_key(read.signing_key):
            self.problems.append("SIGNING_KEY must be an Ed25519 private key as PKCS #8 PEM.")

    def _one_of(self, name: str, value: str, allowed: tuple[str, ...]) -> None:
        if value not in allowed:
            self.problems.append(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")

    def _scheme(self, name: str, value: str, allowed: tuple[str, ...]) -> None:
        try:
            scheme = urlsplit(value).scheme
        except ValueError:
            scheme = "?"
        if value and scheme not in allowed:
            self.problems.append(f"{name} must be an address that starts with {' or '.join(allowed)}://.")


def shown(read: Configuration) -> Iterator[tuple[str, str, bool]]:
    """(name, value, is secret) of every setting, for the operators."""
    for row in fields(Configuration):
        value = getattr(read, row.name)
        text = ", ".join(value) if isinstance(value, tuple) else str(value)
        yield row.name.upper(), text, row.metadata["secret"]


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def weaknesses(read: Configuration) -> list[str]:
    """What a production start refuses although every setting is present and well formed."""
    complaints = {
        "DEBUG must be off in production.": read.debug,
        "ALLOWED_HOSTS must name hosts; '*' would accept any.": "*" in read.allowed_hosts,
        "BASE_URL must start with https:// in production.": urlsplit(read.base_url).scheme != "https",
        f"SECRET_KEY is weak: {SHORTEST_SECRET_KEY} or more random characters are needed.": _is_weak(
            read.secret_key, SHORTEST_SECRET_KEY
        ),
        f"API_KEY_PEPPER is weak: {SHORTEST_PEPPER} or more random characters are needed.": _is_weak(
            read.api_key_pepper, SHORTEST_PEPPER
        ),
        "API_KEY_PEPPER must differ from SECRET_KEY.": read.api_key_pepper == read.secret_key,
        "DATABASE_URL must use another login than DATABASE_OWNER_URL: row security does not hold "
        "the owner of the tables.": _same_login(read.database_url, read.database_owner_url),
        "DATABASE_URL must use another login than DATABASE_OPERATOR_URL: the operator passes "
        "row security.": _same_login(read.database_url, read.database_operator_url),
        "EMAIL_URL must name a mail server in production.": read.email_url == "console",
        "S3_ENDPOINT_URL must start with https:// in production.": urlsplit(read.s3_endpoint_url).scheme
        == "http",
    }
    return [complaint for complaint, holds in complaints.items() if holds]


def _is_weak(value: str, shortest: int) -> bool:
    return len(value) < shortest or len(set(value)) < FEWEST_DISTINCT_CHARACTERS or "insecure" in value


def _same_login(one: str, other: str) -> bool:
    return bool(other) and urlsplit(one).username == urlsplit(other).username


def _is_field_key(key: str) -> bool:
    try:
        return len(base64.urlsafe_b64decode(key.strip())) == 32
    except (ValueError, binascii.Error):
        return False


def is_signing_key(pem: str) -> bool:
    body = pem.replace("\\n", "\n").strip()
    if not (body.startswith(PEM_BEGIN) and body.endswith(PEM_END)):
        return False
    try:
        der = base64.b64decode("".join(body.splitlines()[1:-1]), validate=True)
    except (ValueError, binascii.Error):
        return False
    return der.startswith(ED25519_HEADER) and len(der) == len(ED25519_HEADER) + 32


def new_signing_key() -> str:
    der = ED25519_HEADER + secrets.token_bytes(32)
    return rf"{PEM_BEGIN}\n{base64.b64encode(der).decode()}\n{PEM_END}"


def new_field_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


GENERATORS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(64),
    "API_KEY_PEPPER": lambda: secrets.token_urlsafe(48),
    "FIELD_KEY": new_field_key,
    "SIGNING_KEY": new_signing_key,
}


def generated_secrets(home: Path) -> dict[str, str]:
    """The secrets of `home/secrets.env`; what is missing there is generated once, for all processes."""
    path = home / "secrets.env"
    known = _read_secrets(path)
    if known.keys() >= GENERATORS.keys():
        return known
    home.mkdir(parents=True, exist_ok=True)
    with open(home / "secrets.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = _read_secrets(path)
        for name, generate in GENERATORS.items():
            if name not in known:
                known[name] = generate()
        _write_secrets(path, known)
    return known


def _read_secrets(path: Path) -> dict[str, str]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        path.chmod(0o600)
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def _write_secrets(path: Path, values: dict[str, str]) -> None:
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.writelines(f"{name}={value}\n" for name, value in values.items())
    new.rename(path)


def database_settings(url: str) -> dict[str, Any]:
    """The part of Django's DATABASES entry that a Postgres address decides."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or parts.hostname or ""
    return {
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or options.pop("port", "")),
        "OPTIONS": options,
    }


def email_settings(url: str) -> dict[str, Any]:
    """Django's EMAIL_… settings for an EMAIL_URL."""
    if url == "console":
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    parts = urlsplit(url)
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": parts.port or {"smtps": 465, "smtp+tls": 587}.get(parts.scheme, 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_TIMEOUT": 20,
    }


def signing_key_pem(read: Configuration) -> bytes:
    return read.signing_key.replace("\\n", "\n").strip().encode() + b"\n"


def settings_page() -> str:
    """docs/settings.md; a test holds the file to it."""
    lines = [
        "# Settings",
        "",
        "Every setting comes from the environment. This page is made from `aims/configuration.py` by",
        "`python -m aims.configuration > docs/settings.md`.",
        "",
        "In development what is missing has the default below, and secrets are generated once into",
        "`AIMS_HOME/secrets.env` (readable by its owner only). With `AIMS_ENV=production` nothing is",
        "generated: a start with a missing or weak setting is refused, and every such setting is named.",
        "A secret may also be given as a file: `SECRET_KEY_FILE=/run/secrets/secret_key`.",
        "",
        "| setting | meaning | default | required in production | secret |",
        "|---|---|---|---|---|",
    ]
    for row in fields(Configuration):
        about = row.metadata
        required, secret = ("yes" if about[key] else "" for key in ("required", "secret"))
        lines.append(
            f"| `{row.name.upper()}` | {about['meaning']} | {about['default']} | {required} | {secret} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(settings_page(), end="")
