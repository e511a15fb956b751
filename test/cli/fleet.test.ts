/** Two gateways and three workers as processes of their own over one Redis, by the commands that the pages print. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, it } from "node:test";
import { startRedis, type TestRedis } from "../queue/redis-server.ts";

const root = join(import.meta.dirname, "../..");
const main = join(root, "src/cli/main.ts");
const shipped = existsSync(join(root, "models/sluice-guard/model.safetensors"));

/** The arguments of every `npm run sluice` line in a chapter. */
function readCommands(chapter: string): string[][] {
	const page = readFileSync(join(root, "docs/operations.md"), "utf8");
	const text = page.split(/^## /m).find((part) => part.startsWith(`${chapter}\n`)) ?? "";
	return [...text.matchAll(/^npm run sluice -- (.+)$/gm)].map(([, line]) => line!.split(" "));
}

interface Started {
	readonly child: ChildProcess;
	readonly url: string;
	readonly lines: string[];
}

describe("a fleet, by the commands of docs/operations.md", { timeout: 100_000 }, () => {
	const commands = readCommands("Several machines");
	const of = (name: string): string[][] => commands.filter(([first]) => first === name);
	const started: Started[] = [];
	let folder = "";
	let redis: TestRedis | undefined;
	let gateways: Started[] = [];
	let workers: Started[] = [];
	const env = { PATH: process.env.PATH ?? "", SLUICE_CACHE_DIR: join(root, ".cache"), SLUICE_THREADS: "1" };

	const place = (args: readonly string[], owner = ""): string[] =>
		args.map((arg) =>
			arg
				.replace("redis://127.0.0.1:6379", redis!.url)
				.replace(/^808\d$/, "0")
				.replace("./data", join(folder, "data"))
				.replace("http://127.0.0.1:8080", owner),
		);
	/** Starts a process and waits for a line of its log. */
	const start = async (args: readonly string[], until: string): Promise<Started> => {
		const child = spawn(process.execPath, [main, ...args], { env, stdio: ["ignore", "inherit", "pipe"] });
		const lines: string[] = [];
		let url = "";
		const seen = Promise.withResolvers<void>();
		createInterface({ input: child.stderr! }).on("line", (line) => {
			lines.push(line);
			const { msg, url: at } = JSON.parse(line) as { msg: string; url?: string };
			url = at ?? url;
			if (msg === until) seen.resolve();
		});
		child.once("exit", () => seen.reject(new Error(`${args[0]} ended: ${lines.join("\n")}`)));
		started.push({ child, url, lines });
		await seen.promise;
		return { child, url, lines };
	};
	const end = async ({ child }: Started, signal: "SIGTERM" | "SIGKILL"): Promise<number | null> => {
		if (child.exitCode === null && child.signalCode === null) {
			const gone = once(child, "exit");
			child.kill(signal);
			await gone;
		}
		return child.exitCode;
	};
	const ask = (url: string, input: unknown, deadlineMs = 20_000): Promise<Response> =>
		fetch(`${url}/v1/classify`, {
			method: "POST",
			headers: { "content-type": "application/json", "x-sluice-deadline-ms": String(deadlineMs) },
			body: JSON.stringify({ input }),
		});

	before(async () => {
		folder = await mkdtemp(join(tmpdir(), "sluice-fleet-"));
		redis = shipped ? await startRedis() : undefined;
		if (redis === undefined) return;
		const [first, second] = of("gateway") as [string[], string[]];
		const owner = await start(place(first), "listening");
		assert.equal((await fetch(`${owner.url}/readyz`)).status, 503, "nobody judges yet");
		const launched = Array.from({ length: 3 }, () => start(place(of("worker")[0]!), "ready"));
		gateways = [owner, await start(place(second, owner.url), "ready")];
		workers = await Promise.all(launched);
	});
	after(async () => {
		for (const one of started) await end(one, "SIGKILL");
		await redis?.stop();
		await rm(folder, { recursive: true, force: true });
	});
	const step = (name: string, work: () => Promise<void>): void => {
		it(name, async (t) => {
			if (redis === undefined) return t.skip(shipped ? "redis-server is not installed" : "no model");
			await work();
		});
	};

	it("the page has a worker, two gateways, one of them the owner of the records, and the stats", () => {
		assert.deepEqual(
			commands.map(([name]) => name),
			["worker", "gateway", "gateway", "queue"],
		);
		assert.equal(of("gateway").filter((args) => args.includes("--data")).length, 1);
	});
	step("both gateways judge, and give a text the same risks", async () => {
		const answers = await Promise.all(gateways.map(async ({ url }) => (await ask(url, ["you idiot", "hello"])).json()));
		const risks = answers.map((answer) =>
			(answer as { results: { risk: number; action: string }[] }).results.map(({ risk, action }) => [risk, action]),
		);
		assert.deepEqual(risks[0], risks[1]);
		assert.notEqual(risks[0]![0]![1], "allow");
		assert.equal(risks[0]![1]![1], "allow");
	});
	step("a batch given to one gateway is judged by the workers and read from the other", async () => {
		const lines = Array.from({ length: 100 }, (_, i) =>
			JSON.stringify({ custom_id: `c${i}`, method: "POST", url: "/v1/moderations", body: { input: `text ${i}` } }),
		);
		const form = new FormData();
		form.append("purpose", "batch");
		form.append("file", new Blob([lines.join("\n")]), "in.jsonl");
		const [owner, other] = gateways.map(({ url }) => url) as [string, string];
		const file = (await (await fetch(`${other}/v1/files`, { method: "POST", body: form })).json()) as { id: string };
		const created = await fetch(`${other}/v1/batches`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify({ input_file_id: file.id, endpoint: "/v1/moderations", completion_window: "24h" }),
		});
		const { id } = (await created.json()) as { id: string };
		let batch: { status: string; output_file_id: string };
		do {
			batch = (await (await fetch(`${owner}/v1/batches/${id}`)).json()) as typeof batch;
		} while (["validating", "in_progress", "finalizing"].includes(batch.status) && (await untilLater()));
		assert.equal(batch.status, "completed");
		const output = await (await fetch(`${other}/v1/files/${batch.output_file_id}/content`)).text();
		const ids = output
			.trim()
			.split("\n")
			.map((line) => (JSON.parse(line) as { custom_id: string }).custom_id);
		assert.deepEqual(
			ids,
			lines.map((_, i) => `c${i}`),
		);
	});
	step("a worker killed while it judges costs no call: another answers, or it is an error, never safe", async () => {
		const long = `${"kind words about the weather ".repeat(60)} you are a worthless idiot and should be wiped out`;
		const calls = Array.from({ length: 12 }, (_, i) =>
			ask(gateways[i % 2]!.url, Array<string>(8).fill(`${i} ${long}`), 60_000),
		);
		await ask(gateways[0]!.url, "first").then((response) => response.text());
		assert.equal(await end(workers.pop()!, "SIGKILL"), null);
		const responses = await Promise.all(calls);
		for (const response of responses) {
			const body = (await response.json()) as { results?: { risk: number }[]; error?: { code: string } };
			if (response.status === 200) {
				assert.equal(body.results!.length, 8);
				for (const { risk } of body.results!) assert.ok(risk > 0);
			} else assert.match(body.error!.code, /^(deadline_exceeded|inference_failed|overloaded)$/);
		}
		const statuses = responses.map(({ status }) => status);
		assert.ok(statuses.filter((status) => status === 200).length >= 10, statuses.join(" "));
		const lost = gateways.flatMap(({ lines }) => lines).filter((line) => line.includes("a job was lost"));
		assert.ok(lost.length > 0, "the killed worker had nothing to do");
	});
	step("the stats name every queue, and nothing is left in them", async () => {
		const child = spawn(process.execPath, [main, ...place(of("queue")[0]!), "--json"], { env });
		let text = "";
		child.stdout.setEncoding("utf8").on("data", (piece: string) => {
			text += piece;
		});
		await once(child, "close");
		const counts = JSON.parse(text) as { queue: string; waiting: number; failed: number }[];
		assert.deepEqual(
			counts.map(({ queue }) => queue.replace(/-\w+$/, "")),
			["score", "scan", "results"],
		);
		for (const { queue, waiting, failed } of counts) assert.deepEqual([waiting, failed], [0, 0], queue);
	});
	step("told to stop, every process ends by itself; a gateway without workers says so", async () => {
		for (const worker of workers) assert.equal(await end(worker, "SIGTERM"), 0, worker.lines.join("\n"));
		const refused = (await (await ask(gateways[1]!.url, "text")).json()) as {
			error: { code: string; message: string };
		};
		assert.equal(refused.error.code, "not_ready");
		assert.match(refused.error.message, /sluice worker/);
		for (const gateway of gateways.toReversed())
			assert.equal(await end(gateway, "SIGTERM"), 0, gateway.lines.join("\n"));
	});
});

/** A batch is asked for again after a moment: there is nothing to listen to. */
async function untilLater(): Promise<boolean> {
	await new Promise((resolve) => setTimeout(resolve, 50));
	return true;
}
