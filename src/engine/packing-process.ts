/**
 * Packs weights in a process of its own: packing takes as much memory as the weights, and a process gives all of it back.
 */
import { fork } from "node:child_process";
import { extname } from "node:path";
import type { PackingOrder } from "./packed-weights.ts";

/** From the process; nothing where it packed all. */
export interface PackingReport {
	readonly failed?: string | undefined;
}

/** The entry beside this tree: .ts among sources, .js in a build. */
const ENTRY = new URL(`../../workers/pack${extname(import.meta.url)}`, import.meta.url);

/** Carries out the order. Rejects with an Error saying what the process said or how it ended. */
export function packInProcess(order: PackingOrder): Promise<void> {
	return new Promise((resolve, reject) => {
		const child = fork(ENTRY, { execArgv: [], stdio: ["ignore", "ignore", "ignore", "ipc"] });
		let report: PackingReport | undefined;
		child.on("message", (message) => {
			report = message as PackingReport;
		});
		child.on("error", reject);
		child.on("close", (code, signal) => {
			if (report === undefined) reject(new Error(`the packing process ended with ${signal ?? `code ${code}`}`));
			else if (report.failed !== undefined) reject(new Error(report.failed));
			else resolve();
		});
		child.send(order, (error) => {
			if (error !== null) reject(error);
		});
	});
}
