"""The queue behind Celery: Redis where there is one, else tables in the portal's own Postgres."""

from typing import Any

from kombu.transport import TRANSPORT_ALIASES

from aims.configuration import Configuration

# Longer than the longest job: an unacknowledged message is handed out again after this time.
VISIBILITY_TIMEOUT_SECONDS = 60 * 60

TRANSPORT_ALIASES["aims"] = "aims.broker.postgres:Transport"


def connect(configuration: Configuration) -> dict[str, Any]:
    """Celery's settings for the broker of this installation."""
    return {
        "broker_url": configuration.redis_url or postgres_broker_url(configuration.database_url),
        "broker_transport_options": {"visibility_timeout": VISIBILITY_TIMEOUT_SECONDS},
    }


def postgres_broker_url(database_url: str) -> str:
    """`aims+pg://…`: kombu reads the part before the plus as the name of the transport."""
    _, _, address = database_url.partition("://")
    return f"aims+pg://{address}"
