import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The user that PostgreSQL runs as: it refuses to run as root. */
interface Account {
  uid?: number;
  gid?: number;
}

function account(): Account {
  if (process.getuid?.() !== 0) return {};
  const users = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const one = users.find(([name]) => name === "postgres") ?? users.find(([name]) => name === "nobody");
  if (one === undefined) throw new Error("PostgreSQL does not run as root, and there is no user postgres or nobody");
  return { uid: Number(one[2]), gid: Number(one[3]) };
}

/** The folder of the newest server programs. */
function programs(): string {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).sort((one, other) => Number(other) - Number(one)) : [];
  const folders = [...versions.map((version) => join(root, version, "bin")), "/usr/local/bin", "/usr/bin"];
  const found = folders.find((folder) => existsSync(join(folder, "initdb")));
  if (found === undefined) throw new Error("PostgreSQL's server programs are missing: apt-get install postgresql");
  return found;
}

const SETTINGS = `
listen_addresses = ''
fsync = off
synchronous_commit = off
full_page_writes = off
`;

/** A temporary PostgreSQL server, deleted when stopped. */
export class Cluster {
  readonly #folder: string;
  readonly #child: ChildProcess;

  private constructor(folder: string, child: ChildProcess) {
    this.#folder = folder;
    this.#child = child;
  }

  /** The URL of its only database, through a socket, so that no port is needed. */
  get url(): string {
    return `postgres://reparto@${encodeURIComponent(this.#folder)}/postgres`;
  }

  static async start(): Promise<Cluster> {
    const [bin, as] = [programs(), account()];
    const folder = mkdtempSync(join(tmpdir(), "reparto-pg-"));
    if (as.uid !== undefined && as.gid !== undefined) chownSync(folder, as.uid, as.gid);
    const data = join(folder, "data");
    const options = ["--username=reparto", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"];
    const made = spawnSync(join(bin, "initdb"), [...options, "-D", data], { ...as, cwd: "/", encoding: "utf8" });
    if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
    writeFileSync(join(data, "postgresql.auto.conf"), `${SETTINGS}unix_socket_directories = '${folder}'\n`);
    const child = spawn(join(bin, "postgres"), ["-D", data], { ...as, cwd: "/", stdio: ["ignore", "ignore", "pipe"] });
    process.once("exit", () => child.kill("SIGQUIT"));
    let said = "";
    await new Promise<void>((resolve, reject) => {
      child.on("error", reject);
      child.on("exit", (code) => reject(new Error(`postgres ended with ${code}\n${said}`)));
      child.stderr?.on("data", (text: Buffer) => {
        said += text.toString();
        if (said.includes("ready to accept connections")) resolve();
      });
    });
    return new Cluster(folder, child);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const gone = new Promise((resolve) => this.#child.once("exit", resolve));
      // SIGQUIT stops it at once: its data is not needed any more.
      this.#child.kill("SIGQUIT");
      await gone;
    }
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 10 });
  }
}
