#!/usr/bin/env python3
"""Checks an evidence pack without a network and without trusting its portal. Needs only Python 3.8 or later.

    python3 verify.py                         the unpacked pack this file lies in
    python3 verify.py PACK.zip                a pack as it was downloaded
    python3 verify.py PACK.zip --key ed25519:...   with the public key shown in the portal

Exit code 0: everything that could be checked is as it was signed. 1: something is not.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import stat
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
FORMAT = "aims-pack/1"
SIGNATURE_HEADER = "aims-pack-signature/1"
KEY_PREFIX = "ed25519:"
NOTE_MARK = "\u2014 "

CHUNK = 1024 * 1024
LARGEST_MANIFEST = 64 * CHUNK
LARGEST_SIGNATURE = 4096

# Left behind in folders by desktop systems when a person looks into them.
DESKTOP_LITTER = {".DS_Store", "Thumbs.db", "desktop.ini"}


if TYPE_CHECKING:
    # A point of the curve is (X, Y, Z, T) with x = X/Z, y = Y/Z and x*y = T/Z.
    Point = tuple[int, int, int, int]


class Unreadable(Exception):
    """The pack cannot be read far enough to check anything more."""


@dataclass
class Report:
    problems: list[str] = field(default_factory=list)
    checked: list[str] = field(default_factory=list)
    not_checked: list[str] = field(default_factory=list)
    summary: str = ""

    @property
    def ok(self) -> bool:
        return not self.problems


class ZipPack:
    """Names are only compared with the manifest, nothing is ever unpacked, so no name can lead anywhere."""

    def __init__(self, path: Path) -> None:
        self.notes: list[str] = []
        try:
            self.zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile) as error:
            raise Unreadable(f"this is not a readable zip file: {error}") from error
        self.members = {info.filename: info for info in self.zip.infolist()}

    def close(self) -> None:
        self.zip.close()

    def names(self) -> set[str]:
        return set(self.members)

    def oddities(self) -> Iterator[str]:
        infos = self.zip.infolist()
        if len(infos) != len(self.members):
            yield "two entries of the zip file have the same name"
        if self.zip.comment or (infos and min(info.header_offset for info in infos) != 0):
            yield "the zip file carries something besides its entries"
        for info in infos:
            kind = stat.S_IFMT(info.external_attr >> 16)
            if info.is_dir() or kind not in (0, stat.S_IFREG):
                yield f"{printable(info.filename)} is not a plain file"

    def open(self, name: str) -> BinaryIO:
        return self.zip.open(self.members[name])  # type: ignore[return-value]


class FolderPack:
    def __init__(self, path: Path) -> None:
        self.root = path
        self.notes: list[str] = []
        self.strange: list[str] = []
        self.files: dict[str, Path] = {}
        for folder, subfolders, files in os.walk(str(path)):
            for name in subfolders + files:
                self._add(Path(folder) / name)

    def close(self) -> None:
        pass

    def _add(self, path: Path) -> None:
        name = path.relative_to(self.root).as_posix()
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            return
        if not stat.S_ISREG(mode):
            self.strange.append(name)
        elif path.name in DESKTOP_LITTER:
            self.notes.append(f"{printable(name)}, left behind by a desktop system, was passed over")
        else:
            self.files[name] = path

    def names(self) -> set[str]:
        return set(self.files)

    def oddities(self) -> Iterator[str]:
        for name in self.strange:
            yield f"{printable(name)} is not a plain file"

    def open(self, name: str) -> BinaryIO:
        return self.files[name].open("rb")


def open_pack(path: Path) -> ZipPack | FolderPack:
    if path.is_dir():
        return FolderPack(path)
    if path.is_file():
        return ZipPack(path)
    raise Unreadable(f"there is no file or folder {path}")


def verify(path: Path, key: str | None = None) -> Report:
    """Checks the pack with the key given, or failing that with the key inside the pack."""
    report = Report()
    try:
        pack = open_pack(Path(path))
        try:
            _check(pack, key, report)
        finally:
            pack.close()
    except Unreadable as error:
        report.problems.append(str(error))
    report.summary = _summary(report, key)
    return report


def _check(pack: ZipPack | FolderPack, key: str | None, report: Report) -> None:
    report.problems.extend(pack.oddities())
    manifest_bytes = _read_small(pack, MANIFEST, LARGEST_MANIFEST)
    signature_bytes = _read_small(pack, SIGNATURE, LARGEST_SIGNATURE)
    signed_by = _check_signature(manifest_bytes, signature_bytes, key, report)
    manifest = _parse_manifest(manifest_bytes)
    _check_items(pack, manifest["items"], report)
    _check_checkpoint(manifest, signed_by, report)
    report.not_checked.extend(pack.notes)
    report.not_checked.append("this script, when it came with the pack: take it from the portal if in doubt")
    statements = manifest.get("does_not_prove")
    if isinstance(statements, list):
        report.not_checked.extend(f"not proven by any signature: {printable(text)}" for text in statements)


def _read_small(pack: ZipPack | FolderPack, name: str, limit: int) -> bytes:
    if name not in pack.names():
        raise Unreadable(f"{name} is missing, so this is not a complete evidence pack")
    try:
        with pack.open(name) as stream:
            content = stream.read(limit + 1)
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise Unreadable(f"{name} cannot be read: {error}") from error
    if len(content) > limit:
        raise Unreadable(f"{name} is larger than any real one")
    return content


def _check_signature(manifest: bytes, signature_file: bytes, key: str | None, report: Report) -> str:
    """The key that the manifest was checked against."""
    inside, signature = _parse_signature(signature_file)
    used = key if key is not None else inside
    public_key = _key_bytes(used)
    if key is not None and key != inside:
        report.problems.append("the pack names another signing key than the one given")
    if not ed25519_verify(public_key, manifest, signature):
        report.problems.append(
            f"the signature does not fit {MANIFEST}: it was altered or signed by another key"
        )
        return used
    report.checked.append(f"the signature of {MANIFEST}, key fingerprint {fingerprint(used)}")
    if key is None:
        report.not_checked.append(
            "whose key it is: the key came from the pack itself; compare its fingerprint with the one shown"
            " in the portal, or run again with --key"
        )
    return used


def _parse_signature(content: bytes) -> tuple[str, bytes]:
    try:
        _, key_line, _, signature_line = content.decode("ascii").splitlines()
        key = key_line[len("key ") :]
        signature = base64.b64decode(signature_line[len("signature ") :], validate=True)
        rewritten = signature_text(key, signature)
    except (ValueError, Unreadable):
        raise Unreadable(f"{SIGNATURE} was altered: it does not have the form of a signature") from None
    # One signature has one spelling: another space, or other base64 of the same bytes, is an alteration.
    if rewritten.encode("ascii") != content:
        raise Unreadable(f"{SIGNATURE} was altered: it does not have the form of a signature")
    return key, signature


def signature_text(key: str, signature: bytes) -> str:
    encoded = base64.b64encode(signature).decode("ascii")
    return f"{SIGNATURE_HEADER}\nkey {key}\nfingerprint {fingerprint(key)}\nsignature {encoded}\n"


def _parse_manifest(content: bytes) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads(content.decode("utf-8"))
        known = manifest["format"] == FORMAT
        well_formed = all(
            isinstance(item["path"], str)
            and isinstance(item["sha256"], str)
            and isinstance(item["size"], int)
            for item in manifest["items"]
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Unreadable(f"{MANIFEST} is not readable") from None
    if not known or not well_formed:
        raise Unreadable(f"{MANIFEST} is of a form this script does not know")
    return manifest


def _check_items(pack: ZipPack | FolderPack, items: list[dict[str, Any]], report: Report) -> None:
    before = len(report.problems)
    expected = [item["path"] for item in items]
    if len(set(expected)) != len(expected):
        report.problems.append("the manifest lists an item twice")
    present = pack.names() - {MANIFEST, SIGNATURE}
    for name in sorted(present - set(expected)):
        report.problems.append(f"{printable(name)} is extra: the manifest does not know it")
    for item in items:
        if item["path"] not in present:
            report.problems.append(f"{printable(item['path'])} is missing")
        else:
            report.problems.extend(_item_problems(pack, item))
    if len(report.problems) == before:
        report.checked.append(f"the SHA-256 and size of all {len(items)} items, and that there are no others")


def _item_problems(pack: ZipPack | FolderPack, item: dict[str, Any]) -> Iterator[str]:
    name = printable(item["path"])
    digest = hashlib.sha256()
    size = 0
    try:
        with pack.open(item["path"]) as stream:
            # Never reads on past the size that was signed: a small entry of a zip can unpack to terabytes.
            while size <= item["size"]:
                chunk = stream.read(CHUNK)
                if not chunk:
                    break
                digest.update(chunk)
                size += len(chunk)
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        yield f"{name} is damaged: {error}"
        return
    if size != item["size"] or digest.hexdigest() != item["sha256"]:
        yield f"{name} was altered"


def _check_checkpoint(manifest: dict[str, Any], key: str, report: Report) -> None:
    """The trail's head as printed in the pack must be the one that was signed as a checkpoint."""
    try:
        trail = manifest["trail"]
        head = base64.b64encode(bytes.fromhex(trail["hash"])).decode("ascii")
        text, _, signatures = trail["checkpoint"].rpartition("\n\n")
        lines = text.split("\n")
        signed = (text + "\n").encode("utf-8")
        mark, name, blob = signatures.rstrip("\n").split(" ")
        organization = manifest["pack"]["organization"]["slug"]
        named = lines == [f"portal/{organization}", str(trail["seq"]), head] and mark + " " == NOTE_MARK
        content = base64.b64decode(blob, validate=True)
        public_key = _key_bytes(key)
        key_hash = hashlib.sha256(name.encode("utf-8") + b"\n\x01" + public_key).digest()[:4]
    except (KeyError, TypeError, ValueError, AttributeError):
        report.problems.append("the checkpoint of the audit trail is not readable")
        return
    if named and content[:4] == key_hash and ed25519_verify(public_key, signed, content[4:]):
        report.checked.append(f"the signed checkpoint of the audit trail at entry {trail['seq']}")
    else:
        report.problems.append("the checkpoint of the audit trail does not fit its signature")


