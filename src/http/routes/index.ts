/** The routes. This list is the registry: the app, the OpenAPI description and the tests derive from it. */
import type { Route } from "../route.ts";
import { classify } from "./classify.ts";
import { healthz } from "./healthz.ts";
import { moderations } from "./moderations.ts";
import { openapi } from "./openapi.ts";
import { readyz } from "./readyz.ts";

/** One entry per file of this folder. */
export const ROUTES: readonly Route[] = [moderations, classify, healthz, readyz, openapi];
