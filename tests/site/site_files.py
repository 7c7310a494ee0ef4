"""A built site as the tests read it."""

import html.parser
import json
import pathlib
import re


def files_of(directory):
    """Path -> bytes of what is served; not the builder's own notes."""
    directory = pathlib.Path(directory)
    return {str(path.relative_to(directory)): path.read_bytes() for path in sorted(directory.rglob("*"))
            if path.is_file() and not path.name.startswith(".signalbox-site")}


def shard(directory, path):
    text = (pathlib.Path(directory) / path).read_text("ascii")
    found = re.fullmatch(r'signalboxShard\("([^"]*)", (.*)\);\n', text)
    assert found, text[:200]
    assert found.group(1) == path
    return json.loads(found.group(2))


class Page(html.parser.HTMLParser):
    """Elements, the text of the table's rows, and the snapshot of an index.html."""

    def __init__(self, directory):
        super().__init__()
        self.tags, self.rows, self.title, self.inside = [], [], "", []
        self.snapshot = None
        self.feed((pathlib.Path(directory) / "index.html").read_text("utf-8"))

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "br"):
            self.inside.append((tag, dict(attrs)))
        if tag == "tr" and dict(attrs).get("data-status"):
            self.rows.append([])

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop()[0] != tag:
            pass

    def handle_data(self, data):
        tag, attrs = self.inside[-1] if self.inside else ("", {})
        if tag == "title":
            self.title += data
        elif attrs.get("id") == "snapshot":
            self.snapshot = json.loads(data)
        elif self.rows and any(tag == "tbody" for tag, _ in self.inside) and data.strip():
            self.rows[-1].append(data)
