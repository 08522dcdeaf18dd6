from __future__ import annotations

import threading

from django.contrib.auth.hashers import Argon2PasswordHasher

#: More passwords at once wait for their turn in a process: each takes 19 MiB and a processor.
MOST_AT_ONCE = 4
_turns = threading.BoundedSemaphore(MOST_AT_ONCE)


class BoundedArgon2(Argon2PasswordHasher):
    """Argon2id at OWASP's minimum: 19 MiB, two passes, one lane. A few at a time in one process."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with _turns:
            return self.encode_alone(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _turns:
            return super().verify(password, encoded)

    def encode_alone(self, password: str, salt: str) -> str:
        return super().encode(password, salt)
