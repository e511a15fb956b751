/**
 * Where a conversion may go, and the step that puts it there.
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { basename } from "node:path";
import { SluiceError } from "../errors.ts";
import { isConverted, readManifest } from "./manifest.ts";
import { REPLACED } from "./workplace.ts";

/** Only an earlier conversion or an empty directory gives way. */
export function checkReplaceable(target: string): void {
	if (!existsSync(target) || isConverted(target)) return;
	if (statSync(target).isDirectory() && readdirSync(target).length === 0) return;
	const detail = `${basename(target)} exists and is no converted model; give another output directory`;
	throw new SluiceError("invalid_config", { detail });
}

/** A directory cannot be renamed over another: what is there is moved aside first, unless it is the same model. */
export async function moveIntoPlace(temporary: string, target: string, hash: string): Promise<void> {
	const aside = temporary + REPLACED;
	for (let attempt = 0; ; attempt++) {
		try {
			return await rename(temporary, target);
		} catch (error) {
			const code = error instanceof Error && "code" in error ? error.code : undefined;
			if ((code !== "ENOTEMPTY" && code !== "EEXIST") || attempt === 3) throw error;
			const existing = await readManifest(target).catch(() => undefined);
			if (existing?.hash === hash) return;
			checkReplaceable(target);
			await rename(target, aside);
			await rm(aside, { recursive: true, force: true });
		}
	}
}
