import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const PASSWORD = "reparto-demo-1";
export const ADMIN = "admin@example.org";

/** The program under test: the one built by `cargo build`, or the one named in the environment. */
export function binary(): string {
  const built = fileURLToPath(new URL("../../target/debug/reparto", import.meta.url));
  const path = process.env["REPARTO_BIN"] ?? built;
  if (!existsSync(path)) throw new Error(`${path} is not there: cargo build -p reparto-cli`);
  return path;
}

/** Runs a subcommand to its end. */
export function run(args: string[], input = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(binary(), args, { stdio: ["pipe", "pipe", "pipe"] });
    let out = "";
    let err = "";
    child.stdout.on("data", (data: Buffer) => {
      out += data.toString();
    });
    child.stderr.on("data", (data: Buffer) => {
      err += data.toString();
    });
    child.on("error", reject);
    child.on("exit", (code) => (code === 0 ? resolve(out) : reject(new Error(`reparto ${args[0]}: ${code}\n${err}`))));
    child.stdin.end(input);
  });
}

/** Fills a database with demo data, and nothing that was done about them: tests count what they do themselves. */
export function demo(database: string, opportunities: number): Promise<string> {
  const size = ["--opportunities", String(opportunities), "--agents", "12", "--seed", "1"];
  return run(["demo", ...size, "--no-history", "--password-stdin", "--database-url", database], PASSWORD);
}

/** The first port of the range that the system uses for outgoing connections. */
function firstGiven(): number {
  const file = "/proc/sys/net/ipv4/ip_local_port_range";
  return existsSync(file) ? Number.parseInt(readFileSync(file, "utf8"), 10) : 32_768;
}

/** A free port outside that range, so that no connection takes it while the program is down. */
async function freePort(): Promise<number> {
  while (true) {
    const port = randomInt(15_000, Math.max(firstGiven(), 16_000));
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.on("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

/** Running processes; none outlives the tests, however they end. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Settings of a service under test. */
export interface Setting {
  /** The URL of another database, in place of a copy of the demo database. */
  database?: string;
  /** Starts with an empty database. */
  empty?: boolean;
  /** Fills the database with this URL before the service starts. */
  fill?: (database: string) => Promise<unknown>;
  /** Further settings, as environment variables. */
  env?: Record<string, string>;
}

/** A running service with a database of its own. */
export class Program {
  readonly url: string;
  readonly #folder: string;
  readonly #port: number;
  readonly #setting: Setting;
  #child: ChildProcess | null = null;
  #said = "";

  private constructor(folder: string, port: number, setting: Setting) {
    this.#folder = folder;
    this.#port = port;
    this.#setting = setting;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Serves a copy of the demo database made by the setup, unless the settings say otherwise. */
  static async start(setting: Setting = {}): Promise<Program> {
    const folder = mkdtempSync(join(tmpdir(), "reparto-e2e-"));
    if (setting.database === undefined && setting.fill === undefined && !setting.empty) {
      const demo = process.env["REPARTO_E2E_DEMO"];
      if (demo === undefined) throw new Error("the setup made no demo database");
      copyFileSync(demo, join(folder, "reparto.db"));
    }
    const program = new Program(folder, await freePort(), setting);
    await setting.fill?.(program.#database);
    await program.up();
    return program;
  }

  get #database(): string {
    return this.#setting.database ?? `sqlite:${join(this.#folder, "reparto.db")}`;
  }

  /** The service's standard output since it was last started. */
  get said(): string {
    return this.#said;
  }

  async up(): Promise<void> {
    const args = ["serve", "--listen", `127.0.0.1:${this.#port}`, "--database-url", this.#database];
    this.#said = "";
    const child = spawn(binary(), args, {
      stdio: ["ignore", "pipe", "pipe"],
      // Each test signs in, on a fast machine more often than the limit allows.
      env: { ...process.env, REPARTO_LOG: "warn", REPARTO_LOGIN_RATE_LIMIT: "1000/60", ...this.#setting.env },
    });
    running.add(child);
    child.once("exit", () => running.delete(child));
    let err = "";
    child.stdout?.on("data", (data: Buffer) => {
      this.#said += data.toString();
    });
    child.stderr?.on("data", (data: Buffer) => {
      err += data.toString();
    });
    this.#child = child;
    while (!(await this.#ready())) {
      if (!running.has(child)) throw new Error(`the program ended with ${child.exitCode ?? child.signalCode}\n${err}`);
    }
  }

  /** Stops the service; its database stays. */
  async down(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || !running.has(child)) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await gone;
  }

  /** Slows the service down while an action runs, so that a job is still running after it. */
  async slowed<T>(action: () => Promise<T>): Promise<T> {
    const child = this.#child;
    const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
    let over = false;
    const slowing = (async () => {
      while (!over) {
        child?.kill("SIGSTOP");
        await pause(90);
        child?.kill("SIGCONT");
        await pause(10);
      }
    })();
    try {
      return await action();
    } finally {
      over = true;
      await slowing;
    }
  }

  async stop(): Promise<void> {
    await this.down();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #ready(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/readyz`)).ok;
    } catch {
      // Yields to the event loop between two attempts; the loop ends when the program does.
      await new Promise((resolve) => setTimeout(resolve, 25));
      return false;
    }
  }
}
