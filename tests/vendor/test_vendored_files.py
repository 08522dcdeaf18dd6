"""Every vendored file is exactly the one LICENSES.md names."""

import base64
import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| `(?P<path>[^`]+)` \|.*\| `(?P<hash>sha384-[^`]+)` \|$", re.MULTILINE)
LISTED = dict(ROW.findall((ROOT / "static/vendor/LICENSES.md").read_text()))


@pytest.mark.parametrize("path", sorted(LISTED))
def test_vendored_file_has_the_listed_hash(path: str) -> None:
    digest = hashlib.sha384((ROOT / path).read_bytes()).digest()

    assert "sha384-" + base64.b64encode(digest).decode() == LISTED[path]


def test_every_vendored_file_is_listed() -> None:
    folders = [ROOT / "static/vendor", ROOT / "tests/vendor"]
    present = {
        str(path.relative_to(ROOT))
        for folder in folders
        for path in folder.rglob("*")
        if path.suffix in {".js", ".svg", ".woff2", ".css"}
    }

    assert present == set(LISTED)


def test_vendored_scripts_name_no_source_map() -> None:
    for script in (ROOT / "static/vendor").rglob("*.js"):
        assert "sourceMappingURL" not in script.read_text(), script
