// Keeps the card's page, its styles and its scripts on the phone, so that it opens without a network. It keeps nothing of the member:
// that is in the page's own store.
"use strict";

const KEPT = "card-1";
const PAGE = "/card";
// A network that is there and does not answer, as in a cellar: then the kept page is shown.
const PATIENCE_MS = 3000;

async function keep(answer) {
  const cache = await caches.open(KEPT);
  const text = await answer.clone().text();
  const assets = [...text.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map((found) => found[1]);
  const missing = [];
  for (const asset of assets) {
    if (!(await cache.match(asset))) missing.push(asset);
  }
  await cache.addAll(missing);
  await cache.put(PAGE, answer);
  for (const request of await cache.keys()) {
    const path = new URL(request.url).pathname;
    if (path !== PAGE && !assets.includes(path)) await cache.delete(request);
  }
}

self.addEventListener("install", (event) => {
  event.waitUntil(fetch(PAGE, { cache: "no-store" }).then((answer) => {
    if (!answer.ok || answer.redirected) throw new Error("no page to keep");
    return keep(answer);
  }).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(self.clients.claim());
});

async function page(event) {
  const cut = new AbortController();
  const timer = setTimeout(() => cut.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(event.request.url, { signal: cut.signal, cache: "no-store", credentials: "same-origin" });
    if (!answer.ok || answer.redirected) throw new Error("no page");
    event.waitUntil(keep(answer.clone()).catch(() => {}));
    return answer;
  } catch (error) {
    return (await caches.match(PAGE)) || Response.error();
  } finally {
    clearTimeout(timer);
  }
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && (url.pathname === PAGE || url.pathname === "/card/pair")) {
    event.respondWith(page(event));
  } else if (url.pathname.startsWith("/assets/")) {
    event.respondWith(caches.match(event.request).then((kept) => kept || fetch(event.request)));
  }
});
