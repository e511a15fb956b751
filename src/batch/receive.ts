/**
 * Batches that come in pieces, each any number of times and in any order: pieces are kept until all are there, then they
 * become one input file and a batch begins, once.
 */
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { SluiceError } from "../errors.ts";
import type { Store } from "../store/index.ts";
import type { Batches, BatchPiece } from "./batches.ts";
import type { BatchLimits } from "./settings.ts";

/** How long pieces of a batch wait for the others. */
export const KEEP_INCOMING_MS: number = 7 * 24 * 60 * 60 * 1000;

/** Name of the piece that says what is asked. */
const END = "end";

type End = Extract<BatchPiece, { end: object }>["end"];

/** Makes {@link Batches.receive} of what batches and files can do. */
export function createReceiver(
	of: { readonly store: Store; readonly limits: BatchLimits } & Pick<Batches, "upload" | "create">,
): Batches["receive"] {
	const { store, limits } = of;
	const turns = new Map<string, Promise<void>>();
	const receive = async (tenant: string, piece: BatchPiece): Promise<void> => {
		const { batch } = piece;
		const place = toPlace(tenant, batch);
		if (store.batches.get(tenant, batch) !== undefined) return store.incoming.drop(place); // begun: it has come before
		const { name, text } = toFile(piece);
		const before = await store.incoming.list(place);
		if (!before.names.includes(name)) {
			if (name !== END && before.bytes + Buffer.byteLength(text) > limits.maxFileBytes)
				throw new SluiceError("body_too_large", {
					detail: `the batch is larger than the limit of ${limits.maxFileBytes} bytes; split it into several`,
				});
			await store.incoming.keep(place, name, text);
		}
		const names = [...new Set([...before.names, name])];
		const inOrder = names.includes(END) ? toPieces(names) : undefined;
		if (inOrder === undefined) return;
		const end = await readEnd(store, place);
		const lines = inOrder.reduce((sum, { count }) => sum + count, 0);
		if (lines < end.lines) return;
		if (lines > end.lines)
			throw new SluiceError("invalid_request", {
				detail: `the batch has ${lines} lines, not the ${end.lines} it names`,
			});
		await begin(of, { tenant, batch, end, names: inOrder.map(({ name }) => name) });
	};
	// pieces of one batch one after another: the last one begins it
	return async (tenant, piece) => {
		const turn = (turns.get(piece.batch) ?? Promise.resolve()).catch(() => {}).then(() => receive(tenant, piece));
		turns.set(piece.batch, turn);
		try {
			await turn;
		} finally {
			if (turns.get(piece.batch) === turn) turns.delete(piece.batch);
		}
	};
}

/** Where pieces of a tenant's batch are kept: those of another's with the same id lie elsewhere. */
export function toPlace(tenant: string, batch: string): string {
	return `${batch}-${createHash("sha256").update(tenant).digest("hex").slice(0, 32)}`;
}

/** A piece as it is kept. */
function toFile(piece: BatchPiece): { readonly name: string; readonly text: string } {
	if ("end" in piece) return { name: END, text: JSON.stringify(piece.end) };
	if (piece.lines.some((line) => line.includes("\n")))
		throw new SluiceError("invalid_request", { detail: "/lines: a line must hold no line feed", pointer: "/lines" });
	return { name: `${piece.at}-${piece.lines.length}`, text: piece.lines.map((line) => `${line}\n`).join("") };
}

/** The pieces in the order of their lines; undefined where one between them is missing. */
function toPieces(names: readonly string[]): { name: string; at: number; count: number }[] | undefined {
	const pieces = names
		.filter((name) => name !== END)
		.map((name) => {
			const [at, count] = name.split("-").map(Number);
			return { name, at: at!, count: count! };
		})
		.sort((a, b) => a.at - b.at);
	let next = 0;
	for (const { at, count } of pieces) {
		if (at !== next) return undefined;
		next = at + count;
	}
	return pieces;
}

async function readEnd(store: Store, place: string): Promise<End> {
	const handle = await open(store.incoming.path(place, END));
	try {
		return JSON.parse(await handle.readFile("utf8"));
	} finally {
		await handle.close();
	}
}

async function begin(
	{ store, upload, create }: Parameters<typeof createReceiver>[0],
	of: { readonly tenant: string; readonly batch: string; readonly end: End; readonly names: readonly string[] },
): Promise<void> {
	const { tenant, batch, end, names } = of;
	const place = toPlace(tenant, batch);
	const file = await upload(tenant);
	try {
		for (const name of names) {
			const handle = await open(store.incoming.path(place, name));
			try {
				await file.write(await handle.readFile());
			} finally {
				await handle.close();
			}
		}
		const { id } = await file.commit({ filename: `${batch}.jsonl`, purpose: "batch" });
		create(tenant, { ...end.wish, inputFile: id, id: batch });
	} finally {
		await file.discard();
	}
	await store.incoming.drop(place);
}
