"""Reads what collect.py saved, with programs that know nothing of Bantin: feedparser, vobject, extruct.

Usage: read.py FOLDER
"""

import html
import json
import pathlib
import sys

import extruct
import feedparser
import vobject


def main(folder):
    folder = pathlib.Path(folder)
    counts = {
        "feeds": each(folder, "*.feed.rss", feed) + each(folder, "*.feed.atom", feed),
        "calendars": each(folder, "*.ics", calendar),
        "heads": each(folder, "*.head.json", head),
    }
    if not all(counts.values()):
        sys.exit(f"nothing to read: {counts}")
    titles = [entry.title for entry in feedparser.parse((folder / "articles.feed.rss").read_bytes()).entries]
    assert any("👩‍🔬" in title for title in titles), titles
    print("feedparser, vobject, extruct:", counts)


def each(folder, pattern, read):
    files = sorted(folder.glob(pattern))
    for file in files:
        try:
            read(file)
        except Exception as error:
            raise SystemExit(f"{file.name}: {error!r}") from error
    return len(files)


def feed(file):
    parsed = feedparser.parse(file.read_bytes())
    assert not parsed.bozo, parsed.get("bozo_exception")
    assert parsed.version == ("rss20" if file.suffix == ".rss" else "atom10"), parsed.version
    assert parsed.feed.title and parsed.feed.link and parsed.feed.language in ("vi", "en")
    own = [link.href for link in parsed.feed.links if link.rel == "self"]
    assert len(own) == 1, own
    names = [entry.id for entry in parsed.entries]
    assert len(names) == len(set(names)) and all(name.startswith("urn:uuid:") for name in names), names
    for entry in parsed.entries:
        assert entry.title and entry.link.startswith("http"), entry
        assert entry.published_parsed, entry
        if parsed.version == "rss20":
            assert entry.guidislink is False, "an id is no address"
        else:
            assert entry.updated_parsed, entry


def calendar(file):
    raw = file.read_bytes()
    assert raw.endswith(b"\r\n") and b"\n" not in raw.replace(b"\r\n", b""), "lines end with CRLF"
    assert all(len(line) <= 75 for line in raw.split(b"\r\n")), "a line has 75 octets at most"
    for line in raw.split(b"\r\n"):
        line.decode()
    read = vobject.readOne(raw.decode())
    names = set()
    for event in getattr(read, "vevent_list", []):
        event.validate(raiseException=True)
        names.add(event.uid.value)
        assert int(event.sequence.value) >= 0
        if hasattr(event, "dtend"):
            assert event.dtend.value > event.dtstart.value, event
        assert event.dtstamp.value.tzinfo is not None
    assert len(names) == len(getattr(read, "vevent_list", [])), "a UID is there twice"
    assert len(read.vtimezone_list) >= 1


def head(file):
    data = json.loads(file.read_text())["data"]
    said = data["head"]
    metas = "".join(
        f'<meta property="{html.escape(one["property"])}" content="{html.escape(one["content"])}">'
        for one in said["openGraph"]
    )
    page = (
        f"<!doctype html><html prefix=\"og: http://ogp.me/ns#\"><head><title>{html.escape(said['title'])}</title>{metas}"
        f"<script type=\"application/ld+json\">{said['jsonLd']}</script></head><body></body></html>"
    )
    found = extruct.extract(page, base_url=said["canonical"], syntaxes=["json-ld", "opengraph"])
    assert len(found["json-ld"]) == 1, found
    nodes = {node["@type"]: node for node in found["json-ld"][0]["@graph"]}
    subject = nodes["NewsArticle" if data["type"] == "article" else "Event"]
    assert subject.get("headline", subject.get("name")) == data["title"]
    assert nodes["GovernmentOrganization"]["name"]
    places = [item["position"] for item in nodes["BreadcrumbList"]["itemListElement"]]
    assert places == list(range(1, len(places) + 1))
    properties = dict(found["opengraph"][0]["properties"])
    assert properties["og:title"] == data["title"], properties
    assert properties["og:url"] == said["canonical"]


if __name__ == "__main__":
    main(*sys.argv[1:])
