/**
 * An edge in real workerd before a real gateway: between them a proxy that counts, and fails where a test says so.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request as requestHttp, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { openLocalService } from "../../src/cli/open-local-service.ts";
import { type Gateway, startGateway } from "../../src/cli/run-gateway.ts";
import { type Config, readConfig } from "../../src/config.ts";
import { createSecret, hashSecret, type Key, toHashedRow } from "../../src/keys/index.ts";
import { createLog } from "../../src/log.ts";

const root = join(import.meta.dirname, "../..");
/** What edge and origin sign with. */
export const EDGE_SECRET = "a-secret-of-the-edge-for-tests-only";

const home = mkdtempSync(join(tmpdir(), "sluice-test-"));
process.on("exit", () => rmSync(home, { recursive: true, force: true }));
Object.assign(process.env, { WRANGLER_SEND_METRICS: "false", WRANGLER_LOG: "none", XDG_CONFIG_HOME: home });

function findWorkerd(): string {
	const wrangler = createRequire(import.meta.url).resolve("wrangler");
	return (createRequire(wrangler)("workerd") as { default: string }).default;
}

/** Why workerd cannot run on this machine, said aloud; false where it can. */
export function checkWorkerd(): string | false {
	const { error, status } = spawnSync(findWorkerd(), ["--version"], { stdio: "ignore", timeout: 10_000 });
	if (error === undefined && status === 0) return false;
	process.stderr.write("!! workerd does not run here: the tests that need it are SKIPPED\n");
	return `SKIPPED: workerd does not run here (${error?.message ?? `status ${status}`})`;
}

/** A key, and what it is kept as. */
export interface TestKey {
	readonly secret: string;
	readonly row: object;
}

/** A new key for these tests. */
export function makeKey(of: Partial<Key> = {}): TestKey {
	const { id, secret } = createSecret();
	const key: Key = {
		...{ id, name: "test", tenant: "default", scopes: ["moderate", "batch", "guard"], expiresMs: null, grant: {} },
		...{ limits: { requestsPerMinute: null, charactersPerMinute: null }, createdMs: 0, revokedMs: null },
		...of,
	};
	return { secret, row: toHashedRow({ hash: hashSecret(secret), key }) };
}

/** A gateway that can be stopped and started again on its port. */
export interface TestOrigin {
	readonly url: string;
	stop(): Promise<void>;
	start(): Promise<void>;
	close(): Promise<void>;
}

