// Counts a visit with Bantin: see visits-snippet.md.
(function (page) {
  var url = page.api.replace(/\/$/, "") + "/api/v1/visits", hit = {}, from = document.referrer, body, isOpen;
  function count() {
    // Not before somebody looks: a page may be fetched ahead, or opened in a tab behind.
    if (document.visibilityState === "hidden")
      return document.addEventListener("visibilitychange", count, { once: true });
    if (page.kind && page.id) hit[page.kind + "Id"] = page.id;
    else hit.path = location.pathname.slice(0, 300);
    if (from && from.indexOf(location.origin + "/") !== 0) hit.referrer = from.slice(0, 1000);
    hit.hitId = "10000000-1000-4000-8000-100000000000".replace(/[018]/g, function (digit) {
      return (digit ^ crypto.getRandomValues(new Uint8Array(1))[0] & 15 >> digit / 4).toString(16);
    });
    body = JSON.stringify(hit), isOpen = true, send(3);
    // Who leaves before there is an answer sends it once more, so that it outlives the page.
    addEventListener("pagehide", function () { if (isOpen && navigator.sendBeacon) navigator.sendBeacon(url, body); });
  }
  function send(tries) { // Text, so that no browser asks for leave first. With its hitId, it counts once.
    var again = function (seconds) { if (tries > 1) setTimeout(send, 1000 * (seconds || 2), tries - 1); };
    fetch(url, { method: "POST", body: body, keepalive: true, credentials: "omit" }).then(function (answer) {
      if (answer.status === 429 || answer.status > 499) again(answer.headers.get("Retry-After")); else isOpen = false;
    }, function () { again(); });
  }
  count();
})(document.currentScript.dataset);
