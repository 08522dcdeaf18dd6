"""Settings: what is read, what is generated, and what a production start refuses."""

import stat
from pathlib import Path

import pytest

from aims import configuration
from aims.configuration import ConfigurationError, load
from aims.launch import checks, places


@pytest.fixture
def production():
    return checks.production_environment()


def problems_of(environment):
    with pytest.raises(ConfigurationError) as refused:
        load(environment)
    return refused.value.problems


def test_a_complete_production_environment_is_accepted(production):
    read = load(production)

    assert read.is_production
    assert read.allowed_hosts == ("portal.example.org",)
    assert not read.debug


def test_every_missing_setting_of_a_production_start_is_named():
    problems = problems_of({"AIMS_ENV": "production"})

    assert [problem.split()[0] for problem in problems] == [
        "BASE_URL",
        "ALLOWED_HOSTS",
        "DATABASE_URL",
        "SECRET_KEY",
        "API_KEY_PEPPER",
        "FIELD_KEY",
        "SIGNING_KEY",
        "EMAIL_URL",
        "DEFAULT_FROM_EMAIL",
    ]


@pytest.mark.parametrize(
    ("name", "weak"),
    [
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "aaaabbbb" * 10),
        ("SECRET_KEY", "django-insecure-" + "0123456789abcdef" * 4),
        ("API_KEY_PEPPER", "0123456789"),
        ("DEBUG", "yes"),
        ("DEBUG", "perhaps"),
        ("ALLOWED_HOSTS", "*"),
        ("BASE_URL", "http://portal.example.org"),
        ("BASE_URL", "portal.example.org"),
        ("DATABASE_URL", "postgresql://portal_owner:secret@db.example.org/aims"),
        ("DATABASE_URL", "postgresql://portal_operator:secret@db.example.org/aims"),
        ("DATABASE_URL", "mysql://portal_app@db.example.org/aims"),
        ("REDIS_URL", "http://cache.example.org"),
        ("EMAIL_URL", "console"),
        ("FIELD_KEY", "bm90IHRoaXJ0eS10d28gYnl0ZXM="),
        ("SIGNING_KEY", "-----BEGIN PRIVATE KEY-----\\nbm90IGEga2V5\\n-----END PRIVATE KEY-----"),
        ("PORT", "0"),
        ("WEB_WORKERS", "two"),
        ("LOG_LEVEL", "LOUD"),
        ("S3_ENDPOINT_URL", "http://s3.example.org"),
    ],
)
def test_a_weak_setting_is_refused_by_name(production, name, weak):
    problems = problems_of(production | {name: weak})

    assert [problem.split()[0] for problem in problems] == [name]


def test_a_refusal_does_not_repeat_secrets(production):
    problems = problems_of(
        production | {"SECRET_KEY": "hunter2", "DATABASE_URL": "mysql://u:hunter2@db/aims"}
    )

    assert len(problems) == 2
    assert "hunter2" not in str(problems)


def test_the_representation_does_not_show_secrets(production):
    assert production["SECRET_KEY"] not in repr(load(production))


def test_an_unknown_environment_is_refused(tmp_path):
    problems = problems_of({"AIMS_ENV": "prodution", "AIMS_HOME": str(tmp_path)})

    assert problems == ["AIMS_ENV must be one of development, test, production, not 'prodution'."]


def test_a_secret_may_come_from_a_file(production, tmp_path):
    file = tmp_path / "secret_key"
    file.write_text(production.pop("SECRET_KEY") + "\n")

    read = load(production | {"SECRET_KEY_FILE": str(file)})

    assert read.secret_key == file.read_text().strip()


def test_a_secret_file_that_is_not_there_is_named(production, tmp_path):
    del production["SECRET_KEY"]

    problems = problems_of(production | {"SECRET_KEY_FILE": str(tmp_path / "none")})

    assert "SECRET_KEY_FILE cannot be read: No such file or directory" in problems[0]


def test_development_generates_secrets_once_and_for_its_owner_only(tmp_path):
    first = load({"AIMS_HOME": str(tmp_path)})
    second = load({"AIMS_HOME": str(tmp_path)})

    assert first == second
    assert stat.S_IMODE((tmp_path / "secrets.env").stat().st_mode) == 0o600
    assert configuration.weaknesses(first) == [
        "BASE_URL must start with https:// in production.",
        "EMAIL_URL must name a mail server in production.",
    ]


def test_a_secrets_file_open_to_others_is_closed(tmp_path):
    load({"AIMS_HOME": str(tmp_path)})
    (tmp_path / "secrets.env").chmod(0o644)

    load({"AIMS_HOME": str(tmp_path)})

    assert stat.S_IMODE((tmp_path / "secrets.env").stat().st_mode) == 0o600


def test_a_secret_added_by_a_later_version_is_generated_beside_the_old_ones(tmp_path):
    (tmp_path / "secrets.env").write_text("SECRET_KEY=kept\n")

    read = load({"AIMS_HOME": str(tmp_path)})

    assert read.secret_key == "kept"
    assert configuration.is_signing_key(read.signing_key)


def test_generated_keys_are_what_cryptography_takes(tmp_path):
    from cryptography.fernet import Fernet
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    read = load({"AIMS_HOME": str(tmp_path)})

    Fernet(read.field_key)
    key = load_pem_private_key(configuration.signing_key_pem(read), password=None)
    assert isinstance(key, Ed25519PrivateKey)


def test_a_database_of_ones_own_is_not_mixed_with_the_embedded_one(tmp_path):
    read = load({"AIMS_HOME": str(tmp_path), "DATABASE_URL": "postgresql://app@db.example.org/aims"})

    assert read.database_owner_url == ""
    assert read.database_operator_url == ""


def test_a_postgres_address_becomes_django_settings():
    url = "postgresql://portal_app:p%40ss@db.example.org:6432/aims?sslmode=verify-full"

    assert configuration.database_settings(url) == {
        "NAME": "aims",
        "USER": "portal_app",
        "PASSWORD": "p@ss",
        "HOST": "db.example.org",
        "PORT": "6432",
        "OPTIONS": {"sslmode": "verify-full"},
    }


@pytest.mark.parametrize(
    ("url", "port", "ssl", "tls"),
    [
        ("smtp://mail.example.org", 25, False, False),
        ("smtps://me:word@mail.example.org", 465, True, False),
        ("smtp+tls://mail.example.org:2525", 2525, False, True),
    ],
)
def test_a_mail_address_becomes_django_settings(url, port, ssl, tls):
    read = configuration.email_settings(url)

    assert (read["EMAIL_PORT"], read["EMAIL_USE_SSL"], read["EMAIL_USE_TLS"]) == (port, ssl, tls)


def test_the_published_page_is_the_table_of_settings():
    page = (Path(places.PROJECT) / "docs" / "settings.md").read_text(encoding="utf-8")

    assert page == configuration.settings_page()
