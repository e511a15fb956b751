import { guardIterable } from "../../../src/guard/adapters/index.ts";
import { testGuardAdapter } from "../../conformance/guard-adapter.ts";

testGuardAdapter({ name: "async iterable", read: guardIterable });
