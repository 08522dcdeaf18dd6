"""A Debian with python3 and nothing else becomes a portal, for root and for a plain user.

Takes minutes and needs root and a package mirror, so it runs only when asked for: AIMS_BARE_ROOT=1.
What the environment says about mirrors, pip and certificates is passed in.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from aims.launch import places, programs

MIRROR = os.environ.get("DEBIAN_MIRROR", "http://deb.debian.org/debian")
RELEASE = "bookworm"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
MAKES_PDF = "import weasyprint; print('pdf', len(weasyprint.HTML(string='<p>x').write_pdf()) > 1000)"

pytestmark = [
    pytest.mark.skipif(not os.environ.get("AIMS_BARE_ROOT"), reason="AIMS_BARE_ROOT=1 asks for it"),
    pytest.mark.needs("debootstrap"),
    pytest.mark.slow,
]


@pytest.fixture(scope="module")
def bare_debian(tmp_path_factory):
    root = tmp_path_factory.mktemp("bare") / "root"
    include = "--include=python3,ca-certificates"
    command = [programs.find("debootstrap"), "--variant=minbase", include, RELEASE, root, MIRROR]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    for name in ("resolv.conf", "hosts", "pip.conf"):
        if (given := Path("/etc") / name).exists():
            shutil.copy(given, root / "etc" / name)
    if CERTIFICATES.exists():
        shutil.copy(CERTIFICATES, root / CERTIFICATES.relative_to("/"))
    subprocess.run(["chroot", root, "useradd", "--create-home", "plain"], check=True)
    subprocess.run(["mount", "-t", "proc", "proc", root / "proc"], check=True)
    subprocess.run(["mount", "--bind", "/dev", root / "dev"], check=True)
    yield root
    for name in ("dev", "proc"):
        subprocess.run(["umount", root / name], check=True)


@pytest.mark.parametrize(("account", "home"), [("plain", "home/plain"), ("root", "root")])
def test_the_portal_prepares_itself(bare_debian, account, home):
    project = bare_debian / home / "portal"
    unwanted = shutil.ignore_patterns(".venv", "var", ".git", "__pycache__")
    shutil.copytree(places.PROJECT, project, ignore=unwanted, symlinks=True)
    subprocess.run(["chroot", bare_debian, "chown", "-R", account, f"/{home}"], check=True)

    version = _in(bare_debian, account, home, "manage", "version")
    pdf = _in(bare_debian, account, home, "manage", "shell", "--verbosity=0", "-c", MAKES_PDF)

    assert version.stdout.startswith("5.2"), version.stderr
    assert "pdf True" in pdf.stdout, pdf.stderr


def _in(root, account, home, *arguments):
    passed = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "http"))}
    start = f'cd /{home}/portal && exec ./portal "$@"'
    return subprocess.run(
        ["chroot", f"--userspec={account}", root, "sh", "-c", start, "sh", *arguments],
        env=passed | {"HOME": f"/{home}", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=550,
    )
