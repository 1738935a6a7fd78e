// Opens a page in headless Chromium by its debugging protocol and says as JSON what it saw:
//   node look.mjs CHROMIUM PAGE AXE [FOLDER]
// `FOLDER` gets pictures of the page at both widths, light and dark, and as it is printed.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [chromium, page, axe, folder] = process.argv.slice(2);
const profile = mkdtempSync(join(tmpdir(), "look-"));
const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0", `--user-data-dir=${profile}`];
const browser = spawn(chromium, [...flags, "about:blank"], { stdio: ["ignore", "ignore", "pipe"] });
const address = await new Promise((found, failed) => {
  let said = "";
  browser.stderr.on("data", (text) => {
    said += text;
    const match = said.match(/ws:\/\/127\.0\.0\.1:(\d+)\//);
    if (match) found(`http://127.0.0.1:${match[1]}`);
  });
  browser.on("exit", () => failed(new Error(said)));
});
const [{ webSocketDebuggerUrl }] = (await (await fetch(`${address}/json`)).json()).filter((one) => one.type === "page");
const socket = new WebSocket(webSocketDebuggerUrl);
await new Promise((opened) => socket.addEventListener("open", opened));
const waiting = new Map();
const heard = [];
let last = 0;
socket.addEventListener("message", ({ data }) => {
  const message = JSON.parse(data);
  if (message.id) waiting.get(message.id)(message);
  else heard.push(message);
});
const call = (method, params = {}) =>
  new Promise((done, failed) => {
    const id = ++last;
    waiting.set(id, (message) => (message.error ? failed(new Error(`${method}: ${message.error.message}`)) : done(message.result)));
    socket.send(JSON.stringify({ id, method, params }));
  });
const evaluate = async (expression) => {
  const { result, exceptionDetails } = await call("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result.value;
};
const wide = (width, height = 900) => call("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: width < 700 });
const scheme = (value) => call("Emulation.setEmulatedMedia", { media: "", features: [{ name: "prefers-color-scheme", value }] });
const picture = async (name) => {
  if (!folder) return;
  const { data } = await call("Page.captureScreenshot", { captureBeyondViewport: true });
  writeFileSync(join(folder, `${name}.png`), Buffer.from(data, "base64"));
};

for (const domain of ["Page", "Runtime", "Log", "Network"]) await call(`${domain}.enable`);
await wide(1280);
const loaded = new Promise((done) => {
  const look = () => (heard.some((one) => one.method === "Page.loadEventFired") ? done() : setTimeout(look, 20));
  look();
});
await call("Page.navigate", { url: page });
await loaded;

const seen = { overflow: {}, outside: {}, axe: {} };
const OUTSIDE = `[...document.querySelectorAll('.map .node')].filter(node => {
  const box = node.querySelector('rect').getBBox();
  return [...node.querySelectorAll('text')].some(text => { const b = text.getBBox(); return b.x + b.width > box.x + box.width + 1; });
}).map(node => node.textContent)`;
for (const width of [1280, 390]) {
  await wide(width);
  seen.overflow[width] = await evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
  seen.outside[width] = await evaluate(OUTSIDE);
  for (const colours of ["light", "dark"]) {
    await scheme(colours);
    await picture(`${width}-${colours}`);
  }
}
await wide(1280);
await scheme("light");
if (folder) {
  const { data } = await call("Page.printToPDF", {});
  writeFileSync(join(folder, "print.pdf"), Buffer.from(data, "base64"));
}

seen.anchors = await evaluate(`[...document.querySelectorAll('[id^=finding-]')].map(one => {
  location.hash = one.id; const box = one.getBoundingClientRect(); return [one.id, box.top >= -2 && box.top < innerHeight]; })`);
seen.links = await evaluate("[...document.querySelectorAll('a')].map(a => a.getAttribute('href'))");

await evaluate("location.hash = ''; document.activeElement.blur(); scrollTo(0, 0)");
await call("Page.bringToFront");
await call("Emulation.setFocusEmulationEnabled", { enabled: true });
for (const type of ["mousePressed", "mouseReleased"]) await call("Input.dispatchMouseEvent", { type, x: 3, y: 3, button: "left", clickCount: 1 });
const walked = [];
for (let step = 0; step < 400; step++) {
  for (const type of ["rawKeyDown", "keyUp"]) await call("Input.dispatchKeyEvent", { type, key: "Tab", code: "Tab", windowsVirtualKeyCode: 9 });
  const at = await evaluate(`(() => { const e = document.activeElement; if (!e || e === document.body) return {};
    const ways = [...e.querySelectorAll?.('.way') ?? []].map(way => Number(getComputedStyle(way).opacity));
    return { work: e.classList.contains('work'), label: e.getAttribute('aria-label'), lit: ways.every(one => one === 1) }; })()`);
  if (!('work' in at) && step > 3) break;
  if (at.work) walked.push(at);
}
seen.walked = walked;
seen.workloads = await evaluate("[...document.querySelectorAll('.map .work')].map(one => one.getAttribute('aria-label'))");

seen.errors = heard
  .filter((one) => one.method === "Runtime.exceptionThrown" || (one.method === "Log.entryAdded" && one.params.entry.level === "error") ||
    (one.method === "Runtime.consoleAPICalled" && one.params.type === "error"))
  .map((one) => JSON.stringify(one.params).slice(0, 400));
seen.requests = heard.filter((one) => one.method === "Network.requestWillBeSent").map((one) => one.params.request.url);

if (axe) {
  const source = readFileSync(axe, "utf8");
  for (const colours of ["light", "dark"]) {
    await scheme(colours);
    await evaluate(`${source}; 0`);
    seen.axe[colours] = await evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(found => [found.passes.length, found.violations.map(one =>
      [one.impact, one.id, one.help, one.nodes.slice(0, 3).map(node => node.html.slice(0, 160) + ' ' + node.failureSummary.slice(0, 200))])])`);
  }
}
process.stdout.write(JSON.stringify(seen));
browser.kill();
browser.on("exit", () => rmSync(profile, { recursive: true, force: true, maxRetries: 5 }));
setTimeout(() => process.exit(0), 1500);
