/** The body of the two probes. */
import { z } from "@hono/zod-openapi";

/** Documents `{ status: "ok" }`. */
export const StatusSchema: z.ZodType<{ status: "ok" }> = z.object({ status: z.literal("ok") }).openapi("Status");
