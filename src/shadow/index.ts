/** Shadow mode: a second moderator that judges without acting, how far it agrees, and how it takes over. */
export { type AgreementReport, reportAgreement } from "./agreement.ts";
export { type Promotion, promotePolicies } from "./promote.ts";
export { createShadow, type Shadow, type ShadowParts } from "./shadow.ts";
export type { ShadowMissedRecord, ShadowRecord, SideRecord } from "./shadow-record.ts";
