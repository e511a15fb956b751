/** The gateway at the edge. */

export type { QueuedMessage, QueuedMessages } from "./deliver.ts";
export { createEdge, type Edge, type EdgeParts } from "./edge.ts";
export { toFailure } from "./failure.ts";
export type { EdgeEnv } from "./settings.ts";
