"""Pango, without which no PDF can be made: the machine's, else one unpacked beside the project."""

import ctypes
import os
from pathlib import Path

from aims.launch import packages, places
from aims.launch.errors import LaunchError

PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-dejavu-core")
LIBRARIES = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0")

FONTS_CONF = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>{directory}/usr/share/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>{directory}/cache</cachedir>
</fontconfig>
"""


def prepare() -> None:
    """Make PDFs possible; where they are not, say the command that helps, and go on without."""
    if _is_installed() or _is_unpacked():
        return
    if packages.install(*PACKAGES) and _is_installed():
        return
    try:
        packages.say("Unpacking Pango beside the project …")
        packages.unpack_missing(list(PACKAGES), _directory())
        (_directory() / "fonts.conf").write_text(FONTS_CONF.format(directory=_directory()))
        (_directory() / "ready").touch()
    except (LaunchError, OSError) as error:
        packages.say(f"PDFs cannot be made yet: {error}\nThe rest works. To change it, type:")
        packages.say(f"  {packages.command_for(*PACKAGES)}")


def environment() -> dict[str, str]:
    """Lets the loader and fontconfig of a child process find an unpacked Pango."""
    if not _is_unpacked():
        return {}
    found = {path.parent for path in _directory().rglob("*.so.*")}
    paths = [str(path) for path in sorted(found)] + [os.environ.get("LD_LIBRARY_PATH", "")]
    return {
        "LD_LIBRARY_PATH": ":".join(path for path in paths if path),
        "FONTCONFIG_FILE": str(_directory() / "fonts.conf"),
    }


def _directory() -> Path:
    return places.home() / "pango"


def _is_unpacked() -> bool:
    return (_directory() / "ready").exists()


def _is_installed() -> bool:
    try:
        for name in LIBRARIES:
            ctypes.CDLL(name)
    except OSError:
        return False
    return True
