/**
 * A body of announced length, read from Node's own request: the web's Request copies it once more, through a stream or a buffer
 * of its own. The HTTP parser holds the body to that length.
 */
import type { IncomingMessage } from "node:http";
import { SluiceError } from "../errors.ts";
import { slowBody, WHOLE_MS } from "./slow-body.ts";

/** All bytes; rejects with `aborted` where the client leaves before the last one or takes too long. */
export function readIncoming(incoming: IncomingMessage, limitMs: number = WHOLE_MS): Promise<Uint8Array> {
	return new Promise((resolve, reject) => {
		const chunks: Uint8Array[] = [];
		const timer = setTimeout(() => reject(slowBody()), limitMs);
		let isWhole = false;
		const leave = (cause?: unknown): void => {
			if (isWhole) return; // requests are closed in any case
			clearTimeout(timer);
			reject(unfinishedBody(cause));
		};
		if (incoming.destroyed || incoming.readableDidRead) {
			leave(incoming.errored);
			return;
		}
		incoming.on("data", (chunk: Uint8Array) => void chunks.push(chunk));
		incoming.once("end", () => {
			isWhole = true;
			clearTimeout(timer);
			resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
		});
		incoming.once("error", leave);
		incoming.once("close", leave);
	});
}

/** The client left within its body. */
export function unfinishedBody(cause: unknown): SluiceError {
	return new SluiceError("aborted", { detail: "the request ended before its body was complete", cause });
}
