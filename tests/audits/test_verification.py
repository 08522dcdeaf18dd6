import ast
import base64
import hashlib
import json
import os
import random
import shutil
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from aims.core.canonical import canonical_json
from aims.core.documents import gaps_of, render_document
from aims.core.pdf import inspect_pdf, render_pdf
from aims.core.signing import Signer
from audits.standalone import verify
from audits.verification import Verification, verify_pack
from tests.audits.pack_sample import SIGNER, STRANGER, build
from tests.core.document_sample import cover, sections

KEY = SIGNER.public_key_text()
Members = dict[str, bytes]


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return build(tmp_path / "pack.zip").path


def read(pack: Path) -> Members:
    with zipfile.ZipFile(pack) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(pack: Path, members: Members) -> Path:
    with zipfile.ZipFile(pack, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return pack


def unpack(pack: Path, folder: Path) -> Path:
    with zipfile.ZipFile(pack) as archive:
        archive.extractall(folder)
    return folder


def flipped(content: bytes, position: int) -> bytes:
    return content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :]


def resealed(
    members: Members, signer: Signer, change: Callable[[dict], None] = lambda manifest: None
) -> Members:
    """What an attacker does who knows the format: correct hashes, and a signature by a key of their own."""
    manifest = json.loads(members["manifest.json"])
    for item in manifest["items"]:
        content = members[item["path"]]
        item.update(sha256=hashlib.sha256(content).hexdigest(), size=len(content))
    change(manifest)
    encoded = canonical_json(manifest).encode()
    signature = verify.signature_text(signer.public_key_text(), signer.sign_bytes(encoded))
    return {**members, "manifest.json": encoded, "manifest.sig": signature.encode()}


def refused(pack: Path, key: str | None = KEY) -> Verification:
    verification = verify_pack(pack, key)
    assert not verification.ok
    assert verification.summary.startswith("REFUSED: ")
    return verification


def test_an_untouched_pack_is_well(pack: Path) -> None:
    verification = verify_pack(pack, KEY)

    assert verification.problems == ()
    assert verification.ok
    assert verification.checked == (
        f"the signature of manifest.json, key fingerprint {SIGNER.fingerprint()}",
        "the SHA-256 and size of all 15 items, and that there are no others",
        "the signed checkpoint of the audit trail at entry 41",
    )
    assert not any("key came from the pack" in line for line in verification.not_checked)
    assert (
        "not proven by any signature: that what the records and files say is true" in verification.not_checked
    )


def test_an_unpacked_folder_is_well(pack: Path, tmp_path: Path) -> None:
    assert verify_pack(unpack(pack, tmp_path / "folder"), KEY).ok


def test_with_the_key_of_the_pack_it_says_where_the_key_came_from(pack: Path) -> None:
    verification = verify_pack(pack, None)

    assert verification.ok
    assert any("the key came from the pack itself" in line for line in verification.not_checked)
    assert "not yet compared" in verification.summary


def test_one_flipped_bit_in_any_member_is_refused(pack: Path) -> None:
    members = read(pack)
    chance = random.Random(7)
    assert len(members) == 17
    for name, content in members.items():
        for position in {0, len(content) - 1, chance.randrange(len(content))}:
            rewrite(pack, {**members, name: flipped(content, position)})

            assert not verify_pack(pack, KEY).ok, (name, position)
            assert not verify_pack(pack, None).ok, (name, position)
    rewrite(pack, members)
    assert verify_pack(pack, KEY).ok


def test_every_bit_of_the_signature_file_counts(pack: Path) -> None:
    manifest, content = read(pack)["manifest.json"], read(pack)["manifest.sig"]

    for position in range(len(content)):
        report = verify.Report()
        try:
            verify._check_signature(manifest, flipped(content, position), None, report)
        except verify.Unreadable:
            continue
        assert report.problems, position


def test_one_flipped_byte_of_the_file_is_refused_wherever_content_lies(pack: Path) -> None:
    content = pack.read_bytes()
    with zipfile.ZipFile(pack) as archive:
        starts = {info.filename: info.header_offset + 30 + len(info.filename) for info in archive.infolist()}
    for name, start in starts.items():
        pack.write_bytes(flipped(content, start))

        assert not verify_pack(pack, KEY).ok, name


