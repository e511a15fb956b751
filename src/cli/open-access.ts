/** Wires keys and limits to what lets requests in. */
import { mkdirSync } from "node:fs";
import { type Config, isLoopback, needsKeys } from "../config.ts";
import type { Access } from "../http/access.ts";
import { toErrorFields } from "../http/error-fields.ts";
import { toSluiceError } from "../http/problem.ts";
import { createRateLimits } from "../http/rate-limit.ts";
import { createServiceTokens } from "../http/service-token.ts";
import { createKeyRing } from "../keys/index.ts";
import type { Log } from "../log.ts";
import { openStore, type Store } from "../store/index.ts";

/** Access, and the end of what it reads keys from. */
export interface OpenedAccess {
	readonly access: Access;
	close(): void;
}

/** Keys of the data directory and of the keys file. Throws `invalid_config` where either cannot be used. */
export async function openAccess(config: Config, log: Log): Promise<OpenedAccess> {
	const { dataDir, keysFile, edgeSecrets } = config;
	let store: Store | undefined;
	if (dataDir !== undefined) {
		mkdirSync(dataDir, { recursive: true, mode: 0o700 });
		store = await openStore(dataDir);
	}
	try {
		const keys = createKeyRing({
			records: store?.keys,
			file: keysFile,
			onError: (error) => log.error(toErrorFields(toSluiceError(error)), "the changed keys file is not used"),
		});
		const services = edgeSecrets && createServiceTokens(edgeSecrets);
		const access = { keys, limits: createRateLimits(), isRequired: needsKeys(config), services };
		if (!access.isRequired && !isLoopback(config.host) && keys.hasKeys())
			log.warn({}, "requests need no key: SLUICE_ALLOW_PUBLIC=1; SLUICE_REQUIRE_KEYS=1 asks for one");
		return { access, close: () => store?.close() };
	} catch (error) {
		store?.close();
		throw error;
	}
}
