// Counts a visit with Bantin: see visits-snippet.md.
(function (page) {
  var url = page.api.replace(/\/$/, "") + "/api/v1/visits";
  function count() {
    // Not before somebody looks: a page may be fetched ahead, or opened in a tab behind.
    if (document.visibilityState === "hidden")
      return document.addEventListener("visibilitychange", count, { once: true });
    var hit = {}, from = document.referrer;
    if (page.kind && page.id) hit[page.kind + "Id"] = page.id;
    else hit.path = location.pathname.slice(0, 300);
    if (from && from.indexOf(location.origin + "/") !== 0) hit.referrer = from.slice(0, 1000);
    if (self.crypto && crypto.randomUUID) hit.hitId = crypto.randomUUID();
    // Text, so that no browser asks for leave first. A beacon outlives the page; where there is none, or
    // it is refused, a request does, and is sent again: with its hitId it counts once.
    var body = JSON.stringify(hit), send = function (tries) {
      var again = function () { if (tries > 1) setTimeout(send, 2000, tries - 1); };
      fetch(url, { method: "POST", body: body, keepalive: true, credentials: "omit" })
        .then(function (answer) { if (answer.status === 429 || answer.status === 503) again(); }, again);
    };
    if (!navigator.sendBeacon || !navigator.sendBeacon(url, body)) send(hit.hitId ? 3 : 1);
  }
  count();
})(document.currentScript.dataset);
