"""`./portal test`: brings the programs that tests need where it may, then runs pytest."""

import os
import subprocess
import sys

from aims.launch import packages, places, programs

PACKAGE_OF = {"chromium": "chromium", "redis": "redis-server"}


def test(arguments: list[str]) -> int:
    for need, package in PACKAGE_OF.items():
        if programs.find(need) is None and not packages.install(package):
            packages.say(
                f"Tests that need {need} will not run here. To have them: {packages.command_for(package)}"
            )
    parallel = [] if any(argument.startswith("-n") for argument in arguments) else ["-n", "2"]
    command = [sys.executable, "-m", "pytest", *parallel, "--dist", "loadscope", *arguments]
    return subprocess.run(command, cwd=places.PROJECT, env=os.environ).returncode
