// Uses the admin page as a person does, and prints what that took as one line of JSON. Times are taken inside the page.
import { chromium } from "playwright-core";

const { CHROMIUM, ADDRESS, EMAIL, PASSWORD } = process.env;
const TURNS = Number(process.env["TURNS"]);
/** Three agents by name, parted by line breaks. */
const AGENTS = process.env["AGENTS"].split("\n");
const STATUSES = ["Pending", "Assigned", "Contacted", "Converted", "Expired", "Lost"];

/** Runs in the page before anything of it does. */
function watch() {
  // What the rows lead to tells them apart.
  const rows = () => Array.from(document.querySelectorAll("tbody .row-link"), (link) => link.pathname).join();
  // The second frame begins when the first one, which shows the change, is done.
  const painted = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  let last = "";
  let clicked = 0;
  let pressed;
  let tasks = [];

  new MutationObserver(async () => {
    const now = rows();
    if (now === last || now === "") return;
    last = now;
    const seen = performance.now();
    await painted();
    const shown = performance.mark("rows painted").startTime;
    // The list that was there when the rows changed, not one that is read anew in the meantime.
    const answers = performance
      .getEntriesByType("resource")
      .filter(({ name, responseEnd }) => name.includes("/api/crm/opportunities?") && responseEnd <= seen);
    // Scrolling shows other rows that were read before.
    if (answers.length === 0) return;
    bench.rows = { painted: shown - answers.at(-1).responseEnd, whole: shown - clicked };
  }).observe(document, { childList: true, characterData: true, subtree: true });

  const collector = new PerformanceObserver((list) => tasks.push(...list.getEntries()));
  collector.observe({ type: "longtask" });
  addEventListener("click", ({ timeStamp }) => (clicked = timeStamp), true);
  addEventListener("pointerdown", ({ timeStamp }) => (pressed ??= timeStamp), true);

  const bench = {
    rows: null,
    /** What is told from here on is of what is done from here on. */
    begin() {
      bench.rows = null;
      performance.clearResourceTimings();
      pressed = undefined;
      tasks = [];
    },
    /** The longest task; the browser tells of none under 50 ms. */
    async longest() {
      await painted();
      tasks.push(...collector.takeRecords());
      return Math.max(0, ...tasks.map(({ duration }) => duration));
    },
    /** Since the first press of the pointer. */
    async seconds() {
      await painted();
      return (performance.now() - pressed) / 1000;
    },
  };
  globalThis.bench = bench;
}

const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"],
});
const context = await browser.newContext({
  baseURL: ADDRESS,
  locale: "en-GB",
  viewport: { width: 1360, height: 860 },
});
context.setDefaultTimeout(60_000);
await context.addInitScript(watch);
const page = await context.newPage();
page.on("pageerror", (error) => {
  throw error;
});

const button = (name) => page.getByRole("button", { name, exact: true });
const option = (name) => page.getByRole("option", { name, exact: true });
const said = (text) => page.getByText(text, { exact: true }).first().waitFor();
const begin = () => page.evaluate(() => globalThis.bench.begin());
const rows = async () => (await page.waitForFunction(() => globalThis.bench?.rows)).jsonValue();
const filter = (name) => page.getByRole("search").getByLabel(name, { exact: true }).first();

/**
 * What the page's main thread does meanwhile. A task's own time is processor time, which leaves out what other programs
 * took of the machine.
 */
async function traced(action) {
  await browser.startTracing(page, { categories: ["disabled-by-default-devtools.timeline", "blink.user_timing"] });
  const result = await action();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const thread = ({ pid, tid }) => `${pid} ${tid}`;
  const mains = traceEvents.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain");
  const main = new Set(mains.map(thread));
  const tasks = traceEvents.filter((event) => event.name === "RunTask" && main.has(thread(event)));
  if (tasks.length === 0) throw new Error("the browser reported no task");
  return { result, tasks, mark: traceEvents.find(({ name }) => name === "rows painted") };
}

/** How soon the rows stand there that something asks for. */
async function shown(action) {
  await begin();
  const { result, tasks, mark } = await traced(async () => {
    await action();
    return rows();
  });
  const own = (milliseconds) => {
    const from = mark.ts - milliseconds * 1000;
    // A task that reaches over an end of the time counts as far as it lies within.
    const within = ({ ts, dur, tdur = 0 }) =>
      dur > 0 ? (tdur * Math.max(0, Math.min(ts + dur, mark.ts) - Math.max(ts, from))) / dur : 0;
    return tasks.reduce((sum, task) => sum + within(task), 0) / 1000;
  };
  return { ...result, ownPainted: own(result.painted), ownWhole: own(result.whole) };
}

