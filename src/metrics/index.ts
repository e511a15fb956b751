/** Metrics for Prometheus. */
export type { AnsweredRequest, HttpMetrics } from "./http-metrics.ts";
export { createMetrics, type Load, type Metrics, type MetricsOptions } from "./metrics.ts";
