import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkListenAddress, needsKeys, readConfig, VARIABLES } from "../src/config.ts";

describe("readConfig", () => {
	it("without any setting gives the documented defaults", () => {
		const config = readConfig({}, {});
		assert.equal(config.host, "127.0.0.1");
		assert.equal(config.port, 8080);
		assert.equal(config.threads, 2);
		assert.equal(config.weights, "q8");
		assert.equal(config.maxQueue, undefined);
		assert.equal(config.allowPublic, false);
		assert.match(config.model, /\/models\/sluice-guard$/);
		assert.match(config.policies, /\/policies$/);
	});
	it("reads the environment; a flag wins; an empty value counts as not set", () => {
		const config = readConfig({ port: "9001" }, { PORT: "9000", HOST: "", SLUICE_WEIGHTS: "f32" });
		assert.equal(config.port, 9001);
		assert.equal(config.host, "127.0.0.1");
		assert.equal(config.weights, "f32");
	});
	it("an invalid value names its variable or flag, the rule and what was given", () => {
		const cases: [Record<string, string>, Record<string, string>, RegExp][] = [
			[{}, { PORT: "80a" }, /^PORT must be a whole number from 0 to 65535; it is "80a"$/],
			[{}, { SLUICE_THREADS: "0" }, /^SLUICE_THREADS must be a whole number from 1 to 64; it is "0"$/],
			[{}, { SLUICE_WEIGHTS: "int8" }, /^SLUICE_WEIGHTS must be one of f32, q8, q4; it is "int8"$/],
			[{}, { SLUICE_ALLOW_PUBLIC: "yes" }, /^SLUICE_ALLOW_PUBLIC must be 0 or 1/],
			[{}, { HOST: "a b" }, /^HOST must be a host name or an IP address/],
			[{ logLevel: "loud" }, {}, /^--log-level must be one of silent/],
			[{ port: "" }, {}, /^--port must be/],
		];
		for (const [flags, env, message] of cases)
			assert.throws(() => readConfig(flags, env), { code: "invalid_config", message });
	});
	it("a mistyped SLUICE_ variable is an error that lists the settings", () => {
		assert.throws(() => readConfig({}, { SLUICE_THREAD: "4" }), /SLUICE_THREAD is not a setting; .*SLUICE_THREADS/);
	});
	it("takes a mirror of the hub as an address, and shows no token in any message", () => {
		const mirror = readConfig({}, { HF_ENDPOINT: "https://mirror.example/hf/", HF_TOKEN: "hf_a\n" });
		assert.deepEqual([mirror.hfEndpoint, mirror.hfToken], ["https://mirror.example/hf", "hf_a"]);
		assert.equal(readConfig({}, {}).hfEndpoint, "https://huggingface.co");
		for (const HF_ENDPOINT of [
			"mirror.example",
			"ftp://mirror.example",
			"https://me:key@mirror.example",
			"https://x/?a",
		])
			assert.throws(
				() => readConfig({}, { HF_ENDPOINT }),
				/^SluiceError: HF_ENDPOINT must be an http or https address/,
			);
		const secret = (error: Error): boolean => !error.message.includes("hf_") && /^HF_TOKEN must be/.test(error.message);
		assert.throws(() => readConfig({}, { HF_TOKEN: "hf_a hf_b" }), secret);
	});
	it("reads where remote services are, and shows no key in any message", () => {
		const config = readConfig(
			{},
			{ SLUICE_GUARD_BASE_URL: "http://127.0.0.1:8000/v1/", SLUICE_OPENAI_API_KEY: "sk-a\n" },
		);
		assert.deepEqual([config.guardBaseUrl, config.openaiApiKey], ["http://127.0.0.1:8000/v1", "sk-a"]);
		assert.deepEqual(
			[config.guardModel, config.guardFormat, config.remoteTimeoutMs],
			[undefined, "llama-guard", 10_000],
		);
		for (const variable of ["SLUICE_OPENAI_API_KEY", "SLUICE_GOOGLE_API_KEY", "SLUICE_GUARD_API_KEY"]) {
			const hidden = (error: Error): boolean =>
				error.message.startsWith(`${variable} must be`) && !error.message.includes("sk-");
			assert.throws(() => readConfig({}, { [variable]: "sk-a sk-b" }), hidden);
		}
	});
	it("reads where Redis and records are, and shows no password in any message", () => {
		const config = readConfig(
			{ redisUrl: "rediss://:pass@10.0.0.1:6380/1", dataDir: "data" },
			{ SLUICE_RECORDS_URL: "http://127.0.0.1:8080/", SLUICE_CONCURRENCY: "9", SLUICE_WEBHOOK_ALLOW_PRIVATE: "1" },
		);
		assert.deepEqual([config.redisUrl, config.concurrency], ["rediss://:pass@10.0.0.1:6380/1", 9]);
		assert.deepEqual([config.recordsUrl, config.webhookAllowPrivate], ["http://127.0.0.1:8080", true]);
		assert.match(config.dataDir!, /^\/.*\/data$/);
		const { redisUrl, dataDir, recordsUrl, concurrency, drainMs, webhookUrl } = readConfig({}, {});
		assert.deepEqual(
			[redisUrl, dataDir, recordsUrl, concurrency, drainMs, webhookUrl],
			[undefined, undefined, undefined, 4, 0, undefined],
		);
		const hidden = (start: string) => (error: Error) =>
			error.message.startsWith(start) && !error.message.includes("pass");
		assert.throws(() => readConfig({}, { SLUICE_REDIS_URL: "http://:pass@x" }), hidden("SLUICE_REDIS_URL must be"));
		assert.throws(() => readConfig({ redisUrl: "pass" }, {}), hidden("--redis must be an address that begins"));
		assert.throws(() => readConfig({ concurrency: "0" }, {}), /^SluiceError: --concurrency must be/);
	});
	it("reads where metrics are, and whether policies are watched: they are, on this machine alone", () => {
		const { policiesWatch, metricsPort, metricsHost } = readConfig({}, {});
		assert.deepEqual([policiesWatch, metricsPort, metricsHost], [true, undefined, "127.0.0.1"]);
		const other = readConfig(
			{},
			{ SLUICE_POLICIES_WATCH: "0", SLUICE_METRICS_PORT: "9464", SLUICE_METRICS_HOST: "::" },
		);
		assert.deepEqual([other.policiesWatch, other.metricsPort, other.metricsHost], [false, 9464, "::"]);
	});
	it("foreign variables are none of its business", () => {
		assert.equal(readConfig({}, { PATH: "/bin", THREADS: "x" }).threads, 2);
		assert.ok(VARIABLES.includes("SLUICE_MODEL"));
	});
});

describe("checkListenAddress", () => {
	it("accepts loopback addresses", () => {
		for (const host of ["127.0.0.1", "127.8.0.1", "::1", "localhost"])
			checkListenAddress({ host, allowPublic: false }, false);
	});
	it("refuses an address others can reach, unless there are keys or it is told that is wanted", () => {
		for (const host of ["0.0.0.0", "::", "192.168.1.5", "example.com"]) {
			assert.throws(
				() => checkListenAddress({ host, allowPublic: false }, false),
				/no API keys.*SLUICE_ALLOW_PUBLIC=1/,
			);
			checkListenAddress({ host, allowPublic: true }, false);
			checkListenAddress({ host, allowPublic: false }, true);
		}
	});
	it("asks for keys where others reach the service and nothing in front controls access, and where told to", () => {
		const asks = (host: string, allowPublic: boolean, requireKeys: boolean): boolean =>
			needsKeys({ host, allowPublic, requireKeys });
		assert.deepEqual(
			[asks("127.0.0.1", false, false), asks("0.0.0.0", true, false), asks("0.0.0.0", false, false)],
			[false, false, true],
		);
		assert.deepEqual([asks("127.0.0.1", false, true), asks("0.0.0.0", true, true)], [true, true]);
	});
});
