import io
import os
import subprocess
import sys
import time
import zipfile

import pytest

from inventory.imports.formats import Format, ImportRefused
from inventory.imports.limits import Limits
from inventory.imports.parse import parse
from inventory.imports.sandbox import PASSED_ON, PROJECT, TOO_COSTLY, bare_environment, parse_in_subprocess


@pytest.fixture
def systems(tmp_path):
    path = tmp_path / "upload"
    path.write_text("Name,Purpose\nTriage,Sorts calls\n")
    return path


def test_the_limited_process_gives_the_same_as_the_parser(systems):
    assert parse_in_subprocess(systems, "systems.csv") == parse(systems, name="systems.csv")


def test_a_stated_format_is_passed_on(systems):
    assert parse_in_subprocess(systems, "upload", Format.CSV).format is Format.CSV


def test_a_refusal_comes_through_as_its_sentence(systems):
    with pytest.raises(ImportRefused) as refused:
        parse_in_subprocess(systems, "systems.json")

    assert str(refused.value) == "The file is named as JSON but does not begin like JSON."


def test_too_little_memory_becomes_one_sentence(tmp_path):
    path = tmp_path / "big.csv"
    path.write_text("Name\n" + "".join(f"System {number}{'x' * 100}\n" for number in range(50_000)))

    with pytest.raises(ImportRefused) as refused:
        parse_in_subprocess(path, "big.csv", limits=Limits(memory_bytes=90 * 1024 * 1024))

    assert str(refused.value) == TOO_COSTLY


def test_too_much_processor_time_becomes_one_sentence(tmp_path):
    path = tmp_path / "slow.csv"
    path.write_text(
        "Name,Purpose\n" + "".join(f"System {number},Sorts = {number}\n" for number in range(1_000_000))
    )

    with pytest.raises(ImportRefused) as refused:
        parse_in_subprocess(
            path, "slow.csv", limits=Limits(cpu_seconds=1, max_rows=10_000_000, max_bytes=10**9)
        )

    assert str(refused.value) == TOO_COSTLY


def test_a_process_that_never_ends_is_stopped(tmp_path):
    waiting = tmp_path / "pipe"
    os.mkfifo(waiting)  # nobody ever writes to it

    started = time.monotonic()
    with pytest.raises(ImportRefused) as refused:
        parse_in_subprocess(waiting, "systems.csv", limits=Limits(wall_seconds=2))

    assert str(refused.value) == TOO_COSTLY
    assert time.monotonic() - started < 20


def test_a_zip_bomb_is_refused_in_the_limited_process(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/workbook.xml", b"\0" * 80 * 1024 * 1024)
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(out.getvalue())

    with pytest.raises(ImportRefused) as refused:
        parse_in_subprocess(path, "bomb.xlsx")

    assert str(refused.value) == "The workbook would unpack to more than 50 MB and is not opened: split it."


def test_ten_thousand_systems_pass_through_the_limited_process_in_seconds(tmp_path):
    path = tmp_path / "many.csv"
    rows = (f"S-{number},System {number},Sorts requests,vendor,{number}\n" for number in range(10_000))
    path.write_text("ID,Name,Purpose,Sourcing,Number of people affected\n" + "".join(rows))

    started = time.monotonic()
    parsed = parse_in_subprocess(path, "many.csv")

    assert len(parsed.systems) == 10_000
    assert parsed.is_importable
    assert time.monotonic() - started < 15


def test_the_limited_process_cannot_write_a_file(tmp_path):
    probe = (
        "import os\n"
        "from inventory.imports.limits import Limits\n"
        "from inventory.imports.worker import lower_limits\n"
        "lower_limits(Limits())\n"
        f"os.write(os.open({str(tmp_path / 'out')!r}, os.O_CREAT | os.O_WRONLY), b'x')\n"
    )

    done = subprocess.run([sys.executable, "-B", "-c", probe], cwd=PROJECT, capture_output=True, text=True)

    assert "File too large" in done.stderr
    assert (tmp_path / "out").read_bytes() == b""


def test_no_setting_of_the_portal_reaches_the_limited_process(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "hidden")
    monkeypatch.setenv("LANG", "C.UTF-8")

    assert bare_environment()["LANG"] == "C.UTF-8"
    assert set(bare_environment()) <= set(PASSED_ON)


def test_no_part_of_the_importer_loads_django(systems):
    probe = (
        "import sys\n"
        "import inventory.imports.sandbox, inventory.imports.template\n"
        "loaded = {name.split('.')[0] for name in sys.modules}\n"
        "print(sorted(loaded & {'django', 'rest_framework', 'celery'}))\n"
    )

    done = subprocess.run(
        [sys.executable, "-B", "-c", probe], cwd=PROJECT, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"
