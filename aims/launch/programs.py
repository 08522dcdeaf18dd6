"""Programs that some tests need and a machine may lack."""

import shutil

NAMES = {
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "redis": ("redis-server", "valkey-server"),
    "debootstrap": ("debootstrap",),
}


def find(need: str) -> str | None:
    return next((path for name in NAMES[need] if (path := shutil.which(name))), None)
