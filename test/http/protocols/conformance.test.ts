/** Every wire format through the one suite. */
import { testProtocol } from "../../conformance/protocol.ts";
import { SUBJECTS } from "./subjects.ts";

for (const subject of SUBJECTS) testProtocol(subject);