async function open() {
  await page.goto("/opportunities");
}

/** The list opened, its next page, another filter, another order. What has been read is forgotten at each opening. */
async function lists(turn) {
  const opened = await shown(open);
  const next = await shown(() => button("Next page").click());
  await filter("Status").click();
  const status = option(STATUSES[turn % STATUSES.length]);
  await status.waitFor();
  const filtered = await shown(() => status.click());
  const sorted = await shown(() => button("Score").click());
  return { opened, next, filtered, sorted };
}

/** The longest task while something is done: as long as it kept the page, and what of that was the page's own work. */
async function longest(action) {
  await begin();
  const { result: wall, tasks } = await traced(async () => {
    await action();
    return page.evaluate(() => globalThis.bench.longest());
  });
  return { wall, own: Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1000 };
}

/** A thousand rows selected in each way that there is. */
async function selecting() {
  const thousand = () => said("1,000 selected");
  const clear = async () => {
    await button("Clear selection").click();
    await said("None selected");
  };
  await open();
  await rows();
  const many = await longest(async () => {
    await button("Select more…").click();
    await page.getByLabel("First", { exact: true }).fill("1000");
    await button("Select").click();
    await thousand();
  });
  await clear();
  const size = await longest(async () => {
    await page.getByLabel("Rows per page", { exact: true }).first().click();
    await option("1,000").click();
    await page.locator('[aria-busy="false"] table[aria-rowcount="1001"]').waitFor();
  });
  const whole = await longest(async () => {
    await page.getByLabel("Select all on this page").click();
    await thousand();
  });
  await clear();
  const range = await longest(async () => {
    await page.locator('tr[aria-rowindex="2"] input').click();
    await page.locator(".table-scroll").evaluate((box) => box.scrollTo(0, box.scrollHeight));
    await page.locator('tr[aria-rowindex="1001"] input').click({ modifiers: ["Shift"] });
    await thousand();
  });
  return { size, whole, range, many };
}

let clicks = 0;
let keys = 0;
async function click(locator) {
  clicks += 1;
  await locator.first().click();
}
async function type(text) {
  keys += [...text].length;
  await page.keyboard.type(text);
}
async function press(key) {
  keys += 1;
  await page.keyboard.press(key);
}

/** Three hundred of the best free leads to three agents, from the list as it opens. */
async function morning(assign) {
  await open();
  await rows();
  await begin();
  [clicks, keys] = [0, 0];
  await assign();
  await said("300 opportunities assigned");
  return { clicks, keys, seconds: await page.evaluate(() => globalThis.bench.seconds()) };
}

async function pickAgents(label) {
  await click(page.getByLabel(label, { exact: true }));
  for (const name of AGENTS) {
    await type(name.slice(0, 4));
    await click(option(new RegExp(name)));
  }
  await press("Tab");
}

async function byDealing() {
  await click(page.getByRole("link", { name: "Distribute", exact: true }));
  await pickAgents("Agents");
  // The key that left the names is in the first number; between two numbers lies a button.
  for (const name of AGENTS) {
    if (name !== AGENTS[0]) {
      await press("Tab");
      await press("Tab");
    }
    await type("100");
  }
  await click(button("Distribute 300"));
}

async function byList() {
  await click(filter("Status"));
  await click(option("Pending"));
  await page.waitForURL(/status=pending/);
  await click(filter("Assigned to"));
  await click(option("Unassigned"));
  await page.waitForURL(/assigned_to=none/);
  await click(button("Score"));
  await page.waitForURL(/sort_by=opportunity_score/);
  await click(button("Select more…"));
  await click(page.getByLabel("First", { exact: true }));
  await press("Control+A");
  await type("300");
  await click(button("Select"));
  await said("300 selected");
  await click(button("Assign"));
  await pickAgents("Assign to");
  await click(button("Assign 300"));
}

try {
  await page.goto("/");
  await page.getByLabel("Email", { exact: true }).fill(EMAIL);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await button("Sign in").click();
  await rows();

  const found = { lists: [], selecting: [], morning: [] };
  for (let turn = 0; turn < TURNS; turn += 1) found.lists.push(await lists(turn));
  for (let turn = 0; turn < TURNS; turn += 1) found.selecting.push(await selecting());
  for (let turn = 0; turn < TURNS; turn += 1) {
    found.morning.push({ dealing: await morning(byDealing), listing: await morning(byList) });
  }
  console.log(JSON.stringify(found));
} finally {
  await browser.close();
}
