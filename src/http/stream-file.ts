/** A file as a body: opened when the first byte is wanted, read as fast as it is taken, closed whatever happens. */
import { type FileHandle, open } from "node:fs/promises";

const BLOCK_BYTES = 1 << 16;

/** The bytes of the file at `path`. */
export function streamFile(path: string): ReadableStream<Uint8Array> {
	let file: FileHandle | undefined;
	return new ReadableStream<Uint8Array>(
		{
			async pull(controller) {
				file ??= await open(path);
				const { bytesRead, buffer } = await file.read(new Uint8Array(BLOCK_BYTES), 0, BLOCK_BYTES);
				if (bytesRead > 0) {
					controller.enqueue(buffer.subarray(0, bytesRead));
					return;
				}
				await file.close();
				controller.close();
			},
			cancel: () => file?.close(),
		},
		// nothing is read ahead: an answer to HEAD never opens the file
		{ highWaterMark: 0 },
	);
}
