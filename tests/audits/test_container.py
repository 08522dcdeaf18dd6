import dataclasses
import io
import json
import zipfile
from pathlib import Path

import pytest

from aims.core.canonical import canonical_json, sha256_of
from aims.core.documents import Column, Section, Table
from aims.core.signing import verify_signature
from audits.container import (
    NO_TIME,
    STANDALONE_DIR,
    FileChanged,
    PathTaken,
    assemble,
    evidence_paths,
    safe_name,
)
from tests.audits.pack_sample import FACTS, SIGNER, build, pack_file, trail
from tests.core.document_sample import sections


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_pack_holds_document_data_evidence_and_the_means_to_check_it(tmp_path: Path) -> None:
    result = build(tmp_path / "pack.zip")

    assert list(members(result.path)) == [
        "README.txt",
        "data/02-context.json",
        "data/08-systems.json",
        "data/10-risks.csv",
        "data/10-risks.json",
        "data/12-soa.csv",
        "data/12-soa.json",
        "data/17-evidence.csv",
        "data/17-evidence.json",
        "evidence/001-policy.docx",
        "evidence/002-Bias-test-Q3.pdf",
        "index.css",
        "index.html",
        "manifest.json",
        "manifest.sig",
        "pack.pdf",
        "verify.py",
    ]


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    first = build(tmp_path / "first.zip")
    files = [
        pack_file("../../policy.docx", b"policy", "EV-001"),
        pack_file("Bias test Q3.pdf", b"bias", "EV-002"),
    ]
    second = build(tmp_path / "second.zip", files=files)

    assert first.path.read_bytes() == second.path.read_bytes()
    assert first.sha256 == second.sha256 == sha256_of(first.path.read_bytes())
    assert first.size == len(first.path.read_bytes())


def test_entries_are_stored_plain_files_without_a_time(tmp_path: Path) -> None:
    with zipfile.ZipFile(build(tmp_path / "pack.zip").path) as archive:
        entries = {
            (info.date_time, info.compress_type, info.external_attr >> 16, info.flag_bits)
            for info in archive.infolist()
        }

    assert entries == {(NO_TIME, zipfile.ZIP_STORED, 0o100644, 0)}


def test_the_manifest_accounts_for_every_other_member(tmp_path: Path) -> None:
    result = build(tmp_path / "pack.zip")
    content = members(result.path)

    manifest = json.loads(content["manifest.json"])

    listed = {item["path"]: (item["sha256"], item["size"]) for item in manifest["items"]}
    others = {name: body for name, body in content.items() if not name.startswith("manifest.")}
    assert listed == {name: (sha256_of(body), len(body)) for name, body in others.items()}
    assert manifest["counts"] == {
        "items": 15,
        "bytes": sum(len(body) for body in others.values()),
        "sections": 5,
        "evidence": 2,
        "gaps": 1,
    }
    assert content["manifest.json"].decode() == canonical_json(result.manifest)


def test_the_manifest_says_where_an_item_comes_from_and_what_is_not_proven(tmp_path: Path) -> None:
    manifest = json.loads(members(build(tmp_path / "pack.zip").path)["manifest.json"])

    item = next(item for item in manifest["items"] if item["path"] == "evidence/001-policy.docx")
    assert item == {
        "path": "evidence/001-policy.docx",
        "sha256": sha256_of(b"policy"),
        "size": 6,
        "source": "EV-001",
        "version": "2",
        "approver": "S. Lindqvist",
        "date": "2026-09-01",
    }
    assert manifest["gaps"] == [{"section": "2 Context", "text": "No climate decision.", "clauses": ["4.1"]}]
    assert manifest["pack"]["built_at"] == "2026-10-02T08:30:00Z"
    assert "that what the records and files say is true" in manifest["does_not_prove"]


def test_the_signature_is_over_the_manifest_and_names_the_key(tmp_path: Path) -> None:
    content = members(build(tmp_path / "pack.zip").path)

    lines = content["manifest.sig"].decode().splitlines()

    assert lines[:3] == [
        "aims-pack-signature/1",
        f"key {SIGNER.public_key_text()}",
        f"fingerprint {SIGNER.fingerprint()}",
    ]
    verify_signature(SIGNER.public_key_text(), content["manifest.json"], lines[3].removeprefix("signature "))


