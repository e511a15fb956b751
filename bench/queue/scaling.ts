/**
 * Machines, Redis shards and money for so many texts a day, from what a text costs at each hop. Everything that was not
 * measured here is in {@link ASSUMPTIONS}, and the tables of docs/scaling.md say so.
 */

/** What a text costs at each hop, as bench/queue-costs.ts measures it. */
export interface HopCosts {
	readonly path: string;
	/** Texts in one job, as measured. */
	readonly itemsPerJob: number;
	readonly texts: number;
	readonly perSecond: number;
	/** Processor time per text, microseconds. */
	readonly gatewayCpuUs: number;
	readonly redisCpuUs: number;
	readonly workerCpuUs: number;
	/** Commands per text, those that scripts call included. */
	readonly redisCommands: number;
	readonly redisInBytes: number;
	readonly redisOutBytes: number;
}

/** bench/results/queue-costs.json. */
export interface QueueCostsResult {
	readonly measured: string;
	readonly machine: { readonly cpu: string; readonly cores: number };
	readonly textBytes: number;
	readonly hops: readonly HopCosts[];
}

/** The part of bench/results/moderate.json that counts here. */
export interface EngineCosts {
	readonly medians: readonly {
		readonly side: string;
		readonly tokens: number;
		readonly inFlight: number;
		readonly cpuMsPerText: number;
	}[];
}

/** What nobody measured. Prices are round figures to be replaced by one's own, not quotes. */
export const ASSUMPTIONS = {
	textsPerDay: [1e6, 1e8, 1e10],
	tokensPerText: 64,
	peakToMean: 3,
	utilisation: 0.6,
	redisUtilisation: 0.5,
	coresPerMachine: 8,
	coresAlone: 2,
	dollarsPerCoreHour: 0.04,
	dollarsPerRedisHour: 0.2,
	hoursPerMonth: 730,
} as const;

const SECONDS_PER_DAY = 86_400;

interface Needs {
	readonly textsPerDay: number;
	readonly peakPerSecond: number;
	readonly workerCores: number;
	readonly gatewayCores: number;
	readonly machines: number;
	readonly shards: number;
	readonly redisMbPerSecond: number;
	readonly dollarsPerMonth: number;
	readonly dollarsPerMillion: number;
}

/** What so many texts a day need. Of a batch one process per Redis owns the records, and limits its shard. */
export function toNeeds(textsPerDay: number, hop: HopCosts, engineMs: number): Needs {
	const of = ASSUMPTIONS;
	const peakPerSecond = (textsPerDay * of.peakToMean) / SECONDS_PER_DAY;
	const toCores = (us: number): number => (peakPerSecond * us) / 1e6 / of.utilisation;
	const workerCores = toCores(engineMs * 1000 + hop.workerCpuUs);
	const gatewayCores = toCores(hop.gatewayCpuUs);
	const redisShards = Math.ceil((peakPerSecond * hop.redisCpuUs) / 1e6 / of.redisUtilisation);
	const shards = hop.path === "scan" ? Math.max(redisShards, Math.ceil(gatewayCores)) : redisShards;
	const machines = Math.ceil((workerCores + gatewayCores) / of.coresPerMachine);
	const dollarsPerHour = machines * of.coresPerMachine * of.dollarsPerCoreHour + shards * of.dollarsPerRedisHour;
	const dollarsPerMonth = dollarsPerHour * of.hoursPerMonth;
	return {
		...{ textsPerDay, peakPerSecond, workerCores, gatewayCores, machines, shards, dollarsPerMonth },
		redisMbPerSecond: (peakPerSecond * (hop.redisInBytes + hop.redisOutBytes)) / 1e6,
		dollarsPerMillion: dollarsPerMonth / ((textsPerDay * of.hoursPerMonth) / 24 / 1e6),
	};
}

function row(cells: readonly (string | number)[]): string {
	return `| ${cells.join(" | ")} |`;
}

function hopTable({ machine, measured, textBytes, hops }: QueueCostsResult): string[] {
	const columns = [
		"path",
		"texts per job",
		"gateway µs",
		"Redis µs",
		"worker µs",
		"Redis commands",
		"in bytes",
		"out bytes",
	];
	return [
		`Per text of ${textBytes} bytes, verdicts of ten policies, a model that costs nothing; processor time; ${machine.cpu}, ${machine.cores} cores, ${measured}:`,
		"",
		row(columns),
		row(columns.map(() => "---")),
		...hops.map((hop) =>
			row([
				...[
					hop.path,
					hop.itemsPerJob,
					hop.gatewayCpuUs.toFixed(0),
					hop.redisCpuUs.toFixed(0),
					hop.workerCpuUs.toFixed(0),
				],
				...[hop.redisCommands.toFixed(1), hop.redisInBytes.toFixed(0), hop.redisOutBytes.toFixed(0)],
			]),
		),
	];
}

