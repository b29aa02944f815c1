// Reads what collect.py saved, with programs that know nothing of Bantin: feedsmith, ical.js, and the parsers of
// the package sitemap. Usage: node read.mjs FOLDER

import assert from "node:assert/strict";
import { createReadStream, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseFeed } from "feedsmith";
import ICAL from "ical.js";
import { parseSitemap, parseSitemapIndex } from "sitemap";

// What a parser only warns of is wrong as well.
for (const name of ["warn", "error"]) console[name] = (...said) => assert.fail(said.join(" "));

const folder = process.argv[2];
const files = readdirSync(folder).sort();
const counts = {};

async function each(ending, read) {
  const found = files.filter((name) => name.endsWith(ending));
  assert.notEqual(found.length, 0, `nothing to read: ${ending}`);
  for (const name of found) {
    try {
      await read(join(folder, name));
    } catch (error) {
      throw new Error(`${name}: ${error.message}`, { cause: error });
    }
  }
  counts[ending] = found.length;
}

function feedOf(format) {
  return (file) => {
    const { format: found, feed } = parseFeed(readFileSync(file, "utf8"));
    assert.equal(found, format);
    assert.ok(feed.title);
    for (const entry of feed.items ?? feed.entries ?? []) {
      const id = entry.guid?.value ?? entry.id;
      assert.match(id, /^urn:uuid:[0-9a-f-]{36}$/);
      if (format === "rss") {
        assert.equal(entry.guid.isPermaLink, false);
        assert.ok(!Number.isNaN(Date.parse(entry.pubDate)), entry.pubDate);
      }
    }
  };
}

function calendar(file) {
  const component = new ICAL.Component(ICAL.parse(readFileSync(file, "utf8")));
  assert.equal(component.getFirstPropertyValue("version"), "2.0");
  const zones = component.getAllSubcomponents("vtimezone").map((zone) => new ICAL.Timezone(zone));
  const names = zones.map((zone) => zone.tzid);
  for (const one of component.getAllSubcomponents("vevent")) {
    const event = new ICAL.Event(one);
    assert.ok(event.uid && event.summary && event.startDate);
    assert.ok(Number.isInteger(event.sequence));
    const zone = one.getFirstProperty("dtstart").getParameter("tzid");
    assert.ok(zone === undefined || names.includes(zone), `no VTIMEZONE for ${zone}`);
    if (one.getFirstProperty("dtend")) assert.ok(event.endDate.compare(event.startDate) > 0);
  }
}

async function sitemap(file) {
  for (const one of await parseSitemap(createReadStream(file))) assert.match(one.url, /^https?:\/\//);
}

async function index(file) {
  const all = await parseSitemapIndex(createReadStream(file));
  assert.notEqual(all.length, 0);
}

await each(".feed.rss", feedOf("rss"));
await each(".feed.atom", feedOf("atom"));
await each(".feed.json", feedOf("json"));
await each(".ics", calendar);
await each(".sitemap.xml", sitemap);
await each(".sitemapindex.xml", index);
console.log("feedsmith, ical.js, sitemap:", counts);
