/** The directory of the record of decisions, for commands that look at it. */
import { existsSync } from "node:fs";
import { readConfig } from "../config.ts";
import { SluiceError } from "../errors.ts";
import type { CliContext } from "./context.ts";

/** Throws `invalid_config` where nobody says which, or there is none. @param flag of the command line; it wins */
export function toAuditDir({ env }: Pick<CliContext, "env">, flag: string | undefined): string {
	const { auditDir } = readConfig({ auditDir: flag }, env);
	if (auditDir === undefined)
		throw new SluiceError("invalid_config", {
			detail: "say where decisions are recorded: --audit DIR or SLUICE_AUDIT_DIR",
		});
	if (existsSync(auditDir)) return auditDir;
	throw new SluiceError("invalid_config", { detail: `there is no audit directory ${auditDir}` });
}
