/**
 * The app of a serving process while its policies change: each set of policies has an app of its own, and a request stays with
 * the one it began with until its answer has left. Knows no routes.
 */
import { createApp, type HttpParts } from "../http/app.ts";
import type { HttpApp } from "../http/server.ts";
import { createLivePolicies, type LivePolicies, type PolicySet } from "../policies/index.ts";
import type { Service, Stage } from "./service.ts";

/** See the header. */
export interface LiveApp extends HttpApp {
	/** Undefined where the policies stay as they are. */
	readonly policies: LivePolicies | undefined;
}

/** What an app is made of, but for what depends on the policies. */
export interface LiveAppParts {
	readonly service: Service;
	/** The directory of the policies. */
	readonly directory: string;
	readonly parts: Omit<HttpParts, "moderator" | "policies">;
}

/** An app with the policies of one set. */
interface Era {
	readonly app: ReturnType<typeof createApp>;
	readonly stage: Pick<Stage, "moderator" | "close">;
	/** Requests whose answers have not left. */
	users: number;
	isOver: boolean;
	/** An answer has left. */
	leave(): void;
}

/** Throws `invalid_policy` when a policy maps to a name a protocol does not have. */
export function createLiveApp({ service, directory, parts }: LiveAppParts): LiveApp {
	const { changes, moderator } = service;
	const { metrics, log } = parts;
	const build = (of: Era["stage"]): Era => {
		const leave = (): void => {
			era.users--;
			endIfUnused(era);
		};
		const app = createApp({ ...parts, moderator: of.moderator, policies });
		const era: Era = { app, stage: of, users: 0, isOver: false, leave };
		return era;
	};
	const endIfUnused = (era: Era): void => {
		if (era.isOver && era.users === 0) era.stage.close().catch(() => {}); // nothing of it is needed any more
	};
	const policies =
		changes &&
		createLivePolicies({
			...{ directory, log, initial: changes.initial, onReload: metrics?.policiesChanged },
			async check(set) {
				createApp({ ...parts, moderator: withPolicies(current.stage.moderator, set) });
				await changes.check(set);
			},
			async use(set, signal) {
				const stage = await changes.stage(set, signal);
				const before = current;
				current = build(stage);
				metrics?.usePolicies(set.policies.map(({ id }) => id));
				stage.begin();
				before.isOver = true;
				endIfUnused(before);
			},
		});
	let current = build({ moderator, close: async () => changes?.leaveFirst() });
	metrics?.usePolicies(moderator.policies.map(({ id }) => id));
	metrics?.watchLoad(() => current.stage.moderator.load());
	return {
		policies,
		fetch(request, env) {
			const era = current;
			era.users++;
			env.outgoing.on("close", era.leave); // comes once
			return era.app.fetch(request, env);
		},
	};
}

/** For checks alone. */
function withPolicies(moderator: HttpParts["moderator"], { policies }: PolicySet): HttpParts["moderator"] {
	return Object.create(moderator, { policies: { value: policies } }) as HttpParts["moderator"];
}
