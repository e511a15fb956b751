/**
 * Ids of batches that an edge takes: when and 96 random bits, and a mark by which any isolate knows an id of ours without
 * having to remember it, for the tenant it was given to.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

const FORM = /^batch_([0-9a-f]{32})([0-9a-f]{16})$/;

/** A new id; `nowMs` is Unix time. */
export function createEdgeBatchId(secret: string, tenant: string, nowMs: number): string {
	const seconds = Math.floor(nowMs / 1000)
		.toString(16)
		.padStart(8, "0");
	const body = seconds + randomBytes(12).toString("hex");
	return `batch_${body}${mark(secret, tenant, body).toString("hex")}`;
}

/** When the id was given to the tenant, Unix ms; undefined for one that was not. */
export function readEdgeBatchId(secret: string, tenant: string, id: string): number | undefined {
	const [, body, given] = FORM.exec(id) ?? [];
	if (body === undefined || given === undefined) return undefined;
	if (!timingSafeEqual(mark(secret, tenant, body), Buffer.from(given, "hex"))) return undefined;
	return Number.parseInt(body.slice(0, 8), 16) * 1000;
}

function mark(secret: string, tenant: string, body: string): Buffer {
	return createHmac("sha256", secret).update(`batch ${tenant} ${body}`).digest().subarray(0, 8);
}
