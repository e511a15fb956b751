/**
 * Spans by OpenTelemetry, through its API alone: without that package, or where nobody registered an SDK, nothing happens.
 * Places in a trace travel as W3C's traceparent (https://www.w3.org/TR/trace-context/). Knows not what spans are about.
 */
import type * as Otel from "@opentelemetry/api";

const SCOPE = "sluice";
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** What a span carries; never content. */
export type SpanFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** A span that is open. */
export interface OpenSpan {
	set(fields: SpanFields): void;
	rename(name: string): void;
	/** Marks it as failed, with a code; never with a message. */
	fail(code: string): void;
}

/** How a span begins. */
export interface SpanStart {
	readonly kind: "server" | "internal" | "producer" | "consumer";
	/** The traceparent that it belongs under, where no span is open here. */
	readonly parent?: string | undefined;
	readonly fields?: SpanFields | undefined;
}

/** Makes spans. */
export interface Tracer {
	/** Whether an SDK takes spans at present. Without one a span that has no parent is nothing but its work. */
	isOn(): boolean;
	/** Runs the work in a span that ends with it, and fails with it. */
	span<T>(name: string, start: SpanStart, work: (span: OpenSpan) => Promise<T>): Promise<T>;
	/** Where this work is in a trace, for whoever goes on elsewhere; undefined where nothing is traced. */
	traceparent(): string | undefined;
}

/** A span that nobody takes. */
const UNTRACED: OpenSpan = { set() {}, rename() {}, fail() {} };

/** A tracer over the package; undefined where it is not installed. */
export async function loadTracer(): Promise<Tracer | undefined> {
	try {
		return createTracer(await import("@opentelemetry/api"));
	} catch {
		return undefined;
	}
}

/** A tracer over the API; the SDK may be registered before or after. */
export function createTracer({ trace, context, SpanKind, SpanStatusCode }: typeof Otel): Tracer {
	const kinds = {
		server: SpanKind.SERVER,
		internal: SpanKind.INTERNAL,
		producer: SpanKind.PRODUCER,
		consumer: SpanKind.CONSUMER,
	};
	const under = (parent: string | undefined): Otel.Context => {
		const here = context.active();
		// an instrumentation of node:http has read the headers already
		const remote = parent === undefined || trace.getSpanContext(here) ? undefined : toSpanContext(parent);
		return remote === undefined ? here : trace.setSpanContext(here, remote);
	};
	const isOn = (): boolean => {
		const provider: Partial<Otel.ProxyTracerProvider> = trace.getTracerProvider();
		// the API's own provider stands in for an SDK's, and knows of none until there is one
		return provider.getDelegateTracer === undefined || provider.getDelegateTracer(SCOPE) !== undefined;
	};
	return {
		isOn,
		async span(name, { kind, parent, fields = {} }, work) {
			if (parent === undefined && !isOn()) return work(UNTRACED);
			const outer = under(parent);
			const span = trace.getTracer(SCOPE).startSpan(name, { kind: kinds[kind], attributes: defined(fields) }, outer);
			const fail = (code: string): void => {
				span.setStatus({ code: SpanStatusCode.ERROR });
				span.setAttribute("error.type", code);
			};
			try {
				return await context.with(trace.setSpan(outer, span), () =>
					work({
						set: (more) => void span.setAttributes(defined(more)),
						rename: (better) => void span.updateName(better),
						fail,
					}),
				);
			} catch (error) {
				fail(toCode(error));
				throw error;
			} finally {
				span.end();
			}
		},
		traceparent() {
			const of = trace.getSpanContext(context.active());
			if (of === undefined) return undefined;
			const text = `00-${of.traceId}-${of.spanId}-${of.traceFlags.toString(16).padStart(2, "0")}`;
			return TRACEPARENT.test(text) ? text : undefined;
		},
	};
}

/** Undefined for what is no traceparent of version 00. */
function toSpanContext(traceparent: string): Otel.SpanContext | undefined {
	if (!TRACEPARENT.test(traceparent)) return undefined;
	const [, traceId, spanId, flags] = traceparent.split("-") as [string, string, string, string];
	return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
}

function defined(fields: SpanFields): Record<string, string | number | boolean> {
	return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Record<
		string,
		string | number | boolean
	>;
}

/** The code of one of our errors, else its name; never its words. */
function toCode(error: unknown): string {
	if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
	return error instanceof Error ? error.name : "unknown";
}
