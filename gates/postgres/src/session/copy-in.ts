import { WireFailure } from '../wire/failure.ts';
import { countCopied, startCopied } from './copy.ts';
import type { Frame, Step } from './front.ts';
import type { Line } from './session.ts';

/** One message while the server takes the rows of a COPY: any but these would end the connection there too. */
export function takeCopy(line: Line, { type, bytes, start, end }: Frame): Step {
  switch (type) {
    case 0x64:
      line.copied ??= startCopied();
      countCopied(line.copied, bytes, start, end);
      break;
    case 0x63:
    case 0x66:
      line.copied ??= startCopied();
      line.copy = 'none';
      // an Execute is answered no sooner than at the Sync behind it; of a Query another statement may copy too
      if (line.queue[0]?.is === 'execute') line.isCopying = false;
      break;
    case 0x48: // the server does not hear Flush and Sync either
    case 0x53:
      return undefined;
    default:
      throw new WireFailure('refused', 'only rows are taken during COPY');
  }
  line.up.push(bytes, start, end);
  return undefined;
}
