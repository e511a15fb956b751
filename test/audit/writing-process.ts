/** Writes records until it is killed; says how many are on disk. */
import { openAuditLog } from "../../src/audit/index.ts";
import { createLog } from "../../src/log.ts";
import { note } from "./place.ts";

const log = await openAuditLog(process.argv[2]!, {
	log: createLog({ level: "silent" }),
	gatherMs: 1,
	anchorMs: 0,
	fileCharacters: 20_000,
});
for (let n = 1; ; n++) {
	log.append(note(n));
	if (n % 100 !== 0) continue;
	await log.flush();
	process.send?.(n);
}
