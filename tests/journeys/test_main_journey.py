"""From sign-in over import, risk and a Statement that a second person approves to a pack that verifies."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys import files
from tests.journeys.portal import Portal
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]

HOME = "/o/meadow/"
IN_A_MONTH = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
TODAY = datetime.now(UTC).date().isoformat()


def test_from_sign_in_to_a_pack_that_verifies_offline(
    portal: Portal,
    new_organization: Callable[[str, str], str],
    visitor: Callable[..., Visitor],
    tmp_path: Path,
) -> None:
    new_organization("meadow", "Meadow Clinic")
    lena = visitor("lena@meadow.test")
    lena.sees("Set up your AI management system")

    import_systems(lena, "systems.csv", files.spreadsheet("meadow"), expected=3)
    import_systems(lena, "retina.cdx.json", files.bill_of_materials(), expected=1)
    tara = visitor("tara@meadow.test")
    approve_criteria(tara)
    treat_a_suggested_risk(lena)
    draft_and_decide(lena)
    send_for_approval(lena)

    approve(tara, by_author=lena)
    oscar = visitor("oscar@meadow.test")
    hand_in_evidence(oscar, accepted_by=lena)

    pack = build_and_download(lena, tmp_path / "pack.zip")
    assert_verifies(portal, pack)
    assert_refused_after_one_byte(portal, pack, tmp_path / "one-byte.zip")
    assert_refused_with_new_manifest(portal, pack, tmp_path / "new-manifest.zip")
    assert lena.complaints == tara.complaints == oscar.complaints == []


def import_systems(lena: Visitor, name: str, content: bytes, *, expected: int) -> None:
    """The worker reads the file; nothing is in the inventory before the preview is applied."""
    lena.open(HOME + "systems/")
    lena.follow("Import")
    lena.page.set_input_files(
        "input[type=file]", {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )
    lena.press("Upload and look")
    noun = "system" if expected == 1 else "systems"
    apply = lena.page.get_by_role("button", name=f"Apply: register {expected} {noun}")
    expect(apply).to_be_visible()
    lena.sees("Would be created")
    apply.click()
    lena.sees("What was new is in the inventory.")


def approve_criteria(tara: Visitor) -> None:
    """Nothing is scored by criteria that top management has not approved."""
    tara.open(HOME + "risks/criteria/")
    tara.press("Approve version 1")
    tara.page.locator("#approve-criteria button[type=submit]").click()
    expect(tara.page.locator("#approve-criteria")).to_have_count(0)


def treat_a_suggested_risk(lena: Visitor) -> None:
    lena.open(HOME + "systems/")
    lena.follow("Referral triage")
    lena.follow("Review suggestions")
    boxes = lena.page.locator("input[name=scenarios]")
    boxes.nth(0).check()
    boxes.nth(1).check()
    lena.press("Add the ticked risks")
    lena.open(HOME + "risks/")
    lena.page.locator("tbody th a").first.click()
    lena.follow("Edit")
    lena.page.locator("select[name=owner]").select_option(label="Lena Lead")
    lena.page.locator("main form button[type=submit]").first.click()
    lena.follow("Score")
    lena.page.locator("label.cell:has(input[value='4-4'])").click()
    lena.press("Save score")
    lena.sees("Scored 16")
    lena.follow("Plan treatment")
    lena.page.locator("label:has(input[value=modify])").click()
    lena.page.locator("input[name=controls]").first.check()
    lena.fill("What is done", "A second reader looks at every tenth referral.")
    lena.fill("Due", IN_A_MONTH)
    lena.press("Plan treatment")
    lena.sees("Planned")


def draft_and_decide(lena: Visitor) -> None:
    """One row by key, one left out with its reasons, all others at once."""
    lena.open(HOME + "applicability/")
    lena.press("Draft from risks")
    lena.sees("0 of 38 controls decided")
    rows = lena.page.locator("tr[data-row]")
    expect(rows).to_have_count(38)

    rows.nth(0).locator("[data-key=ref]").focus()
    lena.key("y")
    expect(rows.nth(0).locator(".saved")).to_contain_text("Saved")
    lena.sees("1 of 38 controls decided")
    leave_out(lena, "A-10-4")
    lena.sees("2 of 38 controls decided")

    lena.follow("Undecided", exact=False)
    lena.page.locator(".pick-all").check()
    lena.page.locator("[name=bulk_status]").select_option("planned")
    lena.page.locator("[name=bulk_target_date]").fill(IN_A_MONTH)
    lena.page.locator("[name=bulk_owner]").select_option(label="Lena Lead")
    lena.page.locator("[name=bulk_reason]").select_option("interested_party")
    lena.page.locator("[name=bulk_link]").fill("Supplier code of the hospital group")
    lena.press("Mark applicable")
    lena.sees("36 controls marked applicable.")


#: Types, and asks at once whether the page may be left: not before what was typed is saved.
TYPE_AND_LEAVE = """(field, text) => {
  field.value = text;
  field.dispatchEvent(new Event('change', {bubbles: true}));
  return window.dispatchEvent(new Event('beforeunload', {cancelable: true}));
}"""


def leave_out(lena: Visitor, slug: str) -> None:
    row = lena.page.locator(f"#row-{slug}")
    row.locator("[data-key=ref]").focus()
    lena.key("n")
    lena.page.keyboard.type("We sell no AI system to customers; the risk assessment found none.")
    lena.key("Escape")
    link = row.locator("[name$=exclusion_link]")
    expect(link).to_be_visible()
    with lena.page.expect_response(lambda answer: answer.request.method == "POST"):
        assert link.evaluate(TYPE_AND_LEAVE, "Risk assessment of 2026") is False
    expect(row.locator(".saved")).to_contain_text("Saved")


def send_for_approval(lena: Visitor) -> None:
    """What is missing is named; then it is given, and the author cannot approve."""
    lena.open(HOME + "applicability/")
    lena.press("Send for approval")
    lena.sees("missing before you can send it for approval")
    lena.complaints.clear()  # the browser notes the 422 of the refusal
    row = lena.page.locator("tr[data-row]").nth(0)
    row.locator("label:has(input[value=interested_party])").click()
    link = row.locator("[name$=link_interested_party]")
    expect(link).to_be_visible()
    link.fill("Supplier code of the hospital group")
    lena.key("Tab")
    expect(row.locator(".saved")).to_contain_text("give the target date")
    row.locator("[name$=target_date]").fill(IN_A_MONTH)
    lena.key("Tab")
    expect(row.locator(".saved")).to_have_text(re.compile(r"^Saved \d\d:\d\d$"))
    lena.press("Send for approval")
    lena.sees("waits for approval by top management")


def approve(tara: Visitor, *, by_author: Visitor) -> None:
    assert by_author.page.get_by_role("button", name="Approve").count() == 0
    token = by_author.page.locator("[name=csrfmiddlewaretoken]").first.get_attribute("value")
    refused = by_author.page.request.post(
        f"{by_author.page.url}approve/", form={"csrfmiddlewaretoken": token or ""}
    )
    assert refused.status == 403

    tara.open(HOME + "applicability/")
    tara.press("Approve")
    tara.page.locator("#approve-soa button[type=submit]").click()
    tara.sees("is approved and frozen")
    tara.sees("SHA-256 of the frozen copy")
    by_author.open(HOME + "applicability/")
    by_author.sees("approved")


def hand_in_evidence(oscar: Visitor, *, accepted_by: Visitor) -> None:
    oscar.open(HOME + "evidence/new/")
    oscar.fill("Title", "Minutes of the board")
    oscar.page.set_input_files(
        "input[type=file]", {"name": "minutes.txt", "mimeType": "text/plain", "buffer": b"Item 4: agreed."}
    )
    oscar.fill("Where it comes from", "Board office")
    oscar.press("Hand in for review")
    oscar.sees(sha256(b"Item 4: agreed.").hexdigest())
    assert oscar.page.get_by_role("link", name="Accept").count() == 0

    accepted_by.open(oscar.page.url)
    accepted_by.follow("Accept")
    accepted_by.press("Accept")
    accepted_by.sees("Accepted")


def build_and_download(lena: Visitor, path: Path) -> Path:
    lena.open(HOME + "packs/")
    lena.follow("Build a pack")
    lena.press("Build")
    expect(lena.page.locator("#pack-job")).to_be_visible()
    download = lena.page.get_by_role("link", name="Download")
    ready = lena.page.get_by_role("link", name="Show the pack")
    expect(download.or_(ready)).to_be_visible(timeout=90_000)
    lena.open(lena.page.url)
    with lena.page.expect_download() as downloading:
        download.click()
    downloading.value.save_as(path)
    return path


def assert_verifies(portal: Portal, pack: Path) -> None:
    folder = pack.with_suffix("")
    with zipfile.ZipFile(pack) as archive:
        archive.extractall(folder)
    said = offline(folder / "verify.py")
    assert said.returncode == 0, said.stdout
    assert "OK: nothing is missing, extra or altered" in said.stdout
    assert portal.manage("verify_pack", str(pack)).returncode == 0
    assert (
        (folder / "pack.pdf").read_bytes().startswith(b"%PDF-1.")
        if (folder / "pack.pdf").exists()
        else list(folder.rglob("*.pdf"))
    )


def assert_refused_after_one_byte(portal: Portal, pack: Path, altered: Path) -> None:
    """One byte of the document, which is stored or compressed, is another."""
    with zipfile.ZipFile(pack) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = next(name for name in members if name.endswith(".pdf"))
    content = bytearray(members[name])
    content[len(content) // 2] ^= 1
    write(altered, {**members, name: bytes(content)})

    assert_refused(portal, pack, altered, "was altered")


def assert_refused_with_new_manifest(portal: Portal, pack: Path, altered: Path) -> None:
    """Whoever alters an item and puts its new hash into the manifest has no signature for it."""
    with zipfile.ZipFile(pack) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = next(name for name in members if name.endswith(".csv"))
    members[name] += b"one more row\n"
    manifest = json.loads(members["manifest.json"])
    item = next(item for item in manifest["items"] if item["path"] == name)
    item["sha256"], item["size"] = sha256(members[name]).hexdigest(), len(members[name])
    members["manifest.json"] = json.dumps(manifest).encode()
    write(altered, members)

    assert_refused(portal, pack, altered, "the signature does not fit")


def assert_refused(portal: Portal, pack: Path, altered: Path, sentence: str) -> None:
    said = offline(pack.with_suffix("") / "verify.py", str(altered))
    assert said.returncode == 1
    assert sentence in said.stdout
    managed = portal.manage("verify_pack", str(altered))
    assert managed.returncode != 0
    assert sentence in managed.stdout + managed.stderr


def offline(script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """As an auditor would: this Python without the portal's packages and settings."""
    return subprocess.run(
        [sys.executable, "-I", str(script), *arguments], capture_output=True, text=True, env={}, cwd="/"
    )


def write(path: Path, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
