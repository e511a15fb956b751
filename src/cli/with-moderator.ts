/** A loaded moderator for the time of one command. */
import { type Config, readConfig } from "../config.ts";
import type { Moderator } from "../moderator.ts";
import type { CliContext } from "./context.ts";
import { type SettingFlags, toSettingFlags } from "./options.ts";

/** Opens the moderator the flags and the environment describe, waits until it can judge, and closes it after `use`. */
export async function withModerator<T>(
	context: CliContext,
	flags: SettingFlags,
	use: (moderator: Moderator, config: Config) => Promise<T>,
): Promise<T> {
	const config = readConfig(toSettingFlags(flags), context.env);
	const moderator = await context.openModerator(config);
	try {
		await moderator.ready();
		return await use(moderator, config);
	} finally {
		await moderator.close();
	}
}
