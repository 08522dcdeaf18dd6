import pytest

from inventory.imports.formats import Format, ImportRefused, detect


@pytest.mark.parametrize(
    ("name", "head", "format"),
    [
        ("systems.csv", b"Name,Purpose\n", Format.CSV),
        ("systems.tsv", b"Name\tPurpose\n", Format.CSV),
        ("systems.csv", "\ufeffName".encode("utf-16"), Format.CSV),
        ("systems.xlsx", b"PK\x03\x04rest", Format.XLSX),
        ("bom.json", b'{"bomFormat": "CycloneDX"}', Format.CYCLONEDX),
        ("bom.json", b'{"specFormat": "CycloneDX", "specVersion": "2.0"}', Format.CYCLONEDX),
        ("model.cdx.json", b'{"components": []', Format.CYCLONEDX),
        ("ai.json", b'{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"}', Format.SPDX),
        ("c.json", b'{"conformsTo": "http://mlcommons.org/croissant/1.0", "@graph": []}', Format.CROISSANT),
        ("card.json", b'{"model_details": {}}', Format.MODEL_CARD),
        ("README.md", b"---\nlicense: mit\n---\n", Format.HF),
    ],
)
def test_detects_by_name_and_first_bytes(name, head, format):
    assert detect(name, head) is format


@pytest.mark.parametrize(
    ("name", "head", "sentence"),
    [
        ("a.csv", b"", "The file is empty."),
        ("a.csv", b"\xef\xbb\xbf \n", "The file is empty."),
        (
            "a.xls",
            b"\xd0\xcf\x11\xe0",
            "Files ending in .xls cannot be read: save the sheet as .xlsx or .csv first.",
        ),
        (
            "a.xlsx",
            b"\xd0\xcf\x11\xe0",
            "The workbook is password-protected or in an old format: save it as a plain .xlsx.",
        ),
        ("a.csv", b"PK\x03\x04", "The file is named .csv but is a packed archive or workbook."),
        ("a.xlsx", b"Name,Purpose", "The file is named .xlsx but is no Excel workbook."),
        ("a.json", b"Name,Purpose", "The file is named as JSON but does not begin like JSON."),
    ],
)
def test_refuses_what_contradicts_itself(name, head, sentence):
    with pytest.raises(ImportRefused) as refused:
        detect(name, head)

    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("name", "head", "beginning"),
    [
        ("bom.xml", b"<bom>", "XML and HTML cannot be read."),
        ("a.pdf", b"%PDF-1.7", "Files ending in .pdf cannot be read."),
        (
            "a.json",
            b'{"hello": 1}',
            "The JSON file is neither a CycloneDX BOM nor an SPDX document, and no Croissant",
        ),
    ],
)
def test_a_refusal_of_an_unknown_format_names_the_known_ones(name, head, beginning):
    with pytest.raises(ImportRefused) as refused:
        detect(name, head)

    assert str(refused.value).startswith(beginning)
    assert "CycloneDX JSON (1.5 to 1.7)" in str(refused.value)
