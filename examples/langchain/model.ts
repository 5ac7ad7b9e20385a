// The fake model of LangChain's own test kit, in place of a vendor's: asks for the tool once, then repeats what it was told.
import { FakeToolCallingModel } from 'langchain';
import { ASKED } from '../endpoint.ts';

const call = { name: 'export_customers', args: ASKED, id: `call_${crypto.randomUUID()}` };

/** The stand-in. */
export const model: FakeToolCallingModel = new FakeToolCallingModel({
  toolCalls: [[{ ...call, type: 'tool_call' }], []],
});