/** Starts the gateway of `sluice serve` with the shipped model. */
export async function startOrigin(settings: Record<string, string> = {}): Promise<TestOrigin> {
	const folder = mkdtempSync(join(tmpdir(), "sluice-test-"));
	const configOf = (port: number): Config =>
		readConfig(
			{},
			{
				...{ PORT: String(port), SLUICE_MODEL: join(root, "models/sluice-guard") },
				...{ SLUICE_POLICIES: join(root, "policies"), SLUICE_CACHE_DIR: join(root, ".cache") },
				...{ SLUICE_DATA_DIR: join(folder, "data"), SLUICE_EDGE_SECRET: EDGE_SECRET, SLUICE_REQUIRE_KEYS: "1" },
				...settings,
			},
		);
	let gateway: Gateway | undefined;
	const open = async (port: number): Promise<Gateway> => {
		gateway = await startGateway(configOf(port), openLocalService, createLog({ level: "silent", write: () => {} }));
		await gateway.ready();
		return gateway;
	};
	const { url } = await open(0);
	const stop = async (): Promise<void> => {
		await gateway?.close();
		gateway = undefined;
	};
	return {
		url,
		stop,
		start: async () => void (await open(Number(new URL(url).port))),
		async close() {
			await stop();
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

/** What a proxy sees of a request. */
export interface SeenRequest {
	readonly method: string;
	readonly path: string;
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
	readonly body: string;
}

/** A proxy before the origin. */
export interface FaultProxy {
	readonly url: string;
	readonly seen: SeenRequest[];
	/** Replaces the origin's answer, which has been given by then, where it gives a status. */
	fault: ((request: SeenRequest) => number | undefined) | undefined;
	/** Connections of callers that ended before their answer did. */
	readonly aborted: string[];
	close(): Promise<void>;
}

/** Starts a proxy; answers stream through, bodies of requests are read first. */
export async function startFaultProxy(origin: { readonly url: string }): Promise<FaultProxy> {
	const seen: SeenRequest[] = [];
	const aborted: string[] = [];
	const server: Server = createServer(async (incoming, outgoing) => {
		const chunks: Buffer[] = [];
		for await (const chunk of incoming) chunks.push(chunk as Buffer);
		const body = Buffer.concat(chunks);
		const { method = "GET", url: path = "/", headers } = incoming;
		const request = { method, path, headers, body: body.toString() };
		seen.push(request);
		const onward = requestHttp(origin.url + path, { method, headers: { ...headers, connection: "close" } });
		onward.on("error", () => outgoing.destroy());
		outgoing.on("close", () => {
			if (outgoing.writableFinished) return;
			aborted.push(path);
			onward.destroy();
		});
		onward.on("response", (answer) => {
			const status = proxy.fault?.(request);
			if (status === undefined) {
				outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
				answer.pipe(outgoing);
				answer.on("error", () => outgoing.destroy());
				return;
			}
			answer.resume();
			answer.on("end", () => outgoing.writeHead(status).end());
		});
		onward.end(body);
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const proxy: FaultProxy = {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		...{ seen, aborted, fault: undefined },
		async close() {
			server.closeAllConnections();
			server.close();
			await once(server, "close");
		},
	};
	return proxy;
}

/** A running edge. */
export interface TestEdge {
	readonly url: string;
	close(): Promise<void>;
}

/** Starts `wrangler.toml`'s worker in workerd. */
export async function startEdge(
	vars: Record<string, string>,
	keys: readonly TestKey[],
	secret: string = EDGE_SECRET,
): Promise<TestEdge> {
	const { createTestHarness } = await import("wrangler");
	const harness = createTestHarness({
		root,
		workers: [
			{
				configPath: "wrangler.toml",
				vars: { SLUICE_RETRY_SECONDS: "0", ...vars },
				secrets: { SLUICE_EDGE_SECRET: secret, SLUICE_KEYS: JSON.stringify({ keys: keys.map(({ row }) => row) }) },
			},
		],
	});
	const { url } = await harness.listen();
	return { url: url.href.replace(/\/$/, ""), close: () => harness.close() };
}

/** Bundles the worker as it would be deployed, into a folder. */
export async function buildEdge(folder: string): Promise<void> {
	const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");
	const child = spawn(process.execPath, [wrangler, "deploy", "--dry-run", "--outdir", folder], {
		...{ cwd: root, stdio: ["ignore", "pipe", "pipe"] },
	});
	let said = "";
	for (const stream of [child.stdout, child.stderr])
		stream!.on("data", (data) => {
			said += String(data);
		});
	const [code] = await once(child, "exit");
	if (code !== 0) throw new Error(said);
}

/** Runs the bundle in workerd with nothing around it. There is no queue and nothing is remembered. */
export async function startWorkerd(
	bundle: string,
	vars: Record<string, string>,
	keys: readonly TestKey[],
): Promise<TestEdge> {
	const all = {
		...vars,
		SLUICE_EDGE_SECRET: EDGE_SECRET,
		SLUICE_KEYS: JSON.stringify({ keys: keys.map(({ row }) => row) }),
	};
	const bindings = Object.entries(all).map(([name, text]) => `(name = "${name}", text = ${JSON.stringify(text)})`);
	const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
	services = [ (name = "edge", worker = .edge), (name = "internet", network = (allow = ["private", "local"])) ],
	sockets = [ (name = "http", address = "127.0.0.1:0", http = (), service = "edge") ]
);
const edge :Workerd.Worker = (
	modules = [ (name = "edge.js", esModule = embed "edge.js") ],
	compatibilityDate = "2026-10-20", compatibilityFlags = ["enable_request_signal"],
	bindings = [ ${bindings.join(", ")} ]
);`;
	writeFileSync(join(bundle, "workerd.capnp"), config);
	const child = spawn(findWorkerd(), ["serve", "workerd.capnp", "--control-fd=3"], {
		...{ cwd: bundle, stdio: ["ignore", "ignore", "ignore", "pipe"] },
	});
	let port: number | undefined;
	for await (const line of createInterface({ input: child.stdio[3] as Readable })) {
		const told = JSON.parse(line) as { event: string; port?: number };
		if (told.event !== "listen") continue;
		port = told.port;
		break;
	}
	return {
		url: `http://127.0.0.1:${port}`,
		async close() {
			const gone = once(child, "exit");
			child.kill("SIGKILL");
			await gone;
		},
	};
}