def _summary(report: Report, key: str | None) -> str:
    if not report.ok:
        count = len(report.problems)
        return f"REFUSED: {count} problem{'' if count == 1 else 's'}, the first: {report.problems[0]}"
    source = (
        "the key given" if key is not None else "the key inside the pack, not yet compared with the portal's"
    )
    return f"OK: nothing is missing, extra or altered; signed with {source}"


def printable(text: object) -> str:
    """Names from a pack may hold anything, also characters that steer a terminal."""
    return str(text).encode("ascii", "backslashreplace").decode("ascii").translate(CONTROL_CHARACTERS)


CONTROL_CHARACTERS = {code: "?" for code in [*range(32), 127]}


# The numbers of Ed25519, see RFC 8032. Only verification is needed here, so nothing is secret.
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
NEUTRAL: Point = (0, 1, 1, 0)


def ed25519_verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    if len(public_key) != 32 or len(signature) != 64:
        return False
    point = _decode_point(public_key)
    scalar = int.from_bytes(signature[32:], "little")
    # A key of small order fits many messages; a scalar beyond the order would give a second signature.
    if point is None or _equal(_multiply(8, point), NEUTRAL) or scalar >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + public_key + message).digest()
    challenge = int.from_bytes(digest, "little") % ORDER
    x, y, z, t = _multiply(challenge, point)
    expected = _add(_multiply(scalar, BASE), (P - x, y, z, P - t))
    return _encode_point(expected) == signature[:32]


