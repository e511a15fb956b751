/**
 * Contents in pieces -> requests -> readings, in order whatever order the answers come in. Where failures have declared
 * consequences a request's failure stands in for its pieces; else the first failure ends the call.
 */
import { type ErrorCode, isSluiceError, type SluiceError } from "../../errors.ts";
import type { Content } from "../../types.ts";
import type { Caller } from "./call.ts";
import type { CallEnd } from "./call-end.ts";
import type { Reading, RemoteService } from "./service.ts";

/** What a piece came to. */
export type Outcome = Reading | SluiceError;

/** A call to {@link readAll}. */
export interface ReadCall {
	readonly service: RemoteService;
	readonly caller: Caller;
	readonly end: CallEnd;
	/** Whether the first failure fails the call. */
	readonly strict: boolean;
	/** Requests of this call at once, so that one large call does not fill the queue of all. */
	readonly lanes: number;
	/** When the call ends, on the caller's clock; Infinity where it need not. */
	readonly endMs: number;
	readonly priority: number;
}

/** Failures of the service, which a policy may declare a consequence for; the others are the caller's or ours. */
const DECLARABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["remote_failed", "overloaded", "deadline_exceeded"]);

/** Outcomes per piece of each content. */
export async function readAll(contents: readonly (readonly Content[])[], of: ReadCall): Promise<Outcome[][]> {
	const batches = toBatches(contents.flat(), of.service.batch);
	const answers: (readonly Outcome[])[] = [];
	let next = 0;
	const lane = async (): Promise<void> => {
		while (next < batches.length) {
			const index = next++;
			answers[index] = await readBatch(batches[index]!, of);
		}
	};
	await Promise.all(Array.from({ length: Math.min(of.lanes, batches.length) }, lane));
	const outcomes = answers.flat();
	return contents.map(({ length }) => outcomes.splice(0, length));
}

async function readBatch(pieces: readonly Content[], of: ReadCall): Promise<readonly Outcome[]> {
	const { service, caller, end, endMs, priority } = of;
	try {
		const answer = await caller.post(service.toBody(pieces), { signal: end.signal, endMs, priority });
		return service.toReadings(answer, pieces.length);
	} catch (error) {
		if (!of.strict && isSluiceError(error) && DECLARABLE.has(error.code)) return pieces.map(() => error);
		end.end(error);
		throw error;
	}
}

function toBatches(pieces: readonly Content[], most: RemoteService["batch"]): Content[][] {
	const batches: Content[][] = [];
	let characters = 0;
	for (const piece of pieces) {
		const length = typeof piece === "string" ? piece.length : piece.prompt.length + piece.response.length;
		const last = batches.at(-1);
		if (last !== undefined && last.length < most.pieces && characters + length <= most.characters) {
			last.push(piece);
			characters += length;
		} else {
			batches.push([piece]);
			characters = length;
		}
	}
	return batches;
}