@pytest.mark.parametrize("name", ["pack.pdf", "evidence/001-policy.docx", "data/10-risks.csv", "verify.py"])
def test_a_missing_item_is_named(pack: Path, name: str) -> None:
    members = read(pack)
    del members[name]

    assert refused(rewrite(pack, members)).problems == (f"{name} is missing",)


@pytest.mark.parametrize("name", ["manifest.json", "manifest.sig"])
def test_without_manifest_or_signature_nothing_is_well(pack: Path, name: str) -> None:
    members = read(pack)
    del members[name]

    assert f"{name} is missing" in refused(rewrite(pack, members)).summary


@pytest.mark.parametrize(
    "name", ["evidence/003-more.pdf", "../../escape.txt", "/etc/cron.d/x", "manifest.json/x"]
)
def test_an_extra_item_is_named(pack: Path, name: str) -> None:
    verification = refused(rewrite(pack, {**read(pack), name: b"x"}))

    assert verification.problems == (f"{name} is extra: the manifest does not know it",)


def test_a_renamed_item_is_missing_and_extra(pack: Path) -> None:
    members = read(pack)
    members["evidence/001-other.docx"] = members.pop("evidence/001-policy.docx")

    problems = refused(rewrite(pack, members)).problems

    assert set(problems) == {
        "evidence/001-policy.docx is missing",
        "evidence/001-other.docx is extra: the manifest does not know it",
    }


def test_two_exchanged_files_are_refused(pack: Path) -> None:
    members = read(pack)
    one, two = "evidence/001-policy.docx", "evidence/002-Bias-test-Q3.pdf"
    members[one], members[two] = members[two], members[one]

    assert refused(rewrite(pack, members)).problems == (f"{one} was altered", f"{two} was altered")


def test_a_manifest_recomputed_after_tampering_fails_by_its_signature(pack: Path) -> None:
    members = {**read(pack), "evidence/001-policy.docx": b"a kinder policy"}
    changed = resealed(members, STRANGER)
    changed["manifest.sig"] = members["manifest.sig"]

    problems = refused(rewrite(pack, changed)).problems

    assert problems[0].startswith("the signature does not fit manifest.json")
    assert refused(pack, key=None).problems[0].startswith("the signature does not fit manifest.json")


def test_a_pack_signed_by_another_key_fails_with_the_portals_key(pack: Path) -> None:
    members = {**read(pack), "evidence/001-policy.docx": b"a kinder policy"}

    verification = refused(rewrite(pack, resealed(members, STRANGER)))

    assert "the pack names another signing key than the one given" in verification.problems


def test_a_pack_signed_by_another_key_shows_that_keys_fingerprint(pack: Path, tmp_path: Path) -> None:
    forged = build(tmp_path / "forged.zip", signer=STRANGER).path

    verification = verify_pack(forged, None)

    assert verification.ok
    assert STRANGER.fingerprint() in verification.checked[0]
    assert SIGNER.fingerprint() not in verification.checked[0]


def test_naming_the_portals_key_over_a_foreign_signature_is_refused(pack: Path) -> None:
    members = resealed({**read(pack), "pack.pdf": b"other"}, STRANGER)
    signature = STRANGER.sign_bytes(members["manifest.json"])
    members["manifest.sig"] = verify.signature_text(KEY, signature).encode()

    rewrite(pack, members)

    assert refused(pack).problems[0].startswith("the signature does not fit")
    assert refused(pack, key=None).problems[0].startswith("the signature does not fit")


def test_a_checkpoint_of_another_organization_or_number_is_refused(pack: Path) -> None:
    def later(manifest: dict) -> None:
        manifest["trail"]["seq"] = 42

    def moved(manifest: dict) -> None:
        manifest["pack"]["organization"]["slug"] = "cobalt-lending"

    members = read(pack)
    for change in (later, moved):
        rewrite(pack, resealed(members, SIGNER, change))

        assert refused(pack).problems == ("the checkpoint of the audit trail does not fit its signature",)