def test_the_script_in_the_pack_is_the_one_the_portal_uses(tmp_path: Path) -> None:
    content = members(build(tmp_path / "pack.zip").path)

    assert content["verify.py"] == (STANDALONE_DIR / "verify.py").read_bytes()


def test_the_contents_page_links_what_is_there_and_runs_nothing(tmp_path: Path) -> None:
    hostile = dataclasses.replace(sections(0.02)[0], title="<script>alert(1)</script>")
    content = members(build(tmp_path / "pack.zip", parts=[hostile]).path)

    page = content["index.html"].decode()

    assert '<a href="evidence/002-Bias-test-Q3.pdf">' in page
    assert '<a href="data/02-context.json">' in page
    assert SIGNER.fingerprint() in page
    assert "<script" not in page


@pytest.mark.parametrize("stored", [b"polic", b"policy and more", b"Policy"])
def test_a_changed_file_refuses_the_build_and_leaves_nothing(tmp_path: Path, stored: bytes) -> None:
    file = dataclasses.replace(pack_file("policy.docx", b"policy"), open=lambda: io.BytesIO(stored))

    with pytest.raises(FileChanged, match="EV-001"):
        build(tmp_path / "pack.zip", files=[file])

    assert list(tmp_path.iterdir()) == []


def test_a_failed_build_keeps_the_pack_that_was_there(tmp_path: Path) -> None:
    before = build(tmp_path / "pack.zip").path.read_bytes()
    file = dataclasses.replace(pack_file("policy.docx", b"policy"), open=lambda: io.BytesIO(b"other!"))

    with pytest.raises(FileChanged):
        build(tmp_path / "pack.zip", files=[file])

    assert [path.name for path in tmp_path.iterdir()] == ["pack.zip"]
    assert (tmp_path / "pack.zip").read_bytes() == before


def test_two_sections_with_one_file_name_are_refused(tmp_path: Path) -> None:
    table = Table(columns=(Column("A", 50), Column("B", 50)), rows=[])
    twice = [Section("soa", "12", "One", data={"a": table}), Section("SOA", "12", "Two", data={"a": table})]

    with pytest.raises(PathTaken, match="data/12-SOA"):
        build(tmp_path / "pack.zip", parts=twice)


def test_evidence_is_numbered_by_its_source_whatever_the_order() -> None:
    files = [pack_file("b.pdf", b"b", "EV-002"), pack_file("a.pdf", b"a", "EV-001")]

    paths = [path for path, _ in evidence_paths(files)]

    assert paths == ["evidence/001-a.pdf", "evidence/002-b.pdf"]
    assert paths == [path for path, _ in evidence_paths(reversed(files))]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Bias test Q3.pdf", "Bias-test-Q3.pdf"),
        ("../../etc/passwd", "etc-passwd"),
        ("C:\\Temp\\plan.docx", "C-Temp-plan.docx"),
        (".hidden", "hidden"),
        ("Prüfbericht\u202efdp.exe", "Prufberichtfdp.exe"),
        ("診断.pdf", "pdf"),
        ("診断", "file"),
        ("a" * 300 + ".pdf", "a" * 80 + ".pdf"),
        ("line\nbreak.txt", "line-break.txt"),
    ],
)
def test_a_name_in_the_pack_leads_nowhere(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_progress_ends_at_the_whole(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []

    assemble(
        tmp_path / "pack.zip",
        pack=FACTS,
        pdf=b"%PDF",
        sections=[],
        gaps=[],
        files=[pack_file("a.txt", b"a" * 5000)],
        trail=trail(),
        signer=SIGNER,
        progress=lambda done, total: seen.append((done, total)),
    )

    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1] > 5000


def test_a_large_file_is_streamed(tmp_path: Path) -> None:
    class Counting(io.BytesIO):
        largest = 0

        def read(self, size: int | None = -1, /) -> bytes:
            Counting.largest = max(Counting.largest, size if size is not None and size >= 0 else 1 << 60)
            return super().read(size)

    content = bytes(3 * 1024 * 1024)
    file = dataclasses.replace(pack_file("big.bin", content), open=lambda: Counting(content))

    build(tmp_path / "pack.zip", files=[file])

    assert Counting.largest == 1024 * 1024
