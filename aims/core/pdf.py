"""HTML to PDF/A-3a, and nothing about content. A document reaches only the files named here."""

import base64
import binascii
import gc
import io
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pikepdf
    import weasyprint
    import weasyprint.urls

logger = logging.getLogger(__name__)

# One document at a time in a process: rendering takes hundreds of megabytes, and see _fonts_dated.
_rendering = Lock()

VARIANT = "pdf/a-3a"
SELDOM = (50_000, 20, 100)
STATIC_DIR = Path(__file__).resolve().parents[2] / "static"

# The whole of what a document may refer to, as static:<path>.
STATIC_FILES: Mapping[str, str] = {
    "css/document.css": "text/css",
    "vendor/inter/inter-latin-wght-normal.woff2": "font/woff2",
    "vendor/inter/inter-latin-ext-wght-normal.woff2": "font/woff2",
    "vendor/inter/inter-cyrillic-wght-normal.woff2": "font/woff2",
    "vendor/inter/inter-greek-wght-normal.woff2": "font/woff2",
    "vendor/inter/inter-vietnamese-wght-normal.woff2": "font/woff2",
}

# A picture is what its first bytes say: an SVG named PNG would be parsed as SVG.
IMAGE_STARTS: Mapping[str, bytes] = {
    "data:image/png;base64,": b"\x89PNG\r\n\x1a\n",
    "data:image/jpeg;base64,": b"\xff\xd8\xff",
}


class PdfUnavailable(RuntimeError):
    """This machine lacks Pango, without which WeasyPrint cannot lay out text."""

    command = (
        "apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
        " (macOS: brew install pango)"
    )

    def __init__(self) -> None:
        super().__init__(
            f"PDF files cannot be written: Pango is missing on this machine. Run: {self.command}"
        )


class FetchRefused(ValueError):
    """A document asked for something outside the list."""


@dataclass(frozen=True)
class PdfAttachment:
    name: str
    content: bytes
    description: str
    # A word of the PDF specification: Data, Source, Supplement, Alternative.
    relationship: str = "Data"


@dataclass(frozen=True)
class PdfFacts:
    """What can be read from the file's structure. No validator ran, so nothing here claims conformance."""

    pages: int
    title: str
    language: str
    tagged: bool
    declared_variant: str
    has_output_intent: bool
    fonts: tuple[str, ...]
    fonts_not_embedded: tuple[str, ...]
    bookmarks: int
    attachments: tuple[str, ...]
    associated_files: int
    has_script: bool
    encrypted: bool


def render_pdf(
    html: str,
    *,
    title: str,
    created: datetime,
    identifier: bytes,
    attachments: Sequence[PdfAttachment] = (),
) -> bytes:
    """The same input gives the same bytes: identifier and dates come from the caller, not the clock."""
    weasyprint = _weasyprint()
    moment = created.astimezone(UTC)
    with _rendering, _fonts_dated(moment), _collecting_seldom():
        return _written(weasyprint, html, title, moment, identifier, attachments)


