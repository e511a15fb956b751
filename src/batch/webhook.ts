/**
 * Tells another service that a batch is over, in the events OpenAI sends and signed as its clients check it: Standard
 * Webhooks, HMAC-SHA256 over id, time and body. https://www.standardwebhooks.com
 */
import { createHash, createHmac } from "node:crypto";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP } from "node:net";
import { SluiceError } from "../errors.ts";
import type { BatchRecord, Delivery } from "../store/index.ts";
import { isPublicAddress, lookupPublic } from "./public-address.ts";

const TIMEOUT_MS = 15_000;
/** Pause before each next try; after the last one the message is given up. */
const RETRIES_MS: readonly number[] = [5, 30, 120, 600, 3600, 14_400, 43_200, 86_400].map((s) => s * 1000);

/** Where messages go and how they are signed. */
export interface WebhookTarget {
	readonly url: string;
	/** `whsec_` and the key in base64; 24 to 64 bytes. */
	readonly secret: string;
	/** Allow addresses that are not public, and http. */
	readonly allowPrivate: boolean;
	/** Pause before each next try, ms. */
	readonly retriesMs?: readonly number[] | undefined;
}

/** Throws `invalid_config` for a target that can never be reached or signed. */
export function checkTarget({ url, secret, allowPrivate }: WebhookTarget): void {
	const problem = findProblem(url, secret, allowPrivate);
	if (problem !== undefined) throw new SluiceError("invalid_config", { detail: `the webhook ${problem}` });
}

function findProblem(url: string, secret: string, allowPrivate: boolean): string | undefined {
	const parsed = URL.parse(url);
	if (parsed === null || !/^https?:$/.test(parsed.protocol) || parsed.username !== "" || parsed.password !== "")
		return "address must be an http or https address without a user name";
	if (!allowPrivate && parsed.protocol !== "https:")
		return "address must be https, unless private addresses are allowed";
	if (!allowPrivate && isPrivateLiteral(parsed))
		return "address is not one of the public internet, and private ones are not allowed";
	const bytes = keyOf(secret)?.byteLength ?? 0;
	return bytes < 24 || bytes > 64 ? "secret must be whsec_ and 24 to 64 bytes in base64" : undefined;
}

/** The message about a batch that is over; the same batch always gives the same id. */
export function toDelivery(batch: BatchRecord, nowMs: number): Delivery {
	const type = `batch.${batch.status}`;
	const id = `evt_${createHash("sha256").update(`${batch.id}/${type}`).digest("hex").slice(0, 24)}`;
	const created = Math.floor(nowMs / 1000);
	const body = JSON.stringify({ id, object: "event", created_at: created, type, data: { id: batch.id } });
	return { id, batch: batch.id, body, attempts: 0, nextMs: nowMs };
}

/** Headers that sign a message sent now. */
export function signDelivery({ id, body }: Delivery, secret: string, nowMs: number): Record<string, string> {
	const timestamp = String(Math.floor(nowMs / 1000));
	const mac = createHmac("sha256", keyOf(secret)!).update(`${id}.${timestamp}.${body}`).digest("base64");
	return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${mac}` };
}

/** When to try again after so many tries; undefined when that is enough. */
export function nextTryMs({ attempts }: Delivery, { retriesMs = RETRIES_MS }: WebhookTarget): number | undefined {
	return retriesMs[attempts];
}

/** Sends a message once. Resolves with the answer's status; rejects where there is none. Redirects are not followed. */
export function sendDelivery(delivery: Delivery, target: WebhookTarget, signal: AbortSignal): Promise<number> {
	const url = new URL(target.url);
	const guarded = !target.allowPrivate;
	return new Promise((resolve, reject) => {
		if (guarded && isPrivateLiteral(url)) throw new Error("the address is not public");
		const request = (url.protocol === "https:" ? requestHttps : requestHttp)(url, {
			method: "POST",
			agent: false,
			signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
			headers: {
				"content-type": "application/json",
				"content-length": Buffer.byteLength(delivery.body),
				"user-agent": "sluice",
				...signDelivery(delivery, target.secret, Date.now()),
			},
			...(guarded ? { lookup: lookupPublic } : {}),
		});
		request.on("error", reject);
		request.on("response", (response) => {
			response.destroy(); // what it says is of no interest
			resolve(response.statusCode ?? 0);
		});
		request.end(delivery.body);
	});
}

/** A host given as an address is connected to without a look-up. */
function isPrivateLiteral({ hostname }: URL): boolean {
	const address = hostname.replace(/^\[|\]$/g, "");
	return isIP(address) !== 0 && !isPublicAddress(address);
}

function keyOf(secret: string): Buffer | undefined {
	const base64 = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1];
	return base64 === undefined ? undefined : Buffer.from(base64, "base64");
}
