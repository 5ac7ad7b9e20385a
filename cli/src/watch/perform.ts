import type { ApprovalPage } from '@countersign/api';
import { CountersignError } from '@countersign/sdk';
import { Failure, type Call } from '../command.ts';
import type { Gateway } from '../gateway.ts';
import { openPage } from '../open-browser.ts';
import type { Effect, Happening, Verb } from './model.ts';

/** What carries effects out. */
export type PerformParts = {
  readonly call: Call;
  readonly gateway: Gateway;
  readonly happens: (happening: Happening) => void;
  readonly end: (exitCode: number) => void;
  /** Something is broken that no message on the screen helps with. */
  readonly fail: (error: unknown) => void;
};

/** Carries out what the model asked for; whatever comes of it happens later. */
export function createPerformer(parts: PerformParts): (effect: Effect) => void {
  const { gateway, happens, end, fail } = parts;
  const attempt = async (work: () => Promise<Happening>): Promise<void> => {
    try {
      happens(await work());
    } catch (error) {
      if (!(error instanceof CountersignError) && !(error instanceof Failure)) return fail(error);
      happens({ type: 'told', note: error.message });
    }
  };
  const list = oneAtATime(() =>
    attempt(async () => ({ type: 'listed', items: (await gateway.inbox()).items })),
  );
  return (effect) => {
    switch (effect.do) {
      case 'list':
        return list();
      case 'load':
        return void attempt(async () => ({ type: 'loaded', page: await gateway.page(effect.id) }));
      case 'answer':
        return void attempt(() => answer(gateway, effect));
      case 'browse':
        return happens({ type: 'told', note: `decide here: ${browse(parts, effect.id)}` });
      case 'end':
        return end(effect.exitCode);
    }
  };
}

/** However often it is asked for meanwhile, it is done once more after the one that is under way. */
function oneAtATime(work: () => Promise<void>): () => void {
  let isBusy = false;
  let isAsked = false;
  const begin = async (): Promise<void> => {
    isBusy = true;
    do {
      isAsked = false;
      await work();
    } while (isAsked);
    isBusy = false;
  };
  return () => {
    isAsked = true;
    if (!isBusy) void begin();
  };
}

type Answer = { readonly page: ApprovalPage; readonly verb: Verb; readonly reason?: string };

/** Sends the answer: once, about the very version and view that were on the screen. */
async function answer(gateway: Gateway, { page, verb, reason }: Answer): Promise<Happening> {
  const { may, version, seenDigest, status } = page;
  const isConfirmer = verb === 'confirm' || (verb === 'deny' && may.confirm && !may.vote);
  const { state } = await gateway.answer(
    status.approvalId ?? '',
    isConfirmer ? 'confirmations' : 'votes',
    {
      choice: verb === 'deny' ? 'deny' : 'approve',
      version,
      seenDigest,
      ...(reason === undefined ? {} : { reason }),
    },
  );
  return { type: 'told', note: `you said ${verb === 'deny' ? 'no' : 'yes'}: it is ${state} now` };
}

/** Opens the review page; says where it is. */
function browse({ call, gateway }: PerformParts, id: string): string {
  const url = `${gateway.url}/a/${id}`;
  // the address stands on the screen; printed besides it would run across it
  openPage({ ...call.io, err: () => undefined }, url, !call.has('no-browser'));
  return url;
}