def _written(
    weasyprint: Any,
    html: str,
    title: str,
    moment: datetime,
    identifier: bytes,
    attachments: Sequence[PdfAttachment],
) -> bytes:
    document = weasyprint.HTML(string=html, url_fetcher=_fetcher()).render(pdf_variant=VARIANT)
    gc.collect()  # what layout left behind, before writing takes memory of its own
    document.metadata.title = title
    document.metadata.created = document.metadata.modified = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    # Attachments asked for by the document itself are never honoured, whatever the fetcher would say.
    document.metadata.attachments = []
    # Names in a PDF name tree are sorted; WeasyPrint writes them in the order given.
    ordered = sorted(attachments, key=lambda item: item.name)
    files = [_attachment(weasyprint, item, moment) for item in ordered]
    written = document.write_pdf(pdf_variant=VARIANT, pdf_identifier=identifier, attachments=files)
    return _without_repeated_files(written)


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """Layout makes hundreds of thousands of objects that stay: looking through them again and again for
    garbage is an eighth of its time. What was there before is not looked through at all."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@contextmanager
def _fonts_dated(moment: datetime) -> Iterator[None]:
    """fontTools stamps each embedded font with the clock, unless this variable of the process is set."""
    name = "SOURCE_DATE_EPOCH"
    before = os.environ.get(name)
    os.environ[name] = str(int(moment.timestamp()))
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def inspect_pdf(content: bytes) -> PdfFacts:
    import pikepdf

    with pikepdf.open(io.BytesIO(content)) as pdf:
        root = pdf.Root
        fonts = _fonts(pdf)
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
            variant = f"{metadata.get('pdfaid:part', '')}{metadata.get('pdfaid:conformance', '')}"
        return PdfFacts(
            pages=len(pdf.pages),
            title=str(pdf.docinfo.get("/Title", "")),
            language=str(root.get("/Lang", "")),
            tagged="/StructTreeRoot" in root and bool(root.MarkInfo.get("/Marked", False)),
            declared_variant=variant,
            has_output_intent="/OutputIntents" in root,
            fonts=tuple(sorted(fonts)),
            fonts_not_embedded=tuple(sorted(name for name, embedded in fonts.items() if not embedded)),
            bookmarks=_count_bookmarks(pdf),
            attachments=tuple(sorted(pdf.attachments)),
            associated_files=len(root.get("/AF", [])),
            has_script="/JavaScript" in root.get("/Names", {}) or "/OpenAction" in root,
            encrypted=pdf.is_encrypted,
        )


def allowed_content(url: str) -> tuple[bytes, str]:
    """Bytes and type of the few things a document may refer to; everything else is refused."""
    for prefix, start in IMAGE_STARTS.items():
        if url.startswith(prefix):
            content_type = prefix.removeprefix("data:").removesuffix(";base64,")
            return _picture(url.removeprefix(prefix), start), content_type
    path = url.removeprefix("static:")
    if url.startswith("static:") and path in STATIC_FILES:
        return (STATIC_DIR / path).read_bytes(), STATIC_FILES[path]
    raise FetchRefused(f"a document may not refer to {url[:120]}")


def _picture(encoded: str, start: bytes) -> bytes:
    try:
        content = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise FetchRefused("the picture is not base64") from error
    if not content.startswith(start):
        raise FetchRefused("the picture is not of the type it claims")
    return content


def _weasyprint() -> Any:
    # Imported late: it takes most of a second, and the portal runs on machines without Pango.
    try:
        import weasyprint
    except OSError as error:
        raise PdfUnavailable from error
    return weasyprint


@cache
def _fetcher() -> "weasyprint.urls.URLFetcher":
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class ListedFilesOnly(URLFetcher):  # type: ignore[misc, unused-ignore]
        """Never reaches the parent's handlers, so no redirect, protocol or encoding can lead anywhere."""

        def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
            try:
                content, content_type = allowed_content(url)
            except (FetchRefused, FileNotFoundError) as error:
                logger.warning("document: %s", error)
                raise
            return URLFetcherResponse(url, content, {"Content-Type": content_type})

    return ListedFilesOnly()


def _attachment(weasyprint: Any, item: PdfAttachment, moment: datetime) -> "weasyprint.Attachment":
    return weasyprint.Attachment(
        string=item.content,
        name=item.name,
        description=item.description,
        created=moment,
        modified=moment,
        relationship=item.relationship,
    )


def _without_repeated_files(content: bytes) -> bytes:
    """WeasyPrint 70 lists each attachment twice in the catalog's /AF."""
    import pikepdf

    with pikepdf.open(io.BytesIO(content)) as pdf:
        listed = pdf.Root.get("/AF")
        if listed is None:
            return content
        unique = {file.objgen: file for file in listed}
        pdf.Root.AF = pikepdf.Array(unique.values())
        saved = io.BytesIO()
        pdf.save(saved, deterministic_id=True, fix_metadata_version=False)
    return saved.getvalue()


def _fonts(pdf: "pikepdf.Pdf") -> dict[str, bool]:
    """Every font that a page can use, and whether it travels with the file."""
    found: dict[str, bool] = {}
    nothing: Any = {}
    for page in pdf.pages:
        for font in page.get("/Resources", nothing).get("/Font", nothing).values():
            holder = font.DescendantFonts[0] if "/DescendantFonts" in font else font
            descriptor = holder.get("/FontDescriptor", nothing)
            found[str(font.get("/BaseFont", "unnamed"))] = any(
                key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3")
            )
    return found


def _count_bookmarks(pdf: "pikepdf.Pdf") -> int:
    with pdf.open_outline() as outline:
        waiting = list(outline.root)
        count = 0
        while waiting:
            item = waiting.pop()
            count += 1
            waiting.extend(item.children)
    return count
