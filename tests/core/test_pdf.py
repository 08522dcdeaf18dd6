import base64
import io
import re
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pikepdf
import pytest
import weasyprint

from aims.core import pdf
from aims.core.documents import gaps_of, render_document
from aims.core.pdf import STATIC_DIR, STATIC_FILES, PdfAttachment, PdfUnavailable, inspect_pdf, render_pdf
from tests.core.document_sample import cover, sections

CREATED = datetime(2026, 10, 1, 12, tzinfo=UTC)

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def render(html: str, **changes: object) -> bytes:
    arguments = {"title": "Pack", "created": CREATED, "identifier": b"pack-0001-000000", **changes}
    return render_pdf(html, **arguments)  # type: ignore[arg-type]


def sample_html(scale: float) -> str:
    parts = sections(scale)
    return render_document(cover(), parts, gaps_of(parts))


class Listener:
    """A web server that remembers who asked for what."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                listener.asked.append(self.path)
                if self.path == "/redirect":
                    self.send_response(302)
                    self.send_header("Location", "/internal")
                else:
                    self.send_response(200)
                self.send_header("Content-Type", "text/css")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


def svg_data(body: str) -> str:
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">{body}</svg>'
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


REACHING_OUT = {
    "img": '<img src="{url}/img.png">',
    "link": '<link rel="stylesheet" href="{url}/link.css">',
    "import": '<style>@import url("{url}/import.css")</style>',
    "background": '<div style="width:9px;height:9px;background:url({url}/background.png)">x</div>',
    "font-face": "<style>@font-face{{font-family:F;src:url({url}/font-face.woff2)}}"
    " p{{font-family:F}}</style><p>x",
    "object": '<object data="{url}/object.png"></object>',
    "embed": '<embed src="{url}/embed.png">',
    "redirect": '<img src="{url}/redirect">',
    "inline-svg": '<svg width="9" height="9"><image href="{url}/inline-svg.png" width="9" height="9"/></svg>',
    "data-svg": '<img src="{nested}">',
    "base": '<base href="{url}/"><img src="base.png">',
    "content": "<style>p::before{{content:url({url}/content.png)}}</style><p>x",
    "list-style": '<ul style="list-style-image:url({url}/list-style.png)"><li>x</ul>',
    "link-attachment": '<link rel="attachment" href="{url}/link-attachment.txt">',
    "a-attachment": '<a rel="attachment" href="{url}/a-attachment.txt">x</a>',
}


def test_a_document_reaches_nothing_outside(listener: Listener) -> None:
    """By none of the ways by which a document without care does; the base of all addresses on its own."""
    nested = svg_data(f'<image href="{listener.url}/data-svg.png" width="9" height="9"/>')
    for names in (REACHING_OUT.keys() - {"base"}, {"base"}):
        parts = (REACHING_OUT[name].format(url=listener.url, nested=nested) for name in sorted(names))
        html = "<!doctype html><body>" + "".join(f"<div>{part}</div>" for part in parts)
        weasyprint.HTML(string=html).write_pdf()
        asked = {path.strip("/").split(".")[0] for path in listener.asked}
        assert names <= asked, f"{names - asked} do not even try, so the test would prove nothing"
        listener.asked.clear()

        render(html)

        assert listener.asked == []


@pytest.mark.parametrize(
    "form", ['<link rel="attachment" href="{url}">', '<a rel="attachment" href="{url}">x</a>']
)
def test_a_document_cannot_put_a_local_file_into_the_pdf(tmp_path: Path, form: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("for nobody's eyes")
    html = "<!doctype html><body>" + form.format(url=secret.as_uri())
    careless = weasyprint.HTML(string=html).write_pdf()
    assert b"for nobody's eyes" in attached_bytes(careless)

    content = render(html)

    assert inspect_pdf(content).attachments == ()
    assert b"for nobody's eyes" not in attached_bytes(content)


def attached_bytes(content: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(content)) as opened:
        streams = [item for item in opened.objects if isinstance(item, pikepdf.Stream)]
        return b"".join(stream.read_bytes() for stream in streams if stream.get("/Type") == "/EmbeddedFile")


@pytest.mark.parametrize(
    "url",
    [
        "static:../pyproject.toml",
        "static:css/../../pyproject.toml",
        "static:js/app.js",
        "static:/etc/passwd",
        "STATIC:css/document.css",
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "data:text/css,p{}",
        "data:image/svg+xml;base64,PHN2Zy8+",
        "data:image/png;base64,PHN2Zy8+",
        "data:image/png;base64,!!",
        "data:image/png,plain",
    ],
)
def test_only_listed_files_and_real_pictures_are_served(url: str) -> None:
    with pytest.raises(pdf.FetchRefused):
        pdf.allowed_content(url)


def test_a_picture_inside_the_document_is_drawn() -> None:
    content = render(f'<!doctype html><img src="data:image/png;base64,{PIXEL}">')

    with pikepdf.open(io.BytesIO(content)) as opened:
        assert len(opened.pages[0].get_images()) == 1


def test_every_listed_file_exists() -> None:
    assert [path for path in STATIC_FILES if not (STATIC_DIR / path).is_file()] == []


def test_the_stylesheet_refers_only_to_listed_files() -> None:
    css = (STATIC_DIR / "css/document.css").read_text()
    references = re.findall(r'url\("?([^")]+)', css)

    assert references
    assert [url for url in references if url.removeprefix("static:") not in STATIC_FILES] == []
    assert not re.search(r"display:\s*(flex|grid)|table-layout:\s*auto", css)


def test_a_pack_document_is_tagged_bookmarked_and_complete() -> None:
    data = PdfAttachment("10-risks.csv", b"a,b", "Risk register")
    more = PdfAttachment("02-context.json", b"{}", "Context")

    facts = inspect_pdf(render(sample_html(0.04), attachments=[data, more]))

    assert (facts.title, facts.language, facts.tagged) == ("Pack", "en", True)
    assert (facts.declared_variant, facts.has_output_intent) == ("3A", True)
    assert facts.fonts_not_embedded == ()
    assert any("Inter" in font for font in facts.fonts)
    # Contents, gaps, five sections, "Residual risk" and two systems.
    assert facts.bookmarks == 10
    assert facts.attachments == ("02-context.json", "10-risks.csv")
    assert facts.associated_files == 2
    assert not facts.has_script
    assert not facts.encrypted
    assert facts.pages >= 8


def test_contents_show_page_numbers_and_pages_show_where_they_belong() -> None:
    document = weasyprint.HTML(string=sample_html(0.04), url_fetcher=pdf._fetcher()).render()
    texts = [page_text(page) for page in document.pages]

    assert re.search(r"10 Risk register( \.)+ 6\b", texts[1])
    assert "10 Risk register" in texts[5]
    for number, text in enumerate(texts[1:], start=2):
        assert "Meridian Health · Stage 1 evidence pack" in text
        assert "Confidential · Development and operation of AI systems" in text
        assert f"PK-0007 · Page {number} of {len(texts)}" in text
    assert "Page 1 of" not in texts[0]


def page_text(page: weasyprint.Page) -> str:
    """Words in the order of boxes; leaders and fixed spaces as plain ones."""
    words = [box.text for box in page._page_box.descendants() if getattr(box, "text", None)]
    return re.sub(r"\s+", " ", " ".join(words))


def test_the_same_input_gives_the_same_bytes() -> None:
    html = sample_html(0.02)
    attachment = PdfAttachment("a.json", b"{}", "Data")
    first = render(html, attachments=[attachment])
    # Embedded fonts carry seconds, so a second must have passed to show that none comes from the clock.
    time.sleep(1.1)

    assert render(html, attachments=[attachment]) == first
    assert render(html, attachments=[attachment], identifier=b"pack-0002-000000") != first


def test_without_pango_the_exact_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class NoPango:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "weasyprint":
                raise OSError("cannot load library 'libgobject-2.0-0'")

    monkeypatch.delitem(sys.modules, "weasyprint")
    monkeypatch.setattr(sys, "meta_path", [NoPango(), *sys.meta_path])

    with pytest.raises(PdfUnavailable, match="apt-get install -y --no-install-recommends libpango"):
        render("<p>x")