function engineTable(engine: EngineCosts): string[] {
	const rows = engine.medians.filter(({ side, inFlight }) => side === "sluice" && inFlight > 1);
	return [
		"The shipped classifier, per text, the HTTP interface of the one process included (`bench/results/moderate.json`):",
		"",
		row(["tokens", "CPU ms"]),
		row(["---", "---"]),
		...rows.map(({ tokens, cpuMsPerText }) => row([tokens, cpuMsPerText.toFixed(2)])),
	];
}

function assumptionTable(): string[] {
	const of = ASSUMPTIONS;
	return [
		"Assumed, not measured (`ASSUMPTIONS` in `bench/queue/scaling.ts`):",
		"",
		row(["name", "value", "meaning"]),
		row(["---", "---", "---"]),
		row(["`peakToMean`", of.peakToMean, "the busiest second against the mean of the day"]),
		row(["`tokensPerText`", of.tokensPerText, "of the model's tokens; see the last table for others"]),
		row(["`utilisation`", of.utilisation, "of a core of gateways and workers at the peak"]),
		row(["`redisUtilisation`", of.redisUtilisation, "of the one core that a Redis runs commands on, at the peak"]),
		row(["`coresPerMachine`", of.coresPerMachine, "as fast as those measured"]),
		row(["`coresAlone`", of.coresAlone, "of the machine of one process without Redis"]),
		row(["`dollarsPerCoreHour`", of.dollarsPerCoreHour, "a rented core with its memory; no quote"]),
		row(["`dollarsPerRedisHour`", of.dollarsPerRedisHour, "a small machine with a Redis and its disk; no quote"]),
		row(["`hoursPerMonth`", of.hoursPerMonth, "machines run all day, sized for the peak"]),
	];
}

function needsTable(title: string, hop: HopCosts, engineMs: number): string[] {
	const columns = [
		"texts a day",
		"peak texts/s",
		"worker cores",
		"gateway cores",
		"machines",
		"Redis shards",
		"Redis MB/s",
	];
	const short = (value: number): string => (value < 10 ? value.toFixed(1) : Math.ceil(value).toLocaleString("en"));
	return [
		`${title} (${hop.itemsPerJob} texts a job):`,
		"",
		row([...columns, "$ a month", "$ per million texts"]),
		row([...columns, "", ""].map(() => "---")),
		...ASSUMPTIONS.textsPerDay
			.map((texts) => toNeeds(texts, hop, engineMs))
			.map((need) =>
				row([
					...[need.textsPerDay.toLocaleString("en"), short(need.peakPerSecond), short(need.workerCores)],
					...[short(need.gatewayCores), need.machines.toLocaleString("en"), need.shards, short(need.redisMbPerSecond)],
					...[Math.round(need.dollarsPerMonth).toLocaleString("en"), need.dollarsPerMillion.toFixed(2)],
				]),
			),
	];
}

/** What one process takes with nothing beside it. */
function aloneLine(engineMs: number): string {
	const of = ASSUMPTIONS;
	const peak = (of.coresAlone * of.utilisation * 1000) / engineMs;
	const millions = (peak / of.peakToMean) * (SECONDS_PER_DAY / 1e6);
	const dollars = of.coresAlone * of.dollarsPerCoreHour * of.hoursPerMonth;
	return `Without a fleet, one process on ${of.coresAlone} cores: ${Math.floor(peak)} texts/s at the peak, ${millions.toFixed(0)} million a day, ${dollars.toFixed(0)} $ a month.`;
}

/** Money by the length of texts, where machines are many. */
function lengthTable(hop: HopCosts, engine: EngineCosts): string[] {
	const texts = ASSUMPTIONS.textsPerDay.at(-1)!;
	const rows = engine.medians.filter(({ side, inFlight }) => side === "sluice" && inFlight > 1);
	return [
		`Batches of ${texts.toLocaleString("en")} texts a day by their length:`,
		"",
		row(["tokens", "machines", "$ per million texts"]),
		row(["---", "---", "---"]),
		...rows.map(({ tokens, cpuMsPerText }) => {
			const { machines, dollarsPerMillion } = toNeeds(texts, hop, cpuMsPerText);
			return row([tokens, machines, dollarsPerMillion.toFixed(2)]);
		}),
	];
}

/** The figures of docs/scaling.md. */
export function scalingLines(costs: QueueCostsResult, engine: EngineCosts): string[] {
	const engineMs = engine.medians.find(
		({ side, tokens, inFlight }) => side === "sluice" && tokens === ASSUMPTIONS.tokensPerText && inFlight > 1,
	)?.cpuMsPerText;
	const coalesced = costs.hops.find(({ path, itemsPerJob }) => path === "request of one text" && itemsPerJob > 1);
	const scan = costs.hops.find(({ path, itemsPerJob }) => path === "scan" && itemsPerJob > 1);
	if (engineMs === undefined || coalesced === undefined || scan === undefined) throw new Error("figures are missing");
	const sections = [
		hopTable(costs),
		engineTable(engine),
		assumptionTable(),
		[aloneLine(engineMs)],
		needsTable("All as requests of one text", coalesced, engineMs),
		needsTable("All as batches", scan, engineMs),
		lengthTable(scan, engine),
	];
	return sections.flatMap((lines, i) => (i === 0 ? lines : ["", ...lines]));
}
