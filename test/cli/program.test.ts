import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Config } from "../../src/config.ts";
import { SluiceError } from "../../src/errors.ts";
import { run } from "./harness.ts";

describe("sluice", () => {
	it("exits 2 with one sentence on a usage error", async () => {
		const cases: [string[], RegExp][] = [
			[["serv"], /^sluice: unknown command 'serv' \(Did you mean serve\?\)\n$/],
			[["moderate", "a", "b"], /^sluice: too many arguments.*\n$/],
			[["moderate", "--loud", "a"], /^sluice: unknown option '--loud'\n$/],
			[["eval"], /^sluice: missing required argument 'file'\n$/],
			[["eval", "x.jsonl", "--limit", "0"], /^sluice: --limit must be a whole number from 1 up\n$/],
			[["convert", "a", "b", "--weights", "q2"], /^sluice: --weights must be one of f32, q8, q4\n$/],
			[
				["moderate", "a", "--threads", "none"],
				/^sluice: --threads must be a whole number from 1 to 64; it is "none"\n$/,
			],
			[["serve", "--port", "http"], /^sluice: --port must be a whole number from 0 to 65535; it is "http"\n$/],
		];
		for (const [argv, sentence] of cases) {
			const { exitCode, stdout, stderr } = await run(argv);
			assert.match(stderr, sentence);
			assert.equal(exitCode, 2, argv.join(" "));
			assert.equal(stdout, "");
		}
	});
	it("exits 0 for --help and --version, on stdout", async () => {
		const help = await run(["--help"]);
		assert.equal(help.exitCode, 0);
		for (const command of ["serve", "moderate", "eval", "convert"])
			assert.match(help.stdout, new RegExp(`  ${command} `));
		const version = await run(["--version"]);
		assert.equal(version.exitCode, 0);
		assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/);
	});
	it("exits 3 with one sentence when the model cannot be loaded or run, and closes it", async () => {
		const before = (): never => {
			throw new SluiceError("inference_failed", { detail: "the model stopped" });
		};
		const { exitCode, stderr, stdout, closed } = await run(["moderate", "a"], { moderator: { before } });
		assert.deepEqual([exitCode, stderr, stdout, closed], [3, "sluice: the model stopped\n", "", 1]);
	});
	it("serve runs the gateway with flags over the environment", async () => {
		let got: Config | undefined;
		const runGateway = async (config: Config): Promise<void> => {
			got = config;
		};
		const env = { PORT: "9000", SLUICE_THREADS: "1" };
		const { exitCode } = await run(["serve", "--port", "9001", "--host", "127.0.0.2"], {
			env,
			context: { runGateway },
		});
		assert.equal(exitCode, 0);
		assert.deepEqual([got?.port, got?.host, got?.threads], [9001, "127.0.0.2", 1]);
	});
	it("convert hands over directories and format, and prints the manifest with the place", async () => {
		const calls: unknown[] = [];
		const { exitCode, stdout } = await run(["convert", "in", "out", "--weights", "q4"], {
			context: {
				convertModel: async (from, to, { weights }) => {
					calls.push([from, to, weights]);
					return { hash: "sha256:1" };
				},
			},
		});
		assert.equal(exitCode, 0);
		assert.deepEqual(calls, [["in", "out", "q4"]]);
		assert.deepEqual(JSON.parse(stdout), { out: "out", hash: "sha256:1" });
	});
});
