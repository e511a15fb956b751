/** Death of the process at every step that a scan takes on the disk, and for real. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, truncateSync } from "node:fs";
import { after, describe, it } from "node:test";
import { DISK, type Disk, type DiskFile } from "../../src/scan/disk.ts";
import { createRandom, createSteadyModerator, createWorkplace } from "./workplace.ts";

const place = createWorkplace();
after(() => place.remove());

class Death extends Error {}

/**
 * A disk that does `steps` things and no more: the last one by half. It makes nothing durable in truth, but what was not to be
 * durable is lost by half, too.
 */
function createMortalDisk(steps: number, random: (n: number) => number): { disk: Disk; lose(): void } {
	let left = steps;
	const unsynced = new Map<string, { durable: number; written: number }>();
	const step = async <T>(work: () => Promise<T>, half?: () => Promise<unknown>): Promise<T> => {
		if (left-- > 0) return work();
		if (left === -1) await half?.();
		throw new Death("the process died");
	};
	const toMortal = (path: string, file: DiskFile): DiskFile => {
		const size = unsynced.get(path) ?? { durable: 0, written: 0 };
		unsynced.set(path, size);
		return {
			write: (bytes, position) =>
				step(
					async () => {
						await file.write(bytes, position);
						size.written = position + bytes.length;
					},
					() => file.write(bytes.subarray(0, random(bytes.length)), position),
				),
			truncate: (bytes) => step(() => file.truncate(bytes)),
			sync: () =>
				step(async () => {
					size.durable = size.written;
				}),
			close: () => file.close(),
		};
	};
	const disk: Disk = {
		open: async (path) => toMortal(path, await step(() => DISK.open(path))),
		rename: (from, to) => step(() => DISK.rename(from, to)),
		remove: (path) => step(() => DISK.remove(path)),
		syncNames: () => step(async () => {}),
	};
	return {
		disk,
		lose() {
			const part = [...unsynced].find(([path]) => path.endsWith(".part"));
			if (part === undefined || !existsSync(part[0])) return;
			const [path, { durable, written }] = part;
			if (written > durable) truncateSync(path, durable + random(written - durable));
		},
	};
}

const input = place.file(
	"in.jsonl",
	Array.from({ length: 200 }, (_, i) => (i % 50 === 7 ? "bad" : `{"id":${i},"text":"text ${i}"}`)).join("\n"),
);
const of = { from: input, groupItems: 9, checkpointBytes: 8000, checkpointMs: 1e9 };

describe("a scan that dies at any step on the disk", () => {
	it("goes on with --resume, dying again and again, to the same bytes and counts", async () => {
		const whole = await place.scan(of);
		const expected = place.output();
		let deaths = 0;
		for (let steps = 0; ; steps++) {
			const random = createRandom(steps + 1);
			const out = `${place.out}-${steps}`;
			let alive = false;
			for (let life = 0; !alive; life++) {
				const { disk, lose } = createMortalDisk(life < 3 ? steps : 1e9, random);
				try {
					const report = await place.scan({ ...of, out, disk, mode: life === 0 ? "fresh" : "resume" });
					assert.deepEqual(report.tally, whole.tally);
					alive = true;
				} catch (error) {
					// With the output in its place only the journal was left to remove: there is nothing to go on with
					if (error instanceof Error && /is there already/.test(error.message)) break;
					assert.ok(error instanceof Death, String(error));
					lose();
					deaths++;
				}
			}
			assert.equal(readFileSync(out, "utf8"), expected, `after ${steps} steps`);
			assert.ok(!existsSync(`${out}.part`) && !existsSync(`${out}.journal`));
			if (!(await diesAt(steps))) break;
		}
		assert.ok(deaths > 80, `${deaths} deaths`);
	});
	it("a full disk is said in words, and --resume goes on when there is room", async () => {
		const full: Disk = {
			...DISK,
			async open(path) {
				const file = await DISK.open(path);
				if (!path.endsWith(".part")) return file;
				const refuse = (): never => {
					throw Object.assign(new Error("no space"), { code: "ENOSPC", syscall: "write" });
				};
				return { ...file, write: async () => refuse() };
			},
		};
		const out = `${place.out}-full`;
		await assert.rejects(place.scan({ ...of, out, disk: full }), { code: "storage_full" });
		await place.scan({ ...of, out, mode: "resume" });
		assert.equal(readFileSync(out, "utf8"), place.output());
	});
});

/** Whether a fresh scan takes more steps than that. */
async function diesAt(steps: number): Promise<boolean> {
	const { disk } = createMortalDisk(steps, createRandom(1));
	try {
		await place.scan({ ...of, out: `${place.out}-probe`, disk, mode: "force" });
		return false;
	} catch {
		return true;
	}
}

const SCRIPT = `
import { openInputs, runScan, toScanFiles } from "./src/scan/index.ts";
import { createSteadyModerator } from "./test/scan/workplace.ts";
const [from, out] = process.argv.slice(1);
const inputs = await openInputs({ from, format: undefined, stdin: process.stdin, decompress: () => process.stdin, exclude: [] });
const moderator = createSteadyModerator({ before: () => new Promise((resolve) => setTimeout(resolve, 2)) });
await runScan(
	{ inputs, moderator, files: toScanFiles(out) },
	{ field: "text", mode: "resume", groupItems: 9, checkpointBytes: 3000, onProgress: ({ tally }) => process.stdout.write(tally.rows + "\\n") },
);
`;

describe("a scan in a process that gets SIGKILL", () => {
	it("goes on in the next process, killed as well, to the same bytes", async () => {
		const expected = place.output();
		const out = `${place.out}-killed`;
		const random = createRandom(11);
		let kills = 0;
		for (let life = 0; ; life++) {
			const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", SCRIPT, input, out], {
				cwd: `${import.meta.dirname}/../..`,
				stdio: ["ignore", "pipe", "inherit"],
			});
			const closed = once(child, "close");
			if (life < 3) {
				const from = Number(String((await once(child.stdout, "data"))[0]).split("\n")[0]);
				const until = from + 10 + random(30);
				child.stdout.on("data", (text: Buffer) => {
					if (Number(text.toString().trim().split("\n").at(-1)) >= until) child.kill("SIGKILL");
				});
			} else child.stdout.resume();
			const [code, signal] = await closed;
			if (signal === "SIGKILL") {
				kills++;
				assert.ok(existsSync(`${out}.journal`) && !existsSync(out));
				continue;
			}
			assert.equal(code, 0);
			break;
		}
		assert.ok(kills >= 2, `${kills} kills`);
		assert.equal(readFileSync(out, "utf8"), expected);
	});
});

it("the moderator of these tests judges by the text alone", async () => {
	const moderator = createSteadyModerator();
	const [[first], both] = [await moderator.moderate(["a"]), await moderator.moderate(["b", "a"])];
	assert.deepEqual(both[1], first);
});