def test_two_entries_of_one_name_are_refused(pack: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(pack, "a") as archive:
        archive.writestr("pack.pdf", read(pack)["pack.pdf"])

    assert "two entries of the zip file have the same name" in refused(pack).problems


def test_anything_beside_the_entries_of_the_zip_is_refused(pack: Path) -> None:
    content = pack.read_bytes()
    pack.write_bytes(b"#!/bin/sh\n" + content)
    assert "the zip file carries something besides its entries" in refused(pack).problems

    pack.write_bytes(content)
    with zipfile.ZipFile(pack, "a") as archive:
        archive.comment = b"hello"
    assert "the zip file carries something besides its entries" in refused(pack).problems


def test_a_link_in_the_zip_or_the_folder_is_refused(pack: Path, tmp_path: Path) -> None:
    folder = unpack(pack, tmp_path / "folder")
    outside = tmp_path / "policy.docx"
    (folder / "evidence/001-policy.docx").rename(outside)
    (folder / "evidence/001-policy.docx").symlink_to(outside)
    assert "evidence/001-policy.docx is not a plain file" in refused(folder).problems

    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(pack, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "link is not a plain file" in refused(pack).problems


def test_a_bomb_is_read_no_further_than_its_signed_size(pack: Path) -> None:
    members = read(pack)
    with zipfile.ZipFile(pack, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, bytes(300_000_000) if name == "pack.pdf" else content)
    before = time.process_time()

    assert refused(pack).problems == ("pack.pdf was altered",)

    assert time.process_time() - before < 1.0


def test_names_cannot_steer_the_terminal(pack: Path) -> None:
    rewrite(pack, {**read(pack), "evidence/\x1b[2Jgone": b"x"})

    assert refused(pack).problems[0].startswith("evidence/?[2Jgone is extra")


def test_what_a_desktop_leaves_behind_is_named_and_passed_over(pack: Path, tmp_path: Path) -> None:
    folder = unpack(pack, tmp_path / "folder")
    (folder / "evidence/.DS_Store").write_bytes(b"x")

    verification = verify_pack(folder, KEY)

    assert verification.ok
    assert any("evidence/.DS_Store" in line for line in verification.not_checked)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 broken"])
def test_what_is_no_pack_gets_one_clear_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "pack.zip"
    path.write_bytes(content)

    assert len(refused(path).problems) == 1


def test_a_path_to_nothing_gets_one_clear_line(tmp_path: Path) -> None:
    assert "there is no file or folder" in refused(tmp_path / "none.zip").summary


@pytest.mark.parametrize(
    "manifest", [b"", b"{}", b"[]", b"\xff", b'{"format":"aims-pack/1","items":[{}]}', b"[" * 99999]
)
def test_a_manifest_of_nonsense_is_refused(pack: Path, manifest: bytes) -> None:
    refused(rewrite(pack, {**read(pack), "manifest.json": manifest}))


@pytest.mark.parametrize("key", ["", "ed25519:", "ed25519:AAAA", "rsa:" + KEY, KEY + "=", "ed25519:é"])
def test_a_key_that_is_none_is_refused(pack: Path, key: str) -> None:
    assert "the key is not of the form ed25519:" in refused(pack, key).summary


def run(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Isolated and without site-packages: nothing but the standard library is there."""
    command = [sys.executable, "-I", "-S", "-W", "error", *map(str, arguments)]
    environment = {"PATH": os.defpath, "LC_ALL": "C"}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def test_the_script_in_the_folder_checks_the_folder_it_lies_in(pack: Path, tmp_path: Path) -> None:
    folder = unpack(pack, tmp_path / "folder")

    done = run("verify.py", cwd=folder)
    again = run("verify.py", cwd=folder)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith("OK: nothing is missing, extra or altered")
    assert "the key came from the pack itself" in done.stdout
    assert again.stdout == done.stdout


def test_the_script_checks_a_zip_with_a_key(pack: Path, tmp_path: Path) -> None:
    script = tmp_path / "verify.py"
    shutil.copy(verify.__file__, script)

    good = run(script, pack, "--key", KEY)
    foreign = run(script, pack, "--key", STRANGER.public_key_text())
    rewrite(pack, {**read(pack), "pack.pdf": b"other"})
    altered = run(script, pack, "--key", KEY)

    assert (good.returncode, foreign.returncode, altered.returncode) == (0, 1, 1)
    assert good.stdout.splitlines()[-1].endswith("signed with the key given")
    assert foreign.stdout.splitlines()[-1].startswith("REFUSED: 3 problems")
    assert altered.stdout.splitlines()[-1] == "REFUSED: 1 problem, the first: pack.pdf was altered"
    assert good.stderr == foreign.stderr == altered.stderr == ""


def test_the_script_keeps_to_python_3_8_and_the_standard_library() -> None:
    tree = ast.parse(Path(verify.__file__).read_text(), feature_version=(3, 8))

    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else alias.name) or ""
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    newer = {"removeprefix", "removesuffix", "file_digest", "is_relative_to", "bit_count"}
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}

    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names
    assert not used & newer


def test_signatures_of_another_implementation_are_accepted_and_their_alterations_refused() -> None:
    chance = random.Random(8032)
    for length in (0, 1, 31, 64, 1000):
        private = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        public = private.public_key().public_bytes_raw()
        message = chance.randbytes(length)
        signature = private.sign(message)

        assert verify.ed25519_verify(public, message, signature)
        assert not verify.ed25519_verify(public, message + b"x", signature)
        assert not verify.ed25519_verify(public, message, flipped(signature, chance.randrange(64)))
        assert not verify.ed25519_verify(flipped(public, chance.randrange(32)), message, signature)


def test_a_second_spelling_of_a_signature_is_refused() -> None:
    private = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
    signature = private.sign(b"text")
    scalar = int.from_bytes(signature[32:], "little") + verify.ORDER

    second = signature[:32] + scalar.to_bytes(32, "little")

    assert not verify.ed25519_verify(private.public_key().public_bytes_raw(), b"text", second)


@pytest.mark.parametrize("point", [0, 1, 2**255 - 20, 2**255 - 18, 1 + 2**255, 2])
def test_keys_that_fit_many_messages_or_are_no_points_are_refused(point: int) -> None:
    """For a key of small order, a signature of the neutral point and zero would fit chosen messages."""
    key = point.to_bytes(32, "little")
    forged = (1).to_bytes(32, "little") + bytes(32)

    assert not any(verify.ed25519_verify(key, bytes([number]), forged) for number in range(8))


def test_the_published_example_is_accepted() -> None:
    """RFC 8032, section 7.1, test 3."""
    key = bytes.fromhex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025")
    signature = bytes.fromhex(
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
    )

    assert verify.ed25519_verify(key, b"\xaf\x82", signature)


def test_portal_and_script_show_the_same_fingerprint() -> None:
    assert verify.fingerprint(KEY) == SIGNER.fingerprint()
    assert (
        base64.b64decode(KEY.removeprefix("ed25519:")) == SIGNER.private_key.public_key().public_bytes_raw()
    )


@pytest.mark.slow
def test_a_pack_of_sixty_pages_is_built_and_verified(tmp_path: Path) -> None:
    parts = sections(1.35)
    started = time.perf_counter()
    html = render_document(cover(), parts, gaps_of(parts))
    pdf = render_pdf(
        html, title="Pack", created=datetime(2026, 10, 1, tzinfo=UTC), identifier=b"pack-0007-000000"
    )
    rendered = time.perf_counter()
    result = build(tmp_path / "pack.zip", parts=parts, pdf=pdf)
    built = time.perf_counter()

    verification = verify_pack(result.path, KEY)

    pages = inspect_pdf(pdf).pages
    print(
        f"\n{pages} pages: PDF {rendered - started:.1f} s, zip {built - rendered:.2f} s,"
        f" check {time.perf_counter() - built:.2f} s, {result.size / 1e6:.1f} MB"
    )
    assert verification.ok
    assert pages >= 60
