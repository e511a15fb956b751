/** Traces. */
export { createTracer, loadTracer, type OpenSpan, type SpanFields, type SpanStart, type Tracer } from "./tracer.ts";
