/** The routes. This list is the registry: the app, the OpenAPI description and the tests derive from it. */
import type { Route } from "../route.ts";
import { batchesCancel } from "./batches-cancel.ts";
import { batchesCreate } from "./batches-create.ts";
import { batchesGet } from "./batches-get.ts";
import { batchesList } from "./batches-list.ts";
import { chatCompletions } from "./chat-completions.ts";
import { classify } from "./classify.ts";
import { commentsAnalyze } from "./comments-analyze.ts";
import { commentsSuggestscore } from "./comments-suggestscore.ts";
import { completions } from "./completions.ts";
import { edgeLines } from "./edge-lines.ts";
import { edgeManifest } from "./edge-manifest.ts";
import { edgeVerdicts } from "./edge-verdicts.ts";
import { filesContent } from "./files-content.ts";
import { filesCreate } from "./files-create.ts";
import { filesDelete } from "./files-delete.ts";
import { filesGet } from "./files-get.ts";
import { filesList } from "./files-list.ts";
import { healthz } from "./healthz.ts";
import { metrics } from "./metrics.ts";
import { models } from "./models.ts";
import { moderateTextV1 } from "./moderate-text-v1.ts";
import { moderateTextV2 } from "./moderate-text-v2.ts";
import { moderations } from "./moderations.ts";
import { openapi } from "./openapi.ts";
import { perspectiveDiscovery } from "./perspective-discovery.ts";
import { policiesGet } from "./policies-get.ts";
import { policiesList } from "./policies-list.ts";
import { policiesPut } from "./policies-put.ts";
import { policiesRollback } from "./policies-rollback.ts";
import { policiesVersions } from "./policies-versions.ts";
import { readyz } from "./readyz.ts";
import { textAnalyze } from "./text-analyze.ts";

/** One entry per file of this folder. */
export const ROUTES: readonly Route[] = [
	moderations,
	classify,
	commentsAnalyze,
	commentsSuggestscore,
	perspectiveDiscovery,
	moderateTextV1,
	moderateTextV2,
	textAnalyze,
	chatCompletions,
	completions,
	models,
	filesCreate,
	filesList,
	filesGet,
	filesContent,
	filesDelete,
	batchesCreate,
	batchesList,
	batchesGet,
	batchesCancel,
	policiesList,
	policiesGet,
	policiesPut,
	policiesVersions,
	policiesRollback,
	edgeManifest,
	edgeVerdicts,
	edgeLines,
	healthz,
	readyz,
	metrics,
	openapi,
];
