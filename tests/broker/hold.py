"""Takes one message, says so, and never acknowledges it: a consumer that is about to be killed."""

import sys
import time

from kombu import Connection

import aims.broker  # noqa: F401 registers the transport

broker_url, queue = sys.argv[1:]
with Connection(broker_url, transport_options={"visibility_timeout": 2}) as connection:
    message = connection.SimpleQueue(queue).get(timeout=20)
    print(message.payload, flush=True)
    time.sleep(60)
