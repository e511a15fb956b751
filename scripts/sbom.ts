/**
 * What the published package brings along: an SBOM (CycloneDX, made by npm from the lock file) and a list of licences.
 * Command: npm run sbom [-- DIRECTORY]   writes sbom.cdx.json and licences.md there, .cache/release by default.
 * Fails where a runtime dependency has no licence or one that is not in the list below.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Licences that allow redistribution without conditions on Sluice's own code (SPDX identifiers). */
const ALLOWED: readonly string[] = [
	"0BSD",
	"Apache-2.0",
	"BSD-2-Clause",
	"BSD-3-Clause",
	"BlueOak-1.0.0",
	"ISC",
	"MIT",
];

interface Component {
	readonly name: string;
	readonly version: string;
	readonly licenses?: readonly {
		readonly license?: { readonly id?: string; readonly name?: string };
		readonly expression?: string;
	}[];
}

/** Name and version of every package that is installed with `--omit=dev`. */
function readRuntimePackages(): ReadonlySet<string> {
	const lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as {
		packages: Record<string, { name?: string; version: string; dev?: boolean; devOptional?: boolean }>;
	};
	return new Set(
		Object.entries(lock.packages)
			.filter(([path, { dev, devOptional }]) => path !== "" && !dev && !devOptional)
			.map(([path, { name, version }]) => `${name ?? path.slice(path.lastIndexOf("node_modules/") + 13)}@${version}`),
	);
}

/** npm's SBOM without development packages: its own `--omit dev` loses packages that those need too. */
function readSbom(): { readonly text: string; readonly components: readonly Component[] } {
	const args = ["sbom", "--sbom-format", "cyclonedx", "--sbom-type", "application", "--package-lock-only"];
	const { status, stdout, stderr } = spawnSync("npm", args, { cwd: ROOT, encoding: "utf8", maxBuffer: 1 << 26 });
	if (status !== 0) throw new Error(`npm sbom ended with ${status}: ${stderr}`);
	const runtime = readRuntimePackages();
	const bom = JSON.parse(stdout) as {
		metadata: { component: { "bom-ref": string } };
		components: (Component & { "bom-ref": string })[];
		dependencies: { ref: string; dependsOn: string[] }[];
	};
	const components = bom.components.filter(({ name, version }) => runtime.has(`${name}@${version}`));
	const kept = new Set([bom.metadata.component["bom-ref"], ...components.map((component) => component["bom-ref"])]);
	const dependencies = bom.dependencies
		.filter(({ ref }) => kept.has(ref))
		.map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((on) => kept.has(on)) }));
	return { text: `${JSON.stringify({ ...bom, components, dependencies }, null, "\t")}\n`, components };
}

/** SPDX expressions of a component, "" where it names none. */
export function licenceOf({ licenses = [] }: Component): string {
	return licenses.map(({ license, expression }) => expression ?? license?.id ?? license?.name ?? "").join(" AND ");
}

/** Whether one of the alternatives of an SPDX expression consists of allowed licences only. */
export function isAllowed(licence: string): boolean {
	const alternatives = licence.replaceAll(/[()]/g, "").split(" OR ");
	return alternatives.some((all) => all.split(" AND ").every((id) => ALLOWED.includes(id.trim())));
}

/** The list as Markdown, by name. */
export function toLicenceList(components: readonly Component[]): string {
	const rows = components
		.map((component) => `| ${component.name} | ${component.version} | ${licenceOf(component)} |`)
		.sort();
	return [
		"# Licences of the runtime dependencies",
		"",
		"| Package | Version | Licence |",
		"|---|---|---|",
		...rows,
		"",
	].join("\n");
}

if (import.meta.main) {
	const directory = resolve(process.argv[2] ?? join(ROOT, ".cache", "release"));
	const { text, components } = readSbom();
	mkdirSync(directory, { recursive: true });
	writeFileSync(join(directory, "sbom.cdx.json"), text);
	writeFileSync(join(directory, "licences.md"), toLicenceList(components));
	const refused = components.filter((component) => !isAllowed(licenceOf(component)));
	process.stdout.write(`${components.length} packages in ${directory}\n`);
	for (const component of refused)
		process.stderr.write(`${component.name} ${component.version}: "${licenceOf(component)}"\n`);
	process.exitCode = refused.length === 0 ? 0 : 1;
}
