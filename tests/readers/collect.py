"""Starts the demo, gives it what independent readers should stumble over, and saves every document that it writes.

Usage: collect.py PROGRAM FOLDER
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.request

NASTY = "Tiêu đề ]]> & <b>\"lạ\"</b> </script> 👩‍🔬 \u2028 hết"
PATTERNS = {
    "article": "/{locale}/{category}/{slug}",
    "event": "/su-kien/{slug}",
    "speech": "/phat-bieu/{slug}",
    "page": "/trang/{slug}",
    "category": "/{slug}",
    "person": "/nguoi/{slug}",
    "organisation": "/don-vi/{slug}",
}


def main(program, folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    with tempfile.TemporaryDirectory() as data:
        settings = {
            "BANTIN_DATABASE_URL": f"sqlite:{data}/bantin.db",
            "BANTIN_DATA_DIR": data,
            "BANTIN_LISTEN": "127.0.0.1:0",
            "BANTIN_METRICS_LISTEN": "off",
        }
        demo = subprocess.Popen(
            [program, "demo"], env=settings, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        try:
            base, credentials = welcome(demo)
            # Nothing is new yet: a sitemap is what its schema says all the same.
            empty = ask(base, "/sitemap-news.xml")[0]
            (folder / "no-news.sitemap.xml").write_bytes(empty)
            prepare(base, credentials)
            save(base, folder)
        finally:
            demo.terminate()
            demo.wait()


def welcome(demo):
    """Where it serves, and who may do everything: the demo says it once."""
    credentials = None
    for line in demo.stdout:
        found = re.search(r"curl -s (\S+)/api/v1/auth/login .*-d '(\{.*\})'", line)
        if found:
            credentials = found.group(1), json.loads(found.group(2))
        if credentials and "/docs" in line:
            break
    if not credentials:
        sys.exit("the demo did not start")
    return credentials


def ask(base, path, body=None, method=None, **headers):
    data = None if body is None else json.dumps(body).encode()
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if data is not None:
        headers["Content-Type"] = "application/json"
    request = urllib.request.Request(base + path, data=data, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read(), answer.headers


def prepare(base, credentials):
    """Says where the front end is, and publishes articles and an event with all that is hard to write."""
    login = json.loads(ask(base, "/api/v1/auth/login", credentials)[0])
    token = {"Authorization": f"Bearer {login['data']['accessToken']}"}

    def publish(collection, write):
        made, headers = ask(base, f"/api/v1/editorial/{collection}", write, **token)
        path = f"/api/v1/editorial/{collection}/{json.loads(made)['data']['id']}/actions/publish"
        ask(base, path, {}, **token, If_Match=headers["ETag"])
        return json.loads(made)["data"]["id"]

    _, site = ask(base, "/api/v1/editorial/site", **token)
    change = {"webUrl": "https://web.example", "urlPatterns": PATTERNS, "locales": ["vi", "en"]}
    ask(base, "/api/v1/editorial/site", change, "PATCH", **token, If_Match=site["ETag"])
    sections = json.loads(ask(base, "/api/v1/categories")[0])["data"]
    body = {"format": "html", "value": f"<p>{'Nội dung. ' * 50}]]&gt;</p>"}
    article = {"title": NASTY, "summary": NASTY, "body": body, "categoryId": sections[0]["id"], "slug": "la"}
    original = publish("articles", article | {"tags": ["A & B"]})
    publish("articles", article | {"slug": "odd", "locale": "en", "translationOf": original})
    event = publish(
        "events",
        {
            "title": NASTY,
            "slug": "la",
            "kind": "workshop",
            "status": "cancelled",
            "startsAt": "2030-03-31T12:00:00+02:00",
            "endsAt": "2030-03-31T14:00:00+02:00",
            "timezone": "Europe/Berlin",
            "summary": "Một, hai; ba \\ bốn\nnăm " * 20,
            "venue": {"name": "Hội trường, tầng 2", "latitude": 10.5, "longitude": 105.25},
            "onlineUrl": "https://meet.example/a?b=1,2",
        },
    )
    speaker = {"name": "Nguyễn Văn A", "position": "Giám đốc", "organisation": "Sở KH&CN"}
    publish("speeches", {"eventId": event, "kind": "report", "title": NASTY, "slug": "la", "speaker": speaker})


def save(base, folder):
    def keep(path, name):
        document, headers = ask(base, path)
        (folder / name).write_bytes(document)
        if headers["ETag"] is None and name != "robots.txt":
            sys.exit(f"{path} has no ETag")
        return document

    def first(collection):
        return [one["slug"] for one in json.loads(ask(base, f"/api/v1/{collection}")[0])["data"][:5]]

    ways = {"articles": "/feeds/articles", "search": "/feeds/articles"}
    questions = {"articles": "?locale=*&limit=100&content=full", "search": "?q=hoi+nghi"}
    for collection in ["categories", "tags", "people", "events"]:
        for slug in first(collection):
            ways[f"{collection}-{slug}"] = f"/feeds/{collection}/{slug}"
    for name, way in ways.items():
        for ending in ["rss", "atom", "json"]:
            keep(f"{way}.{ending}{questions.get(name, '')}", f"{name}.feed.{ending}")
    newest = keep("/feeds/articles.atom", "newest.feed.atom").decode()
    archive = re.search(r'href="([^"]*)" rel="prev-archive"', newest).group(1).replace("&amp;", "&")
    keep(archive.removeprefix(base), "archive.feed.atom")
    keep("/feeds/events.ics?locale=*&from=2000-01-01", "events.ics")
    for slug in first("categories"):
        keep(f"/feeds/categories/{slug}.ics", f"category-{slug}.ics")
    for slug in first("events"):
        keep(f"/feeds/events/{slug}.ics", f"event-{slug}.ics")
    index = keep("/sitemap.xml", "index.sitemapindex.xml").decode()
    for address in re.findall(r"<loc>([^<]*)</loc>", index):
        path = address.removeprefix(base)
        keep(path, path.rsplit("/", 1)[1].replace(".xml", ".sitemap.xml"))
    keep("/sitemap-news.xml", "news.sitemap.xml")
    keep("/robots.txt", "robots.txt")
    for collection in ["articles", "events"]:
        for slug in first(collection) + ["la"]:
            keep(f"/api/v1/{collection}/{slug}?include=head", f"{collection}-{slug}.head.json")


if __name__ == "__main__":
    main(*sys.argv[1:])