def _add(a: Point, b: Point) -> Point:
    first = (a[1] - a[0]) * (b[1] - b[0]) % P
    second = (a[1] + a[0]) * (b[1] + b[0]) % P
    third = 2 * a[3] * b[3] * D % P
    fourth = 2 * a[2] * b[2] % P
    e, f, g, h = second - first, fourth - third, fourth + third, second + first
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _multiply(scalar: int, point: Point) -> Point:
    result = NEUTRAL
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point = _add(point, point)
        scalar >>= 1
    return result


def _equal(a: Point, b: Point) -> bool:
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def _recover_x(y: int, sign: int) -> int | None:
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P != 0:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P != 0 or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def _decode_point(encoded: bytes) -> Point | None:
    number = int.from_bytes(encoded, "little")
    y, sign = number & (2**255 - 1), number >> 255
    if y >= P:
        return None
    x = _recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def _encode_point(point: Point) -> bytes:
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE_BYTES = (4 * pow(5, P - 2, P) % P).to_bytes(32, "little")
BASE = _decode_point(BASE_BYTES) or NEUTRAL


def _key_bytes(key: str) -> bytes:
    try:
        content = base64.b64decode(key[len(KEY_PREFIX) :].encode("ascii"), validate=True)
    except ValueError:
        content = b""
    # Base64 leaves bits unused that could be turned without turning the key: one key has one spelling.
    if len(content) != 32 or key != KEY_PREFIX + base64.b64encode(content).decode("ascii"):
        raise Unreadable(f"the key is not of the form {KEY_PREFIX} followed by 44 characters")
    return content


def fingerprint(key: str) -> str:
    digest = hashlib.sha256(_key_bytes(key)).hexdigest()[:32]
    return " ".join(digest[start : start + 4] for start in range(0, 32, 4))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Checks an evidence pack offline.")
    parser.add_argument(
        "pack", nargs="?", type=Path, help="zip file or folder; default: the folder of this file"
    )
    parser.add_argument("--key", help="the portal's public key, ed25519:...")
    options = parser.parse_args(arguments)
    report = verify(options.pack or Path(__file__).resolve().parent, options.key)
    for heading, lines in (
        ("CHECKED", report.checked),
        ("PROBLEMS", report.problems),
        ("NOT CHECKED", report.not_checked),
    ):
        if lines:
            print(heading)
            for line in lines:
                print("  - " + printable(line))
    print(printable(report.summary))
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
