/**
 * What gateways and workers tell each other: who is there (rare, checked in full), and which requests nobody waits for any
 * more. Verdicts come back on a channel per gateway.
 */
import { z } from "zod";
import { WIRE_VERSION } from "./judge-set.ts";

/** Workers say here that they are there. */
export const WORKERS_CHANNEL = "workers";
/** Gateways say here that they are there, and so ask workers to answer at once. */
export const GATEWAYS_CHANNEL = "gateways";
/** Gateways name pieces here that need not be judged any more. */
export const SKIP_CHANNEL = "skip";

/** Verdicts for one gateway. */
export function toReplyChannel(gateway: string): string {
	return `reply:${gateway}`;
}

/** A worker is there. */
export interface WorkerNotice {
	readonly v: number;
	readonly id: string;
	/** Fingerprint of its policies. */
	readonly policies: string;
	readonly model: { readonly id: string; readonly hash: string };
	/** Longest content it takes, UTF-16 code units. */
	readonly maxCharacters: number;
	/** Jobs it judges at once. */
	readonly slots: number;
	/** What it judges while it is busy, and in one job; unknown before the first. */
	readonly textsPerMs?: number | undefined;
	readonly textsPerJob?: number | undefined;
	/** Its time of day, Unix ms. */
	readonly now: number;
	/** It takes no more jobs. */
	readonly leaving?: boolean | undefined;
}

/** A gateway is there. */
export interface GatewayNotice {
	readonly v: number;
	readonly id: string;
	readonly policies: string;
	/** Whether it owns the records, so that batches are judged by its policies. */
	readonly owner: boolean;
	/** Wants workers to say at once that they are there. */
	readonly asks: boolean;
}

/** Pieces that need not be judged any more. */
export interface SkipNotice {
	readonly v: number;
	readonly gateway: string;
	readonly ids: readonly number[];
}

const version = z.literal(WIRE_VERSION);
const name = z.string().min(1).max(200);

const WorkerNoticeSchema: z.ZodType<WorkerNotice> = z.object({
	v: version,
	id: name,
	policies: name,
	model: z.object({ id: z.string().max(1000), hash: z.string().max(1000) }),
	maxCharacters: z.int().positive(),
	slots: z.int().positive(),
	textsPerMs: z.number().positive().optional(),
	textsPerJob: z.number().positive().optional(),
	now: z.number(),
	leaving: z.boolean().optional(),
});

const GatewayNoticeSchema: z.ZodType<GatewayNotice> = z.object({
	v: version,
	id: name,
	policies: name,
	owner: z.boolean(),
	asks: z.boolean(),
});

const SkipNoticeSchema: z.ZodType<SkipNotice> = z.object({ v: version, gateway: name, ids: z.array(z.int()) });

function parser<T>(schema: z.ZodType<T>): (message: string) => T | undefined {
	return (message) => {
		try {
			return schema.safeParse(JSON.parse(message)).data;
		} catch {
			return undefined;
		}
	};
}

/** Undefined for what is no such message of this version. */
export const parseWorkerNotice: (message: string) => WorkerNotice | undefined = parser(WorkerNoticeSchema);
/** Undefined for what is no such message of this version. */
export const parseGatewayNotice: (message: string) => GatewayNotice | undefined = parser(GatewayNoticeSchema);
/** Undefined for what is no such message of this version. */
export const parseSkipNotice: (message: string) => SkipNotice | undefined = parser(SkipNoticeSchema);
