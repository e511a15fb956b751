/** A directory of policies for a test, and texts to put into it. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** A valid policy's file. */
export function policyText(id: string, block = 0.9, over: Readonly<Record<string, string>> = {}): string {
	return `id: ${id}
title: ${over.title ?? id}
guideline: The text shall not contain it.
scorer: { kind: head, head: ${over.head ?? "hate"} }
thresholds: { flag: 0.5, block: ${block}, target: made up }
maps: ${over.maps ?? "{ openai: [hate] }"}
examples:
  - { text: ${over.bad ?? "bad words"}, violates: true }
  - { text: ${over.good ?? "good words"}, violates: false }
`;
}

/** A directory with these policies, by id; it goes with the test. */
export async function policyDirectory(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
	const directory = await mkdtemp(join(tmpdir(), "policies-"));
	t.after(() => rm(directory, { recursive: true, force: true }));
	for (const [id, text] of Object.entries(files)) await writeFile(join(directory, `${id}.yaml`), text);
	return directory;
}
