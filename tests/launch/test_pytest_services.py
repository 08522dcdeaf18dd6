"""What a test run says of tests that were not run, and when that fails it."""

import os
import subprocess
import sys

import pytest

from aims.launch import places

SAMPLE = """
import pytest

@pytest.mark.needs("redis")
def test_with_redis(): pass

@pytest.mark.skipif(True, reason="SAMPLES names no directory")
def test_with_samples(): pass

def test_plain(): pass
"""


def run_sample(directory, *arguments, **environment):
    (directory / "test_sample.py").write_text(SAMPLE)
    own = [
        "-c",
        os.devnull,
        "--rootdir",
        str(directory),
        "-p",
        "aims.launch.pytest_services",
        "-p",
        "no:django",
    ]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *own, *arguments, str(directory)],
        env={"PATH": "", "PYTHONPATH": str(places.PROJECT), "AIMS_TEST_SUPER_URL": "unused"} | environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("processes", ["0", "1"])
def test_in_ci_a_test_without_its_program_fails_the_run(tmp_path, processes):
    done = run_sample(tmp_path, "-n", processes, CI="true")

    assert done.returncode == 1, done.stdout
    assert "test_with_redis: needs redis, and none of redis-server, valkey-server is installed" in done.stdout
    assert "In CI a test that lacks a program is a failure." in done.stdout


def test_elsewhere_it_is_listed(tmp_path):
    done = run_sample(tmp_path)

    assert done.returncode == 0, done.stdout
    assert "test_with_redis: needs redis" in done.stdout


def test_a_test_that_waits_to_be_asked_for_is_listed_and_fails_nothing(tmp_path):
    done = run_sample(tmp_path, "-k", "not redis", CI="true")

    assert done.returncode == 0, done.stdout
    assert "test_sample.py" in done.stdout
    assert "SAMPLES names no directory" in done.stdout
